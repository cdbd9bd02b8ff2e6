"""The first page of a pack: what changed, each question's headline, and what to ask whom."""

import words
from pack import prompt
from pack.block import Heading, Mark, Page, Paragraph, Piece, Table, change, grade
from released import Cell, Measure, Release, Released


def page(snapshot: Released, release: Release) -> Page:
    """Put the first page together, in the catalogue's order and never by size or by worry."""
    rows = tuple(_row(measure, snapshot.cell(release, measure)) for measure in snapshot.measures)
    headlines = Table(
        f"Headline figures, {release.period_words}",
        ("Question", "This quarter", "Since last year", "How sure"),
        rows,
        (40, 66, 35, 29),
    )
    return Page(
        f"The front door, {words.months(release)}",
        (
            Paragraph(f"{snapshot.partnership.title}. {snapshot.partnership.basis}"),
            Paragraph(words.BANNER, style="banner"),
            Heading("What changed"),
            *_changes(snapshot, release),
            Heading("The board's questions"),
            headlines,
            Heading("What to ask, and whom"),
            _asking(snapshot),
            Paragraph(words.PLEASE_DO_NOT),
        ),
    )


def _row(measure: Measure, cell: Cell | None) -> tuple[str | Mark, ...]:
    question = f"{measure.board_question}\n{measure.title}"
    if cell is None or not cell.is_shown:
        return question, f"{words.not_shown(cell)}.", change(cell), grade("none")
    return question, cell.sentence, change(cell), grade(cell.grade)


def _changes(snapshot: Released, release: Release) -> list[Piece]:
    """Name the measures the release calls up or down, or say that none is."""
    cells = [(measure, snapshot.cell(release, measure)) for measure in snapshot.measures]
    said: list[Piece] = []
    for measure, cell in cells:
        if cell is not None and words.change(cell) in {"up", "down"}:
            mark = change(cell)
            said.append(
                Paragraph(f"{cell.sentence} {cell.change_sentence}", f"{mark.word}: {measure.title}.", mark=mark)
            )
    changes = {words.change(cell) for _, cell in cells}
    if not said:
        said.append(Paragraph(words.NOTHING_CHANGED if "flat" in changes else words.CANNOT_SAY_ANY))
    if "unknown" in changes and changes != {"unknown"}:
        said.append(Paragraph(words.CANNOT_SAY_SOME))
    return said


def _asking(snapshot: Released) -> Table:
    """One row for each page of the catalogue: the first whom and what; its own page has the others."""
    firsts: dict[str, Measure] = {}
    for measure in snapshot.measures:
        firsts.setdefault(measure.page, measure)
    rows = tuple((measure.board_question, *prompt.prompts(page)[0]) for page, measure in firsts.items())
    return Table(
        "One question for each page; the page has more", ("About", "Whom to ask", "What to ask"), rows, (12, 12, 26)
    )
