"""Every figure of the warehouse against the oracle, over one invented council whose records have slips in them."""

import calendar
import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import defect
import measure
import pytest
import survival
import workday
from hub import SNAPSHOT, Hub
from measure import ALL, ASSESSMENT, CONTACT, LIMIT, REREFERRAL, Cell, Event

from lantern.synthetic import invent

SMALL = 340


@dataclass(frozen=True)
class Counted:
    """What was delivered so far, what the warehouse made of it, and the shares it works out."""

    events: list[Event]
    cells: dict[tuple[str, str, str], Cell]
    shares: list[tuple]


def counted(hub: Hub) -> Counted:
    hub.build()
    shares = hub.rows(
        "select measure_id, period, source_group, exact_share, naive_share from marts.fct_measure_quarters"
    )
    return Counted(hub.events(), hub.cells(), shares)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    return Hub(tmp_path_factory.mktemp("oracle"))


@pytest.fixture(scope="module")
def invented(hub: Hub) -> Path:
    invent(hub.folder / "partners", referrals_a_year=SMALL, snapshot=SNAPSHOT)
    return hub.folder / "partners" / "riverton_council"


@pytest.fixture(scope="module")
def tables_alone(hub: Hub, invented: Path) -> Counted:
    made = hub.made(sorted((invented / "ssd").glob("*.csv")), "ssd")
    defect.plant(made)
    hub.send(made)
    return counted(hub)


@pytest.fixture(scope="module")
def with_censuses(hub: Hub, invented: Path, tables_alone: Counted) -> Counted:
    for file in sorted((invented / "cin_census").glob("*.xml")):
        hub.send(hub.made([file], "cin_census"))
    return counted(hub)


def test_every_cell_of_the_warehouse_is_what_the_oracle_counts(tables_alone, with_censuses):
    """No cell is missing, none is left over, and no count is off by one: first without, then with the censuses."""
    for delivered in (tables_alone, with_censuses):
        expected = measure.cells(delivered.events)

        assert delivered.cells == expected
        assert len(expected) > 100
        assert {name for name, _, _ in expected} == {CONTACT, ASSESSMENT, REREFERRAL}


def test_the_censuses_change_no_cell(tables_alone, with_censuses):
    """
    They tell again of referrals the council's own tables tell of, in other words.
    """
    assert len(with_censuses.events) > len(tables_alone.events)

    assert with_censuses.cells == tables_alone.cells


def test_the_slips_planted_change_what_is_counted(tables_alone):
    """Otherwise the rules for them would be checked by no one: each kind of slip is seen by some measure."""
    events = tables_alone.events
    referrals = [event for event in events if event["event_type"] == "REFERRAL_RECEIVED"]
    again = [is_again for _, is_again in measure.rereferrals(events)]

    assert len(referrals) - len(measure.counted_referrals(events)) > 3 * defect.OF_EACH
    assert {wait.end for wait in measure.assessment_waits(events)} == {measure.DONE, measure.CLOSED, measure.OPEN}
    assert 0 < len(again) < len(measure.counted_referrals(events))
    assert 0 < sum(again) < len(again)


@pytest.mark.parametrize(
    ("base_table", "rows"), [("contacts", "fct_contacts where is_in_measure"), ("referrals", "fct_referrals")]
)
def test_the_bound_leaves_every_person_the_rows_it_promises(hub, with_censuses, base_table, rows):
    """No row is lost on the way out but by the bound: not for its source, its dates or its wait."""
    with (measure.SEEDS / "catalogue" / "catalogue__base_tables.csv").open(encoding="utf-8", newline="") as stream:
        bound = {row["base_table"]: int(row["rows_per_person_quarter"]) for row in csv.DictReader(stream)}[base_table]
    promised = f"select person_key, period, least(count(*), {bound}), count(*) > {bound} from marts.{rows} group by all"
    kept = f"select person_key, period, count(*), bool_or(is_clipped) from release_inputs.ri_{base_table} group by all"

    assert sorted(hub.rows(kept)) == sorted(hub.rows(promised))


@pytest.mark.parametrize("name", [CONTACT, ASSESSMENT])
def test_the_share_of_a_mature_quarter_is_what_the_survival_estimate_gives(name, with_censuses):
    """Where every wait has had its full time, counting and estimating are one."""
    agreed = measure.agreed_day(with_censuses.events)
    exact = {(period, group): share for which, period, group, share, _ in with_censuses.shares if which == name}
    mature = {key for key in exact if workday.working_days(last_day(key[0]), agreed) >= LIMIT[name]}
    waits = by_cell(name, with_censuses)

    assert len(mature) > 50
    assert {key: survival.share_by_day(waits[key], LIMIT[name]) for key in mature} == pytest.approx(
        {key: exact[key] for key in mature}
    )


def test_the_share_of_the_finished_alone_flatters_a_quarter_that_is_not_over(with_censuses):
    """In the last quarter long assessments are still open: the naive share is far above the survival estimate."""
    agreed = measure.agreed_day(with_censuses.events)
    period = workday.quarter(agreed)
    naive = {tuple(key): share for *key, _, share in with_censuses.shares}

    estimated = survival.share_by_day(by_cell(ASSESSMENT, with_censuses)[period, ALL], LIMIT[ASSESSMENT])

    assert workday.working_days(last_day(period), agreed) < LIMIT[ASSESSMENT]
    assert naive[ASSESSMENT, period, ALL] > estimated + 0.05


def by_cell(name: str, delivered: Counted) -> dict[tuple[str, str], list[measure.Wait]]:
    waits = {CONTACT: measure.contact_waits, ASSESSMENT: measure.assessment_waits}[name](delivered.events)
    found: dict[tuple[str, str], list[measure.Wait]] = {}
    for wait in waits:
        for group in (wait.group, ALL):
            found.setdefault((workday.quarter(wait.received_on), group), []).append(wait)
    return found


def last_day(period: str) -> date:
    year, month = int(period[:4]), 3 * int(period[-1])
    return date(year, month, calendar.monthrange(year, month)[1])
