"""A sample of a table that nobody has described yet: where its headings stand, and its cells column by column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lantern.errors import DeliveryRefused
from lantern.partner import heading, table, workbook
from lantern.partner.plural import counted
from lantern.partner.shape import shape_of

_SAMPLE_ROWS, _TITLE_ROWS = 2_000, 20
_NEARLY_FULL = 0.8
_ENOUGH_WORDS = 2
"""So many words of headings make a row one of headings; a single one may be a label."""
_SURE_WORDS = 3
"""So many of them, and most of the row: such a row is believed wherever it stands."""
_SOME = 0.1


@dataclass(frozen=True)
class Sample:
    """
    The first rows of a table. `cells` has the columns by heading, `doubts` what was strange about them, in words.

    Privacy: headings are shown to the sender, cells never.
    """

    headings: list[str]
    heading_row: int
    rows: int
    cells: dict[str, list[str]] = field(repr=False)
    doubts: tuple[str, ...] = ()


def read(path: Path, *, sheet: str = "", heading_row: int | None = None) -> Sample:
    """
    The first 2,000 rows of a table.

    Args:
        path: CSV or XLSX.
        sheet: The sheet of a workbook; the first one if empty.
        heading_row: The row of the headings; looked for among the first twenty if None.

    Raises:
        DeliveryRefused: It is no table, has no heading and no row, or its headings cannot be those of its rows.
    """
    if sheet and not workbook.is_workbook(path):
        raise DeliveryRefused("the sample: it is no workbook and has no sheets. Nothing was made. Leave out --sheet.")
    lines = table.first_lines(path, "the sample", sheet, _TITLE_ROWS + _SAMPLE_ROWS)
    if not any(map(any, lines)):
        raise DeliveryRefused("the sample: it is empty. Nothing was made. Export it again, or say which --sheet.")
    at = heading_row or _heading_at(lines)
    headings = lines[at - 1] if at <= len(lines) else []
    rows = [cells for cells in lines[at:] if any(cells)]
    if not any(headings) or not rows:
        raise DeliveryRefused(
            "the sample: no heading with rows under it was found. Nothing was made. "
            "Say which row holds the headings with --heading-row, or which --sheet."
        )
    _check(lines, at)
    wide = sum(any(cells[len(headings) :]) for cells in rows)
    if wide > _SOME * len(rows):
        raise DeliveryRefused(
            f"the sample: {counted(wide, 'row')} of {len(rows):,} have more cells than row {at} has headings, so that the "
            "headings may stand over the wrong columns. Nothing was made. Give every column a heading, or say which row "
            "holds them with --heading-row."
        )
    cells = {name: [row[place] if place < len(row) else "" for row in rows] for place, name in enumerate(headings)}
    cells.pop("", None)
    return Sample(headings, at, len(rows), cells, tuple(_doubts(headings, rows, wide)))


def _doubts(headings: list[str], rows: list[list[str]], wide: int) -> list[str]:
    doubts = []
    named = [name for name in headings if name]
    if len(set(named)) < len(named):
        doubts.append("two columns have one heading: rename one, or a delivery will be refused")
    bare = sum(not name and any(place < len(row) and row[place] for row in rows) for place, name in enumerate(headings))
    if bare:
        doubts.append(f"{counted(bare, 'column')} without a heading: not looked at, and never carried")
    if wide:
        doubts.append(
            f"{counted(wide, 'row')} of the sample with more cells than there are headings: such a row is refused"
        )
    return doubts


def _check(lines: Sequence[Sequence[str]], at: int) -> None:
    """
    Refuse a row that cannot be the one of the headings.

    Privacy: headings are shown. A table without them, or with another row taken for them, would have a person shown
    in their place.
    """
    if any(_reads_as_cell(name) for name in lines[at - 1]):
        raise DeliveryRefused(
            f"the sample: row {at} reads as a row of data, not as headings. Nothing was made, nothing of it is shown. "
            "Give the table a row of headings, or say which row holds them with --heading-row."
        )
    count, likeliest = _most_words(lines)
    if likeliest != at and count >= _ENOUGH_WORDS and _words(lines[at - 1]) * 2 < count:
        raise DeliveryRefused(
            f"the sample: row {likeliest} has the words of headings, and row {at} has not. Nothing was made, nothing of it is "
            f"shown. Say --heading-row {likeliest}, or leave it out."
        )


def _reads_as_cell(name: str) -> bool:
    """Whether a heading is a date, a number of a person or a postcode."""
    found = shape_of("", [name])
    return found.is_date or bool(found.nhs or found.upn or found.postcode)


def _heading_at(lines: Sequence[Sequence[str]]) -> int:
    """
    The row with most words of headings, or the first that is nearly as full as the fullest.

    Titles above a table fill few cells.
    """
    filled = [sum(map(bool, cells)) for cells in lines[:_TITLE_ROWS]]
    enough = _NEARLY_FULL * max(filled, default=0)
    fullest = next((number for number, found in enumerate(filled, start=1) if found >= max(enough, 1)), 1)
    count, likeliest = _most_words(lines)
    # A record may hold such words too, as "Submitted": below the first full row only a row made of them is believed.
    is_made_of_words = count >= _SURE_WORDS and count * 2 > filled[likeliest - 1]
    return likeliest if count >= _ENOUGH_WORDS and (likeliest <= fullest or is_made_of_words) else fullest


def _most_words(lines: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many words of headings the likeliest of the first rows has, and its number; the upper of two equal ones."""
    found = [(_words(cells), -number) for number, cells in enumerate(lines[:_TITLE_ROWS], start=1)]
    count, number = max(found, default=(0, -1))
    return count, -number


def _words(cells: Sequence[str]) -> int:
    return sum(heading.plain_heading(cell) in _known() for cell in cells if cell)


@cache
def _known() -> frozenset[str]:
    lists = [names for kind in ("parts", "events", "codes") for names in heading.words()[kind].values()]
    return frozenset(heading.plain_heading(name) for names in lists for name in names)
