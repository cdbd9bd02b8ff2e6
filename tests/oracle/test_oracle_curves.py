"""Every curve of the warehouse, against the oracle's own, against another library's, and against what a curve must be."""

from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import survival
from catalogued import entries
from counted import Counted
from hub import Hub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter

ROUNDING = 1e-12
CENSORED, EVENT, COMPETING = 0, 1, 2
TIMES = {name: entry for name, entry in entries("measure").items() if entry["kind"] == "time"}
Drawn = tuple[int, int, int]
"""One case: the day of its end, how it ended, and from when on it could be seen."""


def ends(name: str, delivered: Counted) -> dict[str, list[tuple[str, int, int]]]:
    """How each case of each quarter ended, when, and from when on it could be seen; if it could at all."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for case in delivered.cases(name):
        status, days = case.says
        if int(str(days)) >= case.entered:
            found.setdefault(case.period, []).append((str(status), int(str(days)), case.entered))
    return found


@pytest.mark.parametrize("name", TIMES)
def test_every_curve_is_what_the_estimator_makes_of_the_cases(name, with_censuses):
    """Each day's cases at risk and ended, and the share by then, of every quarter."""
    expected = {
        period: survival.curve(cases, TIMES[name]["event"]) for period, cases in ends(name, with_censuses).items()
    }
    found = {period: curve for (which, period), curve in with_censuses.curves.items() if which == name}

    assert found.keys() == expected.keys()
    for period, curve in found.items():
        assert [each.__dict__ | {"share": 0} for each in curve] == [
            each.__dict__ | {"share": 0} for each in expected[period]
        ]
        assert [each.share for each in curve] == pytest.approx([each.share for each in expected[period]], abs=ROUNDING)


@pytest.mark.parametrize("name", TIMES)
def test_every_curve_is_what_lifelines_estimates(name, with_censuses):
    """
    Kaplan-Meier where nothing competes, Aalen-Johansen where something does: another library, the same cases.

    It estimates nothing where, for a while, nobody at all is at risk: of some quarters before the history.
    """
    competing = TIMES[name].get("competing_statuses", [])
    marks = {TIMES[name]["event"]: EVENT} | dict.fromkeys(competing, COMPETING)
    drawn_of = {
        period: [(days, marks.get(end, CENSORED), entered) for end, days, entered in cases]
        for period, cases in ends(name, with_censuses).items()
    }
    watched = {period: drawn for period, drawn in drawn_of.items() if is_watched_throughout(drawn)}

    assert len(watched) >= 5
    assert len(watched) >= len(drawn_of) / 2
    for period, drawn in watched.items():
        curve = with_censuses.curves[name, period]

        assert [each.share for each in curve] == pytest.approx(
            estimated(drawn, [each.duration for each in curve]), abs=1e-9
        )


def is_watched_throughout(drawn: list[Drawn]) -> bool:
    """Whether after each end but the last somebody is still at risk."""
    last = max(days for days, *_ in drawn)
    return all(any(entered <= day < days for days, _, entered in drawn) for day, *_ in drawn if day < last)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 1, 2]), st.integers(0, 12)), min_size=1))
def test_a_case_that_can_be_seen_only_later_counts_from_then_on(compiled, cases):
    """Drawn by lot, with ties, competing ends and delayed entry: the SQL of the curves, run on them alone."""
    # One case is watched throughout: lifelines estimates nothing past a day on which nobody is at risk.
    drawn = [(days, end, min(entry, days)) for days, end, entry in [*cases, (13, CENSORED, 0)]]
    curve = run_on(drawn, compiled)

    for duration, at_risk, share in curve:
        assert at_risk == sum(entry <= duration <= days for days, _, entry in drawn)
        assert share == pytest.approx(estimated(drawn, [duration])[0], abs=1e-9)


@pytest.fixture
def compiled(hub: Hub, with_censuses: Counted) -> Path:
    """The SQL of the curves, as the last build ran it."""
    return hub.home.dbt / "target" / "compiled" / "lantern" / "models" / "marts" / "fct_measure_curves.sql"


def run_on(drawn: list[Drawn], compiled: Path) -> list[tuple[int, int, float]]:
    """The days, cases at risk and shares that the compiled SQL makes of cases."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as wh")
        connection.execute("create schema wh.marts")
        connection.execute(
            "create table wh.marts.fct_measure_histograms (measure_id varchar, period varchar, breakdown varchar,"
            " category varchar, status varchar, duration integer, entered_after integer, case_count bigint)"
        )
        connection.executemany(
            "insert into wh.marts.fct_measure_histograms values ('T', '2026-Q2', 'all', 'all', ?, ?, ?, 1)",
            [(("censored", "event", "competing")[end], days, entry) for days, end, entry in drawn],
        )
        query = f"select duration, at_risk_count, event_share from ({compiled.read_text()}) order by duration"
        return connection.execute(query).fetchall()


def estimated(drawn: list[Drawn], days: list[int]) -> list[float]:
    """What lifelines makes of cases by some days; where all seen so far have ended, what it made of the days before."""
    frame = pd.DataFrame(drawn, columns=["days", "end", "entry"]).astype({"days": float})
    # What is open on a day is at risk on it; who can be seen from a day on is at risk on it too.
    entry = frame["entry"] - 0.5
    if not (frame["end"] == COMPETING).any():
        estimate = KaplanMeierFitter().fit(frame["days"], frame["end"], entry=entry)
        return [1 - float(estimate.predict(day)) for day in days]
    # Ends of one day are set a little apart, in any order: Aalen-Johansen as lifelines has it wants no ties.
    frame["days"] += frame.index * 1e-7 + (frame["end"] == CENSORED) * 0.25
    estimate = AalenJohansenFitter(calculate_variance=False).fit(frame["days"], frame["end"], EVENT, entry=entry)
    return [float(estimate.cumulative_density_.loc[: day + 0.5].iloc[-1, 0]) for day in days]


@pytest.mark.parametrize("name", TIMES)
def test_a_share_never_falls_and_never_passes_one(name, with_censuses):
    """Whatever happened: no day takes back what was done, and no more than all can be."""
    for (which, _), curve in with_censuses.curves.items():
        shares = [each.share for each in curve]

        if which == name:
            assert all(later >= earlier - ROUNDING for earlier, later in pairwise([0, *shares, 1]))
