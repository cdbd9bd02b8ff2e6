"""What each figure counts, what the marks mean, and every reason there is for showing no figure."""

import streamlit as st

import frame
import page
import released
import words
from record import Measure
from released import Released

HEADINGS = {"children": "What is counted: children", "adults": "What is counted: adults"}


def show() -> None:
    """Draw the page."""
    snapshot = released.read()
    page.title("What do these figures mean?")
    frame.banner(snapshot)
    if snapshot is None or not snapshot.releases:
        frame.nothing(snapshot)
    else:
        definitions(snapshot)
    page.heading("What the marks mean")
    page.text(words.BOX_AND_DOT, words.HOW_LIKELY)
    page.terms([(page.grade(name), meaning) for name, meaning in words.GRADE_MEANS.items()])
    page.terms([(page.change(name), meaning) for name, meaning in words.CHANGE_MEANS.items()])
    page.heading("Why a figure is not shown")
    page.text("Only these reasons are given. None of them says how small a number is.")
    page.items([f"{reason[0].upper()}{reason[1:]}." for reason in words.REASONS.values()])
    if snapshot is not None and snapshot.latest is not None:
        page.foot(words.foot(snapshot.partnership, snapshot.latest))


def definitions(snapshot: Released) -> None:
    """Define every measure, or the one that a figure's link asks for."""
    titles = {measure.measure_id: measure.title for measure in snapshot.measures}
    labels = {frame.EVERYONE: "All of them"} | titles
    chosen = frame.choose("Definition", "definition", tuple(labels), labels)
    for population, heading in HEADINGS.items():
        asked = [measure for measure in snapshot.measures if measure.population == population]
        asked = [measure for measure in asked if chosen in {frame.EVERYONE, measure.measure_id}]
        if asked:
            page.heading(heading)
        for measure in asked:
            define(measure)


def define(measure: Measure) -> None:
    """Write what one measure counts; its heading is what a link leads to."""
    st.subheader(page.plain(measure.title), anchor=measure.measure_id)
    page.text(measure.definition)
    page.terms(
        [
            ("Question", measure.board_question),
            ("Within what time", measure.limit_text or "There is none"),
            ("What this cannot tell you", measure.caveat),
            ("Where this comes from", measure.source),
            ("Definition", f"{measure.measure_id}, version {measure.version}"),
        ]
    )


show()
