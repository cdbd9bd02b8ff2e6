"""Families and their children: who could come to the front door, and how likely each family is to."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic import identifier, name
from lantern.synthetic.draw import Bools, Floats, Ints, Texts, chance

FAMILIES_A_REFERRAL = 3.6
"""Families in the population for each referral a year: sets how seldom one family comes back."""
_FRAILTY_SHAPE = 0.38
"""Gamma shape: a few families come often, most once or never; set so that 22 % of referrals are repeats."""
_SIZES = (0.30, 0.33, 0.20, 0.11, 0.06)
"""Share of families with one to five children; mean 2.1 once the not yet expected are left out (assumed)."""
_ETHNICITIES = {
    "WBRI": 0.62, "WOTH": 0.05, "WIRI": 0.01, "WROM": 0.01, "MWBC": 0.04, "MWAS": 0.03, "MOTH": 0.03, "AIND": 0.02,
    "APKN": 0.05, "ABAN": 0.02, "AOTH": 0.02, "BAFR": 0.04, "BCRB": 0.01, "OOTH": 0.02, "NOBT": 0.03,
}  # fmt: skip
DAYS_A_YEAR = 365.25
_UNBORN_DAYS = 150
_ADULT_DAYS = 6_574
_SCHOOL_AGE_DAYS = 1_461


@dataclass(frozen=True)
class Population:
    """One entry per child in each array; `frailty` is one per family."""

    frailty: Floats
    family: Ints
    born: Ints
    is_unborn: Bools
    sex: Texts
    ethnicity: Texts
    is_disabled: Bools
    forename: list[str]
    surname: list[str]
    postcode: list[str]
    former_postcode: list[str]
    nhs: list[str]
    upn: list[str]

    def __len__(self) -> int:
        """Children."""
        return len(self.family)

    def is_eligible(self, child: Ints, day: Ints) -> Bools:
        """Expected within five months or born, and not yet eighteen."""
        age = day - self.born[child]
        return (age >= -_UNBORN_DAYS) & (age < _ADULT_DAYS)


def populate(rng: np.random.Generator, referrals_a_year: int, earliest: int, snapshot: int) -> Population:
    """Invent families large enough for so many referrals a year between two days."""
    families = int(FAMILIES_A_REFERRAL * referrals_a_year)
    size = rng.choice(np.arange(1, 6), size=families, p=_SIZES)
    family = np.repeat(np.arange(families), size)
    order = np.arange(len(family)) - np.repeat(np.cumsum(size) - size, size)
    eldest = rng.uniform(earliest - 14 * DAYS_A_YEAR, snapshot + 100, families)
    gap = rng.uniform(1.2, 3.5, len(family)) * DAYS_A_YEAR
    born = (eldest[family] + order * gap).astype(np.int64)
    kept = born < snapshot + _UNBORN_DAYS - 30
    family, born = family[kept], born[kept]
    count = len(family)
    is_unborn = born > snapshot
    is_boy = chance(rng, 0.51, count)
    codes = list(_ETHNICITIES)
    by_family = rng.choice(codes, size=families, p=np.array(list(_ETHNICITIES.values())))
    surnames = rng.choice(name.SURNAMES, size=families)[family]
    surnames = np.where(chance(rng, 0.12, count), rng.choice(name.SURNAMES, size=count), surnames)
    forenames = np.where(is_boy, rng.choice(name.FORENAMES_M, size=count), rng.choice(name.FORENAMES_F, size=count))
    homes, former = _postcodes(rng, families), _postcodes(rng, families)
    at_school = (snapshot - born > _SCHOOL_AGE_DAYS) & chance(rng, 0.97, count)
    pupil = identifier.pupil_numbers(born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
    return Population(
        frailty=rng.gamma(_FRAILTY_SHAPE, 1 / _FRAILTY_SHAPE, families),
        family=family,
        born=born,
        is_unborn=is_unborn,
        sex=np.where(is_unborn, "U", np.where(is_boy, "M", "F")),
        ethnicity=by_family[family],
        is_disabled=chance(rng, 0.12, count),
        forename=forenames.tolist(),
        surname=surnames.tolist(),
        postcode=[homes[each] for each in family],
        former_postcode=[former[each] for each in family],
        nhs=[
            "" if unborn else number
            for unborn, number in zip(is_unborn, identifier.nhs_numbers(rng, count), strict=True)
        ],
        upn=[number if has else "" for has, number in zip(at_school, pupil, strict=True)],
    )


def _postcodes(rng: np.random.Generator, count: int) -> list[str]:
    """Postcodes of the area ZX, which is none."""
    district, sector = rng.integers(1, 30, count), rng.integers(1, 10, count)
    units = rng.choice(list("ABDEFGHJLNPQRSTUWXYZ"), size=(count, 2))
    return [f"ZX{d} {s}{a}{b}" for d, s, (a, b) in zip(district, sector, units, strict=True)]
