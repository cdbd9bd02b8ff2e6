"""All sources side by side in one table: each question a row, each source a column, neither in order of size."""

from collections.abc import Mapping

import words
from pack.answer import Question
from pack.block import Page, Paragraph, Table, Together, lettered, notes
from record import Cell, Release
from released import Released

QUESTION_WIDTH, SOURCE_WIDTH = 36, 27


def page(snapshot: Released, release: Release) -> Page | None:
    """Put the sources together; None where no question of the release is given by source."""
    keys = snapshot.keys_of("source_group")
    questions = []
    for measure in snapshot.measures:
        if measure.population != "children":
            continue
        found = {
            key.category: cell for key, cell in Question(snapshot, release, measure).cells("source_group", "share")
        }
        if found:
            questions.append((measure.title, [found.get(key.category) for key in keys]))
    if not questions:
        return None
    letters = lettered(
        words.not_shown(cell) for _, cells in questions for cell in cells if cell is None or not cell.is_shown
    )
    rows = [(title, *(_text(cell, letters) for cell in cells)) for title, cells in questions]
    caption = f"Figure and likely range by source, {release.period_words}"
    widths = (QUESTION_WIDTH, *(SOURCE_WIDTH for _ in keys))
    header = ("What is counted", *(key.label for key in keys))
    table = Table(caption, header, tuple(rows), widths, notes(letters))
    said = (Together((Paragraph(words.NOT_THE_SOURCE), table)),)
    return Page("What comes from each source?", said, is_new_sheet=False)


def _text(cell: Cell | None, letters: Mapping[str, str]) -> str:
    """A figure with its range below it, and below that the grade in words where it is not Use."""
    if cell is None or not cell.is_shown:
        return f"{words.GRADES['none']} {letters[words.not_shown(cell)]}"
    care = "" if cell.grade == "use" else f"\n{words.GRADES[cell.grade]}"
    return f"{cell.figure_text}\n{words.likely_range(cell)}{care}"
