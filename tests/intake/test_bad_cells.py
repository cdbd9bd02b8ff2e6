"""What a hub does with one bad cell: refuse the delivery, or hold the row; the cell itself is kept nowhere."""

import tempfile

import pytest
from tests.intake.sending import CANARY, arrival_of, contacts, kept_cells, verdicts
from tests.leak import found_in

from lantern import contract, quality, warehouse
from lantern.intake import scan
from lantern.pipeline import intake

BAD_ROW = 7
IN_THE_FILE = 9  # row 1 is the heading


def with_cell(hub, column: str, value: str | None) -> list[dict]:
    events = contacts(hub)
    events[BAD_ROW][column] = value
    return events


RAW = "holds_no_raw_identifier"
REFUSED = [
    ("token_nhs", "943 476 5919", RAW),
    ("local_person_key", "9434765919", RAW),
    ("token_upn", "B801200005001", RAW),
    ("area", "9434765919", RAW),
    ("area", "943\u00a0476\u20115919", RAW),
    ("area", "\uff19\uff14\uff13\uff14\uff17\uff16\uff15\uff19\uff11\uff19", RAW),
    ("area", "943\u200b476\u200b5919", RAW),
    ("source_category", "9434765919", RAW),
    ("source_category", "ref 943-476-5919 urgent", RAW),
    ("area", "AB1 2CD", RAW),
    ("area", "ab12cd", RAW),
    ("need_code", "QQ123456C", RAW),
    ("channel", "zebedee@example.org", RAW),
    ("channel", "07700 900123", RAW),
    ("channel", "+44 (0)7700 900 123", RAW),
    ("event_at", "tel 07700900123", RAW),
    ("birth_month", "2015-05-09", RAW),
    ("birth_month", "9/5/2015", RAW),
    ("event_type", "CONTACT_RECEIVED\n", "holds_no_hidden_character"),
    ("is_unborn", "true\x00", "holds_no_hidden_character"),
    ("sex", "\u202eF", "holds_no_hidden_character"),
    ("episode_key", CANARY, "is_a_keyed_pseudonym"),
    ("event_key", "A" * 64, "is_a_keyed_pseudonym"),
    ("local_person_key", None, "is_filled"),
]
LIES = [
    ("partner_org", "riverton_police", "partner_org_is_the_manifests"),
    ("partner_org", CANARY, "partner_org_is_the_manifests"),
    ("responsible_la", "E06999998", "responsible_la_is_the_manifests"),
    ("contract_version", "2.0", "contract_version_is_the_manifests"),
    ("extract_id", None, "is_filled"),
]
SHAPE, LISTED = "is_of_the_agreed_shape", "is_in_the_code_list"
HELD = [
    ("event_at", "31/12/2025", SHAPE),
    ("event_at", "2026-01-15 10:30:00", SHAPE),
    ("event_at", "1970-01-01", SHAPE),
    ("event_at", CANARY, SHAPE),
    ("recorded_at", "yesterday", SHAPE),
    ("birth_month", "May 2015", SHAPE),
    ("n_previous_plans", "21", SHAPE),
    ("area", CANARY, SHAPE),
    ("event_at", None, "is_filled"),
    ("event_type", None, "is_filled"),
    ("is_unborn", None, "is_filled"),
    ("event_at", "2026-02-31", "is_a_day_of_the_calendar"),
    ("recorded_at", "2026-02-31", "is_a_day_of_the_calendar"),
    ("event_time_precision", "minute", "is_as_precise_as_said"),
    ("event_at", "2026-03-01T10:30:00+00:00", "is_as_precise_as_said"),
    ("event_at", "2026-12-24", "event_is_before_the_snapshot"),
    ("birth_month", "2026-10", "birth_is_before_the_snapshot"),
    ("outcome_code", CANARY, LISTED),
    ("source_category", "99", LISTED),
    ("abuse_codes", f"NEG;{CANARY}", LISTED),
    ("source_category", None, "is_filled_where_the_event_needs_it"),
    ("event_type", "CONCERN_DECIDED", "event_is_one_this_partner_may_tell_of"),
]


def test_the_tables_of_bad_cells_are_there():
    assert (len(REFUSED), len(LIES), len(HELD)) == (24, 5, 22)


@pytest.mark.parametrize(("column", "value", "rule"), REFUSED)
def test_one_cell_that_may_name_a_child_breaks_a_rule_of_the_scan(hub, tmp_path, column, value, rule):
    """Before any other tool sees a cell; whatever stands between the digits, and in whichever column."""
    found = scan.breaches(scan.read(arrival_of(with_cell(hub, column, value), tmp_path)))

    assert [(breach.rule, breach.column, breach.count, breach.rows) for breach in found] == [
        (rule, column, 1, (IN_THE_FILE,))
    ]


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, value, _ in HELD])
def test_one_cell_that_is_only_wrong_breaks_none_of_them(hub, tmp_path, column, value):
    """The twin: a slip is no identifier, or every slip would refuse a whole delivery."""
    assert scan.breaches(scan.read(arrival_of(with_cell(hub, column, value), tmp_path))) == []


@pytest.mark.parametrize(
    ("column", "value", "rule"), [REFUSED[0], ("episode_key", CANARY, "is_a_keyed_pseudonym"), *LIES]
)
def test_such_a_cell_refuses_the_delivery_and_nothing_of_it_is_kept(hub, column, value, rule):
    """The report names column, rule and row. The value is nowhere, and nothing was loaded."""
    hub.deliver(with_cell(hub, column, value))

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    told = [breach for breach in verdict.breaches if breach.severity == "critical"]
    assert [(breach.rule, breach.column, breach.rows) for breach in told] == [(rule, column, (IN_THE_FILE,))]
    assert f"{rule}: column '{column}': 1 rows" in verdict.line
    assert intake.load(hub.home) == {}
    assert left_in(hub.home.inbox, hub.home.work, hub.home.accepted, hub.home.quarantine, hub.home.spill) == []
    if value and value not in ("riverton_police", "2.0"):
        assert found_in(hub.home.root, [value]) == []


def test_cells_that_cannot_be_used_hold_their_rows_and_the_rest_is_loaded(hub):
    """Each row is set aside without the cell; what was sent is what was loaded and what is held."""
    events = contacts(hub, 120)
    for place, (column, value, _) in enumerate(HELD):
        events[place][column] = value
    hub.deliver(events)

    (verdict,) = verdicts(hub)
    intake.load(hub.home)

    assert (verdict.outcome, verdict.rows, verdict.loaded, verdict.held) == ("accepted", 120, 98, 22)
    told = {(breach.rule, row) for breach in verdict.breaches if breach.severity == "warning" for row in breach.rows}
    assert {(rule, place + 2) for place, (_, _, rule) in enumerate(HELD)} <= told
    assert {row for _, row in told} == set(range(2, 24))
    with warehouse.opened(hub.home, read_only=True) as connection:
        (counts,) = connection.execute("select rows_sent, rows_loaded, rows_held from raw.delivery").fetchall()
        (loaded,) = connection.execute("select count(*) from raw.partner_event").fetchone()
    assert (*counts, loaded) == (120, 98, 22, 98)
    wrong = {value for _, value, rule in HELD if value and len(value) > 2 and rule in (SHAPE, LISTED)}
    assert len(wrong) == 7
    assert wrong & kept_cells(hub) == set()
    assert found_in(hub.home.root, wrong) == []


def left_in(*folders) -> list[str]:
    return [path.name for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]


def test_the_search_for_a_kept_value_can_fail(hub):
    """The twin of the tests above: with the check switched off, the same value is found."""
    folder = hub.deliver(with_cell(hub, "episode_key", CANARY))
    (folder / "note.txt").write_text(CANARY)

    assert found_in(hub.home.root, [CANARY]) != []


def test_without_the_scan_a_raw_number_would_get_in(hub, monkeypatch):
    """The twin that shows the guard is what stops it: no other step refuses this delivery."""
    monkeypatch.setattr(scan, "breaches", lambda columns: [])
    hub.deliver(with_cell(hub, "token_nhs", "9434765919"))

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "accepted"


def test_without_the_blanking_a_held_row_would_keep_its_cell(hub, monkeypatch):
    """The twin of the held rows: their cells are gone because they are emptied, not because nothing is kept."""
    monkeypatch.setattr(scan.Column, "safe", lambda column: column.cells)
    hub.deliver(with_cell(hub, "outcome_code", CANARY))

    verdicts(hub)

    assert CANARY in kept_cells(hub)


def test_without_great_expectations_no_row_is_held(hub, monkeypatch):
    """The twin of the held rows: nothing but its findings holds them."""
    monkeypatch.setattr(quality, "check", lambda *_, **__: [])
    hub.deliver(with_cell(hub, "outcome_code", CANARY))

    (verdict,) = verdicts(hub)

    assert (verdict.outcome, verdict.held) == ("accepted", 0)


def test_a_name_in_any_column_reaches_no_later_tool(hub, tmp_path):
    """Column by column: what is judged and what is kept hold a code, a key, a date or nothing."""
    assert len(contract.FIELDS) == 50
    for field in contract.FIELDS:
        columns = scan.read(arrival_of(with_cell(hub, field.name, CANARY), tmp_path))
        refused = {breach.column for breach in scan.breaches(columns)}
        later = columns[field.name].safe().to_pylist()

        assert refused == ({field.name} if field.keyed else set())
        assert CANARY not in later + columns[field.name].judged().to_pylist()


def test_a_refused_delivery_leaves_nothing_in_the_temporary_folder_either(hub, tmp_path, monkeypatch):
    """Not in the home, not where libraries put what they do not name: after a critical rule and after held rows."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    hub.deliver(with_cell(hub, "episode_key", CANARY))
    events = contacts(hub)
    for event in events[:5]:
        event["outcome_code"] = CANARY
    hub.deliver(events)
    sent = [event["event_key"] for event in events[:3]]
    assert found_in(hub.home.inbox, [CANARY]) != []

    outcomes = [verdict.outcome for verdict in verdicts(hub)]

    assert outcomes == ["refused", "refused"]
    assert found_in(tmp_path, [CANARY, *sent]) == []
