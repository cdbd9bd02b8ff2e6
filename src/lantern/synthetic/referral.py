"""Which families are referred, when and by whom: candidates over the years, with frailty."""

import numpy as np

from lantern.synthetic import casework, front_door
from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import picked
from lantern.synthetic.population import Population
from lantern.synthetic.season import MINUTES_A_DAY, Season

INCIDENTS_A_FAMILY = 0.373
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
    decided = front_door.decide(rng, season, received, snapshot)
    incident, child = front_door.involve(rng, people, family)
    usable = people.is_eligible(child, received[incident] // MINUTES_A_DAY)
    usable &= decided[incident] < (snapshot + 1) * MINUTES_A_DAY
    incident, child = incident[usable], child[usable]
    candidates = casework.open_cases(
        rng,
        season,
        child=child,
        incident=incident,
        source=source[incident],
        received=received[incident],
        decided=decided[incident],
    )
    return casework.accepted(candidates, len(people))
