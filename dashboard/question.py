"""The page of one board question: for each of its measures the sentence first, then pictures with their tables."""

from html import escape

import exhibit
import frame
import page
import words
from frame import EVERYONE, View
from pack import prompt
from page import Html
from record import Category, Measure
from released import Released

IN_FIGURES = ("What is counted", "When", *exhibit.COLUMNS)


def show(name: str, label: str) -> None:
    """
    Draw the page of one question.

    Args:
        name: The page as the catalogue names it.
        label: Its short name, the heading where there is no question to ask yet.
    """

    def title(snapshot: Released | None, _: object) -> str:
        measures = snapshot.measures_on(name) if snapshot else ()
        return words.heading(measures) if measures else label

    view = frame.begin(title, "adults" if name == "adults" else "children")
    if view is None:
        return
    measures = view.snapshot.measures_on(name)
    if not measures:
        page.text(words.NOT_IN_RELEASE)
    key = _source(view, measures)
    parts = words.parts(measures) if len(measures) > 1 else {}
    if parts:
        page.contents(parts)
    for measure in measures:
        if parts:
            _head(parts[measure.measure_id], measure)
        _answer(view, measure, key, is_part=bool(parts))
        page.limits(measure)
    if measures:
        _what_to_ask(name)
    frame.foot(view, measures)


def _head(heading: str, measure: Measure) -> None:
    """Head a measure's part; below a question stands what the figure is of."""
    page.part(heading, measure.measure_id)
    if heading != measure.name:
        page.text(Html(f"<strong>{escape(measure.name)}</strong>"))


def _what_to_ask(name: str) -> None:
    """Say what a board could ask next, and whom, as the pack does."""
    if asked := prompt.prompts(name):
        page.heading("What to ask next")
        page.items([Html(f"<strong>Ask {escape(each.whom)}:</strong> {escape(each.question)}") for each in asked])


def _source(view: View, measures: tuple[Measure, ...]) -> Category | None:
    """Let the reader choose a source where the release gives one of these measures by source; None is all of them."""
    if not any(view.cells(measure, "source_group") for measure in measures):
        return None
    keys = {key.category: key for key in view.snapshot.keys_of("source_group")}
    labels = {EVERYONE: "All sources"} | {code: key.label for code, key in keys.items()}
    return keys.get(frame.choose("Source", "source", tuple(labels), labels))


def _answer(view: View, measure: Measure, key: Category | None, *, is_part: bool) -> None:
    level = 3 if is_part else 2
    if key is not None and not view.cells(measure, "source_group"):
        page.text(words.ALL_TOGETHER)
        key = None
    place = ("source_group", key.category) if key else (EVERYONE, EVERYONE)
    headline = view.cell(measure, *place, measure.headline)
    page.figure(headline)
    if key is not None:
        page.text(words.NOT_THE_SOURCE)
    page.beside(view.cell(measure, *place, measure.headline, "year"), "year")
    if measure.headline == "count":
        share = view.cell(measure, *place)
        if not words.is_said(headline, [share]):
            page.beside(share, named=words.PAST_LIMIT)
        exhibit.waiting(view, measure, level)
    _in_figures(view, measure, place)
    exhibit.over_time(view, measure, key, level)
    if key is None:
        exhibit.by_day(view, measure, level)


def _in_figures(view: View, measure: Measure, place: tuple[str, str]) -> None:
    """Put every statistic of the quarter, and of the four quarters that end with it, into one table."""
    found = [
        (words.statistic(name, measure), span, cell)
        for name in words.STATISTICS
        for span in words.SPANS
        if (cell := view.cell(measure, *place, name, span)) is not None
    ]
    if len(found) == 1:
        return
    count = view.cell(measure, *place, "count")
    if count is not None and count.is_shown and measure.headline != "count":
        page.text(count.sentence)
    rows = [(label, words.SPANS[span], *exhibit.columns(cell)) for label, span, cell in found]
    caption = f"{measure.name}: the figures, {view.release.period_words}"
    page.fold("See these figures as a table", page.table(caption, IN_FIGURES, rows))
