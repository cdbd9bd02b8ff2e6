"""When the figures of a release may be shown: an instant that is kept with its noised sums."""

from datetime import UTC, date, datetime, time, timedelta

from lantern.contract import LONDON
from lantern.errors import ConfigRefused
from lantern.partnership import Publication
from lantern.period import add_working_days, working_days_between
from lantern.release.entry import Entry


def embargo(terms: Publication, drawn: datetime, asked: str = "") -> datetime | None:
    """
    The instant before which what was drawn is not shown; None if it is shown at once.

    Args:
        terms: How many working days after the draw, and at what time of day in Europe/London. A time of day that has
            passed, or a day off, moves it to the next working day.
        drawn: When the sums were drawn.
        asked: An instant of its own for this release, like 2026-07-20T09:30; without an offset it is in Europe/London.

    Raises:
        ConfigRefused: what was asked for is no instant, or has passed.
    """
    if asked:
        return _asked(asked, drawn)
    if not terms.publish_after_days and terms.publish_at is None:
        return None
    day, at = drawn.astimezone(LONDON).date(), time.fromisoformat(terms.publish_at or "00:00")
    due = add_working_days(day, terms.publish_after_days)
    if not _is_working_day(due) or _instant(due, at) <= drawn:
        due = add_working_days(due, 1)
    return _instant(due, at)


def publish_at(answer: Entry) -> datetime:
    """
    The instant from which what was drawn may be shown: kept with it, so no later change of a file moves it.

    Privacy: without an embargo it is the minute of the draw. The instant would tell a reader how long the draw took.
    """
    if kept := answer.body.get("publish_at"):
        return datetime.fromisoformat(kept)
    return datetime.fromisoformat(answer.at).replace(second=0, microsecond=0)


def is_due(answer: Entry, now: datetime) -> bool:
    """Whether what was drawn may be shown. What no embargo was kept with may, whatever the clock says."""
    return "publish_at" not in answer.body or now >= publish_at(answer)


def day_in_london(instant: datetime) -> date:
    """The day an instant falls on, for readers in England and Wales."""
    return instant.astimezone(LONDON).date()


def instant_words(instant: datetime) -> str:
    """An instant as people say it: 20 July 2026, 09:30."""
    there = instant.astimezone(LONDON)
    return f"{there.day} {there:%B %Y, %H:%M}"


def _asked(text: str, drawn: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigRefused(
            "--publish-at: an instant is needed, like 2026-07-20T09:30 (Europe/London). Nothing was drawn and nothing was "
            "published."
        ) from None
    instant = found.astimezone(UTC) if found.tzinfo else _instant(found.date(), found.time())
    if instant <= drawn:
        raise ConfigRefused(
            "--publish-at: this instant has passed. Nothing was drawn and nothing was published. Name a later one, or leave "
            "it out."
        )
    return instant


def _instant(day: date, at: time) -> datetime:
    # When clocks change, a time of day comes twice or never: of its two readings the later, so that it is never early.
    there = datetime.combine(day, at, tzinfo=LONDON)
    return max(there.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _is_working_day(day: date) -> bool:
    return working_days_between(day - timedelta(days=1), day) == 1
