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
from pathlib import Path

from lantern import contract
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import cin_census, mapped, self_check, ssd
from lantern.partner.account import Outcome
from lantern.partner.event import EventMaker
from lantern.partner.happening import Refused, Source
from lantern.partner.instant import LONDON
from lantern.partner.key import Key, read_key

Progress = Callable[[str, int], None]
"""Called with what is being done and how many events there are so far."""

_NAMESPACE = uuid.UUID("6f0c1c4e-5d0e-5c6b-9a53-3f1c6f3f2d10")
_EVERY = 2_000
_PARTNER = r"[a-z][a-z0-9_]{1,39}"


@dataclass
class _Made:
    """Everything read so far, column by column, and what was dropped."""

    columns: dict[str, list[str]] = field(default_factory=lambda: {column: [] for column in contract.COLUMNS})
    days: set[date] = field(default_factory=set)
    dropped: list[Refused] = field(default_factory=list)
    left_out: list[Refused] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.columns["event_key"])


def deliver(
    files: list[Path],
    source_format: str,
    partner: str,
    key_file: Path,
    out: Path,
    *,
    snapshot_at: datetime | None = None,
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
        text_format: Write events.csv even where Parquet can be written.
        progress: Told how far it is.

    Returns:
        The folder, the counts, and a report in words.

    Raises:
        ConfigRefused: An option or the key file cannot be used.
        DeliveryRefused: A file is not what was agreed, or not one record of it could be used.

    Privacy: names, birth dates, postcodes, ids and free text are read here and stop here.
    """
    if not re.fullmatch(_PARTNER, partner):
        raise ConfigRefused(
            "--partner: a partner's name is small letters, digits and _. Nothing was made. "
            "Take it from the partnership's file."
        )
    key = read_key(key_file)
    source = _open(files, source_format, snapshot_at)
    made = _read(source, EventMaker(key, partner, source.partner_type), progress or (lambda _what, _count: None))
    if not made.rows:
        refused = Outcome(None, partner, source.source_format, 0, made.dropped, made.left_out)
        raise DeliveryRefused(refused.report())
    _settle(made, source, partner)
    self_check.check(made.columns)
    folder = _write(made, source, partner, key, out, as_text=text_format or not importlib.util.find_spec("pyarrow"))
    return Outcome(folder, partner, source.source_format, made.rows, made.dropped, made.left_out)


def _open(files: list[Path], source_format: str, snapshot_at: datetime | None) -> Source:
    if not files or not all(path.exists() for path in files):
        raise ConfigRefused("FILE: none is named, or one does not exist. Nothing was made. Name the files to read.")
    if snapshot_at is not None and snapshot_at.tzinfo is None:
        snapshot_at = snapshot_at.replace(tzinfo=LONDON)
    if source_format == cin_census.FORMAT:
        return cin_census.source(files, snapshot_at)
    snapshot = snapshot_at or datetime.now(LONDON).replace(microsecond=0)
    if source_format == ssd.FORMAT:
        return ssd.source(files, snapshot)
    return mapped.source(mapped.read_mapping(source_format), files, snapshot)


def _read(source: Source, maker: EventMaker, progress: Progress) -> _Made:
    made = _Made()
    seen: dict[str, int] = {}
    for each in source.happenings:
        if isinstance(each, Refused):
            (made.left_out if each.is_kept else made.dropped).append(each)
            continue
        row = maker.row(each)
        first = seen.setdefault(row["event_key"], made.rows)
        if first < made.rows:
            is_same = all(made.columns[column][first] == cell for column, cell in row.items())
            made.dropped.append(Refused("repeated_record" if is_same else "record_id_reused", each.where))
            continue
        for column, cell in row.items():
            made.columns[column].append(cell)
        made.days.add(each.when.day)
        if made.rows % _EVERY == 0:
            progress("reading", made.rows)
    return made


def _settle(made: _Made, source: Source, partner: str) -> None:
    """Bring the events into the one order they can have, and name the extract by what is in it."""
    keys = made.columns["event_key"]
    order = sorted(range(made.rows), key=keys.__getitem__)
    for column, cells in made.columns.items():
        made.columns[column] = [cells[index] for index in order]
    digest = hashlib.sha256(f"{partner}|{source.source_format}|{source.snapshot_at.isoformat()}".encode())
    for row in zip(*made.columns.values(), strict=True):
        digest.update("\x1f".join(row).encode())
    extract_id = str(uuid.uuid5(_NAMESPACE, digest.hexdigest()))
    made.columns["extract_id"] = [extract_id] * made.rows


def _write(made: _Made, source: Source, partner: str, key: Key, out: Path, *, as_text: bool) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=out))
    try:
        events = part / (contract.EVENTS_CSV if as_text else contract.EVENTS_PARQUET)
        (_write_csv if as_text else _write_parquet)(events, made.columns)
        manifest = _manifest(made, source, partner, key, events)
        folder = out / f"{partner}-{source.source_format}-{manifest.period_to}-{manifest.sha256[:8]}"
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


def _manifest(made: _Made, source: Source, partner: str, key: Key, events: Path) -> contract.Manifest:
    return contract.Manifest(
        partner=partner,
        partner_type=source.partner_type,
        source_format=source.source_format,
        mapping_version=source.mapping_version,
        extract_id=made.columns["extract_id"][0],
        period_from=(source.period_from or min(made.days)).isoformat(),
        period_to=(source.period_to or max(made.days)).isoformat(),
        snapshot_at=source.snapshot_at.astimezone(LONDON).isoformat(timespec="seconds"),
        mode="full",
        includes_open=True,
        events_file=events.name,
        rows=made.rows,
        sha256=contract.sha256_of(events),
        key_id=key.key_id,
        key_check=key.check_value,
        rows_refused=Outcome(None, partner, source.source_format, made.rows, made.dropped, []).rows_refused,
    )
