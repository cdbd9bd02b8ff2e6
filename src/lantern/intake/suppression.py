"""Who has been erased, as keyed digests: what a later delivery, a replay or a backup says of them is left out."""

import hmac
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from lantern import secret, warehouse
from lantern.errors import ContractBroken
from lantern.home import Home, locked, private
from lantern.intake.parsing import ROW

LOCAL = "local"
NUMBERS = ("nhs", "upn")
DESCRIPTIONS = ("ndp2", "ndp4")
"""Those with the whole forename: the others are shared by twins."""

SCHEMA = pa.schema([("kind", pa.string()), ("digest", pa.string()), ("has_nhs", pa.bool_()), ("has_upn", pa.bool_())])
"""
One row per key of an erased person, none null: `kind` is `local` or a token's scheme; `digest` an HMAC of the
re-keyed pseudonym; `has_nhs` and `has_upn` whether such a number of the person is listed too.
"""

_KEPT_NAMES = ("local_person_key", *(f"token_{scheme}" for scheme in (*NUMBERS, *DESCRIPTIONS)))


def folder(home: Home) -> Path:
    """Where the list is, with the partners that have left and the log of both; it goes with the ledger's backup."""
    return home.base / "erasure"


def path(home: Home) -> Path:
    """The list itself: one-way digests alone, in clear."""
    return folder(home) / "suppressed.csv"


def listed(home: Home) -> pa.Table:
    """
    The list; see `SCHEMA`.

    Raises:
        ContractBroken: It cannot be read: who was erased would come back.
    """
    return read(home, path(home)) if path(home).exists() else SCHEMA.empty_table()


def read(home: Home, file: Path) -> pa.Table:
    """A list as it is kept, such as one of a backup; see `listed`."""
    try:
        found = csv.read_csv(file, convert_options=csv.ConvertOptions(column_types=dict(_types())))
        return found.select(SCHEMA.names).cast(SCHEMA)
    except (OSError, KeyError, pa.ArrowInvalid):
        raise ContractBroken(
            f"{home.partnership}, {file.name}: the list of who was erased cannot be read. Nothing was loaded: they would come "
            "back. Put the newest copy of it back from the ledger's backup."
        ) from None


def _types() -> list[tuple[str, pa.DataType]]:
    return [(each.name, each.type) for each in SCHEMA]


def add(home: Home, entries: pa.Table) -> int:
    """
    Add to the list; it is on the disk when this returns. What is on it stays.

    Returns:
        How many entries are new.

    A digest that two lists tell differently of has the numbers of both: a request that is repeated knows less than the first.
    """
    with locked(private(folder(home))):
        before = listed(home)
        together = pa.concat_tables([before, entries.cast(SCHEMA)]).group_by(["kind", "digest"], use_threads=False)
        merged = together.aggregate([("has_nhs", "max"), ("has_upn", "max")])
        merged = merged.rename_columns({"has_nhs_max": "has_nhs", "has_upn_max": "has_upn"})
        # In the order of the digests, which tells nothing of who was erased together.
        merged = merged.select(SCHEMA.names).sort_by([("kind", "ascending"), ("digest", "ascending")])
        part = path(home).with_suffix(".part")
        csv.write_csv(merged, part)
        part.chmod(0o600)
        warehouse.sync(part)
        part.replace(path(home))
        warehouse.sync(folder(home))
    return len(merged) - len(before)


def digests(home: Home, kind: str, keys: pa.Array) -> pa.Array:
    """One digest for each re-keyed pseudonym: nobody without the hub's key can tell whose it is."""
    own = hmac.digest(secret.key(home, "hub"), b"suppression list", "sha256")
    told = (hmac.digest(own, f"{kind}|{key}".encode(), "sha256").hex() for key in keys.to_pylist())
    return pa.array(told, pa.string())


def listed_locals(home: Home, keys: pa.Array) -> pa.Array:
    """Of partners' own records, given by their keys, those that are of erased persons."""
    known = listed(home)
    told = known.filter(pc.equal(known["kind"], LOCAL))["digest"]
    return keys.filter(pc.is_in(digests(home, LOCAL, keys), value_set=told.combine_chunks()))


def keys_in(home: Home, store: Any, relation: str) -> pa.Array:
    """
    The partners' own records in a table of events that are of erased persons, and those such events point at.

    A record is an erased person's by its own key, an NHS number or a UPN; or by name and birth date, unless the record
    has a number where the erased person had another.

    Args:
        home: Whose hub.
        store: A connection.
        relation: A table or view of it, with the person's keys as the hub keeps them.

    Returns:
        Values of `local_person_key` and `related_person_key`, each once.
    """
    known = listed(home)
    if not known.num_rows:
        return pa.array([], pa.string())
    store.register("suppressed", _found(home, store, relation, known))
    try:
        return store.execute(_ERASED.format(relation=relation)).to_arrow_table()["key"].combine_chunks()
    finally:
        store.unregister("suppressed")


def _found(home: Home, store: Any, relation: str, known: pa.Table) -> pa.Table:
    """The list's entries that a table has, each with the pseudonym it stands for."""
    met = []
    for kind, columns in _COLUMNS.items():
        query = " union ".join(
            f"select {column} as key from {relation} where {column} is not null" for column in columns
        )
        keys = store.execute(query).to_arrow_table()["key"].combine_chunks()
        table = pa.table({"key": keys, "digest": digests(home, kind, keys)})
        met.append(known.filter(pc.equal(known["kind"], kind)).join(table, "digest", join_type="inner"))
    return pa.concat_tables([each.select(["kind", "key", "has_nhs", "has_upn"]) for each in met])


_COLUMNS = {
    LOCAL: ("local_person_key", "related_person_key"),
    **{scheme: (f"token_{scheme}",) for scheme in (*NUMBERS, *DESCRIPTIONS)},
}
_ERASED = """
    with
    record as (
        select
            local_person_key,
            bool_or(token_nhs is not null) as has_nhs,
            bool_or(token_upn is not null) as has_upn
        from {relation}
        group by local_person_key
    ),
    claim as (
        select distinct local_person_key, unnest([
            {{'kind': 'nhs', 'key': token_nhs}}, {{'kind': 'upn', 'key': token_upn}},
            {{'kind': 'ndp2', 'key': token_ndp2}}, {{'kind': 'ndp4', 'key': token_ndp4}}
        ], recursive := true)
        from {relation}
    )
    select key from suppressed where kind = 'local'
    union
    select local_person_key
    from claim
    inner join suppressed using (kind, key)
    inner join record using (local_person_key)
    where
        kind in ('nhs', 'upn')
        or not ((record.has_nhs and suppressed.has_nhs) or (record.has_upn and suppressed.has_upn))
"""


def without(home: Home, events: pa.Table, held: pa.Table) -> tuple[pa.Table, pa.Table]:
    """
    A delivery's events, and what is held of them, without those of erased persons.

    Args:
        home: Whose hub.
        events: As they may be kept, each with its place, `row`.
        held: One row for each rule a held event broke, with `row`.

    Privacy: the sender is told nothing of it: whom another partner's request erased is not for it to know.
    """
    if not listed(home).num_rows:
        return events, held
    names = (*_KEPT_NAMES, "related_person_key")
    plain = pa.table({name: events[name].cast(pa.string()) for name in names})
    with warehouse.in_memory() as store:
        store.register("arriving", plain)
        erased = keys_in(home, store, "arriving")
    is_erased = pc.or_(
        *(pc.is_in(plain[name], value_set=erased) for name in ("local_person_key", "related_person_key"))
    )
    kept = events.filter(pc.invert(is_erased))
    return kept, held.filter(pc.is_in(held[ROW], value_set=kept[ROW].combine_chunks()))
