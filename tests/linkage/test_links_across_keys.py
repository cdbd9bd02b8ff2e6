"""While partners change from one project key to the next, records under both are one person."""

from dataclasses import replace

import pytest
from tests.linkage.register import Sent, opened, persons

from lantern.linkage import renewal


def rows(partner: str, key: str, *children: str, slips: tuple[str, ...] = ()) -> tuple[dict, ...]:
    """A record of each child, under a key: `nhs` and a name; `slips` have another number."""
    return tuple(
        {
            "local_person_key": f"{partner} {child}",
            "event_key": f"{partner} {child}",
            "token_nhs": f"{key} nhs {'wrong ' if child in slips else ''}{child}",
            "token_ndp2": f"{key} name {child}",
        }
        for child in children
    )


COUNCIL = Sent("c1", "council", rows("council", "old", "ann", "ben"), day=1)
POLICE = Sent("p1", "police", rows("police", "old", "ann", "ben"), day=1)
COUNCIL_AGAIN = replace(COUNCIL, name="c2", rows=rows("council", "new", "ann", "ben"), key_id="second")
TOGETHER = [("council ann", "police ann"), ("council ben", "police ben")]


def test_one_partner_has_changed_and_the_other_not_yet():
    """The council sends its extract under both keys; the police goes on under the old one."""
    assert persons(COUNCIL, POLICE, COUNCIL_AGAIN) == TOGETHER
    later = replace(POLICE, name="p2", day=9)
    assert persons(COUNCIL, POLICE, COUNCIL_AGAIN, later) == TOGETHER


def test_then_the_council_goes_on_under_the_new_key_alone():
    later = replace(COUNCIL_AGAIN, name="c3", day=9)

    assert persons(COUNCIL, POLICE, COUNCIL_AGAIN, later) == TOGETHER


def test_then_the_police_changes_too_and_the_old_deliveries_go():
    police = replace(POLICE, name="p2", rows=rows("police", "new", "ann", "ben"), key_id="second", day=9)

    assert persons(COUNCIL_AGAIN, police) == TOGETHER


def test_all_change_at_once_by_full_extracts_alone():
    """No extract is sent twice: each full one takes the place of the older, and all are under the new key."""
    council = replace(COUNCIL_AGAIN, day=8)
    police = replace(POLICE, name="p2", rows=rows("police", "new", "ann", "ben"), key_id="second", day=9)

    assert persons(COUNCIL, POLICE, council, police) == TOGETHER


def test_without_an_extract_under_both_keys_nobody_is_one_person_in_between():
    council = replace(COUNCIL_AGAIN, day=8)

    assert len(persons(COUNCIL, POLICE, council)) == 4


def test_the_first_test_would_have_noticed_if_nothing_were_brought_over(monkeypatch):
    """The twin."""
    monkeypatch.setattr(renewal, "bring_to_newest", lambda _: None)

    later = replace(COUNCIL_AGAIN, name="c3", day=9)
    assert len(persons(COUNCIL, POLICE, COUNCIL_AGAIN, later)) == 4


def test_a_number_corrected_between_the_two_joins_nobody_wrongly():
    """Ann has Ben's number under the old key, and her own under the new: Ben's old number stands for two new ones."""
    mixed = (*rows("council", "old", "ben"), rows("council", "old", "ann")[0] | {"token_nhs": "old nhs ben"})
    council = replace(COUNCIL, rows=mixed)

    # Left apart: a number under the old key and one under the new might be two.
    assert len(persons(council, POLICE, COUNCIL_AGAIN)) == 4


def test_a_key_that_was_changed_twice():
    third = replace(COUNCIL_AGAIN, name="c3", rows=rows("council", "third", "ann", "ben"), key_id="third", day=5)
    second = replace(third, name="c4", rows=rows("council", "new", "ann", "ben"), key_id="second")

    assert persons(COUNCIL, POLICE, COUNCIL_AGAIN, second, third) == TOGETHER


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_arrival_changes_nothing(order):
    sent = [COUNCIL, POLICE, COUNCIL_AGAIN]
    with opened() as register:
        for place in order:
            register.send(sent[place]).renew()

        assert register.persons() == TOGETHER
