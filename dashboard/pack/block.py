"""
What a pack is made of: pages of headings, sentences, pictures and tables, in reading order.

A pack is put together once and then printed as often as there are formats, so that a PDF and a
DOCX cannot say different things.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import altair as alt

import words
from record import Cell


@dataclass(frozen=True)
class Mark:
    """A grade or a change: the name of its shape, and the word that always stands beside it."""

    shape: str
    word: str


@dataclass(frozen=True)
class Heading:
    """A heading below the page's own."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """
    One paragraph.

    Attributes:
        text: What it says.
        opening: Words in bold before it; empty for none.
        style: `lead` for the headline sentence, `banner` for the notice every question starts with.
        mark: A shape before the first word.
    """

    text: str
    opening: str = ""
    style: Literal["plain", "lead", "banner"] = "plain"
    mark: Mark | None = None


@dataclass(frozen=True)
class Marks:
    """
    Grades and changes in one line.

    Attributes:
        marks: The marks with their words.
        text: What is said after them.
    """

    marks: tuple[Mark, ...]
    text: str = ""


@dataclass(frozen=True)
class Items:
    """A list without an order; a small one is there to be looked up in, not to be read."""

    items: tuple[Paragraph, ...]
    is_small: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart, and in words what it shows."""

    chart: alt.LayerChart
    alt: str


@dataclass(frozen=True)
class Table:
    """
    A table whose first column names the row.

    Attributes:
        caption: What the table holds and when.
        header: The names of the columns.
        rows: Texts or marks, in the columns' order; none is empty.
        widths: Shares of the page's width, one for each column.
        notes: What is said below it, once for all rows it is true of.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | Mark, ...], ...]
    widths: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.header) == len(self.widths) for row in self.rows)


@dataclass(frozen=True)
class Beside:
    """A picture on the left and its table on the right; where there is no room for two, one below the other."""

    picture: Picture
    table: Table


Piece = Heading | Paragraph | Marks | Items | Picture | Table | Beside


@dataclass(frozen=True)
class Together:
    """Pieces that one page holds: a picture is not parted from its sentence or its table."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Page:
    """A heading and what stands below it; it starts a new sheet of paper, or goes on where the one before it ended."""

    title: str
    blocks: tuple[Piece | Together, ...]
    is_new_sheet: bool = True


@dataclass(frozen=True)
class Pack:
    """All of it: whose it is, the day its figures were published, the line under each page."""

    title: str
    author: str
    published_on: date
    foot: str
    pages: tuple[Page, ...]


def pieces(page: Page) -> Iterator[Piece]:
    """Walk through a page in reading order; of a picture and its table the picture comes first."""
    for block in page.blocks:
        yield from parts(block)


def parts(block: Piece | Together) -> Iterator[Piece]:
    """Walk through one block of a page, in reading order."""
    for piece in block.pieces if isinstance(block, Together) else (block,):
        yield from (piece.picture, piece.table) if isinstance(piece, Beside) else (piece,)


def grade(name: str) -> Mark:
    """Return a grade with its word."""
    return Mark(name, words.GRADES[name])


def change(cell: Cell | None, more: str = "") -> Mark:
    """Return the change the release gives for a cell, with its word."""
    name = words.change(cell)
    return Mark(name, words.CHANGES[name] + (more if name != "unknown" else ""))


def lettered(reasons: Iterable[str]) -> dict[str, str]:
    """Give each reason its letter, in the order in which a table first has it."""
    return {reason: f"({chr(ord('a') + place)})" for place, reason in enumerate(dict.fromkeys(reasons))}


def notes(letters: Mapping[str, str]) -> tuple[str, ...]:
    """Say below a table what its letters stand for."""
    return tuple(f"{letter} {reason}." for reason, letter in letters.items())


def columns(cell: Cell | None, letter: str) -> tuple[str, Mark]:
    """Figure with its range, and grade; where there is no figure the letter of the reason, so no box is empty."""
    if cell is None or not cell.is_shown:
        return f"{words.GRADES['none']} {letter}", grade("none")
    if not (cell.lower_text or cell.upper_text):
        return cell.figure_text, grade(cell.grade)
    return f"{cell.figure_text}, {words.likely_range(cell)}", grade(cell.grade)
