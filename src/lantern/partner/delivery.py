"""Make one delivery: a folder with the events and, written last, its manifest."""

import csv
import gc
import hashlib
import importlib.util
import re
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from lantern import contract
from lantern.contract import LONDON
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import canary, counterfoil, self_check
from lantern.partner.account import Outcome, counts, loss_of
from lantern.partner.event import PLACE, EventMaker
from lantern.partner.happening import Refused, Source
from lantern.partner.identity import NORMALISATION, lacking
from lantern.partner.key import read_key
from lantern.partner.mapping import MERGES
from lantern.partner.match import match_of
from lantern.partner.note import notes_of
from lantern.partner.preview import preview_of
from lantern.partner.reader import open_source

Progress = Callable[[str, int], None]
"""Called with what is being done and how many events there are so far."""

_NAMESPACE = uuid.UUID("6f0c1c4e-5d0e-5c6b-9a53-3f1c6f3f2d10")
_EVERY = 2_000
_PARTNER = r"[a-z][a-z0-9_]{1,39}"
_PART = ".part-"
_BUFFER = 1 << 20
_EVENT_KEY, _EVENT_AT = PLACE["event_key"], PLACE["event_at"]
_TOKENS = slice(PLACE["token_nhs"], PLACE["local_person_key"])

Mode = Literal["full", "delta"]
"""`full` replaces what was sent before for the same source and period; `delta` adds these records and replaces nothing."""


@dataclass
class _Made:
    """Everything read so far, the cells and the place of each event by its key, and what was dropped."""

    events: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    unmatched: Counter[tuple[str, ...]] = field(default_factory=Counter)
    dropped: list[Refused] = field(default_factory=list)
    left_out: list[Refused] = field(default_factory=list)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A delivery makes millions of small things that live until it is written: looking for free ones finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def deliver(
    files: list[Path],
    source_format: str,
    partner: str,
    key_file: Path,
    out: Path,
    *,
    snapshot_at: datetime | None = None,
    period_from: date | None = None,
    period_to: date | None = None,
    mode: Mode = "full",
    includes_open: bool = True,
    text_format: bool = False,
    dry_run: bool = False,
    leave_out: tuple[str, ...] = (),
    many_left_out: bool = False,
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
        period_to: Until when it holds every record; left out, the day of its last record.
        mode: Whether these records replace what was sent for the period, or add to it.
        includes_open: False where the extract leaves out what is still open: averages of it would lie.
        text_format: Write events.csv even where Parquet can be written.
        dry_run: Write nothing; the outcome's `preview` says what would have been sent.
        leave_out: Names of files or sheets that are no table of the format; any other such one is refused.
        many_left_out: Make it although more than a tenth of the records is left out.
        progress: Told how far it is.

    Returns:
        The folder, the counts, and a report in words.

    Raises:
        ConfigRefused: An option or the key file cannot be used, or an option is missing.
        DeliveryRefused: A file is not what was agreed, or not one record of it could be used, or many could not.

    Privacy: names, birth dates, postcodes, ids and free text are read here and stop here.
    """
    if not re.fullmatch(_PARTNER, partner):
        told = "--partner: a partner's name is small letters, digits and _. Nothing was made."
        raise ConfigRefused(f"{told} Take it from the partnership's file.")
    key = read_key(key_file)
    source = open_source(files, source_format, snapshot_at, period_from, leave_out)
    maker = EventMaker(key, partner, source.partner_type)
    made = _read(source, maker, progress or (lambda _what, _count: None))
    outcome = Outcome(
        folder=None,
        partner=partner,
        source_format=source.source_format,
        rows=len(made.events),
        dropped=made.dropped,
        kept_without=made.left_out,
        inventory=source.inventory,
    )
    if not made.events:
        raise DeliveryRefused(outcome.report())
    source = _bounded(source, made, period_to, includes_open=includes_open)
    columns = _settled(made, source, maker, mode)
    self_check.check(columns)
    outcome = replace(
        outcome,
        match=match_of(columns, made.unmatched),
        noted=notes_of(made.events, made.places, source),
        loss=None if many_left_out else loss_of(made.dropped, made.places.values()),
    )
    if dry_run:
        return replace(outcome, preview=preview_of(columns, _terms(source, mode)))
    if outcome.loss:
        raise DeliveryRefused(outcome.report())
    as_text = text_format or not importlib.util.find_spec("pyarrow")
    (progress or (lambda _what, _count: None))("writing", len(made.events))
    return replace(outcome, folder=_write(made, columns, source, maker=maker, mode=mode, out=out, as_text=as_text))


def _read(source: Source, maker: EventMaker, progress: Progress) -> _Made:
    made = _Made()
    again: dict[str, int] = {}
    for each in source.happenings:
        if isinstance(each, Refused):
            (made.left_out if each.is_kept else made.dropped).append(each)
            continue
        cells = maker.row(each)
        key = cells[_EVENT_KEY]
        first = made.events.setdefault(key, cells)
        if first is not cells:
            # One row may tell of several events: it is refused once, and for the graver reason.
            place = again.setdefault(each.where, len(made.dropped))
            if place == len(made.dropped):
                made.dropped.append(Refused("repeated_record", each.where))
            if first != cells:
                made.dropped[place] = Refused("record_id_reused", each.where)
            continue
        made.places[key] = each.where
        if each.event_type not in MERGES and not any(cells[_TOKENS]):
            made.unmatched[lacking(each.person)] += 1
        if len(made.events) % _EVERY == 0:
            progress("reading", len(made.events))
    return made


def _bounded(source: Source, made: _Made, period_to: date | None, *, includes_open: bool) -> Source:
    """The source with the period it covers filled in and checked."""
    days = {cells[_EVENT_AT][:10] for cells in made.events.values()}
    first = source.period_from or date.fromisoformat(min(days))
    last = period_to or source.period_to or date.fromisoformat(max(days))
    if not first <= last <= source.snapshot_at.astimezone(LONDON).date():
        raise ConfigRefused(
            "--from, --to: the extract must hold every record from a day, to a later day, and be taken after both; a "
            "period that is not told ends with the last record. Nothing was made. Give --from, --to and --snapshot-at "
            "as the extract was ordered."
        )
    return replace(source, period_from=first, period_to=last, includes_open=includes_open and source.includes_open)


def _terms(source: Source, mode: Mode) -> str:
    meant = "replaces what was sent for this period" if mode == "full" else "adds to what was sent, replaces nothing"
    is_open = "open items included" if source.includes_open else "open items NOT included"
    terms = f"{mode} ({meant}); {source.period_from} to {source.period_to}; taken {source.snapshot_at}; {is_open}"
    return f"{terms}; cannot tell {', '.join(source.not_carried)}" if source.not_carried else terms


def _settled(made: _Made, source: Source, maker: EventMaker, mode: Mode) -> dict[str, list[str]]:
    """The events column by column, in the one order they can have, named by what is in them."""
    made.events = dict(sorted(made.events.items()))
    digest = hashlib.sha256(f"{maker.partner}|{source.source_format}|{_terms(source, mode)}".encode())
    columns = {
        name: list(cells) for name, cells in zip(contract.COLUMNS, zip(*made.events.values(), strict=True), strict=True)
    }
    for cells in columns.values():
        digest.update("\x1f".join(cells).encode())
    extract_id = str(uuid.uuid5(_NAMESPACE, digest.hexdigest()))
    columns["extract_id"] = [extract_id] * len(made.events)
    return columns


def _write(
    made: _Made,
    columns: dict[str, list[str]],
    source: Source,
    *,
    maker: EventMaker,
    mode: Mode,
    out: Path,
    as_text: bool,
) -> Path:
    """Write into a `.part` folder of this source and name what is in it at the end: a stopped run leaves no delivery."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError:
        told = "--out: a folder cannot be made there. Nothing was written. Choose a folder you may write to."
        raise ConfigRefused(told) from None
    own = f"{_PART}{maker.partner}-{source.source_format}-"
    for left in out.glob(f"{own}*"):
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=own, dir=out))
    try:
        whole, rows = part / "delivery", part / "rows.csv"
        whole.mkdir(mode=0o700)  # as the folder round it: for this user alone
        events = whole / (contract.EVENTS_CSV if as_text else contract.EVENTS_PARQUET)
        (_write_csv if as_text else _write_parquet)(events, columns)
        manifest = _manifest(made, source, maker, mode, events, columns["extract_id"][0])
        folder = out / f"{maker.partner}-{source.source_format}-{manifest.period_to}-{manifest.sha256[:8]}"
        manifest.write(whole)
        counterfoil.write(rows, (made.places[key] for key in made.events), source.source_format)
        rows.replace(out / counterfoil.name_for(folder.name))
        if not folder.exists():
            # The name tells the contents: one that is there is this very delivery, made before.
            whole.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _write_csv(path: Path, columns: dict[str, list[str]]) -> None:
    with path.open("w", encoding="ascii", newline="", buffering=_BUFFER) as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))


def _write_parquet(path: Path, columns: dict[str, list[str]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def column(cells: list[str]) -> pa.Array:
        told = [cell or None for cell in cells]
        return pa.array(told, pa.string()) if any(cells) else pa.nulls(len(cells), pa.string())

    table = pa.table({name: column(cells) for name, cells in columns.items()})
    parquet.write_table(table, path, compression="zstd")


def _manifest(
    made: _Made, source: Source, maker: EventMaker, mode: Mode, events: Path, extract_id: str
) -> contract.Manifest:
    return contract.Manifest(
        partner=maker.partner,
        partner_type=source.partner_type,
        source_format=source.source_format,
        mapping_version=source.mapping_version,
        extract_id=extract_id,
        period_from=str(source.period_from),
        period_to=str(source.period_to),
        snapshot_at=source.snapshot_at.astimezone(LONDON).isoformat(timespec="seconds"),
        mode=mode,
        includes_open=source.includes_open,
        not_carried=source.not_carried,
        events_file=events.name,
        rows=len(made.events),
        sha256=contract.sha256_of(events),
        key_id=maker.key.key_id,
        key_check=maker.key.check_value,
        canary=canary.value(maker.key.project_key),
        normalisation=NORMALISATION,
        rows_refused=counts(made.dropped),
    )
