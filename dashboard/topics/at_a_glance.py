"""The board's questions on one page, each with its headline figure and whether it changed."""

from html import escape

import page
import released
import words
from page import Html
from released import Cell, Measure, Release, Released

COLUMNS = ("Question", "This quarter", "Since last year", "How sure")
TITLE = "At a glance"


def show() -> None:
    """Draw the page."""
    snapshot = released.read()
    release = snapshot.latest if snapshot else None
    page.title(f"The front door, {words.months(release)}" if release else TITLE)
    page.banner()
    if snapshot is None or release is None:
        page.nothing_yet(snapshot)
        return
    page.heading("What changed")
    what_changed(snapshot, release)
    page.heading("The board's questions")
    rows = [_row(measure, snapshot.cell(release, measure)) for measure in snapshot.measures]
    page.show(page.table(f"Headline figures, {release.period_words}", COLUMNS, rows))
    page.text(words.PLEASE_DO_NOT, f"{snapshot.partnership.title}. {snapshot.partnership.basis}")
    page.foot(release)


def what_changed(snapshot: Released, release: Release) -> None:
    """Name the measures the release calls up or down, in the catalogue's order, or say that none is."""
    cells = [(measure, snapshot.cell(release, measure)) for measure in snapshot.measures]
    changed = [(measure, cell) for measure, cell in cells if cell is not None and words.change(cell) in {"up", "down"}]
    for measure, cell in changed:
        said = f"<strong>{page.change(cell.change)}: {escape(measure.title)}</strong>"
        page.text(Html(f"{said}<br>{escape(cell.sentence)} {escape(cell.change_sentence)}"))
    changes = {words.change(cell) for _, cell in cells}
    if not changed:
        page.text(words.NOTHING_CHANGED if "flat" in changes else words.CANNOT_SAY_ANY)
    if "unknown" in changes and changes != {"unknown"}:
        page.text(words.CANNOT_SAY_SOME)


def _row(measure: Measure, cell: Cell | None) -> list[str]:
    link = f'<a href="{escape(measure.page)}" target="_self">{escape(measure.board_question)}</a>'
    question = Html(f"{link}<br><small>{escape(measure.title)}</small>")
    if cell is None or not cell.is_shown:
        return [question, words.not_shown(cell), page.change("unknown"), page.grade("none")]
    said = Html(f"<strong>{escape(cell.figure_text)}</strong><br>{page.unbroken('likely ' + words.likely_range(cell))}")
    return [question, said, page.change(words.change(cell)), page.grade(cell.grade)]


show()
