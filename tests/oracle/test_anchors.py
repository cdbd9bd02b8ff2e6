"""The invented partnership against what is published of England: it is small, so within a stated tolerance."""

from statistics import mean, quantiles

import pytest
import workday
from case import Case
from event import happened_on
from known import Known, who
from measure import ALL, ASSESSMENT

TO_THE_LIMIT = range(41, 46)


@pytest.fixture(scope="module")
def assessed(with_censuses) -> list[int]:
    """Working days from the referral to each first assessment, as the warehouse has them."""
    return [days for _, days in ended_by("assessed", with_censuses.cases(ASSESSMENT))]


@pytest.fixture(scope="module")
def conferred(with_censuses) -> list[int]:
    """Working days from the strategy discussion to each conference."""
    return [days for _, days in ended_by("conference", with_censuses.cases("T_ICPC15"))]


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
        ("R_REREF_CHILD", 0.210, 0.03),
        ("R_NFA_REFERRAL", 0.063, 0.03),
        ("R_NOT_IN_NEED", 0.303, 0.04),
        ("R_CONV", 0.21, 0.03),
        ("R_ASSESS45_FINISHED", 0.845, 0.04),
        ("R_S47_CONFERENCE", 0.322, 0.06),
        ("R_RISK_REDUCED", 0.89, 0.04),
    ],
)
def test_shares_are_those_of_england(name, published, tolerance, with_censuses):
    """Of all quarters together: DfE C1, C2 and C4 of 2023-24, ADCS contacts to referrals, SAC SG2e of 2018-19."""
    marks = [case.says[0] for case in with_censuses.cases(name) if case.says[0] is not None]

    assert mean(map(bool, marks)) == pytest.approx(published, abs=tolerance)


def test_the_naive_share_of_the_last_quarter_says_too_much_and_the_curve_does_not(with_censuses):
    """
    As in the published simulation: of the finished alone the last quarter looks best, though nothing has become faster.

    There 90 % instead of 80 %; here the last quarter's share of the finished is 5 points or more above the mean of the
    quarters before, and the curve's is not.
    """
    periods = sorted({key[1] for key in with_censuses.figures if key[0] == ASSESSMENT})
    naive = [with_censuses.figures[ASSESSMENT, period, ALL, ALL, 0].naive_share for period in periods]
    estimated = [
        max(point.share for point in with_censuses.curves[ASSESSMENT, period] if point.duration <= 45)
        for period in periods
    ]

    assert periods[-1] == workday.quarter(with_censuses.known.agreed)
    assert naive[-1] > mean(naive[:-1]) + 0.05
    assert estimated[-1] < mean(estimated[:-1]) + 0.05


def test_referrals_per_referred_child_are_as_in_england(with_censuses):
    """1.13 in a year of 2023-24 (C1): within 0.06, of the last whole year to March."""
    known: Known = with_censuses.known
    year = [
        who(event)
        for event in known.once_a_day("REFERRAL_RECEIVED")
        if "2025-04-01" <= happened_on(event).isoformat() <= "2026-03-31"
    ]

    assert len(year) / len(set(year)) == pytest.approx(1.13, abs=0.06)
