"""Which families are referred, when and by whom: candidates over the years, with frailty."""

import numpy as np

from lantern.synthetic import casework, front_door
from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import Ints, Texts, chance, picked
from lantern.synthetic.population import Population
from lantern.synthetic.season import MINUTES_A_DAY, Season

_RETURNS, _RETURNS_AFTER_HELP, _RETURN_DAYS = 0.40, 0.07, 60
"""
Share of closed cases that come back soon for reasons of their own, and after how many days on average.

More where nothing came of the referral. Set, with the frailty of families, between two published figures: 32 % of closed
cases are back within 12 months (Goldacre et al. 2025; 31 here), and 22 % of referrals are repeats (DfE table C1; 20 here).
"""
INCIDENTS_A_FAMILY = 0.193
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
    """Some children come back soon after their case was closed, whatever their family: chance is highest then."""
    share = np.where(cases.is_without_help, _RETURNS, _RETURNS_AFTER_HELP)
    back = np.flatnonzero((cases.closed <= snapshot) & chance(rng, share, len(cases)))
    gap = (1 + rng.exponential(_RETURN_DAYS, len(back))) * MINUTES_A_DAY
    received = front_door.in_hours(rng, season, cases.closed[back] * MINUTES_A_DAY + gap.astype(np.int64), 0, 1_440)
    kept = received < (snapshot + 1) * MINUTES_A_DAY
    back, received = back[kept], received[kept]
    incident = cases.incident.max(initial=0) + 1 + np.arange(len(back))
    about = cases.child[back], incident, picked(rng, _SOURCES, len(back)), received
    both = cases.and_then(_candidates(rng, people, season, about, snapshot))
    return casework.with_plans_before(casework.accepted(both, len(people)))


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
