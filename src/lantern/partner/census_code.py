"""A code of the census in the year of its return: lists change, and files are typed from older ones."""

from functools import cache
from typing import Literal

from lantern import codelist

Standing = Literal["valid", "early", "retired", "unknown"]
_EVER = (0, 9999)


def standing(code: str, code_list: str, year: int) -> Standing:
    """
    Whether a list has a code in a census year (2021 is 2020-21).

    `early` is a code that came later and cannot have been meant, `retired` one whose meaning is known
    and that some systems still write.
    """
    first, last = _years(code_list).get(code, (_EVER[1], _EVER[0]))
    if first > last:
        return "unknown"
    return "early" if year < first else "retired" if year > last else "valid"


@cache
def _years(code_list: str) -> dict[str, tuple[int, int]]:
    return {
        row["code"]: (int(row["valid_from_year"] or _EVER[0]), int(row["valid_to_year"] or _EVER[1]))
        for row in codelist.rows(f"codelist__{code_list}")
    }
