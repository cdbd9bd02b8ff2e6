"""Every figure of the warehouse against the oracle, over one invented council whose records have slips in them."""

from collections import Counter

import defect
import figure
import measure
import pytest
import survival
import workday
from catalogued import entries
from counted import Counted, breakdowns
from event import agreed_day
from measure import ALL, ASSESSMENT, CONTACT, LIMIT, REREFERRAL
from referrals import known_stays


@pytest.mark.parametrize("name", entries("measure"))
def test_every_figure_of_a_measure_is_what_its_cases_come_to(name, tables_alone, with_censuses):
    """No figure is missing, none is left over, and no count is off by one: first without, then with the censuses."""
    for delivered in (tables_alone, with_censuses):
        of_cases = {ALL, figure.MIX, *breakdowns(name)}
        told = {
            (period, breakdown, category, months): (each.row_count, each.counted, each.unknown_count)
            for (which, period, breakdown, category, months), each in delivered.figures.items()
            if which == name and breakdown in of_cases and each.row_count
        }

        assert told == figure.figures(name, delivered.cases(name), delivered.known)


def test_a_quarter_before_any_history_has_no_figures(with_censuses):
    """The twin: there are cases of such quarters, those that were still open when the history began."""
    first = figure.first_quarter(with_censuses.known)
    earlier = [case for case in with_censuses.cases(ASSESSMENT) if case.period < first]

    assert len(earlier) > 50
    assert min(period for _, period, *_ in with_censuses.figures) == first


def test_the_persons_of_each_age_sex_and_group_are_all_persons(with_censuses):
    """Who is not known to be of one is of the unknown: nobody is lost and nobody is there twice."""
    of_person = {key for key, entry in entries("breakdown").items() if entry.get("of_person")}
    parts: dict[tuple, int] = {}
    for (name, period, breakdown, _, months), each in with_censuses.figures.items():
        if breakdown in of_person:
            key = name, period, breakdown, months
            parts[key] = parts.get(key, 0) + each.row_count

    assert len(parts) > 500
    assert parts == {key: with_censuses.figures[key[0], key[1], ALL, ALL, key[3]].row_count for key in parts}


@pytest.mark.parametrize(
    ("breakdown", "order"),
    [
        ("disability", ["y", "n", "u"]),
        ("sex", ["F", "M", "U"]),
        ("ethnic_group", ["asian", "black", "mixed", "other", "white", "unknown"]),
    ],
)
def test_a_child_is_of_the_group_that_anybody_knows_of(breakdown, order, with_censuses):
    """Of what all partners tell of a child, the first of the order: who knows tells for those who do not."""
    known, unknown = with_censuses.known, order[-1]
    told: dict[str | None, set[str]] = {}
    for event in known.in_force:
        if event[breakdown]:
            told.setdefault(event["person"], set()).add(str(event[breakdown]))
    expected = Counter(
        (workday.quarter(stay.day), min(told.get(stay.referral["person"], {unknown}), key=order.index))
        for stay in known_stays(known)
        if workday.quarter(stay.day) >= figure.first_quarter(known)
    )
    found = {
        (period, category): each.row_count
        for (name, period, by, category, _), each in with_censuses.figures.items()
        if (name, by) == (ASSESSMENT, breakdown) and each.row_count
    }

    assert len({category for _, category in found}) > 1
    assert found == expected


@pytest.mark.parametrize("name", [CONTACT, ASSESSMENT, REREFERRAL])
def test_the_censuses_change_no_cell(name, tables_alone, with_censuses):
    """
    They tell again of referrals the council's own tables tell of, in other words.
    """
    assert len(with_censuses.events) > len(tables_alone.events)

    alone, together = (
        {key: each for key, each in delivered.figures.items() if key[0] == name}
        for delivered in (tables_alone, with_censuses)
    )
    assert together == alone


def test_the_slips_planted_change_what_is_counted(tables_alone):
    """Otherwise the rules for them would be checked by no one: each kind of slip is seen by some measure."""
    events = tables_alone.events
    referrals = [event for event in events if event["event_type"] == "REFERRAL_RECEIVED"]
    again = [is_again for _, is_again in measure.rereferrals(events)]

    assert len(referrals) - len(measure.counted_referrals(events)) > 3 * defect.OF_EACH
    assert {wait.end for wait in measure.assessment_waits(events)} == {measure.DONE, measure.CLOSED, measure.OPEN}
    assert 0 < len(again) < len(measure.counted_referrals(events))
    assert 0 < sum(again) < len(again)


@pytest.mark.parametrize("name", [CONTACT, ASSESSMENT])
def test_the_share_of_a_mature_quarter_is_what_the_survival_estimate_gives(name, with_censuses):
    """Where every wait has had its full time, counting and estimating are one."""
    agreed = agreed_day(with_censuses.events)
    exact = shares(name, with_censuses)
    mature = {key for key in exact if workday.working_days(workday.last_day(key[0]), agreed) >= LIMIT[name]}
    waits = by_cell(name, with_censuses)

    assert len(mature) > 50
    assert {key: survival.share_by_day(waits[key], LIMIT[name]) for key in mature} == pytest.approx(
        {key: exact[key] for key in mature}
    )


def test_the_share_of_the_finished_alone_flatters_a_quarter_that_is_not_over(with_censuses):
    """In the last quarter long assessments are still open: the naive share is far above the survival estimate."""
    agreed = agreed_day(with_censuses.events)
    period = workday.quarter(agreed)
    naive = with_censuses.figures[ASSESSMENT, period, ALL, ALL, 0].naive_share

    estimated = survival.share_by_day(by_cell(ASSESSMENT, with_censuses)[period, ALL], LIMIT[ASSESSMENT])

    assert workday.working_days(workday.last_day(period), agreed) < LIMIT[ASSESSMENT]
    assert naive > estimated + 0.05


def by_cell(name: str, delivered: Counted) -> dict[tuple[str, str], list[measure.Wait]]:
    waits = {CONTACT: measure.contact_waits, ASSESSMENT: measure.assessment_waits}[name](delivered.events)
    found: dict[tuple[str, str], list[measure.Wait]] = {}
    for wait in waits:
        for group in (wait.group, ALL):
            found.setdefault((workday.quarter(wait.received_on), group), []).append(wait)
    return found


def shares(name: str, delivered: Counted) -> dict[tuple[str, str], float]:
    """The exact shares of a measure, by quarter and published source or `all`."""
    return {
        (period, category): each.exact_share
        for (which, period, breakdown, category, _), each in delivered.figures.items()
        if which == name and breakdown in {ALL, "source_group"} and each.exact_share is not None
    }
