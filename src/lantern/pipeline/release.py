"""Plan, approve, check, spend, draw: in this order, each step safe to repeat. What comes of it is in `publication`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lantern import quality
from lantern.errors import ContractBroken, ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.pipeline import build
from lantern.pipeline.publication import alone, awaited, publish_drawn, refresh
from lantern.release import drawing, embargo, planning, spent
from lantern.release.approval import check_approval, check_approver, unpublished
from lantern.release.entry import Entry, answer_of, answers_of, priced_draws, publication_of, spent_in
from lantern.release.ledger import Ledger
from lantern.release.notice import checked_reason

__all__ = ["Released", "approve", "due", "refresh", "release"]


@dataclass(frozen=True)
class Released:
    """
    What a release did: its name, and what the quarter costs by it (0 if nothing was drawn this time).

    `embargo` is the instant before which its figures are not shown; None if they are.
    """

    release_id: str
    micro: int
    embargo: datetime | None = None


def due(home: Home, partnership: Partnership, ledger: Ledger) -> list[Quarter]:
    """Quarters that may be released and have not been, earliest first; none that only waits for its time."""
    entries, now = ledger.entries(), datetime.now(UTC)
    done = {entry.period for entry in entries if entry.kind == "publish"}
    done |= {answer.period for answer in awaited(entries) if not embargo.is_due(answer, now)}
    return [period for period in planning.due(partnership, planning.known(home)) if str(period) not in done]


def approve(
    home: Home,
    partnership: Partnership,
    ledger: Ledger,
    period: Quarter,
    *,
    by: str,
    reason: str,
    approved: bool = True,
    revise: bool = False,
    plan_digest: str | None = None,
) -> Entry:
    """
    Record a named person's decision on the plan of a quarter, as it is at this moment.

    A refusal of what was drawn and is not published is of the plan it was drawn by: it stops it, whatever was altered or has
    arrived since.

    Args:
        home: Whose.
        partnership: Its file.
        ledger: Where the decision is written.
        period: The quarter.
        by: The approver's name.
        reason: Why.
        approved: Or refused.
        revise: The plan is to draw a published quarter once more.
        plan_digest: Of the plan the person was shown, if they were asked earlier; nobody needs to have seen what they stop.

    Raises:
        ReleaseRefused: the quarter is not due or not to be revised, the person may not decide or saw another plan, or the
            reason is not fit to be read outside.
    """
    check_approver(partnership, str(period), by)
    entries = ledger.entries()
    revision = _revision(partnership, entries, period, revise=revise)
    drawn = unpublished(entries, str(period), revision)
    if drawn and not approved:
        return ledger.decide(
            period=str(period),
            plan_digest=drawn.plan_digest,
            approved=False,
            by=by,
            reason=reason,
            revision=revision,
        )
    if not drawn:
        planning.check_due(partnership, planning.known(home), period)
    if approved:
        reason = checked_reason(f"{partnership.name} {period}", reason)
    plan = planning.plan_for(partnership, period, revision, home)
    if drawn and plan.digest != drawn.plan_digest:
        raise ReleaseRefused(
            f"{partnership.name} {period}: it was drawn by another plan than this one, which will not be drawn. Nothing was "
            "recorded. Undo what was altered since, then decide again; a refusal needs nothing undone."
        )
    if plan_digest is not None and plan_digest != plan.digest:
        raise ReleaseRefused(
            f"{partnership.name} {period}: the plan was altered since it was asked about. Nothing was recorded. "
            f"Look at 'lantern plan {period}' and decide again."
        )
    return ledger.decide(
        period=str(period), plan_digest=plan.digest, approved=approved, by=by, reason=reason, revision=revision
    )


def release(
    home: Home,
    partnership: Partnership,
    ledger: Ledger,
    period: Quarter,
    *,
    revise: bool = False,
    publish_at: str = "",
    now: datetime | None = None,
) -> Released:
    """
    Release a quarter, or give the release that exists; with `revise`, draw a published one once more.

    The spend is written before the first draw and the noised sums before the first page. A quarter (or a
    revision of it) is drawn once: run it again and it goes on from what is written, whatever has arrived since.

    Args:
        home: Whose.
        partnership: Its file.
        ledger: Where each step is written.
        period: The quarter.
        revise: Draw it again.
        publish_at: An instant before which its figures are not shown, if not the one the partnership's file gives.
        now: This instant, if left out.
    """
    now = now or datetime.now(UTC)
    with alone(home):  # one release at a time in one home: the next sees what this one has spent
        entries, cost = ledger.entries(), 0
        revision = _revision(partnership, entries, period, revise=revise)
        drawn = answer_of(entries, str(period), revision)
        if drawn is None:
            planning.check_due(partnership, planning.known(home), period)
            until = embargo.embargo(partnership.release, _after(entries, now), publish_at)
            drawn = _draw(home, partnership, ledger, period, revision, until.isoformat() if until else "")
            entries = ledger.entries()
            cost = spent_in(entries, period, 1)
        elif publish_at:
            raise ReleaseRefused(
                f"{partnership.name} {period}: it has been drawn already, to be shown from "
                f"{embargo.instant_words(embargo.publish_at(drawn))} on. Nothing was changed. Run it again without --publish-at."
            )
        # A folder that was lost is made again with the others.
        for answer in answers_of(entries, str(period)):
            publish_drawn(home, partnership, ledger, answer, now)
        waits = publication_of(ledger.entries(), str(period), revision) is None
        return Released(f"{period}-{revision + 1}", cost, embargo.publish_at(drawn) if waits else None)


def _after(entries: Sequence[Entry], now: datetime) -> datetime:
    """This instant, or that of the ledger's last line, if the clock was put back since: an embargo is not shortened by it."""
    return max([now, *(datetime.fromisoformat(each.at) for each in entries[-1:])])


def _revision(partnership: Partnership, entries: Sequence[Entry], period: Quarter, *, revise: bool) -> int:
    """Which draw of the quarter is meant: the first, the newest, or with `revise` the one after what was published."""
    newest = answer_of(entries, str(period))
    done = publication_of(entries, str(period))
    if not revise:
        return newest.revision if newest else 0
    if done is None:
        raise ReleaseRefused(
            f"{partnership.name} {period}: there is no published release to revise. Nothing was done. "
            "Release it first, without --revise."
        )
    return done.revision + 1


def _draw(
    home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, revision: int, publish_at: str
) -> Entry:
    plan = planning.plan_for(partnership, period, revision, home)
    # Looked at again when it is paid for; here so that nobody waits for the rows to be told so.
    check_approval(partnership, ledger.entries(), str(period), plan.digest, revision)
    spent.check_whole(home, priced_draws(ledger.entries()))
    bounded = drawing.bound(home, plan, lambda: build.check_passed(home))
    for table in plan.tables:
        broken = quality.check(
            "release_input", drawing.border(table, bounded.tables[table.name]), **drawing.border_facts(table)
        )
        if broken:
            raise ContractBroken(
                f"release input 'ri_{table.name}': {'; '.join(str(each) for each in broken)}. Nothing was drawn and nothing "
                "was spent. Do not release until the model that made it has been mended."
            )
    spend = ledger.spend(
        period=str(period),
        plan_digest=plan.digest,
        request_digest=bounded.digest,
        charges=plan.charges,
        revision=revision,
        rows_digest=bounded.rows_digest,
    )
    spent.record(home, bounded.digest, bounded.payment)
    return ledger.keep_answer(spend=spend, plan=plan, answers=drawing.draw(plan, bounded.cells), publish_at=publish_at)
