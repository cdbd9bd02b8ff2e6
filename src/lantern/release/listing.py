"""What the board's file says of the partnership, and of each release that stands or was taken back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from lantern.partnership import Partnership
from lantern.period import Quarter, add_working_days
from lantern.privacy import mechanism
from lantern.release import folder
from lantern.release.folder import Facts, Terms, terms_of
from lantern.release.notice import Withdrawal, revised_note
from lantern.release.planning import due_on


def partnership_row(
    partnership: Partnership, releases: Sequence[Facts], awaited: Mapping[Quarter, date]
) -> dict[str, object]:
    """
    The columns of `partnership` in released_schema.sql.

    Args:
        partnership: Its file.
        releases: What is published.
        awaited: Quarters that are drawn and wait, with their day: the next of them is due then. One that is not drawn is due
            when it is ripe, and what the file adds to that has passed.
    """
    terms, release = terms_of(partnership), partnership.release
    latest = max((Quarter.parse(facts.period) for facts in releases), default=None)
    upcoming = latest.plus(1) if latest else release.first
    ripe_on = due_on(upcoming, release.embargo_days)
    return {
        "name": partnership.name,
        "title": terms.title,
        "basis": terms.basis,
        "unit": terms.unit,
        "family": terms.family,
        "micro_per_year": terms.micro_per_year,
        "epsilon_per_year": mechanism.epsilon(terms.family, terms.micro_per_year, terms.delta),
        "delta": terms.delta,
        "next_due_on": awaited.get(upcoming) or add_working_days(ripe_on, release.publish_after_days),
    }


def release_row(path: Path, facts: Facts, terms: Terms, withdrawal: Withdrawal | None) -> dict[str, object]:
    """The columns of `release` in released_schema.sql; a folder from before embargoes was shown on its day."""
    period = Quarter.parse(facts.period)
    publish_at = datetime.fromisoformat(facts.publish_at or f"{facts.published_on}T00:00+00:00")
    return {
        "release_id": facts.release_id,
        "period": facts.period,
        "period_from": period.first_day,
        "period_to": period.last_day,
        "period_words": period.words,
        "revision": int(facts.release_id.rpartition("-")[2]) - 1,
        "publish_at": publish_at.astimezone(UTC).replace(tzinfo=None),
        "published_on": date.fromisoformat(facts.published_on),
        "revised_note": revised_note(facts),
        "withdrawn_on": withdrawal.on if withdrawal else None,
        "withdrawn_reason": withdrawal.reason if withdrawal else "",
        "approved_by": facts.approved_by,
        "approval_reason": facts.approval_reason,
        "micro": facts.micro,
        "epsilon": mechanism.epsilon(terms.family, facts.micro, terms.delta),
        "year_micro": facts.year_micro,
        "plan_digest": folder.read_plan(path).digest,
        "statement": (path / folder.STATEMENT).read_text(encoding="utf-8"),
    }
