"""Families and their children: who could come to the front door, and how likely each family is to."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic import identifier, name
from lantern.synthetic.draw import Bools, Floats, Ints, Texts, chance

FAMILIES_A_REFERRAL = 4.5
"""Families in the population for each referral a year: sets how seldom one family comes back."""
_FRAILTY_SHAPE = 2.0
"""Gamma shape: some families come often, most once or never; set with `referral`, which says by what."""
_SIZES = (0.30, 0.33, 0.20, 0.11, 0.06)
"""Share of families with one to five children; mean 2.1 once the not yet expected are left out (assumed)."""
ETHNICITIES = {
    "WBRI": 0.62, "WOTH": 0.05, "WIRI": 0.01, "WROM": 0.01, "MWBC": 0.04, "MWAS": 0.03, "MOTH": 0.03, "AIND": 0.02,
    "APKN": 0.05, "ABAN": 0.02, "AOTH": 0.02, "BAFR": 0.04, "BCRB": 0.01, "OOTH": 0.02, "NOBT": 0.03,
}  # fmt: skip
DAYS_A_YEAR = 365.25
_UNBORN_DAYS = 150
_ADULT_DAYS = 6_574
_SCHOOL_AGE_DAYS = 1_826
_TWIN, _SAME_SEX, _SAME_INITIAL = 0.025, 0.64, 0.15
"""Share of later births that are twins of the one before, of twins of one sex, and of these of one initial (assumed)."""
_MOVES_A_YEAR, _RENAMED_A_YEAR = 0.13, 0.015
"""A family moves home, a child changes surname; within the 10 to 15 % and 1 to 2 % a year assumed for linkage."""
_MOST_MOVES = 3
_NEVER = 10**6


@dataclass(frozen=True)
class Population:
    """
    One entry per child in each array; `frailty`, `moves` and `homes` have one per family.

    `moves` are the days a family moved, in order; `homes` are its postcodes, one more than the moves.
    `renamed` is the day `former_surname` became `surname`. Days are counted from 1970.
    """

    frailty: Floats
    moves: Ints
    homes: Texts
    family: Ints
    born: Ints
    is_unborn: Bools
    sex: Texts
    ethnicity: Texts
    is_disabled: Bools
    forename: list[str]
    surname: list[str]
    former_surname: list[str]
    renamed: Ints
    nhs: list[str]
    upn: list[str]

    def __len__(self) -> int:
        """Children."""
        return len(self.family)

    @property
    def described(self) -> tuple[Texts, Texts, Ints]:
        """Ethnicity, sex and day of birth of everyone."""
        return self.ethnicity, self.sex, self.born

    def is_eligible(self, child: Ints, day: Ints) -> Bools:
        """Expected within five months or born, and not yet eighteen."""
        age = day - self.born[child]
        return (age >= -_UNBORN_DAYS) & (age < _ADULT_DAYS)

    def adult_on(self, child: Ints) -> Ints:
        """The day each child turns, or turned, eighteen."""
        return self.born[child] + _ADULT_DAYS

    def postcodes(self, child: Ints, day: Ints) -> list[str]:
        """Where each child lived on a day."""
        family = self.family[child]
        found: list[str] = self.homes[family, (self.moves[family] <= day[:, None]).sum(axis=1)].tolist()
        return found

    def surnames(self, child: Ints, day: Ints) -> list[str]:
        """What each child was called on a day."""
        is_now = (self.renamed[child] <= day).tolist()
        return [
            (self.surname if now else self.former_surname)[each]
            for each, now in zip(child.tolist(), is_now, strict=True)
        ]


def populate(
    rng: np.random.Generator, referrals_a_year: int, earliest: int, snapshot: int, nhs: list[str]
) -> Population:
    """
    Invent families large enough for so many referrals a year between two days.

    Args:
        rng: Where chance comes from.
        referrals_a_year: How large the council is.
        earliest: The first day lived through.
        snapshot: The last.
        nhs: NHS numbers, at least as many as there will be children; the first ones are given out.
    """
    families = int(FAMILIES_A_REFERRAL * referrals_a_year)
    family, born, is_twin = _births(rng, families, earliest, snapshot)
    count = len(family)
    is_unborn = born > snapshot
    is_boy = chance(rng, 0.51, count)
    is_boy = np.where(is_twin & chance(rng, 2 * _SAME_SEX - 1, count), np.roll(is_boy, 1), is_boy)
    codes = list(ETHNICITIES)
    by_family = rng.choice(codes, size=families, p=np.array(list(ETHNICITIES.values())))
    surnames = rng.choice(name.SURNAMES, size=families)[family]
    surnames = np.where(chance(rng, 0.12, count), rng.choice(name.SURNAMES, size=count), surnames)
    day, surnames, former = renamed(rng, surnames, earliest, snapshot)
    at_school = (snapshot - born > _SCHOOL_AGE_DAYS) & chance(rng, 0.97, count)
    pupil = identifier.pupil_numbers(born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
    return Population(
        frailty=rng.gamma(_FRAILTY_SHAPE, 1 / _FRAILTY_SHAPE, families),
        moves=moves(rng, families, earliest, snapshot),
        homes=postcodes(rng, families * (_MOST_MOVES + 1)).reshape(families, _MOST_MOVES + 1),
        family=family,
        born=born,
        is_unborn=is_unborn,
        sex=np.where(is_unborn, "U", np.where(is_boy, "M", "F")),
        ethnicity=by_family[family],
        is_disabled=chance(rng, 0.12, count),
        forename=_forenames(rng, is_boy, is_twin),
        surname=surnames.tolist(),
        former_surname=former.tolist(),
        renamed=day,
        nhs=["" if unborn else number for unborn, number in zip(is_unborn, nhs[:count], strict=True)],
        upn=[number if has else "" for has, number in zip(at_school, pupil, strict=True)],
    )


def _births(rng: np.random.Generator, families: int, earliest: int, snapshot: int) -> tuple[Ints, Ints, Bools]:
    """The family and the day of birth of each child, and whether it is the twin of the one before it."""
    size = rng.choice(np.arange(1, 6), size=families, p=_SIZES)
    family = np.repeat(np.arange(families), size)
    first = np.cumsum(size) - size
    is_first = np.zeros(len(family), dtype=bool)
    is_first[first] = True
    is_twin = ~is_first & chance(rng, _TWIN, len(family))
    is_twin &= ~np.roll(is_twin, 1)
    gap = np.where(is_first | is_twin, 0, rng.uniform(1.2, 3.5, len(family)) * DAYS_A_YEAR)
    since = np.cumsum(gap)
    eldest = rng.uniform(earliest - 14 * DAYS_A_YEAR, snapshot + 100, families)
    born = (eldest[family] + since - np.repeat(since[first], size)).astype(np.int64)
    kept = born < snapshot + _UNBORN_DAYS - 30
    return family[kept], born[kept], is_twin[kept]


def _forenames(rng: np.random.Generator, is_boy: Bools, is_twin: Bools) -> list[str]:
    """A forename for each child; twins never have the same, and some have the same initial."""
    count = len(is_boy)
    drawn = np.where(is_boy, rng.choice(name.FORENAMES_M, size=count), rng.choice(name.FORENAMES_F, size=count))
    found: list[str] = drawn.tolist()
    for each in np.flatnonzero(is_twin).tolist():
        others = [one for one in (name.FORENAMES_M if is_boy[each] else name.FORENAMES_F) if one != found[each - 1]]
        alike = [one for one in others if one[0] == found[each - 1][0]]
        found[each] = str(rng.choice(alike if alike and rng.random() < _SAME_INITIAL else others))
    return found


def moves(rng: np.random.Generator, families: int, earliest: int, snapshot: int) -> Ints:
    """Up to three days on which each family moved home."""
    gaps = rng.exponential(DAYS_A_YEAR / _MOVES_A_YEAR, (families, _MOST_MOVES))
    days = (earliest + np.cumsum(gaps, axis=1)).astype(np.int64)
    return np.where(days <= snapshot, days, _NEVER)


def renamed(rng: np.random.Generator, surnames: Texts, earliest: int, snapshot: int) -> tuple[Ints, Texts, Texts]:
    """The day each surname changed, 0 if it never did; what it is; and what it was before."""
    count = len(surnames)
    day = (earliest + rng.exponential(DAYS_A_YEAR / _RENAMED_A_YEAR, count)).astype(np.int64)
    changes = day <= snapshot
    return np.where(changes, day, 0), surnames, np.where(changes, rng.choice(name.SURNAMES, size=count), surnames)


def postcodes(rng: np.random.Generator, count: int) -> Texts:
    """Postcodes of the area ZX, which is none."""
    district, sector = rng.integers(1, 30, count), rng.integers(1, 10, count)
    units = rng.choice(list("ABDEFGHJLNPQRSTUWXYZ"), size=(count, 2))
    return np.array([f"ZX{d} {s}{a}{b}" for d, s, (a, b) in zip(district, sector, units, strict=True)])
