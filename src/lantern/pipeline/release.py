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
from lantern.pipeline import build
from lantern.privacy import mechanism
from lantern.privacy.figure import Figure
from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Plan
from lantern.release import drawing, planning, publication
from lantern.release.cell import cells, released_figures, table_of
from lantern.release.entry import Entry, answer_of, publication_of, spent_in
from lantern.release.ledger import Ledger
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

    The spend is written before the first draw and the noised sums before the first page. A
    quarter is drawn once: run it again and it goes on from what is written, whatever has arrived since.
    """
    entries = ledger.entries()
    answer, cost = answer_of(entries, str(period)), 0
    if answer is None:
        planning.check_due(partnership, planning.known(home), period)
        answer = _draw(home, partnership, ledger, period)
        cost = sum(each.micro_rho for each in ledger.entries() if each.request_digest == answer.request_digest)
    return Released(_publish(home, partnership, ledger, period, answer), cost)


def _draw(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter) -> Entry:
    build.check_passed(home)
    plan = planning.plan_for(partnership, period)
    rows = {table.name: drawing.bounded_rows(home, table, str(period)) for table in plan.tables}
    for table in plan.tables:
        _check_bound(table, rows[table.name])
    counted = {table.name: drawing.counts(table, rows[table.name]) for table in plan.tables}
    spend = ledger.spend(
        period=str(period),
        plan_digest=plan.digest,
        request_digest=drawing.request_digest(home, plan, rows),
        micro_rho=plan.micro_rho,
    )
    return ledger.keep_answer(spend=spend, meaning=plan.meaning, answers=drawing.draw(plan, counted))


def _publish(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, answer: Entry) -> str:
    entries = ledger.entries()
    plan = planning.plan_for(partnership, period)
    done = publication_of(entries, str(period))
    release_id = done.body["release_id"] if done else f"{period}-1"
    decided = ledger.decision(answer.plan_digest)
    if done is None and (decided is None or decided.kind != "approve"):
        raise ReleaseRefused(f"{partnership.name} {period}: its approver has refused it since. It was not published.")
    card = publication.read_card(home, release_id)
    if card is None:
        card = _written(home, partnership, entries, plan, release_id, answer)
    if card.ledger_mark != answer.mac:
        raise ReleaseRefused(
            f"release {release_id}: its folder was not made from what the ledger holds. It was not published. "
            "Remove the folder and release the quarter again; it costs nothing."
        )
    if done is None:
        ledger.publish(
            answer=answer,
            release_id=release_id,
            published_on=card.published_on,
            folder_digest=publication.folder_digest(home, release_id),
        )
    return release_id


def _written(
    home: Home, partnership: Partnership, entries: list[Entry], plan: Plan, release_id: str, answer: Entry
) -> Card:
    if plan.digest != answer.plan_digest:
        raise ReleaseRefused(
            f"release {release_id}: the catalogue, the models or the partnership's file were altered after this quarter was "
            "drawn. It was not published. Undo the change, or restore the release folder from its backup."
        )
    done = publication_of(entries, plan.period)
    published_on = done.body["published_on"] if done else datetime.now(UTC).date().isoformat()
    card = _card(partnership, entries, plan, release_id, published_on, answer)
    found = cells(release_id, plan, answer.body["answers"], _year_before(partnership, entries, plan))
    broken = quality.check("released_cell", table_of(found), cells=len(found), release_id=release_id)
    if broken:
        raise ContractBroken(
            f"release {release_id}: {'; '.join(str(each) for each in broken)}. It was not published; the noised sums "
            "are kept and will be used again at no cost."
        )
    publication.write_folder(home, plan, card, found)
    return card


def _card(
    partnership: Partnership, entries: list[Entry], plan: Plan, release_id: str, published_on: str, answer: Entry
) -> Card:
    approval = next(each for each in reversed(entries) if each.kind == "approve" and each.plan_digest == plan.digest)
    period = Quarter.parse(plan.period)
    spent, year_spent = spent_in(entries, period, 1), spent_in(entries, period.plus(1 - QUARTERS_A_YEAR))
    by, reason = approval.body["by"], approval.body["reason"]
    said = statement(
        partnership,
        plan,
        release_id=release_id,
        published_on=published_on,
        approved_by=by,
        reason=reason,
        spent=spent,
        year_spent=year_spent,
    )
    return Card(
        release_id=release_id,
        period=plan.period,
        published_on=published_on,
        approved_by=by,
        approval_reason=reason,
        micro_rho_spent=spent,
        epsilon=mechanism.epsilon(spent, partnership.privacy.delta),
        year_micro_rho_spent=year_spent,
        plan_digest=plan.digest,
        ledger_mark=answer.mac,
        statement=said,
    )


def _year_before(partnership: Partnership, entries: list[Entry], plan: Plan) -> list[Figure] | None:
    earlier = Quarter.parse(plan.period).plus(-QUARTERS_A_YEAR)
    answer = answer_of(entries, str(earlier))
    if answer is None or publication_of(entries, str(earlier)) is None:
        return None
    then = planning.plan_for(partnership, earlier)
    # Counted differently then, or measured with other noise: not compared.
    if answer.body["meaning"] != plan.meaning:
        return None
    return released_figures(then, answer.body["answers"])


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


def refresh(home: Home, partnership: Partnership, ledger: Ledger) -> int:
    """Write the file the dashboard reads from all published releases; how many there are."""
    published = {
        each.body["release_id"]: each.body["folder_digest"] for each in ledger.entries() if each.kind == "publish"
    }
    return publication.refresh(home, partnership, published)
