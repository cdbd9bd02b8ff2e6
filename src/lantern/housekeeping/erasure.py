"""A person's erasure: everything that is kept of the person, by every partner, and nothing that was released."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import pyarrow as pa

from lantern import secret, warehouse
from lantern.errors import DeliveryRefused
from lantern.home import Home
from lantern.housekeeping import logbook, rebuild, removal
from lantern.housekeeping.removal import Removed
from lantern.intake import acceptance, rekeying, suppression
from lantern.intake.suppression import DESCRIPTIONS, NUMBERS
from lantern.linkage import person
from lantern.partner.erasure_request import KEYS, ErasureRequest
from lantern.partnership import Partnership
from lantern.privacy.bounding import Connection

_NOTHING = f"""
    create schema raw;
    create table raw.partner_event (partner_org varchar, {", ".join(f"{name} varchar" for name in KEYS)});
    create schema linkage;
    create table linkage.person_link (local_person_key varchar, person_key varchar);
"""
_LINKING = (*NUMBERS, "ndp1", *DESCRIPTIONS)


@dataclass(frozen=True)
class Found:
    """
    Whom a request is about, in counts, and what is put on the list for it.

    `asked` persons of the request, of whom `not_found` are in nothing that is kept; `records` of `partners` that are theirs;
    `entries` as `suppression.SCHEMA` has them.
    """

    asked: int
    not_found: int
    records: int
    partners: int
    entries: pa.Table


@dataclass(frozen=True)
class Erased:
    """What an erasure did, in counts."""

    found: Found
    removed: Removed


def erase(home: Home, partnership: Partnership, request: ErasureRequest, *, by: str, reason: str) -> Erased:
    """
    Erase the persons of a request from every store; ledger and releases are not touched.

    They are on the list of the erased before anything is removed, and everything after that rests on the list: stopped at any step,
    it is run again and goes on, and what was left meanwhile is loaded by nobody. There is no warehouse after it: `rebuild` comes next.

    Args:
        home: Whose hub.
        partnership: Its file.
        request: From one of its partners.
        by: Who decides.
        reason: Why.

    Raises:
        ConfigRefused: Who or why is missing.
        DeliveryRefused: The request is not from a partner, or made under a key this hub does not know.
        StoreBusy: Another process has the warehouse open; nothing was erased.
    """
    logbook.check_words(by, reason)
    found = find(home, partnership, request)
    told: dict[str, str | int] = {
        "about": request.digest,
        "partner": request.partner,
        "by": by,
        "reason": reason,
        "persons": found.asked,
    }
    logbook.note(home, "erase", "begun", **told)
    suppression.add(home, found.entries)
    rebuild.destroy(home)
    with home.between_releases():  # one that runs would write down again what they have spent
        removed = removal.carry_out(home)
    rebuild.destroy(home)  # an intake that ran meanwhile may have loaded what was still there
    logbook.note(home, "erase", "done", **told, **asdict(removed))
    return Erased(found, removed)


def find(home: Home, partnership: Partnership, request: ErasureRequest) -> Found:
    """
    Whom a request is about; nothing is changed but that accepted deliveries are loaded first.

    A person is every record that is linked to the sender's own, or to one with the same NHS number or UPN. By a
    description alone a person is found only if all its records are one person's.

    Raises:
        DeliveryRefused: See `erase`.
        StoreBusy: Another process has the warehouse open.
    """
    _check(home, partnership, request)
    rebuild.check_not_in_use(home)
    with _linked(home, partnership) as connection:
        connection.register("asked", _rekeyed(home, request))
        for name, query in (("told", _TOLD), ("sought", _SOUGHT), ("erased", _ERASED), ("entry", _ENTRY)):
            connection.execute(f"create or replace temp table {name} as {query}")
        found = _counts(connection, len(request.persons), home)
        connection.unregister("asked")
    return found


@contextmanager
def _linked(home: Home, partnership: Partnership) -> Iterator[Connection]:
    """
    The warehouse with every delivery loaded, and linked for as long as it is asked.

    The links are not kept: what is released was built on those of the last build, and persons have paid under their names. A hub
    that has no delivery yet can be asked too: a new one, of an older one's requests.
    """
    if removal.deliveries(home):
        acceptance.load(home)
        with warehouse.opened(home) as connection:
            connection.execute("begin")
            person.renew(connection, partnership.linkage)
            yield connection
            connection.execute("rollback")
    else:
        with warehouse.in_memory() as connection:
            connection.execute(_NOTHING)
            yield connection


def _check(home: Home, partnership: Partnership, request: ErasureRequest) -> None:
    known = secret.trusted_keys(home).get(request.key_id)
    if partnership.partner(request.partner) is None:
        raise DeliveryRefused("the erasure request: it is of no partner of this partnership. Nothing was erased.")
    if known is None or not known.has_check_value(request.key_check) or not known.has_canary(request.canary):
        raise DeliveryRefused(
            "the erasure request: made under a project key this hub does not know, or by other rules, so that nobody would be found. "
            "Nothing was erased. Compare 'lantern partner key check' with the hub's list, and make it again."
        )


def _rekeyed(home: Home, request: ErasureRequest) -> pa.Table:
    """One row per person asked for and key of it, under the hub's key: `person`, `kind`, `key`."""
    hub_key, rows = secret.key(home, "hub"), []
    for name in KEYS:
        cells = [(place, each[name]) for place, each in enumerate(request.persons) if name in each]
        if cells:
            keys = pa.array([cell for _, cell in cells], pa.string()).dictionary_encode()
            again = rekeying.rekeyed(name, keys, hub_key=hub_key, partner=request.partner).cast(pa.string())
            kind = suppression.LOCAL if name == "local_person_key" else name.removeprefix("token_")
            rows += [(place, kind, key) for (place, _), key in zip(cells, again.to_pylist(), strict=True)]
    places, kinds, keys = zip(*rows, strict=True)
    return pa.table({"person": pa.array(places, pa.int32()), "kind": kinds, "key": keys})


# Every key of every record that is kept, of all deliveries: one that is no longer in force can still be in a file.
_TOLD = " union ".join(
    (
        "select local_person_key, 'local' as kind, local_person_key as key from raw.partner_event",
        *(
            f"select local_person_key, '{scheme}', token_{scheme} from raw.partner_event where token_{scheme} is not null"
            for scheme in _LINKING
        ),
    )
)
# The asked person's records: by key or number; else by a description that only one person has.
_SOUGHT = f"""
    with
    surely as (
        select distinct asked.person, told.local_person_key
        from asked
        inner join told using (kind, key)
        where kind in ('local', 'nhs', 'upn')
    ),
    described as (
        select asked.person, told.local_person_key
        from asked
        inner join told using (kind, key)
        inner join linkage.person_link using (local_person_key)
        where kind in {("ndp1", *DESCRIPTIONS)} and asked.person not in (select person from surely)
        qualify min(person_key) over (partition by asked.person) = max(person_key) over (partition by asked.person)
    )
    from surely union from described
"""
_ERASED = """
    select distinct beside.local_person_key, beside.person_key
    from sought
    inner join linkage.person_link as own using (local_person_key)
    inner join linkage.person_link as beside on own.person_key = beside.person_key
"""
# A key that somebody else's record has, too, is left off: it would leave them out.
_ENTRY = f"""
    with
    shared as (
        select kind, key from told where local_person_key not in (select local_person_key from erased)
    ),
    own as (
        select erased.person_key as whose, kind, key from told inner join erased using (local_person_key)
        union
        select person_key, 'local', local_person_key from erased
        union
        select coalesce(erased.person_key, cast(asked.person as varchar)), asked.kind, asked.key
        from asked
        left join sought using (person)
        left join erased using (local_person_key)
    ),
    chosen as (
        select whose, kind, key
        from own
        where kind in {(suppression.LOCAL, *NUMBERS, *DESCRIPTIONS)} and (kind, key) not in (from shared)
    )
    select
        kind,
        key,
        bool_or(kind = 'nhs') over (partition by whose) as has_nhs,
        bool_or(kind = 'upn') over (partition by whose) as has_upn
    from chosen
"""


def _counts(connection: Connection, asked: int, home: Home) -> Found:
    (sought,) = connection.execute("select count(distinct person) from sought").fetchone()
    records, partners = connection.execute(
        "select count(distinct local_person_key), count(distinct partner_org) "
        "from raw.partner_event where local_person_key in (select local_person_key from erased)"
    ).fetchone()
    made = []
    for kind in (suppression.LOCAL, *NUMBERS, *DESCRIPTIONS):
        entries = connection.execute(
            "select kind, key, bool_or(has_nhs) as has_nhs, bool_or(has_upn) as has_upn from entry where kind = ? "
            "group by kind, key",
            [kind],
        ).to_arrow_table()
        told = suppression.digests(home, kind, entries["key"].combine_chunks())
        made.append(entries.drop_columns("key").append_column("digest", told).select(suppression.SCHEMA.names))
    return Found(asked, asked - sought, records, partners, pa.concat_tables(made).cast(suppression.SCHEMA))
