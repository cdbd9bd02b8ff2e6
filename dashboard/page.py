"""
The blocks every page is built of: headings, banner, sentences, tables, definition and foot.

Each value is escaped where it enters the page, so a released text can never become markup.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import quote

import streamlit as st

import marks
import words
from record import Cell, Measure

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
    st.title(plain(text), anchor=False)


def heading(text: str, level: int = 2) -> None:
    """Write a heading below the page's own."""
    st.html(f"<h{level}>{escape(text)}</h{level}>")


def part(text: str, anchor: str) -> None:
    """Head a part of a page that `contents` and other pages lead to: Streamlit goes to its own headings alone."""
    st.header(plain(text), anchor=anchor)


def contents(places: Mapping[str, str]) -> None:
    """Begin a long page with links to its parts: anchor to heading."""
    links = (
        f'<li><a href="#{escape(anchor)}" target="_self">{escape(said)}</a></li>' for anchor, said in places.items()
    )
    st.html(f'<nav aria-label="On this page"><p><strong>On this page</strong></p><ul>{"".join(links)}</ul></nav>')


def text(*paragraphs: str) -> None:
    """Write paragraphs; nothing if there are none."""
    if paragraphs:
        st.html("".join(f"<p>{cell_html(paragraph)}</p>" for paragraph in paragraphs))


def cell_html(value: str) -> str:
    """Escape a text, unless it is markup of our own."""
    return value if isinstance(value, Html) else escape(value)


def notice(said: str) -> None:
    """Write a notice that stands before everything else of a page."""
    st.html(f'<p class="banner">{escape(said)}</p>')


def foot(said: str) -> None:
    """Write the last line of a page."""
    st.html(f'<p class="foot">{escape(said)}</p>')


def grade(name: str) -> Html:
    """Return the mark and the word of a grade."""
    return Html(f'<span class="marked">{marks.image(name)} {escape(words.GRADES[name])}</span>')


def change(name: str, more: str = "") -> Html:
    """Return the mark and the word of a change."""
    return Html(f'<span class="marked">{marks.image(name)} {escape(words.CHANGES[name] + more)}</span>')


def figure(cell: Cell | None, span: str = "quarter") -> None:
    """
    Write the headline figure of a page: its sentence with its range, its change and how sure it is.

    Args:
        cell: None where the release does not hold the figure.
        span: What it is about, and so what it is compared with.
    """
    if cell is None:
        text(words.NOT_IN_RELEASE)
    elif not cell.is_shown:
        st.html(f'<p class="lead">{marks.image("none")} {escape(words.not_shown(cell))}.</p>')
    else:
        said = [f'<p class="lead">{escape(cell.sentence)}</p>', f"<p>{escape(words.change_sentence(cell))}</p>"]
        said.append(_marks(cell, span))
        if cell.grade == "care":
            said.append(f"<p>{escape(words.WITH_CARE)}</p>")
        st.html("".join(said))


def beside(cell: Cell | None, span: str = "quarter", named: str = "") -> None:
    """
    Write a figure that stands beside a headline: its sentence, and in one line its change and how sure it is.

    Args:
        cell: None where the release does not hold it.
        span: What it is about.
        named: What it is called where it is not shown, if that is not told by its span.
    """
    if cell is None:
        return
    if not cell.is_shown:
        st.html(f"<p>{marks.image('none')} {named or words.SPANS[span]}: {escape(words.not_shown(cell))}.</p>")
    else:
        st.html(f"<p>{escape(cell.sentence)}</p>{_marks(cell, span)}")


def _marks(cell: Cell, span: str) -> str:
    more = f" {words.AGO[span]}" if cell.change in {"up", "down"} else ""
    return f'<p class="marks">{change(words.change(cell), more)} {grade(cell.grade)}</p>'


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


def items(texts: Sequence[str]) -> None:
    """Write a list without an order."""
    st.html(f"<ul>{''.join(f'<li>{cell_html(each)}</li>' for each in texts)}</ul>")


def terms(pairs: Sequence[tuple[str, str]]) -> None:
    """Write a list of terms and what each means."""
    st.html(f"<dl>{''.join(f'<dt>{cell_html(term)}</dt><dd>{escape(meaning)}</dd>' for term, meaning in pairs)}</dl>")


def fold(summary: str, inside: Html) -> None:
    """Put a block behind a line that opens it."""
    st.html(f"<details><summary>{escape(summary)}</summary>{inside}</details>")


def limits(measure: Measure) -> None:
    """Say what a figure cannot tell, and lead to what is counted."""
    st.html(
        f"<p><strong>What this cannot tell you:</strong> {escape(measure.caveat)}</p>"
        f'<p>What is counted: <a href="definitions?definition={quote(measure.title)}#{escape(measure.measure_id)}" target="_self">'
        f"{escape(measure.title)}</a></p>"
    )


def plain(text: str) -> str:
    """Keep a heading from being read as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#+-!|$:~" else letter for letter in text)
