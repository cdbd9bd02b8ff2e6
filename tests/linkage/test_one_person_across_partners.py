"""Which records are one person: drawn tables, and the brute force beside them."""

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from register import LINKS, Sent, drawn, opened, persons, records

from lantern.linkage import claim, resolution
from lantern.linkage.scheme import MOST_RECORDS_OF_ONE_NAME

CASES = {
    "one NHS number is one person": (
        """
                 | nhs
        council  | n1
        hospital | n1
        police   |
        """,
        [("council", "hospital"), ("police",)],
    ),
    "school and hospital meet through the council": (
        """
                 | nhs | upn
        council  | n1  | u1
        hospital | n1  |
        school   |     | u1
        """,
        [("council", "hospital", "school")],
    ),
    "police meets the council by name, birth date and postcode": (
        """
                 | nhs | ndp1
        council  | n1  | x
        police   |     | x
        """,
        [("council", "police")],
    ),
    "who has moved is met by name and birth date, and who has a new surname by forename, birth date and home": (
        """
                 | ndp1 | ndp2 | ndp4
        council  | x    | y    | z
        police   | x2   | y    | z2
        school   | x3   | y3   | z
        """,
        [("council", "police", "school")],
    ),
    "the sound of a surname with initial, birth date and sex joins nobody: twins share it": (
        """
                 | ndp3
        council  | s
        police   | s
        """,
        [("council",), ("police",)],
    ),
    "twins of one name and address stay two: they have two NHS numbers": (
        """
                 | nhs | ndp1
        school 1 | n1  | x
        council 2| n2  | x
        police   |     | x
        """,
        [("council 2",), ("police",), ("school 1",)],
    ),
    "twins stay two where one partner knows them by two forenames, and each is met by its own": (
        """
                 | ndp1 | ndp2 | ndp4
        school 1 | x    | ava  | ava
        school 2 | x    | amy  | amy
        police   | x    | ava  | ava
        housing  | x    |      |
        """,
        [("housing",), ("police", "school 1"), ("school 2",)],
    ),
    "one forename misspelt at another partner is a slip": (
        """
                 | ndp1 | ndp2 | ndp4
        school   | x    | ava  | ava
        police   | x    | aav  | aav
        """,
        [("police", "school")],
    ),
    "one UPN never joins two NHS numbers": (
        """
                 | nhs | upn
        council  | n1  | u1
        school   | n2  | u1
        """,
        [("council",), ("school",)],
    ),
    "one NHS number never joins two UPNs, and each UPN still joins its own": (
        """
                 | nhs | upn
        council  | n1  | u1
        school   | n1  | u2
        hospital | n1  |
        police   |     | u2
        """,
        [("council",), ("hospital",), ("police", "school")],
    ),
    "a doubtful token joins nobody, and the good one beside it joins its own": (
        """
                 | nhs | ndp1 | ndp2
        council  | n1  | x    | y
        police   |     | x    | y
        school   |     |      | y
        hospital | n2  |      | y
        """,
        [("council", "police"), ("hospital",), ("school",)],
    ),
    "what good tokens would join into one person with two NHS numbers stays as it was": (
        """
                  | nhs | upn | ndp1
        council   | n1  |     | x
        school    |     | u1  | x
        housing   |     | u1  | w
        hospital  | n2  |     | w
        """,
        [("council",), ("hospital",), ("housing", "school")],
    ),
    "an adopted child's second record, under a new name and number and in a new home, stays its own": (
        """
                  | nhs | ndp1 | ndp2 | ndp4
        council 1 | n1  | x    | y    | z
        council 2 | n2  | x2   | y2   | z2
        """,
        [("council 1",), ("council 2",)],
    ),
    "no token is no link": (
        """
                 | nhs
        council  |
        police   |
        """,
        [("council",), ("police",)],
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_records_are_joined(sentence):
    text, expected = CASES[sentence]

    assert persons(*drawn(text)) == expected


def test_siblings_of_one_incident_and_one_household_stay_separate():
    """What people share is no sign of who they are."""
    shared = {"incident_key": "i", "household_key": "h", "episode_key": "e", "birth_month": "2015-05", "sex": "F"}
    siblings = tuple({"local_person_key": name} | shared for name in ("ada", "bea", "cyd"))

    assert persons(Sent("d", "police", siblings)) == [("ada",), ("bea",), ("cyd",)]


def test_every_link_says_by_what_this_record_came_and_what_is_the_weakest_that_holds_the_person():
    with opened() as register:
        register.send(
            *drawn(
                """
                          | nhs | upn | ndp1 | ndp4
                a council | n1  | u1  | x    | z
                b school  |     | u1  |      |
                c hospital| n1  |     |      |
                d police  |     |     | x    |
                e housing |     |     |      | z
                f police  |     |     |      |
                """
            )
        ).renew()
        links = register.links()

    shown = {record: tuple(link[name] for name in LINKS) for record, link in links.items()}
    assert shown == {
        "a council": ("nhs", "ndp4", "a council", "a council"),
        "b school": ("upn", "ndp4", "a council", "a council"),
        "c hospital": ("nhs", "ndp4", "a council", "a council"),
        "d police": ("ndp1", "ndp4", "a council", "d police"),
        "e housing": ("ndp4", "ndp4", "e housing", "e housing"),
        "f police": ("alone", "alone", "f police", "f police"),
    }


token = st.one_of(st.none(), st.sampled_from("abc"))
SCHEMES = ("nhs", "upn", "ndp1", "ndp2", "ndp4")


@given(st.lists(st.tuples(st.sampled_from("pqr"), *[token] * 5), min_size=1, max_size=9), st.randoms())
@settings(max_examples=60, deadline=None)
def test_persons_are_those_of_the_written_rules_in_any_order_and_none_has_two_numbers(rows, shuffle):
    sent = []
    for partner in "pqr":
        own = [(f"{partner}{place}", *row[1:]) for place, row in enumerate(rows) if row[0] == partner]
        sent += [Sent(partner, partner, records(own, SCHEMES)[0].rows)] if own else []
    shuffled = [Sent(each.name, each.partner, tuple(shuffle.sample(each.rows, len(each.rows)))) for each in sent]
    shuffle.shuffle(shuffled)
    expected = brute_force.partitions(sent)

    with opened() as register:
        register.send(*shuffled).renew()

        assert register.persons() == expected["ndp4"]
        assert register.persons("person_key_without_weakest") == expected["ndp2"]
        assert register.persons("person_key_by_number") == expected["upn"]
        assert all(None not in link.values() for link in register.links().values())
    held = {f"{row[0]}{place}": row[1:3] for place, row in enumerate(rows)}
    for group in expected["ndp4"]:
        for place in (0, 1):
            assert len({held[record][place] for record in group} - {None}) <= 1


def test_a_long_chain_of_records_is_one_person():
    """Each record shares a number with the next but one: rounds grow with the logarithm of its length."""
    size = 2_000
    pairs = tuple(
        {
            "local_person_key": f"{(place * 7919) % size:05}",
            "related_person_key": f"{((place + 1) * 7919) % size:05}",
            "event_type": "PERSON_MERGED",
        }
        for place in range(size - 1)
    )

    assert len(persons(Sent("d", "police", pairs))) == 1


@pytest.mark.parametrize("scheme", ["ndp1", "ndp2", "ndp4"])
def test_a_description_held_by_too_many_records_joins_nobody(scheme):
    """`Baby Unknown` at the address of the shelter is not one child; what two records hold still joins them."""
    some = [(f"record {number}", "unknown") for number in range(MOST_RECORDS_OF_ONE_NAME)]
    two = [("police", "ada"), ("school", "ada")]

    assert persons(*records([*some, *two], (scheme,))) == [
        ("police", "school"),
        tuple(sorted(record for record, _ in some)),
    ]
    assert len(persons(*records([*some, ("one more", "unknown"), *two], (scheme,)))) == len(some) + 2


def test_without_the_bound_on_placeholders_they_would_join_a_crowd(monkeypatch):
    """The twin of the test before."""
    monkeypatch.setattr(claim, "MOST_RECORDS_OF_ONE_NAME", 10_000)
    many = [(f"record {number}", "unknown") for number in range(MOST_RECORDS_OF_ONE_NAME + 1)]

    assert len(persons(*records(many, ("ndp1",)))) == 1


def test_an_nhs_number_joins_however_many_records_hold_it():
    """It is given to one person for life; only a description can be a placeholder."""
    many = [(f"record {number}", "n1") for number in range(2 * MOST_RECORDS_OF_ONE_NAME)]

    assert len(persons(*records(many, ("nhs",)))) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "twins of one name and address stay two: they have two NHS numbers",
        "twins stay two where one partner knows them by two forenames, and each is met by its own",
        "one UPN never joins two NHS numbers",
        "what good tokens would join into one person with two NHS numbers stays as it was",
    ],
)
def test_without_its_refusals_the_linkage_would_make_one_of_two(sentence, monkeypatch):
    """The twin of the drawn tables: nothing is doubtful any more, and they do not hold."""
    monkeypatch.setattr(resolution, "_drop_doubtful_tokens", lambda _connection, _scheme: None)
    monkeypatch.setattr(resolution, "_doubtful", lambda *_: "select -1")
    text, expected = CASES[sentence]

    assert persons(*drawn(text)) != expected


def test_a_doubtful_token_takes_no_good_one_with_it(monkeypatch):
    """Were only the whole refused, a stranger's arrival under a shared name would part the council from the police."""
    sent = drawn(
        """
                 | nhs | upn | ndp1
        council  | n1  |     | x
        police   |     | u1  | x
        school   |     | u1  | w
        hospital | n2  |     | w
        housing  | n3  |     | w
        """
    )
    kept = persons(*sent)
    monkeypatch.setattr(resolution, "_drop_doubtful_tokens", lambda _connection, _scheme: None)

    assert kept == [("council", "police", "school"), ("hospital",), ("housing",)]
    assert persons(*sent) == [("council",), ("hospital",), ("housing",), ("police", "school")]
