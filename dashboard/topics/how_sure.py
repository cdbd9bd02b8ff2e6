"""How sure the figures are, what is protected and what it cost."""

import math
import random
from html import escape

import streamlit as st

import charts
import frame
import marks
import page
import released
import words
from page import Html
from record import Partnership, Release
from released import Released

# The demonstration: constants written here, nothing released. The smallest count is far enough
# from zero that no draw on its axis is negative.
MADE_UP = (30, 60, 300)
SPREAD = 6
WITHIN = 12
REACH = 24
DRAWN_AT_ONCE = 20
DRAWN_AT_MOST = 200
FIRST_DRAWS = 40
SEED = 41
PARTS = 8


def show() -> None:
    """Draw the page."""
    snapshot = released.read()
    page.title("How sure are we?")
    frame.banner(snapshot)
    page.text(words.HOW_SURES[words.population(snapshot.measures if snapshot else ())], words.HOW_LIKELY)
    rows = [[page.grade(name), meaning] for name, meaning in words.GRADE_MEANS.items()]
    rows += [[page.change(name), meaning] for name, meaning in words.CHANGE_MEANS.items()]
    page.show(page.table("What the marks mean", ("Mark", "Meaning"), rows))
    page.text(words.BOX_AND_DOT)
    page.heading("Try it with a made-up number")
    demonstration()
    release = snapshot.latest if snapshot else None
    if snapshot is None or release is None:
        frame.nothing(snapshot)
        return
    page.heading("What is protected")
    partnership = snapshot.partnership
    page.text(f"What is hidden is the presence of one {partnership.unit}.", partnership.basis)
    page.heading("Privacy allowance")
    page.show(allowance(release, partnership))
    page.fold("For specialists", specialists(snapshot, partnership))
    page.foot(words.foot(partnership, release))


@st.fragment
def demonstration() -> None:
    """Draw made-up noisy counts again and again; a fragment, so the page does not jump."""
    with page.shield("How sure", is_whole_page=False):
        true = st.radio("Made-up true count", MADE_UP, index=1, horizontal=True, key="made_up")
        if st.button("Draw 20 more", key="draw"):
            drawn = st.session_state.get("drawn", FIRST_DRAWS) + DRAWN_AT_ONCE
            st.session_state["drawn"] = drawn if drawn <= DRAWN_AT_MOST else FIRST_DRAWS
        draws = draws_of(true, st.session_state.get("drawn", FIRST_DRAWS))
        near = sum(abs(drawn - true) <= WITHIN for drawn in draws)
        said = f"{len(draws)} draws. {near} of {len(draws)} are within {WITHIN} of the true count."
        st.html(f'<p class="made-up" role="status" aria-live="polite">Made-up numbers: {said}</p>')
        alt_text = f"Dots stacked on a line around the made-up count {true}, with a box {WITHIN} to each side. {said}"
        st.altair_chart(charts.demo(draws, true, WITHIN, REACH), theme=None, width="stretch", alt=alt_text)
        page.text("The noise is the same size for a small count as for a large one. So small counts suffer most.")


def draws_of(true: int, how_many: int) -> list[int]:
    """Return made-up noisy counts; the same seed each time, so more draws only add to the old ones."""
    chance = random.Random(SEED)  # noqa: S311 - a made-up example needs no secret
    noise = (round(chance.gauss(0, SPREAD)) for _ in range(how_many))
    return [true + max(-REACH, min(REACH, drawn)) for drawn in noise]


def allowance(release: Release, partnership: Partnership) -> Html:
    """Show how much of the year's allowance is used, rounded up so that it is never understated."""
    used = math.ceil(PARTS * release.year_micro / partnership.micro_per_year)
    used = max(0, min(PARTS, used))
    said = (
        f"At most {used} of {PARTS} parts are used of any one person's allowance. That counts this quarter and the three "
        "before it. Most people have few records, and use far less. Using all of it is as planned: each new quarter "
        "the oldest leaves the year, and room comes back."
    )
    return Html(f'<p class="marked">{marks.boxes(used, PARTS)}</p><p>{said}</p>')


def specialists(snapshot: Released, partnership: Partnership) -> Html:
    """Give the promise and what each release cost, as the release states them."""
    promise = (
        f"Epsilon {partnership.epsilon_per_year:g} at delta {partnership.delta:g} over any four quarters in a row: "
        f"{partnership.micro_per_year:,} millionths of {'rho' if partnership.family == 'zcdp' else 'epsilon'}. One release may "
        f"use all of it for some person; no four quarters use more. Unit protected: {partnership.unit}."
    )
    rows = [
        [
            release.release_id,
            f"{release.epsilon:g}",
            f"{release.micro:,}",
            f"{release.year_micro:,}",
        ]
        for release in reversed(snapshot.releases)
    ]
    header = ("Release", "Epsilon", "Millionths", "Millionths in the year")
    statement = snapshot.latest.statement if snapshot.latest else ""
    table = page.table("What each release cost", header, rows)
    return Html(
        f"<p>{escape(promise)}</p>{table}<h3>Release statement</h3><p class='statement'>{escape(statement)}</p>"
    )


show()
