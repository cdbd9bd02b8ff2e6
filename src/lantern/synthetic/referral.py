"""Which families are referred, when and by whom: candidates over the years, with frailty."""

import numpy as np

from lantern.synthetic import casework, front_door
from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import Ints, Texts, chance, picked
from lantern.synthetic.population import Population
from lantern.synthetic.season import MINUTES_A_DAY, Season

_RETURNS, _RETURNS_AFTER_HELP, _RETURN_DAYS = 0.44, 0.05, 110
"""
Share of closed cases that come back for reasons of their own, each time again, and after how many days on average.

More where nothing came of the referral. With the frailty of families these make four published figures: 22.4 % of referrals
and 21.0 % of the children in them are repeats, 1.13 referrals a child in a year (DfE table C1), and 32 % of closed cases are
back within 12 months (Goldacre et al. 2025). Here 21.9 %, 21.8 %, 1.14 and 31.9 %, the mean of five of middling size.
"""
INCIDENTS_A_FAMILY = 0.189
"""Incidents a year that would be referred, for a family of average frailty; set so that the volume comes right."""
_SOURCES = {
    "6": 28.5, "2A": 20.3, "2B": 1.7, "3A": 2.5, "3B": 2.2, "3C": 1.0, "3D": 1.0, "3E": 5.0, "3F": 3.0, "5A": 4.0,
    "5B": 4.0, "5C": 3.0, "5D": 3.1, "1A": 4.0, "1B": 1.2, "1C": 0.8, "1D": 2.0, "7": 4.4, "8": 4.2, "9": 1.6,
    "4": 1.2, "10": 1.2,
}  # fmt: skip
"""Source of referral (DfE table C5, 2023-24), the groups split by assumption."""


def referrals(rng: np.random.Generator, people: Population, season: Season, years: float, snapshot: int) -> Cases:
    """Every referral decided by the snapshot, with what follows from it, known or not yet."""
    counts = rng.poisson(INCIDENTS_A_FAMILY * years * people.frailty)
    family = np.repeat(np.arange(len(counts)), counts)
    source = picked(rng, _SOURCES, len(family))
    received = season.arrivals(rng, source)
    incident, child = front_door.involve(rng, people, family)
    first = _candidates(rng, people, season, (child, incident, source[incident], received[incident]), snapshot)
    return _with_returns(rng, people, season, casework.accepted(first, len(people)), snapshot)


def _with_returns(rng: np.random.Generator, people: Population, season: Season, cases: Cases, snapshot: int) -> Cases:
    """Some children come back after their case was closed, whatever their family; of those some come back again."""
    latest = cases
    while len(latest):
        share = np.where(latest.is_without_help, _RETURNS, _RETURNS_AFTER_HELP)
        back = np.flatnonzero((latest.closed <= snapshot) & chance(rng, share, len(latest)))
        gap = (1 + rng.exponential(_RETURN_DAYS, len(back))) * MINUTES_A_DAY
        closed = latest.closed[back] * MINUTES_A_DAY
        received = front_door.in_hours(rng, season, closed + gap.astype(np.int64), 0, 1_440)
        kept = received < (snapshot + 1) * MINUTES_A_DAY
        back, received = back[kept], received[kept]
        known = cases.incident.max(initial=0)
        incident = known + 1 + np.arange(len(back))
        about = latest.child[back], incident, picked(rng, _SOURCES, len(back)), received
        cases = casework.accepted(cases.and_then(_candidates(rng, people, season, about, snapshot)), len(people))
        latest = cases.only(cases.incident > known)
    return casework.with_plans_before(cases)


def _candidates(
    rng: np.random.Generator, people: Population, season: Season, about: tuple[Ints, Ints, Texts, Ints], snapshot: int
) -> Cases:
    """What would follow from each child's part in an incident: child, incident, source and minute of receipt."""
    child, incident, source, received = about
    # Siblings of one incident are decided about together.
    _, first, of_child = np.unique(incident, return_index=True, return_inverse=True)
    decided = front_door.decide(rng, season, received[first], snapshot)[of_child]
    usable = people.is_eligible(child, received // MINUTES_A_DAY) & (decided < (snapshot + 1) * MINUTES_A_DAY)
    return casework.open_cases(
        rng,
        season,
        child=child[usable],
        incident=incident[usable],
        source=source[usable],
        received=received[usable],
        decided=decided[usable],
    )
