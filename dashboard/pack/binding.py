"""Putting a pack together from the released file, for one quarter."""

from dataclasses import replace

import words
from pack import answer, appendix, glance, sources
from pack.block import Pack, Page, Paragraph
from record import Release
from released import Released

DIGEST_SHOWN = 12


def release_of(snapshot: Released | None, period: str) -> Release | None:
    """Return the newest revision of a quarter's release; None if that quarter is not published."""
    releases = snapshot.releases if snapshot else ()
    return next((release for release in releases if release.period == period), None)


def pack_of(snapshot: Released, release: Release) -> Pack:
    """
    Put a quarter's pack together.

    What was published for later quarters is left out, so a pack says the same whenever it is printed.
    Every figure is a released text; nothing is computed or rounded here. Of a quarter that was withdrawn it says
    when and why, and no more.
    """
    until = tuple(each for each in snapshot.releases if each.period_from <= release.period_from)
    known = replace(snapshot, releases=until)
    pages = (_withdrawn(release),) if release.withdrawn_on else _pages(known, release)
    foot = f"{words.foot(snapshot.partnership, release)} · plan {release.plan_digest[:DIGEST_SHOWN]}"
    return Pack(pages[0].title, snapshot.partnership.title, release.published_on, foot, pages)


def _pages(known: Released, release: Release) -> tuple[Page, ...]:
    """Children first, their topics in the catalogue's order, then how sure; adults on a sheet of their own; then definitions."""
    pages: list[Page | None] = [glance.page(known, release)]
    topics = _topics(known, "children")
    pages += [answer.page(known, release, topic, is_new_sheet=place == 0) for place, topic in enumerate(topics)]
    pages += [sources.page(known, release), appendix.how_sure(known)]
    pages += [answer.page(known, release, topic, is_new_sheet=True) for topic in _topics(known, "adults")]
    pages.append(appendix.definitions(known, release))
    return tuple(page for page in pages if page is not None)


def _topics(known: Released, population: str) -> list[str]:
    """The pages of the catalogue that a population's measures are on, in the catalogue's order."""
    return list(dict.fromkeys(measure.page for measure in known.measures if measure.population == population))


def _withdrawn(release: Release) -> Page:
    return Page(glance.title(release), (Paragraph(words.withdrawn(release), style="lead"),))
