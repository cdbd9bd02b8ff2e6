"""
The blocks every page is built of: headings, banner, sentences, tables, definition and foot.

Each value is escaped where it enters the page, so a released text can never become markup.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st

import marks
import words
from released import Cell, Measure, Release, Released

LOG = logging.getLogger("lantern.dashboard")
STYLE = Path(__file__).with_name("board.css")


class Html(str):
    """Text that is markup already, made by this dashboard from escaped values."""

    __slots__ = ()


@contextmanager
def shield(name: str, *, is_whole_page: bool = True) -> Iterator[None]:
    """
    Draw a page whole or not at all.

    Whatever goes wrong, the reader sees the same plain notice and the log gets the page and
    the kind of failure. Neither gets a path, a number or a text out of the file. A part that is
    drawn again by itself needs a shield of its own: it does not pass through the page's.
    """
    place = st.empty()
    try:
        with place.container():
            yield
    except Exception as failure:  # noqa: BLE001 - the last line of defence; stop and rerun are no Exception
        LOG.error("%s cannot be shown: %s", name, type(failure).__name__)  # noqa: TRY400 - a traceback holds values
        with place.container():
            if is_whole_page:
                title(name)
            st.html(
                "<h2>This page cannot be shown just now.</h2><p>The figures are safe. Try again in a few minutes.</p>"
            )


def title(text: str) -> None:
    """Write the one H1 of a page."""
    st.title(_plain(text), anchor=False)


def heading(text: str) -> None:
    """Write an H2."""
    st.html(f"<h2>{escape(text)}</h2>")


def text(*paragraphs: str) -> None:
    """Write paragraphs."""
    st.html("".join(f"<p>{cell_html(paragraph)}</p>" for paragraph in paragraphs))


def cell_html(value: str) -> str:
    """Escape a text, unless it is markup of our own."""
    return value if isinstance(value, Html) else escape(value)


def banner() -> None:
    """Say first, on every page, that figures are close and not exact."""
    st.html(f'<p class="banner">{escape(words.BANNER)}</p>')


def nothing_yet(snapshot: Released | None) -> None:
    """Say that nothing is published; no empty axes."""
    due = snapshot.partnership.next_due_on if snapshot else None
    text(f"{words.NOTHING_YET} The first figures are due on {words.day(due)}." if due else words.NOTHING_YET)


def grade(name: str) -> Html:
    """Return the mark and the word of a grade."""
    return Html(f'<span class="marked">{marks.image(name)} {escape(words.GRADES[name])}</span>')


def change(name: str, more: str = "") -> Html:
    """Return the mark and the word of a change."""
    return Html(f'<span class="marked">{marks.image(name)} {escape(words.CHANGES[name] + more)}</span>')


def figure(cell: Cell | None) -> None:
    """
    Write one headline figure: its sentence with its range, its change and how sure it is.

    Args:
        cell: None where the release does not hold the figure.
    """
    if cell is None:
        text(words.NOT_IN_RELEASE)
        return
    if not cell.is_shown:
        st.html(f'<p class="lead">{marks.image("none")} {escape(words.not_shown(cell))}.</p>')
        return
    more = " since last year" if cell.change in {"up", "down"} else ""
    said = [f'<p class="lead">{escape(cell.sentence)}</p>', f"<p>{escape(words.change_sentence(cell))}</p>"]
    said.append(f'<p class="marks">{change(words.change(cell), more)} {grade(cell.grade)}</p>')
    if cell.grade == "care":
        said.append(f"<p>{escape(words.WITH_CARE)}</p>")
    st.html("".join(said))


def unbroken(value: str) -> Html:
    """Return a text that stays on one line."""
    return Html(f'<span class="marked">{escape(value)}</span>')


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """
    Return a table whose first column names the row.

    Args:
        caption: What the table holds and when.
        header: The names of the columns.
        rows: Texts, in the columns' order; none may be empty.

    Returns:
        A table that is a stack of cards on a phone. Its roles are written out, because a
        browser forgets them when the cells become blocks.
    """
    head = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in header)
    body = "".join(f'<tr role="row">{_row(header, row)}</tr>' for row in rows)
    return Html(
        f'<table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _row(header: Sequence[str], row: Sequence[str]) -> str:
    first, *rest = row
    cells = [f'<th scope="row" role="rowheader">{cell_html(first)}</th>']
    for name, value in zip(header[1:], rest, strict=True):
        cells.append(f'<td role="cell" data-h="{escape(name)}"><span>{cell_html(value)}</span></td>')
    return "".join(cells)


def show(html: Html) -> None:
    """Put a finished block on the page."""
    st.html(html)


def fold(summary: str, inside: Html) -> None:
    """Put a block behind a line that opens it."""
    st.html(f"<details><summary>{escape(summary)}</summary>{inside}</details>")


def definition(measure: Measure) -> None:
    """Say what is counted, where the definition comes from and what it cannot tell."""
    st.html(
        '<div class="box"><h2>What is counted</h2>'
        f"<p>{escape(measure.definition)}</p>"
        f"<p>Where this definition comes from: {escape(measure.source)}. "
        f"Definition {escape(measure.measure_id)}, version {measure.version}.</p></div>"
        f"<p><strong>What this cannot tell you:</strong> {escape(measure.caveat)}</p>"
    )


def foot(release: Release, measure: Measure | None = None) -> None:
    """End a page with what the release says of itself."""
    st.html(f'<p class="foot">{escape(words.foot(release, measure))}</p>')


def _plain(text: str) -> str:
    """Keep a heading from being read as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#+-!|$:~" else letter for letter in text)
