"""One question, asked of each source of contact in turn: in code-list order, never ranked."""

import exhibit
import frame
import page
import words
from frame import View
from record import Measure

TITLE = "What comes from each source?"


def show() -> None:
    """Draw the page."""
    view = frame.begin(TITLE)
    if view is None:
        return
    asked = {each.measure_id: each for each in view.snapshot.measures if view.cells(each, "source_group")}
    if not asked:
        page.text(words.NO_SOURCES)
        frame.foot(view)
        return
    labels = {measure_id: measure.title for measure_id, measure in asked.items()}
    measure = asked[frame.choose("Question", "question", tuple(asked), labels)]
    page.text(words.NOT_THE_SOURCE)
    for span in words.SPANS:
        exhibit.by_source(view, measure, span)
    each_source(view, measure)
    page.limits(measure)
    frame.foot(view, [measure])


def each_source(view: View, measure: Measure) -> None:
    """Write one block for each source: its sentence, its change, how sure, and the four quarters together."""
    for key, cell in view.cells(measure, "source_group"):
        page.heading(key.label)
        page.beside(cell)
        page.beside(view.cell(measure, "source_group", key.category, span="year"), "year")


show()
