"""Make one delivery: a folder with the events and, written last, its manifest."""

import csv
import hashlib
import importlib.util
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path

from lantern import contract
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import canary, self_check
from lantern.partner.account import Outcome, counts
from lantern.partner.event import EventMaker
from lantern.partner.happening import Refused, Source
from lantern.partner.identity import NORMALISATION
from lantern.partner.instant import LONDON
from lantern.partner.key import read_key
from lantern.partner.reader import open_source

Progress = Callable[[str, int], None]
"""Called with what is being done and how many events there are so far."""

_NAMESPACE = uuid.UUID("6f0c1c4e-5d0e-5c6b-9a53-3f1c6f3f2d10")
_EVERY = 2_000
_PARTNER = r"[a-z][a-z0-9_]{1,39}"


@dataclass
class _Made:
    """Everything read so far, one tuple of cells for each event, and what was dropped."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    dropped: list[Refused] = field(default_factory=list)
    left_out: list[Refused] = field(default_factory=list)


def deliver(
    files: list[Path],
    source_format: str,
    partner: str,
    key_file: Path,
    out: Path,
    *,
    snapshot_at: datetime | None = None,
    period_from: date | None = None,
    text_format: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """
    Turn a partner's files into one delivery under `out`.

    Args:
        files: The partner's files, or for ssd one folder.
        source_format: ssd, cin_census, a shipped mapping's name, or the path of a mapping.
        partner: The partner's name in the partnership.
        key_file: Its key file.
        out: Where the delivery's folder is made.
        snapshot_at: When the extract was taken: what is open then is censored there. A census
            takes its reference date, any other source now. Without offset it is London time.
        period_from: Since when the extract holds every record. For ssd it must be given: an old
            case still open is no sign of a longer history. A census takes its year's start, a
            mapped table the day of its earliest record.
        text_format: Write events.csv even where Parquet can be written.
        progress: Told how far it is.

    Returns:
        The folder, the counts, and a report in words.

    Raises:
        ConfigRefused: An option or the key file cannot be used, or an option is missing.
        DeliveryRefused: A file is not what was agreed, or not one record of it could be used.

    Privacy: names, birth dates, postcodes, ids and free text are read here and stop here.
    """
    if not re.fullmatch(_PARTNER, partner):
        raise ConfigRefused(
            "--partner: a partner's name is small letters, digits and _. Nothing was made. "
            "Take it from the partnership's file."
        )
    key = read_key(key_file)
    source = open_source(files, source_format, snapshot_at, period_from)
    maker = EventMaker(key, partner, source.partner_type)
    made = _read(source, maker, progress or (lambda _what, _count: None))
    if not made.rows:
        refused = Outcome(None, partner, source.source_format, 0, made.dropped, made.left_out)
        raise DeliveryRefused(refused.report())
    columns = _settled(made, source, partner)
    self_check.check(columns)
    as_text = text_format or not importlib.util.find_spec("pyarrow")
    folder = _write(made, columns, source, maker=maker, out=out, as_text=as_text)
    return Outcome(folder, partner, source.source_format, len(made.rows), made.dropped, made.left_out)


def _read(source: Source, maker: EventMaker, progress: Progress) -> _Made:
    made = _Made()
    seen: dict[str, tuple[str, ...]] = {}
    for each in source.happenings:
        if isinstance(each, Refused):
            (made.left_out if each.is_kept else made.dropped).append(each)
            continue
        row = maker.row(each)
        cells = tuple(row.values())
        first = seen.setdefault(row["event_key"], cells)
        if first is not cells:
            made.dropped.append(Refused("repeated_record" if first == cells else "record_id_reused", each.where))
            continue
        made.rows.append(cells)
        made.days.add(each.when.day)
        if len(made.rows) % _EVERY == 0:
            progress("reading", len(made.rows))
    return made


def _settled(made: _Made, source: Source, partner: str) -> dict[str, list[str]]:
    """The events column by column, in the one order they can have, named by what is in them."""
    made.rows.sort(key=itemgetter(contract.COLUMNS.index("event_key")))
    digest = hashlib.sha256(f"{partner}|{source.source_format}|{source.snapshot_at.isoformat()}".encode())
    for row in made.rows:
        digest.update("\x1f".join(row).encode())
    extract_id = str(uuid.uuid5(_NAMESPACE, digest.hexdigest()))
    columns = {name: list(cells) for name, cells in zip(contract.COLUMNS, zip(*made.rows, strict=True), strict=True)}
    columns["extract_id"] = [extract_id] * len(made.rows)
    return columns


def _write(
    made: _Made, columns: dict[str, list[str]], source: Source, *, maker: EventMaker, out: Path, as_text: bool
) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=out))
    try:
        events = part / (contract.EVENTS_CSV if as_text else contract.EVENTS_PARQUET)
        (_write_csv if as_text else _write_parquet)(events, columns)
        manifest = _manifest(made, source, maker, events, columns["extract_id"][0])
        folder = out / f"{maker.partner}-{source.source_format}-{manifest.period_to}-{manifest.sha256[:8]}"
        manifest.write(part)
        if folder.exists():
            # The name tells the contents: this very delivery was made before.
            shutil.rmtree(part)
        else:
            part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return folder


def _write_csv(path: Path, columns: dict[str, list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))


def _write_parquet(path: Path, columns: dict[str, list[str]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({name: pa.array([cell or None for cell in cells], pa.string()) for name, cells in columns.items()})
    parquet.write_table(table, path, compression="zstd")


def _manifest(made: _Made, source: Source, maker: EventMaker, events: Path, extract_id: str) -> contract.Manifest:
    return contract.Manifest(
        partner=maker.partner,
        partner_type=source.partner_type,
        source_format=source.source_format,
        mapping_version=source.mapping_version,
        extract_id=extract_id,
        period_from=(source.period_from or min(made.days)).isoformat(),
        period_to=(source.period_to or max(made.days)).isoformat(),
        snapshot_at=source.snapshot_at.astimezone(LONDON).isoformat(timespec="seconds"),
        mode="full",
        includes_open=True,
        events_file=events.name,
        rows=len(made.rows),
        sha256=contract.sha256_of(events),
        key_id=maker.key.key_id,
        key_check=maker.key.check_value,
        canary=canary.value(maker.key.project_key),
        normalisation=NORMALISATION,
        rows_refused=counts(made.dropped),
    )
