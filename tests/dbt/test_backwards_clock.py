"""What ended before it began: contacts, concerns and requests are judged by one rule, and it is the oracle's."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp
from tests.dbt.conftest import models
from tests.oracle.event import is_before

BACKWARDS = {
    # model: its column, what ends, what begins
    "int_contacts_with_first_decision": ("is_decided_before_receipt", "first_decisions", "received"),
    "int_concerns_with_outcome": ("is_decided_before_receipt", "decisions", "concerns"),
    "int_requests_answered": ("is_returned_before_request", "first_answers", "requests"),
}
STARTS = ("2026-06-02 00:10", "2026-06-02 09:00", "2026-03-29 02:30", "2026-10-25 02:30")
"""Local: just after midnight, in the day, and just after each change of the clocks."""


def ends_and_starts() -> list[tuple[dict, dict]]:
    """Ends at each minute around what decides, each time known or not."""
    london = ZoneInfo("Europe/London")
    away = [*range(-1_500, -1_380, 7), *range(-130, 131), *range(1_380, 1_500, 7)]
    pairs = []
    for start, minutes, *known in product(STARTS, away, (True, False), (True, False)):
        began = datetime.fromisoformat(start).replace(tzinfo=london).astimezone(UTC)
        instants = (began + timedelta(minutes=minutes), began)
        pairs.append(
            tuple(
                {
                    "event_on": each.astimezone(london).date(),
                    "event_at": each.replace(tzinfo=None) if is_known else None,
                }
                for each, is_known in zip(instants, known, strict=True)
            )
        )
    return pairs


def as_told(event: dict) -> dict:
    """As a partner writes it: local time with its offset, or the day."""
    at = event["event_at"]
    return {
        "event_at": at.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/London")).isoformat()
        if at
        else str(event["event_on"])
    }


def otherwise_judged(rule: str, ended: str, started: str) -> int:
    """In how many of the pairs a rule says something else than the oracle does."""
    pairs = ends_and_starts()
    fields = pa.struct([("event_on", pa.date32()), ("event_at", pa.timestamp("us"))])
    columns = [pa.array([pair[side] for pair in pairs], fields) for side in (0, 1)]
    with duckdb.connect() as connection:
        connection.register("pairs", pa.table(dict(zip((ended, started), columns, strict=True))))
        said = [row[0] for row in connection.execute(f"select {rule} from pairs").fetchall()]
    expected = [is_before(as_told(end), as_told(start)) for end, start in pairs]
    assert len(said) == len(expected) > 4_000
    assert 500 < sum(expected) < 3_500
    return sum(one is not other for one, other in zip(said, expected, strict=True))


def test_contacts_concerns_and_requests_are_all_judged_by_the_oracles_rule_where_a_clock_runs_backwards(manifest):
    compiled = {node["name"]: node["compiled_code"] for node in models(manifest)}

    for model, (column, ended, started) in BACKWARDS.items():
        (judged,) = (
            each
            for each in sqlglot.parse_one(compiled[model], read="duckdb").find_all(exp.Alias)
            if each.alias == column
        )
        assert otherwise_judged(judged.this.sql("duckdb"), ended, started) == 0, model


@pytest.mark.parametrize(
    "rule",
    [
        "coalesce(ended.event_on < started.event_on or ended.event_at < started.event_at, false)",
        "coalesce(ended.event_at < started.event_at - interval 1 hour, false)",
        "coalesce(ended.event_at <= started.event_at - interval 1 hour, ended.event_on < started.event_on)",
        "coalesce(ended.event_at < started.event_at - interval 61 minute, ended.event_on < started.event_on)",
    ],
)
def test_another_rule_for_a_clock_that_runs_backwards_is_noticed(rule):
    """The twin: without the hour, without the day, and a minute off on either side."""
    assert otherwise_judged(rule, "ended", "started") > 0
