"""Writes a release: one folder that explains itself, and the file the dashboard reads."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lantern import catalogue, codelist, warehouse
from lantern.catalogue import Measure, shown
from lantern.errors import ReleaseRefused
from lantern.home import Home, private
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import workload
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import Answers
from lantern.release import card, folder
from lantern.release.cell import Cell, released_figures, table_of
from lantern.release.disclosure import says_all_or_none
from lantern.release.folder import Earlier, Facts, Terms, terms_of
from lantern.release.listing import partnership_row, release_row
from lantern.release.notice import Withdrawal, revised_note, withdrawn_words
from lantern.release.planning import volumes
from lantern.release.statement import statement
from lantern.release.wording import LISTS, day_label

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
    place: Path | None = None,
) -> Path:
    """
    Write the release folder beside its place and rename it in, once all of it is on the disk.

    Args:
        home: Whose releases.
        partnership: Its file.
        plan: As it was drawn.
        facts: Who approved it, when it was published, what it cost by the ledger.
        answers: Its noised sums.
        earlier: The earlier quarters its cells were worked out with.
        cells: Its figures.
        place: Where, if not among the releases.

    Privacy: everything in it is releasable; all but the noised sums and the facts follows from them.
    """
    place = _closed(home, place or home.releases)
    target = place / facts.release_id
    part = place / f".{facts.release_id}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    pq.write_table(table_of(list(cells)), part / folder.CELLS)
    for name, text in texts(plan, facts, terms_of(partnership), answers, earlier, cells).items():
        (part / name).write_text(text, encoding="utf-8", newline="")
    (part / folder.DIGESTS).write_text(folder.text_of(folder.digests(part)), encoding="utf-8")
    for path in sorted(part.iterdir()):
        warehouse.sync(path)
    warehouse.swap(part, target)
    return target


def _closed(home: Home, place: Path) -> Path:
    """A folder for this user alone: the board's reads the one file beside it, where nothing is before its time."""
    private(home.base)
    home.released.parent.mkdir(mode=0o755, exist_ok=True)
    private(place).chmod(0o700)
    return place


def texts(
    plan: Plan, facts: Facts, terms: Terms, answers: Answers, earlier: Earlier, cells: Sequence[Cell]
) -> dict[str, str]:
    """Every file of a release that is text but its digests, by name: what `lantern verify` writes again and compares."""
    made = card.card_of(plan, facts, terms, says_all_or_none(cells, released_figures(plan, answers)))
    measures = [measure.model_dump(mode="json") for measure in workload.measures({each.name for each in plan.tables})]
    return {
        folder.FACTS: folder.facts_text(facts, terms),
        folder.APPROVAL: folder.approval_text(facts, plan),
        folder.PLAN: plan.text + "\n",
        folder.ANSWERS: folder.answers_text(answers),
        folder.EARLIER: folder.earlier_text(earlier),
        folder.CELLS_TEXT: _csv(table_of(list(cells))),
        folder.DEFINITIONS: json.dumps(measures, indent=2) + "\n",
        folder.STATEMENT: _stating(statement(plan, facts, terms), revised_note(facts)),
        folder.CARD: folder.text_of(made),
        folder.CARD_PAGE: card.page(made),
    }


def _stating(statement: str, note: str) -> str:
    title, _, rest = statement.partition("\n")
    return f"{title}\n\n{note}\n{rest}" if note else statement


def remove(path: Path) -> None:
    """Remove a folder that is no release, if it is there: by rename first, so that it is never half there."""
    if path.exists():
        gone = path.with_name(f".{path.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        path.replace(gone)
        shutil.rmtree(gone, ignore_errors=True)


def read_facts(home: Home, release_id: str) -> Facts | None:
    """What a release says of itself, if its folder exists; None if it does not."""
    path = home.releases / release_id
    return folder.read_facts(path)[0] if (path / folder.FACTS).exists() else None


def folder_digest(home: Home, release_id: str) -> str:
    """The SHA-256 of a release's list of digests: what the ledger keeps of the whole folder."""
    return folder.sha256(home.releases / release_id / folder.DIGESTS)


def refresh(
    home: Home,
    partnership: Partnership,
    published: Mapping[str, str],
    withdrawn: Mapping[str, Withdrawal] | None = None,
    awaited: Mapping[Quarter, date] | None = None,
) -> int:
    """
    Write `released.duckdb` new from the published releases and swap it in by rename.

    Args:
        home: Whose releases.
        partnership: Its file.
        published: Release id to the folder digest the ledger holds. A folder that is not in the ledger
            is not a release, whatever it says of itself. Of a quarter that was revised, its newest is shown.
        withdrawn: Of these, what was taken back. The row stays with the notice; cells and packs go.
        awaited: Quarters that were drawn and are not published, and the day on which they will be.

    Returns:
        How many releases it holds, with those that were taken back.

    Raises:
        ReleaseRefused: a folder is not what was published; the old file stays in place, less what was taken back.
    """
    taken_back = withdrawn or {}
    folders = [home.releases / release_id for release_id in newest(published)]
    _take_back(home, taken_back)
    try:
        for each in folders:
            _check_digests(each, published[each.name])
    except ReleaseRefused:
        _show_no_more(home, taken_back)
        raise
    releases = [(each, *folder.read_facts(each)) for each in folders]
    with _swapped(home) as connection:
        connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        tables = {
            "partnership": [partnership_row(partnership, [facts for _, facts, _ in releases], awaited or {})],
            "release": [release_row(*each, taken_back.get(each[0].name)) for each in releases],
            "measure": [_measure_row(measure) for measure in workload.measures(volumes(partnership))],
            "category": _category_rows(),
        }
        for name, rows in tables.items():
            _insert(connection, name, pa.Table.from_pylist(rows) if rows else None)
        for each in folders:
            if each.name not in taken_back:
                _insert(connection, "cell", pq.read_table(each / folder.CELLS))
    return len(folders)


@contextmanager
def _swapped(home: Home, begun_from: Path | None = None) -> Iterator[Any]:
    """The file the dashboard reads, new or begun from a copy, to be written and swapped in by rename."""
    part = home.released.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    if begun_from:
        shutil.copyfile(begun_from, part)
    with warehouse.plain(part) as connection:
        yield connection
    part.chmod(0o644)  # whatever this process keeps to itself otherwise: the board's user reads this one
    warehouse.swap(part, home.released)


def _show_no_more(home: Home, withdrawn: Mapping[str, Withdrawal]) -> None:
    """Take out of the file that stays what was taken back: no other folder's trouble keeps figures before the board."""
    if not home.released.exists():
        return
    with _swapped(home, home.released) as connection:
        for release_id, withdrawal in withdrawn.items():
            connection.execute("delete from cell where release_id = ?", [release_id])
            connection.execute(
                "update release set withdrawn_on = ?, withdrawn_reason = ? where release_id = ?",
                [withdrawal.on, withdrawal.reason, release_id],
            )


def newest(published: Mapping[str, str]) -> list[str]:
    """Of each quarter the release with the highest number, by quarter."""
    last: dict[str, int] = {}
    for release_id in published:
        period, _, number = release_id.rpartition("-")
        last[period] = max(last.get(period, 0), int(number))
    return [f"{period}-{number}" for period, number in sorted(last.items())]


def _take_back(home: Home, withdrawn: Mapping[str, Withdrawal]) -> None:
    """Say in each folder that it was taken back, and remove what was printed of it."""
    for release_id, withdrawal in withdrawn.items():
        period = release_id.rpartition("-")[0]
        text = folder.withdrawn_text(withdrawn_words(period, withdrawal))
        if (home.releases / release_id).is_dir():
            (home.releases / release_id / folder.WITHDRAWN).write_text(text, encoding="utf-8")
        for printed in home.packs.glob(f"board-pack-{release_id}.*"):
            printed.unlink()


def _insert(connection: Any, name: str, rows: pa.Table | None) -> None:
    if rows is not None:
        connection.register("incoming", rows)
        connection.execute(f"insert into {name} by name select * from incoming")  # our own names
        connection.unregister("incoming")


def _check_digests(path: Path, published: str) -> None:
    wrong = folder.altered(path, published)
    if wrong:
        raise ReleaseRefused(
            f"release {path.name}: '{wrong[0]}' is not what was published. The dashboard keeps the releases it has, less "
            "what was taken back. Restore the folder from its backup."
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


def _measure_row(measure: Measure) -> dict[str, object]:
    """What a reader of releases needs of an entry; the columns of `measure` in released_schema.sql."""
    one, many = measure.unit
    entry = shown(measure)
    words = entry.model_dump(exclude={"base_table", "breakdowns", "curve_words", "weight", "quantiles"})
    return words | {
        "population": catalogue.base_table(entry.base_table).population,
        "measure_id": measure.id,
        "version": measure.version,
        "title": measure.title,
        "board_question": measure.question,
        "definition": entry.definition or measure.definition,
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
    for breakdown, listed in LISTS.items():
        for place, (code, label) in enumerate(codelist.labels(listed).items(), start=1):
            rows.append({"breakdown": breakdown, "category": code, "label": label, "position": place})
    for clock, breakdown in workload.CURVES.items():
        for place, day in enumerate(workload.curve_days(breakdown), start=1):
            label = day_label(day, clock)
            rows.append({"breakdown": breakdown, "category": str(day), "label": label, "position": place})
    return rows
