"""What a hub does with one bad cell: refuse the delivery, name column, rule and count, keep nothing."""

import pytest
from tests.intake.sending import CANARY, contacts, received
from tests.leak import found_in

from lantern.intake import verification
from lantern.pipeline import intake


def with_cell(hub, column: str, value: str | None) -> list[dict]:
    events = contacts(hub)
    events[7][column] = value
    return events


BAD_CELLS = [
    ("token_nhs", "943 476 5919", "column 'token_nhs': 1 cells look like a raw NHS number or UPN"),
    ("local_person_key", "9434765919", "column 'local_person_key': 1 cells look like a raw NHS number or UPN"),
    ("token_upn", "B801200005001", "column 'token_upn': 1 cells look like a raw NHS number or UPN"),
    ("area", "9434765919", "column 'area': 1 cells look like a raw NHS number or UPN"),
    ("source_category", "9434765919", "column 'source_category': 1 cells look like a raw NHS number or UPN"),
    ("birth_month", "2015-05-09", "column 'birth_month': 1 cells are not of the agreed shape"),
    ("episode_key", CANARY, "column 'episode_key': 1 cells are not of the agreed shape"),
    ("event_at", "31/12/2025", "column 'event_at': 1 cells are not of the agreed shape"),
    ("event_at", "2026-02-31", "column 'event_at': 1 cells are not a day of the calendar"),
    ("event_time_precision", "minute", "column 'event_time_precision': 1 cells"),
    ("outcome_code", CANARY, "is_in_the_code_list: column 'outcome_code': 1 rows"),
    ("source_category", "99", "is_in_the_code_list: column 'source_category': 1 rows"),
    ("source_category", None, "is_filled_where_the_event_needs_it: column 'source_category': 1 rows"),
    ("event_type", None, "is_filled: column 'event_type': 1 rows"),
    ("event_type", "CONTACT_RECEIVED\n", "is_in_the_code_list: column 'event_type': 1 rows"),
    ("is_unborn", "true\n", "is_in_the_code_list: column 'is_unborn': 1 rows"),
    ("partner_org", "riverton_police", "partner_org_is_the_manifests: column 'partner_org': 1 rows"),
    ("event_at", "2026-12-24", "event_is_before_the_snapshot: column 'event_on': 1 rows"),
]


@pytest.mark.parametrize(("column", "value", "told"), BAD_CELLS)
def test_one_bad_cell_refuses_the_delivery_and_nothing_of_it_is_kept(hub, column, value, told):
    """The message names column, rule and count. The value is nowhere, and nothing was loaded."""
    hub.deliver(with_cell(hub, column, value))

    (line,) = received(hub)

    assert "refused" in line
    assert told in line
    assert "Nothing was loaded" in line
    assert intake.load(hub.home) == {}
    assert not list(hub.home.inbox.glob("*/*"))
    assert not list(hub.home.work.glob("*"))
    if value and len(value) > 6 and value not in ("riverton_police", "minute"):
        assert found_in(hub.home.root, [value]) == []


def test_the_search_for_a_kept_value_can_fail(hub):
    """The twin of the test above: with the check switched off, the same value is found."""
    folder = hub.deliver(with_cell(hub, "episode_key", CANARY))
    (folder / "note.txt").write_text(CANARY)

    assert found_in(hub.home.root, [CANARY]) != []


def test_without_the_check_of_shapes_a_raw_number_would_get_in(hub, monkeypatch):
    """The twin that shows the guard is what stops it: no other step refuses this delivery."""
    monkeypatch.setattr(verification, "_refuse_wrong_shapes", lambda table, manifest: None)
    hub.deliver(with_cell(hub, "token_nhs", "9434765919"))

    (line,) = received(hub)

    assert "accepted" in line
