"""The board's questions on one page, each with its headline figure and whether it changed."""

from collections.abc import Sequence
from html import escape

import frame
import page
import words
from frame import View
from pack import prompt
from page import Html
from record import Cell, Measure, Release
from released import Released

COLUMNS = ("Question", "This quarter", "Since last year", "How sure")
TITLE = "At a glance"
HEADINGS = {"children": "The board's questions", "adults": "About adults"}


def show() -> None:
    """Draw the page."""
    view = frame.begin(title, population=None)
    if view is None:
        return
    page.heading("What changed")
    what_changed(view)
    for population, heading in HEADINGS.items():
        measures = [measure for measure in view.snapshot.measures if measure.population == population]
        if measures:
            page.heading(heading)
            questions(view, measures)
    page.text(f"{prompt.EVERYONE.whom}: {prompt.EVERYONE.question}")
    page.text(words.PLEASE_DO_NOT, f"{view.snapshot.partnership.title}. {view.snapshot.partnership.basis}")
    frame.foot(view)


def title(_: Released | None, release: Release | None) -> str:
    """Word the H1."""
    return f"The front door, {words.months(release)}" if release else TITLE


def what_changed(view: View) -> None:
    """Name the measures the release calls up or down, in the catalogue's order, or say that none is."""
    cells = [(measure, headline(view, measure)) for measure in view.snapshot.measures]
    changed = [(measure, cell) for measure, cell in cells if cell is not None and words.change(cell) in {"up", "down"}]
    for measure, cell in changed:
        said = f"<strong>{page.change(cell.change)}: {escape(measure.name)}</strong>"
        page.text(Html(f"{said}<br>{escape(cell.sentence)} {escape(cell.change_sentence)}"))
    changes = [words.change(cell) for _, cell in cells]
    if not changed:
        page.text(words.NOTHING_CHANGED if "flat" in changes else words.CANNOT_SAY_ANY)
    if 0 < (unknown := changes.count("unknown")) < len(changes):
        page.text(words.cannot_say_some(unknown))


def headline(view: View, measure: Measure, span: str = "quarter") -> Cell | None:
    """Return the figure a measure is known by."""
    return view.cell(measure, statistic=measure.headline, span=span)


def questions(view: View, measures: Sequence[Measure]) -> None:
    """Show a table of headline figures, in the catalogue's order and never by size or by worry."""
    rows = [_row(view, measure) for measure in measures]
    page.show(page.table(f"Headline figures, {view.release.period_words}", COLUMNS, rows))


def _row(view: View, measure: Measure) -> list[str]:
    cell = headline(view, measure)
    # On a page of several figures the question has a heading of its own.
    part = f"#{measure.measure_id}" if len(view.snapshot.measures_on(measure.page)) > 1 else ""
    address = f"{measure.page}{view.address}{part}"
    link = f'<a href="{escape(address)}" target="_self">{escape(measure.board_question)}</a>'
    question = Html(f"{link}<br><small>{escape(measure.name)}</small>")
    year = _year(view, measure)
    if cell is None or not cell.is_shown:
        return [question, Html(f"{escape(words.not_shown(cell))}{year}"), page.change("unknown"), page.grade("none")]
    said = f"<strong>{escape(cell.figure_text)}</strong> {escape(words.unit(measure))}<br>{_likely(cell)}"
    return [question, Html(f"{said}{year}"), page.change(words.change(cell)), page.grade(cell.grade)]


def _year(view: View, measure: Measure) -> str:
    """Say the four quarters' figure below the quarter's."""
    cell = headline(view, measure, "year")
    if cell is None or not cell.is_shown:
        return ""
    when = words.YEAR_OF_COUNTS if measure.headline == "count" else words.SPANS["year"]
    figure = f"{cell.figure_text} {words.unit(measure)}".strip()
    said = f"{when}: {escape(figure)}, {_likely(cell)}, {words.GRADES[cell.grade].lower()}"
    return f"<br><small>{said}</small>"


def _likely(cell: Cell) -> Html:
    return page.unbroken(f"likely {words.likely_range(cell)}")


show()
