"""Plan, approve, check, spend, draw, publish: in this order, each step safe to repeat."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from lantern import quality
from lantern.errors import ContractBroken, ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.privacy import mechanism
from lantern.privacy.figure import Figure
from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Plan
from lantern.release import drawing, planning, publication
from lantern.release.cell import cells, released_figures, table_of
from lantern.release.ledger import Entry, Ledger, spent_in
from lantern.release.publication import Card
from lantern.release.statement import statement


@dataclass(frozen=True)
class Released:
    """What a release did: its name, and what it cost this time (0 if it was published before)."""

    release_id: str
    micro_rho: int


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
) -> Entry:
    """Record a named person's decision on the plan of a quarter, as it is at this moment."""
    planning.check_due(partnership, planning.known(home), period)
    plan = planning.plan_for(partnership, period)
    return ledger.decide(period=str(period), plan_digest=plan.digest, approved=approved, by=by, reason=reason)


def release(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter) -> Released:
    """
    Release a quarter, or give the release that exists.

    The spend is written before the first draw and the noised sums before the first page, so
    a crash costs allowance at most: run it again and it goes on from what is written.
    """
    entries = ledger.entries()
    done = next((each for each in entries if each.kind == "publish" and each.period == str(period)), None)
    if done is not None:
        _publish(home, partnership, ledger, period, _answer(entries, done.request_digest), done)
        return Released(done.body["release_id"], 0)
    planning.check_due(partnership, planning.known(home), period)
    plan = planning.plan_for(partnership, period)
    rows = {table.name: drawing.bounded_rows(home, table, str(period)) for table in plan.tables}
    for table in plan.tables:
        _check_bound(table, rows[table.name])
    request = drawing.request_digest(home, plan, rows)
    answer = next((each for each in entries if each.kind == "answer" and each.request_digest == request), None)
    cost = 0
    if answer is None:
        counted = {table.name: drawing.counts(table, rows[table.name]) for table in plan.tables}
        spend = ledger.spend(
            period=str(period), plan_digest=plan.digest, request_digest=request, micro_rho=plan.micro_rho
        )
        cost = spend.micro_rho
        answer = ledger.keep_answer(spend=spend, answers=drawing.draw(plan, counted))
    return Released(_publish(home, partnership, ledger, period, answer, None), cost)


def _publish(
    home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, answer: Entry, done: Entry | None
) -> str:
    entries = ledger.entries()
    plan = planning.plan_for(partnership, period)
    release_id = done.body["release_id"] if done else f"{period}-1"
    card = publication.read_card(home, release_id)
    if card is None:
        if plan.digest != answer.plan_digest:
            raise ReleaseRefused(
                f"{partnership.name} {period}: the catalogue or the partnership's file was altered after this quarter was "
                "drawn. It was not published anew. Restore the release folder from its backup, or undo the change."
            )
        published_on = done.body["published_on"] if done else datetime.now(UTC).date().isoformat()
        card = _card(partnership, entries, plan, release_id, published_on)
        found = cells(release_id, plan, answer.body["answers"], _year_before(partnership, entries, period))
        broken = quality.check("released_cell", table_of(found), cells=len(found), release_id=release_id)
        if broken:
            raise ContractBroken(
                f"release {release_id}: {'; '.join(str(each) for each in broken)}. It was not published; the noised sums "
                "are kept and will be used again at no cost."
            )
        publication.write_folder(home, plan, card, found)
    if done is None:
        ledger.publish(answer=answer, release_id=release_id, published_on=card.published_on)
    return release_id


def _card(partnership: Partnership, entries: list[Entry], plan: Plan, release_id: str, published_on: str) -> Card:
    approval = next(each for each in reversed(entries) if each.kind == "approve" and each.plan_digest == plan.digest)
    year_spent = spent_in(entries, Quarter.parse(plan.period).plus(1 - QUARTERS_A_YEAR))
    said = {"approved_by": approval.body["by"], "reason": approval.body["reason"]}
    return Card(
        release_id=release_id,
        period=plan.period,
        published_on=published_on,
        approved_by=said["approved_by"],
        approval_reason=said["reason"],
        micro_rho_spent=sum(each.micro_rho for each in entries if each.period == plan.period),
        epsilon=mechanism.epsilon(plan.micro_rho, partnership.privacy.delta),
        year_micro_rho_spent=year_spent,
        plan_digest=plan.digest,
        statement=statement(
            partnership, plan, release_id=release_id, published_on=published_on, year_spent=year_spent, **said
        ),
    )


def _year_before(partnership: Partnership, entries: list[Entry], period: Quarter) -> list[Figure] | None:
    earlier = period.plus(-QUARTERS_A_YEAR)
    done = next((each for each in entries if each.kind == "publish" and each.period == str(earlier)), None)
    if done is None:
        return None
    plan = planning.plan_for(partnership, earlier)
    if plan.digest != done.plan_digest:
        return None  # counted differently then: not compared
    return released_figures(plan, _answer(entries, done.request_digest).body["answers"])


def _answer(entries: list[Entry], request: str) -> Entry:
    return next(each for each in entries if each.kind == "answer" and each.request_digest == request)


def _check_bound(table: BaseTable, rows: pa.Table) -> None:
    marked = rows.append_column("mark", pc.cast(pc.equal(rows["is_clipped"], "yes"), pa.int64()))
    of_person = marked.group_by("person_key").aggregate([([], "count_all"), ("mark", "sum")])
    of_person = of_person.rename_columns(["person_key", "rows_of_person", "marks_of_person"])
    checked = rows.join(of_person, "person_key")
    categories = {axis.name: axis.categories for axis in table.grid.axes}
    broken = quality.check("release_input", checked, categories=categories, rows_per_person=table.rows_per_person)
    if broken:
        raise ContractBroken(
            f"release input 'ri_{table.name}': {'; '.join(str(each) for each in broken)}. Nothing was drawn and nothing "
            "was spent. Do not release until the model that made it has been mended."
        )


def refresh(home: Home, partnership: Partnership) -> int:
    """Write the file the dashboard reads from all releases; how many there are."""
    return publication.refresh(home, partnership)
