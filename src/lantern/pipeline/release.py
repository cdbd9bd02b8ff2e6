"""Plan, approve, check, spend, draw, publish: in this order, each step safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lantern import quality
from lantern.errors import ContractBroken, ReleaseRefused
from lantern.home import Home, locked, private
from lantern.partnership import Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.pipeline import build
from lantern.privacy.plan import Plan
from lantern.release import drawing, planning, publication, spent
from lantern.release.cell import cells, table_of
from lantern.release.entry import (
    Entry,
    answer_of,
    answers_of,
    last_decision,
    publication_of,
    publications_of,
    spent_in,
)
from lantern.release.folder import Earlier, Facts, plan_of
from lantern.release.ledger import Ledger

_QUARTERS_BACK = 2 * QUARTERS_A_YEAR - 1
"""A rolling year is compared with the one before it, which they do not share a quarter with."""


@dataclass(frozen=True)
class Released:
    """What a release did: its name, and what the year it ends costs by it (0 if nothing was drawn this time)."""

    release_id: str
    micro: int


def due(home: Home, partnership: Partnership, ledger: Ledger) -> list[Quarter]:
    """Quarters that may be released and have not been, earliest first."""
    published = {entry.period for entry in ledger.entries() if entry.kind == "publish"}
    return [period for period in planning.due(partnership, planning.known(home)) if str(period) not in published]


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

    Args:
        home: Whose.
        partnership: Its file.
        ledger: Where the decision is written.
        period: The quarter.
        by: The approver's name.
        reason: Why.
        approved: Or refused.
        revise: The plan is to draw a published quarter once more.
        plan_digest: Of the plan the person was shown, if they were asked earlier.

    Raises:
        ReleaseRefused: the quarter is not due or not to be revised, the person may not decide, or saw another plan.
    """
    planning.check_due(partnership, planning.known(home), period)
    revision = _revision(partnership, ledger.entries(), period, revise=revise)
    plan = planning.plan_for(partnership, period, revision)
    if plan_digest is not None and plan_digest != plan.digest:
        raise ReleaseRefused(
            f"{partnership.name} {period}: the plan was altered since it was asked about. Nothing was recorded. "
            f"Look at 'lantern plan {period}' and decide again."
        )
    return ledger.decide(
        period=str(period), plan_digest=plan.digest, approved=approved, by=by, reason=reason, revision=revision
    )


def release(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, *, revise: bool = False) -> Released:
    """
    Release a quarter, or give the release that exists; with `revise`, draw a published one once more.

    The spend is written before the first draw and the noised sums before the first page. A quarter (or a
    revision of it) is drawn once: run it again and it goes on from what is written, whatever has arrived since.
    """
    with locked(private(home.base)):  # one release at a time in one home: the next sees what this one has spent
        entries, cost = ledger.entries(), 0
        revision = _revision(partnership, entries, period, revise=revise)
        if answer_of(entries, str(period), revision) is None:
            planning.check_due(partnership, planning.known(home), period)
            _draw(home, partnership, ledger, period, revision)
            entries = ledger.entries()
            cost = spent_in(entries, period, 1)
        # A folder that was lost is made again with the others.
        made = [_publish(home, partnership, ledger, answer) for answer in answers_of(entries, str(period))]
        return Released(made[-1], cost)


def refresh(home: Home, partnership: Partnership, ledger: Ledger) -> int:
    """Write the file the dashboard reads from all published releases; how many there are."""
    published = {
        each.body["release_id"]: each.body["folder_digest"] for each in ledger.entries() if each.kind == "publish"
    }
    return publication.refresh(home, partnership, published)


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


def _draw(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, revision: int) -> Entry:
    plan = planning.plan_for(partnership, period, revision)
    # A draw from before persons had budgets kept its plan nowhere, and is charged as a part of its own.
    draws = [each.request_digest for each in ledger.entries() if each.kind == "answer" and "plan" in each.body]
    spent.check_whole(home, draws)
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
    return ledger.keep_answer(spend=spend, plan=plan, answers=drawing.draw(plan, bounded.cells))


def _publish(home: Home, partnership: Partnership, ledger: Ledger, answer: Entry) -> str:
    entries = ledger.entries()
    done = publication_of(entries, answer.period, answer.revision)
    release_id = f"{answer.period}-{answer.revision + 1}"
    decided = last_decision(entries, answer.plan_digest)
    if done is None and (decided is None or decided.kind != "approve"):
        raise ReleaseRefused(
            f"{partnership.name} {answer.period}: its approver has refused it since. It was not published."
        )
    facts = publication.read_facts(home, release_id)
    if facts is None:
        # Made again, it is made from what the ledger held when it was first published.
        known = entries[: done.seq - 1] if done else entries
        facts = _written(home, partnership, known, release_id, answer, done)
    if facts.ledger_mark != answer.mac:
        raise ReleaseRefused(
            f"release {release_id}: its folder was not made from what the ledger holds. It was not published. "
            "Remove the folder and release the quarter again; it costs nothing."
        )
    ledger.publish(
        answer=answer,
        release_id=release_id,
        published_on=facts.published_on,
        folder_digest=publication.folder_digest(home, release_id),
    )
    return release_id


def _written(
    home: Home, partnership: Partnership, entries: list[Entry], release_id: str, answer: Entry, done: Entry | None
) -> Facts:
    period = Quarter.parse(answer.period)
    if planning.plan_for(partnership, period, answer.revision).digest != answer.plan_digest:
        raise ReleaseRefused(
            f"release {release_id}: the catalogue, the models or the partnership's file were altered after this quarter was "
            "drawn. It was not published. Undo the change, or restore the release folder from its backup."
        )
    plan, answers, earlier = plan_of(answer.body["plan"]), answer.body["answers"], _earlier(entries, period)
    published_on = done.body["published_on"] if done else datetime.now(UTC).date().isoformat()
    facts = _facts(entries, release_id, published_on, plan, answer)
    found = cells(release_id, plan, answers, earlier)
    broken = quality.check("released_cell", table_of(found), cells=len(found), release_id=release_id)
    if broken:
        raise ContractBroken(
            f"release {release_id}: {'; '.join(str(each) for each in broken)}. It was not published; the noised sums "
            "are kept and will be used again at no cost."
        )
    publication.write_folder(home, partnership, plan, facts, answers, earlier, found)
    return facts


def _facts(entries: Sequence[Entry], release_id: str, published_on: str, plan: Plan, answer: Entry) -> Facts:
    approval = next(each for each in reversed(entries) if each.kind == "approve" and each.plan_digest == plan.digest)
    period = Quarter.parse(plan.period)
    return Facts(
        release_id=release_id,
        period=plan.period,
        published_on=published_on,
        approved_by=approval.body["by"],
        approval_reason=approval.body["reason"],
        approved_at=approval.at,
        micro=spent_in(entries, period, 1),
        year_micro=spent_in(entries, period.plus(1 - QUARTERS_A_YEAR)),
        ledger_mark=answer.mac,
    )


def _earlier(entries: Sequence[Entry], period: Quarter) -> Earlier:
    """Of each quarter before that was published, the newest revision: how far back to its plan and noised sums."""
    found = {}
    for back in range(1, _QUARTERS_BACK + 1):
        published = publications_of(entries, str(period.plus(-back)))
        answer = answer_of(entries, str(period.plus(-back)), published[-1].revision) if published else None
        if answer is not None and "plan" in answer.body:
            found[back] = plan_of(answer.body["plan"]), answer.body["answers"]
    return found
