"""Referrals and what follows: assessments, enquiries, conferences, plans and closures."""

from dataclasses import dataclass, fields, replace

import numpy as np

from lantern.synthetic.draw import NONE, Bools, Floats, Ints, Texts, banded, chance, picked
from lantern.synthetic.season import Season

_NFA, _UNASSESSED, _NOT_IN_NEED = 0.063, 0.03, 0.33
"""No further action 6.3 %; closed before an assessment (assumed); of the assessed, not in need (30.3 % of all)."""
_ASSESSMENT = (
    (0, 0, 1.5), (1, 10, 11.4), (11, 20, 17.3), (21, 30, 16.0), (31, 40, 20.2), (41, 45, 18.1), (46, 50, 6.0),
    (51, 60, 4.6), (61, 100, 5.0),
)  # fmt: skip
"""Working days from referral to authorisation (DfE table C2, 2023-24): a spike just before the limit of 45."""
_OPEN_DAYS = ((60, 91, 7.5), (92, 182, 14.8), (183, 365, 15.7), (366, 730, 12.2), (731, 1_400, 9.8))
"""Length of episodes of children in need, in days (DfE table B5, less those closed at or before assessment)."""
_CONFERENCE = (
    (5, 10, 9.4),
    (11, 12, 12.0),
    (13, 13, 15.0),
    (14, 14, 18.0),
    (15, 15, 25.3),
    (16, 20, 8.7),
    (21, 40, 11.6),
)
"""Working days from enquiry to conference (DfE table C4): quartiles 13, 14 and 15."""
_PLAN_DAYS = ((30, 91, 16.3), (92, 182, 11.7), (183, 365, 43.3), (366, 730, 24.9), (731, 1_000, 3.8))
_ENQUIRY_IN_NEED, _ENQUIRY_NOT_IN_NEED, _CONFERENCE_SHARE, _PLAN_SHARE = 0.50, 0.20, 0.38, 0.86
_HAD_PLANS = 0.22
"""Share of plans before which the council knows of others, beside those of the span: 24.5 % in all (2024-25)."""
_NEEDS = {
    "N1": 58.1,
    "N5": 12.0,
    "N4": 8.6,
    "N2": 8.0,
    "N8": 5.5,
    "N0": 2.6,
    "N3": 2.1,
    "N6": 2.0,
    "N9": 0.9,
    "N7": 0.3,
}
_CLOSURES = {"RC7": 94.0, "RC5": 3.8, "RC4": 0.8, "RC3": 0.4, "RC6": 0.7, "RC1": 0.3}
_NOT_IN_NEED_CLOSURES = "RC8", "RC9"
_ABUSE = {"NEG": 49.8, "EMO": 37.3, "PHY": 7.7, "SAB": 3.5, "MUL": 1.7}
FACTORS = {
    "4B": 32.7, "3B": 31.7, "17A": 19.3, "4A": 17.0, "16A": 16.5, "1B": 14.3, "2B": 14.0, "5A": 11.8, "18C": 11.5,
    "3A": 10.9, "15A": 5.2, "24A": 3.1, "11A": 2.7, "13A": 2.0, "12A": 0.5,
}  # fmt: skip
"""Share of assessments with each factor (DfE table C3, 2023-24)."""


@dataclass(frozen=True)
class Cases:
    """
    One entry per referral. Days since 1970, `received` and `decided` in minutes; -1 is none.

    `assessed` is when the assessment was authorised, `enquired` when a section 47 enquiry began.
    Of the slips, `is_silent` is an enquiry that ended and nothing says how, `is_told_twice` a conference
    that the census tells of at the referral too.
    """

    child: Ints
    incident: Ints
    source: Texts
    received: Ints
    decided: Ints
    referred: Ints
    is_nfa: Bools
    need: Texts
    assessment: Ints
    assessed: Ints
    enquired: Ints
    enquiry_ended: Ints
    conference: Ints
    plan: Ints
    plan_ended: Ints
    abuse: Texts
    earlier_plans: Ints
    factors: Bools
    closed: Ints
    closure: Texts
    is_silent: Bools
    is_told_twice: Bools

    def __len__(self) -> int:
        """Referrals."""
        return len(self.child)

    @property
    def is_without_help(self) -> Bools:
        """Of which nothing came: no further action, or assessed and not in need."""
        return self.is_nfa | np.isin(self.closure, _NOT_IN_NEED_CLOSURES)

    def only(self, kept: Ints | Bools) -> "Cases":
        """Some of the referrals, in the order given."""
        return Cases(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})

    def and_then(self, others: "Cases") -> "Cases":
        """These referrals and others after them."""
        return Cases(
            **{
                each.name: np.concatenate([getattr(self, each.name), getattr(others, each.name)])
                for each in fields(self)
            }
        )

    def as_known_on(self, day: int) -> "Cases":
        """The same as records stood at the end of a day: what came later is not known yet."""
        later = ("assessment", "assessed", "enquired", "enquiry_ended", "conference", "plan", "plan_ended", "closed")
        return replace(self, **{name: np.where((found := getattr(self, name)) > day, NONE, found) for name in later})

    def is_open(self, child: Ints, day: Ints) -> Bools:
        """Whether each child had an open case on a day. Needs the true closures, not those known on a day."""
        span = 100_000
        order = np.argsort(self.child * span + self.referred)
        starts = (self.child * span + self.referred)[order]
        last = np.searchsorted(starts, child * span + day, side="right") - 1
        found = order[np.clip(last, 0, None)]
        is_open: Bools = (last >= 0) & (self.child[found] == child) & (self.closed[found] > day)
        return is_open


def open_cases(
    rng: np.random.Generator,
    season: Season,
    *,
    child: Ints,
    incident: Ints,
    source: Texts,
    received: Ints,
    decided: Ints,
) -> Cases:
    """What would follow from each candidate referral; `accepted` says which of them happen."""
    size = len(child)
    referred = decided // 1_440
    is_nfa = chance(rng, _NFA, size)
    has_assessment = ~is_nfa & ~chance(rng, _UNASSESSED, size)
    days = banded(rng, _ASSESSMENT, size, late=0.6)
    assessed = np.where(has_assessment, season.add(referred, days), NONE)
    assessment = np.where(has_assessment, season.add(referred, np.minimum(days, rng.integers(0, 6, size))), NONE)
    is_in_need = has_assessment & ~chance(rng, _NOT_IN_NEED, size)
    closed = np.select(
        [is_nfa, ~has_assessment, ~is_in_need],
        [referred, referred + rng.integers(5, 30, size), season.add(assessed, rng.integers(0, 4, size))],
        np.maximum(referred + banded(rng, _OPEN_DAYS, size), assessed + 7),
    )
    asks = np.where(is_in_need, chance(rng, _ENQUIRY_IN_NEED, size), chance(rng, _ENQUIRY_NOT_IN_NEED, size))
    asks &= has_assessment
    enquired = np.minimum(season.add(referred, rng.integers(0, 4, size)), assessed)
    confers = asks & is_in_need & chance(rng, _CONFERENCE_SHARE, size)
    conference = np.where(confers, season.add(enquired, banded(rng, _CONFERENCE, size)), NONE)
    plans = confers & chance(rng, _PLAN_SHARE, size)
    plan_ended = np.where(plans, conference + banded(rng, _PLAN_DAYS, size), NONE)
    closed = np.maximum(closed, np.where(confers, np.maximum(conference + 30, plan_ended + 14), NONE))
    ended = np.where(confers, conference, np.minimum(season.add(enquired, rng.integers(3, 15, size)), closed))
    is_early_help = chance(rng, 0.2, size)
    return Cases(
        child=child,
        incident=incident,
        source=source,
        received=received,
        decided=decided,
        referred=referred,
        is_nfa=is_nfa,
        need=picked(rng, _NEEDS, size),
        assessment=assessment,
        assessed=assessed,
        enquired=np.where(asks, enquired, NONE),
        enquiry_ended=np.where(asks, ended, NONE),
        conference=conference,
        plan=np.where(plans, conference, NONE),
        plan_ended=plan_ended,
        abuse=picked(rng, _ABUSE, size),
        earlier_plans=np.where(chance(rng, _HAD_PLANS, size), rng.integers(1, 3, size), 0),
        factors=rng.random((size, len(FACTORS))) < _factor_shares(),
        closed=closed,
        closure=np.where(
            has_assessment & ~is_in_need, np.where(is_early_help, "RC9", "RC8"), picked(rng, _CLOSURES, size)
        ),
        is_silent=np.zeros(size, dtype=bool),
        is_told_twice=np.zeros(size, dtype=bool),
    )


def _factor_shares() -> Floats:
    return np.array(list(FACTORS.values())) / 100


def accepted(cases: Cases, children: int) -> Cases:
    """
    The referrals that happen: none while an earlier one of the same child is open.

    Candidates of a child are taken in turn; children are independent, so each turn is one array step.
    """
    order = np.lexsort((cases.referred, cases.child))
    child = cases.child[order]
    starts = np.flatnonzero(np.diff(child, prepend=-1))
    turn = np.arange(len(child)) - np.repeat(starts, np.diff(np.append(starts, len(child))))
    open_until = np.full(children, NONE)
    happens = np.zeros(len(cases), dtype=bool)
    for step in range(int(turn.max(initial=-1)) + 1):
        now = order[turn == step]
        now = now[cases.referred[now] > open_until[cases.child[now]]]
        happens[now] = True
        open_until[cases.child[now]] = cases.closed[now]
    return cases.only(happens)


def with_plans_before(cases: Cases) -> Cases:
    """The same, the child's earlier plans among these counted into what the council knows of."""
    order = np.lexsort((cases.referred, cases.child))
    has_plan = (cases.plan[order] >= 0).astype(np.int64)
    before = np.cumsum(has_plan) - has_plan
    child = cases.child[order]
    first = np.searchsorted(child, child)
    found = np.zeros(len(cases), dtype=np.int64)
    found[order] = before - before[first]
    return replace(cases, earlier_plans=cases.earlier_plans + found)
