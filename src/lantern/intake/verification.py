"""Checks that a delivery is whole, from whom it says, made under our key, and of the agreed shape."""

import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from lantern import contract, secret, warehouse
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused
from lantern.home import Home
from lantern.partnership import Partnership

MAX_ROWS = 5_000_000

# Ten digits, alone or in threes and fours, in a column that never holds digits alone.
_NHS_SHAPE = r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"
_UPN_SHAPE = r"[A-Za-z][0-9]{11}[0-9A-Za-z]"


def read_manifest(home: Home, partnership: Partnership, partner_name: str, copy: Path) -> Manifest:
    """
    Read the manifest and check what can be checked without looking at a row.

    Raises:
        DeliveryRefused: another partner's delivery, a format that was not agreed, a key we
            do not know, bytes that changed on the way.
    """
    manifest = Manifest.read(copy)
    partner = partnership.partner(partner_name)
    if partner is None or manifest.partner != partner.name or manifest.partner_type != partner.partner_type:
        raise DeliveryRefused(
            "manifest.json: 'partner' or 'partner_type' is not that of the inbox it lies in. Nothing was loaded. "
            "Put it in your own inbox, or ask the hub to correct partnerships/*.toml."
        )
    if manifest.source_format not in partner.formats:
        raise DeliveryRefused(
            "manifest.json: 'source_format' is not one agreed with this partner. Nothing was loaded. "
            f"Agreed: {', '.join(partner.formats)}."
        )
    _check_dates(manifest)
    _check_key(home, manifest)
    events = copy / manifest.events_file
    if not events.is_file():
        raise DeliveryRefused(f"{manifest.events_file}: missing. Nothing was loaded. Send the whole folder again.")
    if not hmac.compare_digest(contract.sha256_of(events), manifest.sha256):
        raise DeliveryRefused(
            f"{manifest.events_file}: its SHA-256 is not the manifest's, so it was cut short or changed on the way. "
            "Nothing was loaded. Send the whole folder again."
        )
    return manifest


def _check_dates(manifest: Manifest) -> None:
    snapshot = datetime.fromisoformat(manifest.snapshot_at)
    if not manifest.period_from <= manifest.period_to <= manifest.snapshot_at[:10] or snapshot > datetime.now(UTC):
        raise DeliveryRefused(
            "manifest.json: 'period_from', 'period_to' and 'snapshot_at' are not in this order, or lie in the future. "
            "Nothing was loaded. Give 'lantern partner deliver' the day and time of the extract."
        )


def _check_key(home: Home, manifest: Manifest) -> None:
    known = secret.trusted_keys(home).get(manifest.key_id)
    if known is None or not hmac.compare_digest(known, manifest.key_check):
        raise DeliveryRefused(
            "manifest.json: made under a project key this hub does not know, so nobody could be linked. "
            "Nothing was loaded. Compare 'lantern partner key check' with the hub's list, and send it again."
        )


def read_events(copy: Path, manifest: Manifest) -> pa.Table:
    """
    The events as text, one column for each field of the contract, in contract order.

    Raises:
        DeliveryRefused: other columns, other types, another number of rows, or a cell that
            is not of its column's shape, a raw identifier above all. Columns, rules and
            counts are named; no cell is repeated.
    """
    try:
        table = _read_table(copy / manifest.events_file)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        raise DeliveryRefused(
            f"{manifest.events_file}: it is not a whole file of its kind. Nothing was loaded. Make the delivery again."
        ) from None
    if table.num_rows != manifest.rows:
        raise DeliveryRefused(
            f"{manifest.events_file}: it has {table.num_rows:,} rows and the manifest says {manifest.rows:,}. "
            "Nothing was loaded. Send the whole folder again."
        )
    _refuse_wrong_shapes(table, manifest)
    return table


def _read_table(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            _check_header(file.schema_arrow.names, path.name)
            if file.metadata.num_rows > MAX_ROWS:
                raise DeliveryRefused(
                    f"{path.name}: more than {MAX_ROWS:,} rows. Nothing was loaded. Send a shorter period."
                )
            if any(not _is_text(kind) for kind in file.schema_arrow.types):
                raise DeliveryRefused(
                    f"{path.name}: a column is not text. Nothing was loaded. Use 'lantern partner deliver'."
                )
            table = file.read()
    else:
        text: dict[str, Any] = {name: pa.string() for name in contract.COLUMNS}
        with path.open("rb") as stream:
            header = stream.readline(64 * 1024).decode("utf-8-sig").strip().split(",")
        _check_header(header, path.name)
        table = pacsv.read_csv(
            path,
            convert_options=pacsv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""]),
            parse_options=pacsv.ParseOptions(newlines_in_values=False),
        )
    return table.select(list(contract.COLUMNS)).cast(pa.schema([(name, pa.string()) for name in contract.COLUMNS]))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _check_header(found: list[str], file: str) -> None:
    missing = [name for name in contract.COLUMNS if name not in found]
    extra = len(found) - len(set(found) & set(contract.COLUMNS))
    if missing or extra:
        raise DeliveryRefused(
            f"{file}: columns missing: {', '.join(missing) or 'none'}; columns that are not in the contract, or twice: "
            f"{extra}. Nothing was loaded. Send exactly the columns of partner_event {contract.VERSION}."
        )


def _refuse_wrong_shapes(table: pa.Table, manifest: Manifest) -> None:
    # Codes are judged at the next border, by Great Expectations; here are the shapes, and
    # what looks like a raw identifier wherever it stands.
    counts = []
    for field in contract.FIELDS:
        cell = f'"{field.name}"'
        raw = f"regexp_full_match({cell}, '{_NHS_SHAPE}') or regexp_full_match({cell}, '{_UPN_SHAPE}')"
        counts.append(f"count(*) filter (where {raw})")
        counts.append(f"count(*) filter (where not regexp_full_match({cell}, '{field.shape}'))" if field.shape else "0")
    with warehouse.in_memory() as connection:
        connection.register("events", table)
        found = connection.execute(f"select {', '.join(counts)} from events").fetchone()  # our own columns
    assert found is not None
    wrong = []
    for place, field in enumerate(contract.FIELDS):
        raw_identifiers, misshapen = found[2 * place], found[2 * place + 1]
        if raw_identifiers:
            wrong.append(f"column '{field.name}': {raw_identifiers:,} cells look like a raw NHS number or UPN")
        elif misshapen:
            wrong.append(f"column '{field.name}': {misshapen:,} cells are not of the agreed shape")
    if wrong:
        raise DeliveryRefused(
            f"{manifest.events_file}: {'; '.join(wrong)}. Nothing was loaded and nothing of it was kept. "
            "Make the delivery with 'lantern partner deliver', which cannot send them."
        )
