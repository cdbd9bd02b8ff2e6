"""All sources side by side in one table: each question a row, each source a column, neither in order of size."""

import words
from pack.answer import Question
from pack.block import Page, Paragraph, Table, Together
from record import Cell, Release
from released import Released

QUESTION_WIDTH, SOURCE_WIDTH = 36, 27


def page(snapshot: Released, release: Release) -> Page | None:
    """Put the sources together; None where no question of the release is given by source."""
    keys = snapshot.keys_of("source_group")
    rows = []
    for measure in snapshot.measures:
        if measure.population != "children":
            continue
        found = {
            key.category: cell for key, cell in Question(snapshot, release, measure).cells("source_group", "share")
        }
        if found:
            rows.append((measure.title, *(_text(found.get(key.category)) for key in keys)))
    if not rows:
        return None
    caption = f"Figure and likely range by source, {release.period_words}"
    widths = (QUESTION_WIDTH, *(SOURCE_WIDTH for _ in keys))
    table = Table(caption, ("What is counted", *(key.label for key in keys)), tuple(rows), widths)
    said = (Together((Paragraph(words.NOT_THE_SOURCE), table, Paragraph(words.ROUNDED))),)
    return Page("What comes from each source?", said, is_new_sheet=False)


def _text(cell: Cell | None) -> str:
    """A figure with its range below it; the grade in words where it is not Use."""
    if cell is None or not cell.is_shown:
        return words.not_shown(cell)
    care = "" if cell.grade == "use" else f" {words.GRADES[cell.grade]}"
    return f"{cell.figure_text}\n{words.likely_range(cell)}{care}"
