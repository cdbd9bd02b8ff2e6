"""After each delivery only what it can reach is resolved again, and the outcome is that of resolving all."""

from datetime import date
from random import Random

import brute_force
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from register import Sent, opened
from tests.conftest import THOROUGH

from lantern.linkage import claim, likelihood, person
from lantern.linkage.scheme import DESCRIPTIVE, MOST_RECORDS_OF_ONE_NAME
from lantern.partnership import Linkage

SCHEMES = ("nhs", "upn", "ndp1", "ndp2", "ndp3", "ndp4")
PARTNERS = ("council", "police")

token = st.one_of(st.none(), st.none(), st.sampled_from("ab"))


@st.composite
def row(draw, partner: str) -> dict:
    record = f"{partner} {draw(st.integers(1, 4))}"
    cells = {"local_person_key": record, "event_on": date(2026, 1, draw(st.integers(1, 3)))}
    cells |= {f"token_{scheme}": draw(token) for scheme in SCHEMES}
    event_type = draw(st.sampled_from(["CONTACT_RECEIVED"] * 3 + ["PERSON_MERGED", "PERSON_SPLIT"]))
    if event_type != "CONTACT_RECEIVED":
        cells |= {"related_person_key": f"{partner} {draw(st.integers(1, 5))}", "event_type": event_type}
        cells |= {"event_key": f"{partner} word {draw(st.integers(1, 3))}"}
    else:
        cells |= {"event_key": f"{partner} contact {draw(st.integers(1, 2))}"}
    return cells | {"record_status": draw(st.sampled_from(["active"] * 5 + ["cancelled"]))}


@st.composite
def deliveries(draw) -> list[Sent]:
    found = []
    for place in range(draw(st.integers(1, 5))):
        partner = draw(st.sampled_from(PARTNERS))
        # No delivery tells two things under one key: intake holds such rows back.
        rows = draw(st.lists(row(partner), min_size=1, max_size=5, unique_by=lambda cells: cells["event_key"]))
        mode, since = (
            draw(st.sampled_from(["full", "delta"])),
            draw(st.sampled_from([date(2023, 4, 1), date(2026, 6, 1)])),
        )
        source_format = draw(st.sampled_from(["table", "census"]))
        found.append(
            Sent(f"d{place}", partner, tuple(rows), draw(st.integers(1, 4)), source_format, mode, since),
        )
    return found


class AsGiven(Random):
    """Leaves what it should shuffle as it is."""

    def shuffle(self, x: object) -> None:
        pass


def a_bridge_withdrawn() -> list[Sent]:
    """The police's record holds council and school together, and is cancelled."""
    bridge = {"local_person_key": "police", "event_key": "e", "token_nhs": "a", "token_ndp1": "b"}
    return [
        Sent("council", "council", ({"local_person_key": "council", "token_nhs": "a"},)),
        Sent("school", "school", ({"local_person_key": "school", "token_ndp1": "b"},)),
        Sent("police 1", "police", (bridge,)),
        Sent("police 2", "police", (bridge | {"record_status": "cancelled"},), day=2, mode="delta"),
    ]


def from_one_placeholder_to_another() -> list[Sent]:
    """Council and police have one sound of a surname and, at first, one placeholder of a name; then the council's is another."""
    crowd = [
        {"local_person_key": f"{name} {place:02}", "token_ndp1": name}
        for name in ("unknown", "refused")
        for place in range(MOST_RECORDS_OF_ONE_NAME + 1)
    ]
    sound = {"token_ndp3": "s"}
    return [
        Sent("school", "school", tuple(crowd)),
        Sent("police", "police", ({"local_person_key": "police", "token_ndp1": "unknown"} | sound,)),
        Sent("council 1", "council", ({"local_person_key": "council", "token_ndp1": "unknown"} | sound,), day=1),
        Sent("council 2", "council", ({"local_person_key": "council", "token_ndp1": "refused"} | sound,), day=2),
    ]


# The sound alone makes it a little more than 99 in 100.
STRICT = Linkage(probabilistic=True, agreement="clause 7", threshold=0.995)


@example(a_bridge_withdrawn(), AsGiven())
@given(deliveries(), st.randoms())
@settings(max_examples=100 if THOROUGH else 15, deadline=None)
def test_delivery_after_delivery_in_any_order_gives_the_persons_of_the_written_rules(sent, shuffle):
    """And the same links, bases and all, as one link of everything at once."""
    expected = brute_force.partitions(sent)
    shuffled = list(sent)
    shuffle.shuffle(shuffled)

    with opened() as one_by_one, opened() as at_once:
        for each in shuffled:
            one_by_one.send(each).renew()
        at_once.send(*sent).renew()

        assert one_by_one.persons() == expected["ndp4"]
        assert one_by_one.persons("person_key_without_weakest") == expected["ndp2"]
        assert one_by_one.links() == at_once.links()


@example(from_one_placeholder_to_another(), AsGiven())
@given(deliveries(), st.randoms())
@settings(max_examples=60 if THOROUGH else 12, deadline=None)
def test_with_likelihood_too_delivery_after_delivery_gives_the_links_of_one_link_of_everything(sent, shuffle):
    """With the bound on placeholders drawn so low that records often cross it."""
    shuffled = list(sent)
    shuffle.shuffle(shuffled)

    with pytest.MonkeyPatch.context() as lower, opened(STRICT) as one_by_one, opened(STRICT) as at_once:
        lower.setattr(claim, "MOST_RECORDS_OF_ONE_NAME", 2)
        for each in shuffled:
            one_by_one.send(each).renew()
        at_once.send(*sent).renew()

        assert one_by_one.links() == at_once.links()


def met_before_and_after() -> list[list[tuple[str, ...]]]:
    """Who is of two records or more: before the council's second delivery, after it, and by one link of everything."""
    *before, after = from_one_placeholder_to_another()
    with opened(STRICT) as one_by_one, opened(STRICT) as at_once:
        one_by_one.send(*before).renew()
        first = one_by_one.persons()
        one_by_one.send(after).renew()
        at_once.send(*before, after).renew()
        found = [first, one_by_one.persons(), at_once.persons()]
    return [[each for each in group if len(each) > 1] for group in found]


def test_a_placeholder_is_no_evidence_that_two_records_are_one():
    assert met_before_and_after() == [[], [], []]


def test_were_a_placeholder_evidence_its_going_would_not_be_seen(monkeypatch):
    """The twin: what is compared is what the records know, claimed or not."""
    as_known = likelihood._CANDIDATES
    for scheme in DESCRIPTIVE:
        claimed = f"min(claim.token) filter (where claim.scheme = '{scheme}')"
        assert claimed in as_known
        as_known = as_known.replace(claimed, f"min(identity.token_{scheme})")
    monkeypatch.setattr(likelihood, "_CANDIDATES", as_known)
    first, one_by_one, at_once = met_before_and_after()

    assert first == one_by_one == [("council", "police")]
    assert at_once == []


def families(*names: str) -> Sent:
    """Each name is known to the police by a token of its own."""
    return Sent("police", "police", tuple({"local_person_key": f"police {name}", "token_ndp1": name} for name in names))


def known_to_council(name: str, tokens: str, day: int) -> Sent:
    cells = {"local_person_key": f"council {name}", "token_ndp1": tokens}
    return Sent(f"council {day}", "council", (cells,), day=day)


def test_only_records_that_share_a_token_old_or_new_are_resolved_again():
    with opened() as register:
        first = register.send(families("ada", "bea", "cyd", "dot"), known_to_council("x", "ada", 1)).renew()
        second = register.renew()
        third = register.send(known_to_council("x", "bea", 2)).renew()

        # The council's record, and the two of the police that it met before and meets now.
        assert (first, second, third) == (5, 0, 3)
        assert register.persons() == [("council x", "police bea"), ("police ada",), ("police cyd",), ("police dot",)]


def test_were_only_the_changed_records_resolved_the_persons_would_be_wrong(monkeypatch):
    """The twin: what is not reached keeps a link that is no longer true."""
    monkeypatch.setattr(person, "_REACHED", "from changed")
    with opened() as register:
        register.send(families("ada", "bea"), known_to_council("x", "ada", 1)).renew()
        register.send(known_to_council("x", "bea", 2)).renew()

        assert register.persons() != [("council x", "police bea"), ("police ada",)]


def test_the_record_that_makes_a_name_too_common_parts_those_who_held_it():
    many = [{"local_person_key": f"police {place:02}", "token_ndp1": "unknown"} for place in range(20)]
    with opened() as register:
        register.send(Sent("police", "police", tuple(many))).renew()
        before = len(register.persons())
        register.send(Sent("school", "school", ({"local_person_key": "school", "token_ndp1": "unknown"},))).renew()

        assert (before, len(register.persons())) == (1, 21)


@pytest.mark.parametrize("name", ["MOST_RECORDS_OF_ONE_NAME", "_RULES"])
def test_other_rules_resolve_everything_again(name, monkeypatch):
    with opened() as register:
        register.send(families("ada", "bea")).renew()
        monkeypatch.setattr(person, name, 7)

        assert register.renew() == 2
        assert register.renew() == 0


def test_a_store_without_what_was_claimed_last_time_is_linked_anew():
    """As after an upgrade: only a table of links is there, of another shape."""
    with opened() as register:
        register.send(families("ada"))
        register.connection.execute("create schema linkage")
        register.connection.execute(
            "create table linkage.person_link as select 'gone' as local_person_key, 'x' as person_key"
        )

        assert register.renew() == 1
        assert register.persons() == [("police ada",)]


def test_a_record_of_a_delivery_no_longer_loaded_has_no_link():
    with opened() as register:
        register.send(families("ada", "bea")).renew()
        register.connection.execute("delete from raw.partner_event where local_person_key = 'police ada'")
        register.renew()

        assert register.persons() == [("police bea",)]
