"""
What stands round every page: its heading, what was withdrawn, the banner, the quarter chosen and the foot.

A choice is a closed list of public keys, held in the page's address so that it can be sent to
someone. Streamlit refuses a value that is not on the list and the page falls back to the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import streamlit as st

import access
import download
import listing
import page
import press
import released
import words
from record import Category, Cell, Measure, Release
from released import Released

EVERYONE = "all"


@dataclass(frozen=True)
class View:
    """The released figures as one reader looks at them: those of one quarter, and the quarters before it."""

    snapshot: Released
    release: Release

    def cell(
        self,
        measure: Measure,
        breakdown: str = EVERYONE,
        key: str = EVERYONE,
        statistic: str = "share",
        span: str = "quarter",
    ) -> Cell | None:
        """Return one cell of the quarter, or None where its release does not hold it."""
        return self.snapshot.cell(self.release, measure, breakdown, key, statistic, span)

    def cells(
        self, measure: Measure, breakdown: str, statistic: str = "share", span: str = "quarter"
    ) -> list[tuple[Category, Cell]]:
        """Return the cells of a breakdown that the release holds, in code-list order."""
        keys = self.snapshot.keys_of(breakdown)
        found = ((key, self.cell(measure, breakdown, key.category, statistic, span)) for key in keys)
        return [(key, cell) for key, cell in found if cell is not None]

    @property
    def address(self) -> str:
        """What a link to another page carries so that it opens on the same quarter; empty for the latest."""
        if self.release == self.snapshot.latest:
            return ""
        return f"?period={quote(words.months(self.release))}"


def begin(
    title: str | Callable[[Released | None, Release | None], str], population: str | None = "children"
) -> View | None:
    """
    Start a page: H1, withdrawn notices, banner and the choice of a quarter.

    Args:
        title: The H1, or how to word it from the quarter chosen.
        population: Whom the page's figures are about; None for all that is released.

    Returns:
        What to show, or None where nothing is published; the page has said so.
    """
    snapshot = released.read()
    head = st.container()
    release = _chosen(snapshot)
    with head:
        page.title(title if isinstance(title, str) else title(snapshot, release))
        for each in snapshot.releases if snapshot else ():
            if each.withdrawn_on is not None:
                page.notice(words.withdrawn(each))
        banner(snapshot, population)
    if snapshot is None or release is None:
        nothing(snapshot)
        return None
    if release.revised_note:
        page.text(release.revised_note)
    return View(snapshot, release)


def banner(snapshot: Released | None, population: str | None = None) -> None:
    """Say how close figures are and for whose sake; of all that is released, unless it is told whose."""
    page.notice(words.BANNERS[population or words.population(snapshot.measures if snapshot else ())])


def choose(label: str, key: str, options: Sequence[str], labels: dict[str, str]) -> str:
    """Offer a control; its value is in the address under its key, as the reader sees it."""
    chosen: str = st.selectbox(label, options, format_func=lambda code: labels[code], key=key, bind="query-params")
    return chosen if chosen in options else options[0]


def foot(view: View, measures: Sequence[Measure] | None = None) -> None:
    """End a page with its figures to take away, where it has measures, the pack, and what the release says of itself."""
    if measures:
        take_away(view, measures)
    offer_pack(view.release)
    page.foot(words.foot(view.snapshot.partnership, view.release, measures))


def take_away(view: View, measures: Sequence[Measure]) -> None:
    """Offer the figures of a page as files, those of the quarter chosen."""
    part = listing.part_of(view.snapshot, view.release, measures)
    with st.popover(words.TAKE_AWAY):
        page.text(words.WHAT_IS_TAKEN)
        for each in download.downloads(part):
            # A reader who takes a file away is not made to wait for the page to be drawn again.
            st.download_button(each.label, each.data, each.file_name, each.mime, key=each.file_name, on_click="ignore")


def offer_pack(release: Release) -> None:
    """Offer the printed pack of the quarter chosen; it is printed on the click, so no page waits for it."""
    with st.popover(words.PACK):
        if not press.can_print():
            page.text(words.NO_PACK)
            return
        page.text(words.WHAT_THE_PACK_IS)
        may_read = access.asked_again()
        for kind, mime in press.KINDS.items():
            make = partial(printed, release.release_id, kind, may_read)
            name = press.file_name(release.release_id, kind)
            st.download_button(words.PACK_KINDS[kind], make, name, mime, key=name, on_click="ignore")


def printed(release_id: str, kind: str, may_read: Callable[[], bool]) -> bytes:
    """Print a pack for a reader who may still read; what goes wrong is logged by its kind alone."""
    try:
        if may_read():
            return press.pack(release_id, kind)
    except Exception as failure:  # noqa: BLE001 - whatever it is, its text goes nowhere
        page.LOG.error("a pack cannot be printed: %s", type(failure).__name__)
    raise press.NotPrinted("There is no pack to give.") from None


def _chosen(snapshot: Released | None) -> Release | None:
    """The quarter the reader chose, the latest unless they did; no choice is offered where there is none."""
    if snapshot is None or snapshot.latest is None:
        return None
    newest_first = {release.period: release for release in reversed(snapshot.standing)}
    if len(newest_first) == 1:
        return snapshot.latest
    labels = {period: words.months(release) for period, release in newest_first.items()}
    return newest_first[choose("Quarter", "period", tuple(newest_first), labels)]


def nothing(snapshot: Released | None) -> None:
    """Say that nothing is published; no empty axes."""
    said = words.NOTHING_STANDS if snapshot and snapshot.releases else words.NOTHING_YET
    due = snapshot.partnership.next_due_on if snapshot else None
    page.text(
        f"{said} The {'next' if snapshot and snapshot.releases else 'first'} figures are due on {words.day(due)}."
        if due
        else said
    )
