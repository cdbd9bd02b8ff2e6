"""Writes a release: one folder that explains itself, and the file the dashboard reads."""

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lantern import catalogue, codelist, warehouse
from lantern.catalogue import Measure, shown
from lantern.errors import ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import mechanism, workload
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import Answers
from lantern.release import card, folder
from lantern.release.cell import Cell, released_figures, table_of
from lantern.release.disclosure import says_all_or_none
from lantern.release.folder import Earlier, Facts, Terms, terms_of
from lantern.release.planning import due_on
from lantern.release.statement import statement
from lantern.release.wording import day_label

__all__ = ["Facts", "folder_digest", "read_facts", "refresh", "texts", "write_folder"]

_SCHEMA = Path(__file__).with_name("released_schema.sql")


def write_folder(
    home: Home,
    partnership: Partnership,
    plan: Plan,
    facts: Facts,
    answers: Answers,
    earlier: Earlier,
    cells: Sequence[Cell],
) -> Path:
    """
    Write the release folder beside its place and rename it in.

    Args:
        home: Whose releases.
        partnership: Its file.
        plan: As it was drawn.
        facts: Who approved it, when it was published, what it cost by the ledger.
        answers: Its noised sums.
        earlier: The earlier quarters its cells were worked out with.
        cells: Its figures.

    Privacy: everything in it is releasable; all but the noised sums and the facts follows from them.
    """
    target = home.releases / facts.release_id
    part = home.releases / f".{facts.release_id}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    pq.write_table(table_of(list(cells)), part / folder.CELLS)
    for name, text in texts(plan, facts, terms_of(partnership), answers, earlier, cells).items():
        (part / name).write_text(text, encoding="utf-8", newline="")
    (part / folder.DIGESTS).write_text(folder.text_of(folder.digests(part)), encoding="utf-8")
    part.replace(target)
    return target


def texts(
    plan: Plan, facts: Facts, terms: Terms, answers: Answers, earlier: Earlier, cells: Sequence[Cell]
) -> dict[str, str]:
    """Every file of a release that is text but its digests, by name: what `lantern verify` writes again and compares."""
    made = card.card_of(plan, facts, terms, says_all_or_none(cells, released_figures(plan, answers)))
    measures = [measure.model_dump(mode="json") for measure in catalogue.released()]
    return {
        folder.FACTS: folder.facts_text(facts, terms),
        folder.APPROVAL: folder.approval_text(facts, plan),
        folder.PLAN: plan.text + "\n",
        folder.ANSWERS: folder.answers_text(answers),
        folder.EARLIER: folder.earlier_text(earlier),
        folder.CELLS_TEXT: _csv(table_of(list(cells))),
        folder.DEFINITIONS: json.dumps(measures, indent=2) + "\n",
        folder.STATEMENT: statement(plan, facts, terms),
        folder.CARD: folder.text_of(made),
        folder.CARD_PAGE: card.page(made),
    }


def read_facts(home: Home, release_id: str) -> Facts | None:
    """What a release says of itself, if its folder exists; None if it does not."""
    path = home.releases / release_id
    return folder.read_facts(path)[0] if (path / folder.FACTS).exists() else None


def folder_digest(home: Home, release_id: str) -> str:
    """The SHA-256 of a release's list of digests: what the ledger keeps of the whole folder."""
    return folder.sha256(home.releases / release_id / folder.DIGESTS)


def refresh(home: Home, partnership: Partnership, published: Mapping[str, str]) -> int:
    """
    Write `released.duckdb` new from the published releases and swap it in by rename.

    Args:
        home: Whose releases.
        partnership: Its file.
        published: Release id to the folder digest the ledger holds. A folder that is not in the ledger
            is not a release, whatever it says of itself. Of a quarter that was revised, its newest is shown.

    Returns:
        How many releases it holds.

    Raises:
        ReleaseRefused: a folder is not what was published; the old file stays in place.
    """
    folders = [home.releases / release_id for release_id in newest(published)]
    for each in folders:
        _check_digests(each, published[each.name])
    releases = [(each, *folder.read_facts(each)) for each in folders]
    home.released.parent.mkdir(parents=True, exist_ok=True)
    part = home.released.with_suffix(".part")
    part.unlink(missing_ok=True)
    with warehouse.plain(part) as connection:
        connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        tables = {
            "partnership": [_partnership_row(partnership, [facts for _, facts, _ in releases])],
            "release": [_release_row(*each) for each in releases],
            "measure": [_measure_row(measure) for measure in catalogue.released()],
            "category": _category_rows(),
        }
        for name, rows in tables.items():
            _insert(connection, name, pa.Table.from_pylist(rows) if rows else None)
        for each in folders:
            _insert(connection, "cell", pq.read_table(each / folder.CELLS))
    part.replace(home.released)
    return len(folders)


def newest(published: Mapping[str, str]) -> list[str]:
    """Of each quarter the release with the highest number, by quarter."""
    last: dict[str, int] = {}
    for release_id in published:
        period, _, number = release_id.rpartition("-")
        last[period] = max(last.get(period, 0), int(number))
    return [f"{period}-{number}" for period, number in sorted(last.items())]


def _insert(connection: Any, name: str, rows: pa.Table | None) -> None:
    if rows is not None:
        connection.register("incoming", rows)
        connection.execute(f"insert into {name} by name select * from incoming")  # our own names
        connection.unregister("incoming")


def _check_digests(path: Path, published: str) -> None:
    wrong = folder.altered(path, published)
    if wrong:
        raise ReleaseRefused(
            f"release {path.name}: '{wrong[0]}' is not what was published. The dashboard keeps the releases it has. "
            "Restore the folder from its backup."
        )


def _csv(table: pa.Table) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.column_names)
    # A spreadsheet takes a cell that starts so for a formula.
    writer.writerows(
        ["'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row.values()]
        for row in table.to_pylist()
    )
    return stream.getvalue()


def _partnership_row(partnership: Partnership, releases: Sequence[Facts]) -> dict[str, object]:
    terms = terms_of(partnership)
    latest = max((Quarter.parse(facts.period) for facts in releases), default=None)
    upcoming = latest.plus(1) if latest else partnership.release.first
    return {
        "name": partnership.name,
        "title": terms.title,
        "basis": terms.basis,
        "unit": terms.unit,
        "family": terms.family,
        "micro_per_year": terms.micro_per_year,
        "epsilon_per_year": mechanism.epsilon(terms.family, terms.micro_per_year, terms.delta),
        "delta": terms.delta,
        "next_due_on": due_on(upcoming, partnership.release.embargo_days),
    }


def _release_row(path: Path, facts: Facts, terms: Terms) -> dict[str, object]:
    period = Quarter.parse(facts.period)
    return {
        "release_id": facts.release_id,
        "period": facts.period,
        "period_from": period.first_day,
        "period_to": period.last_day,
        "period_words": period.words,
        "published_on": date.fromisoformat(facts.published_on),
        "approved_by": facts.approved_by,
        "approval_reason": facts.approval_reason,
        "micro": facts.micro,
        "epsilon": mechanism.epsilon(terms.family, facts.micro, terms.delta),
        "year_micro": facts.year_micro,
        "plan_digest": folder.read_plan(path).digest,
        "statement": (path / folder.STATEMENT).read_text(encoding="utf-8"),
    }


def _measure_row(measure: Measure) -> dict[str, object]:
    """What a reader of releases needs of an entry; the columns of `measure` in released_schema.sql."""
    one, many = measure.unit
    words = shown(measure).model_dump(exclude={"base_table", "breakdowns"})
    return words | {
        "measure_id": measure.id,
        "version": measure.version,
        "title": measure.title,
        "board_question": measure.question,
        "definition": measure.definition,
        "unit_one": one,
        "unit_many": many,
        "clock": measure.clock,
        "limit_value": measure.lookback_months if measure.limit is None else measure.limit,
        "caveat": measure.caveat,
        "source": measure.follows,
    }


def _category_rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"breakdown": workload.ALL, "category": workload.ALL, "label": "All sources", "position": 0}
    ]
    for place, (code, label) in enumerate(codelist.labels("published_source").items(), start=1):
        rows.append({"breakdown": "source_group", "category": code, "label": label, "position": place})
    days = sorted({day for table in workload.tables() for day in workload.days_shown(table.name)})
    for place, day in enumerate(days, start=1):
        rows.append({"breakdown": "by_day", "category": str(day), "label": day_label(day), "position": place})
    return rows
