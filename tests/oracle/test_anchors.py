"""
The invented partnership against what is published of England: it is small, so within a stated tolerance.

Without the planted slips: with them 25 % of referrals came back, and 1.19 to 1.21 a child.
"""

from collections import defaultdict
from statistics import mean, quantiles

import pytest
import survival
import workday
from case import Case
from catalogued import entries
from event import happened_on
from known import Known, who
from measure import ASSESSMENT

TO_THE_LIMIT = range(41, 46)


@pytest.fixture(scope="module")
def assessed(undamaged) -> list[int]:
    """Working days from the referral to each first assessment, as delivered."""
    return [days for _, days in ended_by("assessed", undamaged.cases(ASSESSMENT))]


@pytest.fixture(scope="module")
def conferred(undamaged) -> list[int]:
    """Working days from the strategy discussion to each conference."""
    return [days for _, days in ended_by("conference", undamaged.cases("T_ICPC15"))]


def ended_by(status: str, cases: list[Case]) -> list[tuple]:
    return [case.says for case in cases if case.says[0] == status]


def test_assessments_take_as_long_as_in_england(assessed):
    """Quartiles 19, 34 and 44 working days in 2023-24 (DfE table C2): within 4 days."""
    assert len(assessed) > 700
    assert quantiles(assessed, n=4) == pytest.approx([19, 34, 44], abs=4)


def test_assessments_crowd_before_the_limit_as_in_england(assessed):
    """18 % finish on days 41 to 45 (C2): within 4 points, and far more than on the five days after."""
    assert mean(days in TO_THE_LIMIT for days in assessed) == pytest.approx(0.18, abs=0.04)
    assert sum(days in TO_THE_LIMIT for days in assessed) > 1.5 * sum(46 <= days <= 50 for days in assessed)


def test_conferences_come_when_they_come_in_england(conferred):
    """Quartiles 13, 14 and 15 working days in 2023-24 (C4): within 1 day."""
    assert len(conferred) > 100
    assert quantiles(conferred, n=4) == pytest.approx([13, 14, 15], abs=1)


@pytest.mark.parametrize(
    ("name", "published", "tolerance"),
    [
        ("R_REREF_DFE", 0.224, 0.03),
        ("R_REREF_CHILD", 0.210, 0.04),
        ("R_NFA_REFERRAL", 0.063, 0.04),
        ("R_NOT_IN_NEED", 0.303, 0.04),
        ("R_CONV", 0.21, 0.03),
        ("R_ASSESS45_FINISHED", 0.845, 0.04),
        ("R_S47_CONFERENCE", 0.322, 0.06),
        ("R_RISK_REDUCED", 0.89, 0.06),
        ("R_CPP_REPEAT", 0.245, 0.05),
    ],
)
def test_shares_are_those_of_england(name, published, tolerance, undamaged):
    """
    Of the quarters of the history together: of those before it only what stayed open is told.

    This is a tenth of a middling council: chance alone moves a share of its referrals by two points and of its children by three.
    At full size the repeats are held to 1.5 points, in tests/synthetic.

    DfE C1, C2 and C4 of 2023-24 and D3 of 2024-25, ADCS contacts to referrals, SAC SG2e of 2018-19.
    """
    since = undamaged.known.history_from
    marks = [case.says[0] for case in undamaged.cases(name) if case.says[0] is not None and case.on >= since]

    assert mean(map(bool, marks)) == pytest.approx(published, abs=tolerance)


def test_the_naive_share_of_the_last_quarter_says_too_much_and_the_curve_does_not(undamaged):
    """
    As in the published simulation: of the finished alone the last quarter looks best, though nothing has become faster.

    There 90.1 % instead of 79.6 %, 10.5 points too much; here within 5 points of that, beside the mean of the quarters
    before, and the curve's share is not.
    """
    quarters = defaultdict(list)
    for case in undamaged.cases(ASSESSMENT):
        if case.on >= undamaged.known.history_from:
            quarters[case.period].append((*case.says, case.entered))
    naive, estimated = [], []
    for _, cases in sorted(quarters.items()):
        naive.append(mean(days <= 45 for end, days, _ in cases if end == "assessed"))
        estimated.append(max(point.share for point in survival.curve(cases, "assessed") if point.duration <= 45))

    assert max(quarters) == workday.quarter(undamaged.known.agreed)
    assert naive[-1] - mean(naive[:-1]) == pytest.approx(0.105, abs=0.05), naive
    assert estimated[-1] < mean(estimated[:-1]) + 0.05


def test_referrals_per_referred_child_are_as_in_england(undamaged):
    """1.13 in a year of 2023-24 (C1): within 0.06, of the last whole year to March; chance alone moves it by 0.02 here."""
    known: Known = undamaged.known
    year = [
        who(event)
        for event in known.once_a_day("REFERRAL_RECEIVED")
        if "2025-04-01" <= happened_on(event).isoformat() <= "2026-03-31"
    ]

    assert len(year) / len(set(year)) == pytest.approx(1.13, abs=0.06)


def share_by(name: str, day: int, delivered) -> float:
    """The share with the event by a day, of the cases of all quarters together."""
    cases = [(*case.says, case.entered) for case in delivered.cases(name)]
    event = entries("measure")[name]["event"]
    return max(point.share for point in survival.curve(cases, event) if point.duration <= day)


def test_closed_cases_come_back_as_in_england(undamaged):
    """
    32 % within 12 months of closing (Goldacre et al. 2025): within 5 points, and most of them early.

    This is a tenth of a middling council, of which chance alone moves it by 2 points; at full size, tests/synthetic, 1.5 are allowed.
    """
    found = [share_by("R_REREF_SURV", days, undamaged) for days in (182, 365)]

    assert found[1] == pytest.approx(0.32, abs=0.05)
    assert found[0] > 0.6 * found[1]


def test_adults_are_enquired_about_again_as_in_england(undamaged):
    """
    185,270 section 42 enquiries about 148,830 people in 2024-25, 1.24 each (SAC): within 0.12.

    How many come back with a concern is not published. 40 % within 12 months is what goes with it: within 6 points.
    """
    known: Known = undamaged.known
    year = [
        who(event)
        for event in known.by_type["ENQUIRY_STARTED"]
        if event["outcome_code"] == "s42" and "2025-04-01" <= happened_on(event).isoformat() <= "2026-03-31"
    ]

    assert len(year) / len(set(year)) == pytest.approx(1.24, abs=0.12)
    assert share_by("R_RECONCERN_SURV", 365, undamaged) == pytest.approx(0.40, abs=0.06)
