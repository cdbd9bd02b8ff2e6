"""Putting a pack together from the released file, for one quarter."""

from dataclasses import replace

import words
from pack import answer, appendix, glance
from pack.block import Pack
from released import Release, Released

DIGEST_SHOWN = 12


def release_of(snapshot: Released | None, period: str) -> Release | None:
    """Return the newest revision of a quarter's release; None if that quarter is not published."""
    releases = snapshot.releases if snapshot else ()
    return next((release for release in releases if release.period == period), None)


def pack_of(snapshot: Released, release: Release) -> Pack:
    """
    Put a quarter's pack together.

    What was published for later quarters is left out, so a pack says the same whenever it is printed.
    Every figure is a released text; nothing is computed or rounded here.
    """
    until = tuple(each for each in snapshot.releases if each.period_from <= release.period_from)
    known = replace(snapshot, releases=until)
    pages = (
        glance.page(known, release),
        *(answer.page(known, release, measure) for measure in known.measures),
        *appendix.pages(known, release),
    )
    foot = f"{words.foot(release, None)} · plan {release.plan_digest[:DIGEST_SHOWN]}"
    return Pack(pages[0].title, snapshot.partnership.title, release.published_on, foot, pages)
