"""The first page of a pack: what changed, and each question's headline."""

from collections.abc import Sequence

import words
from pack import prompt
from pack.block import Heading, Mark, Page, Paragraph, Piece, Table, change, grade
from record import Cell, Measure, Release
from released import Released

HEADINGS = {"children": "The board's questions", "adults": "About adults"}
COLUMNS = ("Question", "This quarter", "Since last year", "How sure")
WIDTHS = (68, 44, 33, 28)

Found = Sequence[tuple[Measure, Cell | None]]


def page(snapshot: Released, release: Release) -> Page:
    """Put the first page together, in the catalogue's order and never by size or by worry."""
    withdrawn = [words.withdrawn(each) for each in snapshot.releases if each.withdrawn_on is not None]
    found = [(each, snapshot.cell(release, each, statistic=each.headline)) for each in snapshot.measures]
    blocks: list[Piece] = [
        *(Paragraph(notice, style="banner") for notice in (*withdrawn, release.revised_note) if notice),
        Paragraph(f"{snapshot.partnership.title}. {snapshot.partnership.basis}"),
        Paragraph(words.BANNERS[words.population(snapshot.measures)], style="banner"),
        Heading("What changed"),
        *_changes(found),
    ]
    for population, heading in HEADINGS.items():
        rows = tuple(_row(measure, cell) for measure, cell in found if measure.population == population)
        if rows:
            caption = f"Headline figures, {release.period_words}"
            blocks += [Heading(heading), Table(caption, COLUMNS, rows, WIDTHS)]
    asked = Paragraph(prompt.EVERYONE.question, f"{prompt.EVERYONE.whom}:")
    return Page(title(release), (*blocks, asked, Paragraph(words.PLEASE_DO_NOT)))


def title(release: Release) -> str:
    """Return the heading of the first page."""
    return f"The front door, {words.months(release)}"


def _row(measure: Measure, cell: Cell | None) -> tuple[str | Mark, ...]:
    question = f"{measure.board_question}\n{measure.name}"
    if cell is None or not cell.is_shown:
        return question, f"{words.not_shown(cell)}.", change(cell), grade("none")
    said = " ".join(part for part in (cell.figure_text, words.unit(measure)) if part)
    return question, f"{said}\nLikely {words.likely_range(cell)}", change(cell), grade(cell.grade)


def _changes(found: Found) -> list[Piece]:
    """Name the measures the release calls up or down, or say that none is; their figures are in the table below."""
    said: list[Piece] = []
    for measure, cell in found:
        if cell is not None and words.change(cell) in {"up", "down"}:
            mark = change(cell)
            said.append(Paragraph(cell.change_sentence, f"{mark.word}: {measure.name}.", mark=mark))
    changes = [words.change(cell) for _, cell in found]
    if not said:
        said.append(Paragraph(words.NOTHING_CHANGED if "flat" in changes else words.CANNOT_SAY_ANY))
    if 0 < (unknown := changes.count("unknown")) < len(changes):
        said.append(Paragraph(words.cannot_say_some(unknown)))
    return said
