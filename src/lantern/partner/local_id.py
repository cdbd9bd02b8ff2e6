"""A partner's own id of something, told in one or several cells of a row."""

import re
from collections.abc import Sequence

from lantern.partner.instant import UnusableError

LOST_DIGITS = re.compile(r"\d([.,]\d+)?[Ee]\+\d+")
"""A long number as a spreadsheet shows and saves it: its last digits are gone, and two ids may now look alike."""
_BETWEEN = "|"


def joined(cells: Sequence[str]) -> str:
    """
    One id of so many cells: no two rows that differ in any of them have the same, whatever stands there.

    A mapping always joins as many. Only where a cell holds the mark that stands between is there more than one mark too many,
    and then it is written apart from it.
    """
    if len(cells) > 1 and any(_BETWEEN in cell for cell in cells):
        cells = [cell.replace("\\", "\\\\").replace(_BETWEEN, rf"\{_BETWEEN}") for cell in cells]
    return _BETWEEN.join(cells)


def optional(cells: Sequence[str]) -> str:
    """The id, or none: of no cell, or of such as one of them is empty or has lost its digits."""
    return joined(cells) if cells and all(cells) and not any(map(LOST_DIGITS.fullmatch, cells)) else ""


def required(cells: list[str], part: str) -> list[str]:
    """
    The same cells, of which each is usable.

    Raises:
        UnusableError: one is empty, or has lost its digits.
    """
    if not all(cells):
        raise UnusableError(f"{part}_id_missing")
    if any(map(LOST_DIGITS.fullmatch, cells)):
        raise UnusableError(f"{part}_id_lost_digits")
    return cells
