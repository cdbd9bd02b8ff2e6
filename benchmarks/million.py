"""A million invented events in the shape of a delivery, and a hub that waits for them."""

from pathlib import Path

import duckdb

from lantern import codelist, contract, secret
from lantern.contract import Manifest
from lantern.home import Home

EVENTS = 1_000_000
_EXTRACT = "00000000-0000-0000-0000-000000000001"
_CHECK, _CANARY = "c" * 64, "d" * 64
_SPARSE = (
    *("abuse_codes", "factor_codes", "risk_types", "risk_source", "risk_location", "risk_outcome"),
    *("wishes_outcome", "capacity", "closure_code", "priority_prev"),
)


def _key(kind: str, number: str) -> str:
    return f"sha256('{kind}|' || ({number}))"


def _columns() -> dict[str, str]:
    """An SQL expression for each column of the contract: 8 events a person, 7 in 10 persons with each token."""
    events = [row["code"] for row in codelist.rows("codelist__event_type") if row["only_from"] in ("", "csc")]
    found = {}
    for field in contract.FIELDS:
        codes = codelist.codes(field.codes) if field.codes else ()
        one = f"([{', '.join(map(repr, codes))}])[1 + (hash(i, '{field.name}') % {len(codes) or 1})::int]"
        found[field.name] = one if codes else "null"
        if field.name.startswith("token_"):
            found[field.name] = f"case when (i // 8) % 10 < 7 then {_key(field.name, '(i // 8)::varchar')} end"
    found |= {name: f"case when i % 6 = 0 then {found[name]} end" for name in _SPARSE}
    return found | {
        "contract_version": f"'{contract.VERSION}'",
        "extract_id": f"'{_EXTRACT}'",
        "partner_org": "'riverton_council'",
        "partner_type": "'csc'",
        "event_key": _key("event", "i::varchar"),
        "record_status": "'active'",
        "event_type": f"([{', '.join(map(repr, events))}])[1 + (i % {len(events)})::int]",
        "event_at": "case when i % 2 = 0 then strftime(timestamp '2020-01-01' + interval (i % 2300) day "
        "+ interval (i % 86400) second, '%Y-%m-%dT%H:%M:%S+00:00') "
        "else strftime(date '2020-01-01' + (i % 2300)::int, '%Y-%m-%d') end",
        "event_time_precision": "case when i % 2 = 0 then 'minute' else 'day' end",
        "local_person_key": _key("person", "(i // 8)::varchar"),
        "episode_key": _key("episode", "(i // 4)::varchar"),
        "parent_event_key": f"case when i % 4 > 0 then {_key('event', '(i - 1)::varchar')} end",
        "household_key": _key("household", "(i // 20)::varchar"),
        "birth_month": "strftime(date '2005-01-01' + ((i // 8) % 6000)::int, '%Y-%m')",
        "responsible_la": "'E06999999'",
        "is_unborn": "'false'",
        "n_previous_plans": "case when i % 10 = 0 then '1' end",
    }


def write_events(path: Path, count: int = EVENTS) -> None:
    """Write so many events as Parquet, in an order that tells nothing."""
    cells = ", ".join(f"({expression})::varchar as {name}" for name, expression in _columns().items())
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"copy (select {cells} from range({count}) as numbers(i) order by hash(i)) "
            f"to '{path}' (format parquet, compression zstd)"
        )


def waiting_hub(root: Path, count: int = EVENTS) -> tuple[Home, Path]:
    """A hub of the demo partnership with one delivery in the council's inbox, and its events file."""
    home = Home(root=root, partnership="demo")
    secret.make_keys(home)
    secret.trust(home, f"bench={_CHECK}.{_CANARY}")
    folder = home.inbox / "riverton_council" / "sent"
    folder.mkdir(parents=True)
    events = folder / contract.EVENTS_PARQUET
    write_events(events, count)
    Manifest(
        partner="riverton_council",
        partner_type="csc",
        source_format="ssd",
        mapping_version="ssd-1",
        extract_id=_EXTRACT,
        period_from="2020-01-01",
        period_to="2026-09-30",
        snapshot_at="2026-09-30T23:59:59+01:00",
        mode="full",
        includes_open=True,
        events_file=events.name,
        rows=count,
        sha256=contract.sha256_of(events),
        key_id="bench",
        key_check=_CHECK,
        canary=_CANARY,
    ).write(folder)
    return home, events
