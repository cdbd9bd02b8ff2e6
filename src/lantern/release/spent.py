"""What each person has spent of the year's promise: written before anything is drawn, read before the next release."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from lantern import warehouse
from lantern.errors import ContractBroken, ReleaseRefused, StoreBusy
from lantern.home import Home, locked, private
from lantern.period import Quarter
from lantern.privacy.bounding import Connection
from lantern.privacy.plan import Family, Plan

ALIAS = "spent"
"""The store's name where it is attached beside the warehouse."""
RELATION = "person_spent"
"""The temporary table `merge` makes."""
_REACH = 3
"""How many quarters before and after share a year with a quarter."""
_STILL_KNOWN = 0.9
"""Records leave a hub one by one as they are erased; a changed key or a partner's lost deliveries take many at once."""

TABLES = """
    -- One row per draw that was paid for.
    create table draw (draw varchar primary key, period varchar not null, family varchar not null);
    -- One row per draw, part and person with a price: in millionths of a micro-unit. `person` is a number within the draw.
    create table spend (draw varchar not null, part varchar not null, person integer not null, pico bigint not null);
    -- One row per draw and partner's own record of such a person, by the links as they were then.
    create table record (draw varchar not null, person integer not null, local_person_key varchar not null);
"""
"""The store, as SQL makes it."""


@dataclass(frozen=True)
class Payment:
    """
    What the persons of one draw pay, to be recorded before it is drawn.

    `spends` has one row per part and person with a price (`part`, `person`, `pico`); `records` one per partner's own
    record of such a person (`person`, `local_person_key`); `seen` are the draws the prices took account of.
    """

    period: str
    family: Family
    spends: pa.Table = field(repr=False)
    records: pa.Table = field(repr=False)
    seen: frozenset[str]


def merge(connection: Connection, plan: Plan, *, has_store: bool) -> frozenset[str]:
    """
    Make the temporary table `person_spent` of what today's persons have spent in the quarters that share a year.

    One row per part, quarter and person, never null: `part`, `period_index` (quarters from this one, -3 to 3),
    `person_key`, `pico`. Persons joined since paid for vectors that add up: of one draw, squared lengths s and t cost together
    at most (sqrt s + sqrt t)^2, lengths their sum. Each piece of a person split since has spent all of it. Who has spent in two
    populations, having been two persons then, is left out of both (`exclusion`).

    Args:
        connection: The warehouse, and the store of spends beside it as `spent` if there is one.
        plan: Of which quarter, and of which family.
        has_store: Whether there is one.

    Returns:
        The draws that are recorded, of all quarters.

    Raises:
        ReleaseRefused: A draw of these quarters was paid for under a promise of another family, or its persons are not
            known any more: then all of them would have their whole allowance again.
    """
    if not has_store:
        connection.execute(
            f"create or replace temp table {RELATION} (part varchar, period_index integer, person_key varchar, pico bigint)"
        )
        return frozenset()
    draws = connection.execute(f"select draw, period, family from {ALIAS}.draw").fetchall()
    near = {draw: index for draw, period, _ in draws if abs(index := _index(period, plan.period)) <= _REACH}
    if any(draw in near and family != plan.family for draw, _, family in draws):
        raise ReleaseRefused(
            f"{plan.period}: a quarter within a year of it was drawn under a promise that is not '{plan.family}', and the two "
            "do not add up. Nothing was drawn. Set the definition back, or wait until the quarters are a year apart."
        )
    connection.register("near_draw", pa.table({"draw": list(near), "period_index": list(near.values())}, schema=_NEAR))
    links = _links(connection)
    if links:
        _check_known(connection, plan, links)
    connection.execute(f"create or replace temp table {RELATION} as {_merged(plan.family, links)}")
    connection.unregister("near_draw")
    return frozenset(draw for draw, _, _ in draws)


def payment(connection: Connection, plan: Plan, seen: frozenset[str]) -> Payment:
    """What the persons of `bounded_<table>` of every table pay; `merge` and `bound` come first."""
    prices = " union all ".join(
        f"select '{part.name}' as part, person_key, {price} as pico from bounded_{table.name} where {price} > 0"
        for table in plan.tables
        for part, price in zip(table.parts, ("kept_price", "lost_price"), strict=True)
    )
    connection.execute(
        f"""
        create or replace temp table payer as
        select person_key, row_number() over (order by person_key)::integer as person
        from (select distinct person_key from ({prices}))
        """
    )
    spends = connection.execute(f"select part, person, pico from ({prices}) inner join payer using (person_key)")
    found = spends.to_arrow_table()
    links = _links(connection)
    linked = f"select person, local_person_key from payer inner join {links} using (person_key) union" if links else ""
    records = connection.execute(f"{linked} select person, person_key as local_person_key from payer")
    return Payment(plan.period, plan.family, found, records.to_arrow_table(), seen)


def record(home: Home, draw: str, payment: Payment) -> None:
    """
    Write what a draw costs its persons; it is on the disk when this returns. Recording a draw twice records it once.

    Args:
        home: Whose hub.
        draw: The digest of the request: it covers the weights, so one draw has one price.
        payment: What they pay.

    Raises:
        StoreBusy: Another release was recorded since these weights were worked out: they rest on too small a spend.

    Privacy: called after the ledger's spend and before the first draw. A crash in between loses allowance, never gains it.
    """
    _make(home)
    with warehouse.encrypted(home, home.spent) as connection:
        write(connection, draw, payment)
    warehouse.sync(home.spent)
    warehouse.sync(home.spent.parent)


def write(connection: Connection, draw: str, payment: Payment) -> None:
    """
    What `record` does once the store is open, in one transaction.

    Raises:
        StoreBusy: See `record`.
    """
    connection.execute("begin")
    known = {name for (name,) in connection.execute("select draw from draw").fetchall()}
    if draw not in known:
        if known != payment.seen:
            raise StoreBusy(
                f"{payment.period}: another release was made while this one was got ready. Nothing was drawn. Release the "
                "quarter again: what persons have left is worked out anew."
            )
        connection.execute("insert into draw values (?, ?, ?)", [draw, payment.period, payment.family])
        _insert(connection, "spend", "part, person, pico", draw, payment.spends)
        _insert(connection, "record", "person, local_person_key", draw, payment.records)
    connection.execute("commit")


def check_whole(home: Home, draws: Iterable[str]) -> None:
    """
    Refuse to go on without the spends of draws whose answers were kept: the store was lost, or an old copy put back.

    Raises:
        ContractBroken: at least one is missing; how many, and of how many.
    """
    asked = set(draws)
    missing = asked - _recorded(home) if asked else set()
    if missing:
        raise ContractBroken(
            f"{home.partnership}, {home.spent.name}: what persons spent on {len(missing)} of {len(asked)} draws is missing. "
            "Nothing was drawn: it is not known what each person has left. Put the latest copy of the file back."
        )


def forget(home: Home, local_person_keys: Iterable[str]) -> int:
    """
    Remove all that is kept of these records, and what was spent by persons of whom no record is left.

    Returns:
        How many rows about these records there were.

    Privacy: whoever is erased and sent again starts anew, as another person would.
    """
    if not home.spent.exists():
        return 0
    with warehouse.encrypted(home, home.spent) as connection:
        connection.register("erased", pa.table({"local_person_key": pa.array(local_person_keys, pa.string())}))
        connection.execute("begin")
        (count,) = connection.execute(
            "select count(*) from record where local_person_key in (from erased)"
        ).fetchone() or (0,)
        connection.execute("delete from record where local_person_key in (from erased)")
        connection.execute(
            "delete from spend where not exists ("
            "select 1 from record where record.draw = spend.draw and record.person = spend.person)"
        )
        connection.execute("commit")
    warehouse.sync(home.spent)
    return int(count)


_NEAR = pa.schema([("draw", pa.string()), ("period_index", pa.int32())])


def _make(home: Home) -> None:
    """Make the store if there is none: under another name first, so that it is never there without its tables."""
    with locked(private(home.spent.parent)):
        if home.spent.exists():
            return
        part = home.spent.with_suffix(".part")
        part.unlink(missing_ok=True)
        Path(f"{part}.wal").unlink(missing_ok=True)
        with warehouse.encrypted(home, part) as connection:
            connection.execute(TABLES)
            # DuckDB does this when it closes, too, but then says nothing if the disk is full.
            connection.execute("checkpoint")
        warehouse.swap(part, home.spent)


def _recorded(home: Home) -> set[str]:
    if not home.spent.exists():
        return set()
    with warehouse.encrypted(home, home.spent, read_only=True) as connection:
        return {name for (name,) in connection.execute("select draw from draw").fetchall()}


def _insert(connection: Any, table: str, columns: str, draw: str, rows: pa.Table) -> None:
    connection.register("paid", rows)
    connection.execute(f"insert into {table} select ? as draw, {columns} from paid", [draw])
    connection.unregister("paid")


def _index(period: str, now: str) -> int:
    """How many quarters after `now` a period is."""
    then, here = Quarter.parse(period), Quarter.parse(now)
    return 4 * (then.year - here.year) + then.number - here.number


def _links(connection: Connection) -> str:
    """The table of links in the warehouse, or nothing where no build has made one."""
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = 'linkage' "
        "and table_name = 'person_link'"
    ).fetchone()
    return "linkage.person_link" if found[0] else ""


def _check_known(connection: Connection, plan: Plan, links: str) -> None:
    all_of_them, known = connection.execute(
        f"""
        select count(*), count(person_key)
        from (select distinct local_person_key from {ALIAS}.record where draw in (select draw from near_draw))
        left join {links} using (local_person_key)
        """
    ).fetchone()
    if known < _STILL_KNOWN * all_of_them:
        raise ReleaseRefused(
            f"{plan.period}: of the records that paid for quarters within a year of it, fewer than nine in ten are in the "
            "warehouse. Nothing was drawn: who they are now would not be known, and what they spent would be forgotten. Deliver what is "
            "missing; if a key was changed, wait until the quarters drawn before it are a year apart."
        )


def _merged(family: Family, links: str) -> str:
    linked = f"left join {links} using (local_person_key)" if links else ""
    person = "coalesce(person_link.person_key, record.local_person_key)" if links else "record.local_person_key"
    # One piece is given back to the last pico; of several the sum of roots is squared and rounded up by one more than it
    # needs, which is far more than double precision loses.
    joined = "ceil(pow(sum(sqrt(pico::double)), 2))::bigint + 1" if family == "zcdp" else "sum(pico)::bigint"
    return f"""
        with
        piece as (
            select distinct record.draw, record.person, {person} as person_key
            from {ALIAS}.record as record
            inner join near_draw using (draw)
            {linked}
        ),
        of_draw as (
            select draw, part, person_key, case when count(*) = 1 then max(pico) else {joined} end as pico
            from piece
            inner join {ALIAS}.spend as spend using (draw, person)
            group by draw, part, person_key
        )
        select part, period_index, person_key, sum(pico)::bigint as pico
        from of_draw
        inner join near_draw using (draw)
        group by part, period_index, person_key
    """
