"""Invented NHS numbers and pupil numbers with right check digits, from ranges no one is given."""

import numpy as np

from lantern.errors import ConfigRefused
from lantern.synthetic.draw import Ints

_NHS_FREE = 900_000
_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
_ESTABLISHMENTS = 1_000


def nhs_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """
    Different numbers from 999 000 0000 upwards, which the NHS keeps for tests.

    Source: NHS number check digit: weights 10 to 2, 11 less the remainder modulo 11.
    """
    if count > _NHS_FREE:
        raise ConfigRefused(
            f"synthetic: {count:,} people are too many; {_NHS_FREE:,} numbers are free. Nothing was made."
        )
    found = 999_000_000 + rng.permutation(1_000_000)
    digits = found[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check = (11 - digits @ np.arange(10, 1, -1) % 11) % 11
    usable = check < 10  # noqa: PLR2004 - ten has no digit, such numbers are not given
    return [f"{first}{last}" for first, last in zip(found[usable][:count], check[usable][:count], strict=True)]


def pupil_numbers(birth_year: Ints) -> list[str]:
    """
    One number each, of school establishments 0001 to 0999 of authority 201, which do not exist.

    Source: UPN check letter: positions 2 to 13 weighted by position, modulo 23.
    """
    count = len(birth_year)
    if count > (_ESTABLISHMENTS - 1) * 1_000:
        raise ConfigRefused(f"synthetic: {count:,} people are too many for invented schools. Nothing was made.")
    index = np.arange(count)
    year = (birth_year + 4) % 100
    number = 201 * 10**9 + (1 + index // 1_000) * 10**5 + year * 10**3 + index % 1_000
    digits = number[:, None] // 10 ** np.arange(11, -1, -1) % 10
    letters = _LETTERS[digits @ np.arange(2, 14) % len(_LETTERS)]
    return [f"{letter}{twelve:012d}" for letter, twelve in zip(letters, number, strict=True)]
