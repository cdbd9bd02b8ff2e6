"""Which records are one person: drawn tables, and the brute force beside them."""

import itertools

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.linkage.person import MOST_RECORDS_OF_ONE_NAME, resolve

COLUMNS = ("local_person_key", "token_nhs", "token_upn", "token_ndp1")


def linked(rows):
    """Records grouped by person, as sorted tuples."""
    table = pa.Table.from_pylist(
        [dict(zip(COLUMNS, row, strict=True)) for row in sorted(rows)],
        schema=pa.schema([(c, pa.string()) for c in COLUMNS]),
    )
    groups: dict[str, list[str]] = {}
    for row in resolve(table).to_pylist():
        groups.setdefault(row["person_key"], []).append(row["local_person_key"])
    return sorted(tuple(sorted(group)) for group in groups.values())


def drawn(text):
    lines = [line.split("|") for line in text.strip().splitlines()]
    return [tuple(cell.strip() or None for cell in line) for line in lines]


CASES = {
    "one NHS number is one person": (
        """
        council  | n1 |    |
        hospital | n1 |    |
        police   |    |    |
        """,
        [("council", "hospital"), ("police",)],
    ),
    "school and hospital meet through the council": (
        """
        council  | n1 | u1 |
        hospital | n1 |    |
        school   |    | u1 |
        """,
        [("council", "hospital", "school")],
    ),
    "police meets the council by name, birth date and postcode": (
        """
        council  | n1 |    | x
        police   |    |    | x
        """,
        [("council", "police")],
    ),
    "twins of one name and address stay two: they have two NHS numbers": (
        """
        twin1    | n1 |    | x
        twin2    | n2 |    | x
        police   |    |    | x
        """,
        [("police",), ("twin1",), ("twin2",)],
    ),
    "one UPN never joins two NHS numbers": (
        """
        council1 | n1 | u1 |
        council2 | n2 | u1 |
        """,
        [("council1",), ("council2",)],
    ),
    "no token is no link": (
        """
        a        |    |    |
        b        |    |    |
        """,
        [("a",), ("b",)],
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_records_are_joined(sentence):
    text, expected = CASES[sentence]

    assert linked(drawn(text)) == expected


token = st.one_of(st.none(), st.sampled_from("abc"))


@given(st.lists(st.tuples(token, token, token), min_size=1, max_size=9), st.randoms())
@settings(max_examples=300, deadline=None)
def test_any_order_of_records_gives_the_same_persons_and_never_two_nhs_numbers_in_one(tokens, shuffle):
    rows = [(f"r{place}", *each) for place, each in enumerate(tokens)]
    shuffled = list(rows)
    shuffle.shuffle(shuffled)

    groups = linked(rows)

    assert groups == linked(shuffled)
    held = {row[0]: row[1:] for row in rows}
    for group in groups:
        for place in (0, 1):
            assert len({held[record][place] for record in group} - {None}) <= 1 or _by_strongest(group, held, place)


def _by_strongest(group, held, place):
    # Two UPNs in a person are possible only where one NHS number holds the records together.
    return place == 1 and len({held[record][0] for record in group} - {None}) == 1


@given(st.lists(st.tuples(token, st.none(), st.none()), min_size=1, max_size=9))
@settings(max_examples=100, deadline=None)
def test_with_one_kind_of_token_persons_are_what_brute_force_finds(tokens):
    """Every pair with the same token is in one group, and no other pair is."""
    rows = [(f"r{place}", *each) for place, each in enumerate(tokens)]
    of = {record: place for place, group in enumerate(linked(rows)) for record in group}

    for one, other in itertools.combinations(rows, 2):
        assert (of[one[0]] == of[other[0]]) == (one[1] is not None and one[1] == other[1])


def test_a_name_birth_date_and_postcode_held_by_too_many_records_joins_nobody():
    """`Baby Unknown` at the address of the shelter is not one child; what two records hold still joins them."""
    some = [(f"record {number}", None, None, "unknown") for number in range(MOST_RECORDS_OF_ONE_NAME)]
    two = [("police", None, None, "ada"), ("school", None, None, "ada")]

    assert linked([*some, *two]) == [("police", "school"), tuple(sorted(record for record, *_ in some))]
    assert len(linked([*some, ("one more", None, None, "unknown"), *two])) == len(some) + 2


def test_an_nhs_number_joins_however_many_records_hold_it():
    """It is given to one person for life; only a description can be a placeholder."""
    many = [(f"record {number}", "n1", None, None) for number in range(2 * MOST_RECORDS_OF_ONE_NAME)]

    assert len(linked(many)) == 1
