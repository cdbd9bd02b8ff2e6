"""A store with drawn deliveries in it, and who is one person there."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from lantern import warehouse
from lantern.linkage import person
from lantern.partnership import Linkage

TOKENS = ("nhs", "upn", "ndp1", "ndp2", "ndp3", "ndp4")
TEXTS = ("local_person_key", "related_person_key", "event_key", "supersedes_event_key", "event_type", "record_status")
TEXTS += (*(f"token_{scheme}" for scheme in TOKENS), "birth_month", "sex", "delivery_id")
TEXTS += ("incident_key", "household_key", "episode_key", "ethnic_group")
EVENT = pa.schema(
    [*((name, pa.string()) for name in TEXTS), ("event_on", pa.date32()), ("event_at", pa.timestamp("us"))]
)
FROM = date(2023, 4, 1)
LINKS = ("link_basis", "weakest_basis", "person_key_without_weakest", "person_key_by_number")
BY_EXACT_AGREEMENT = Linkage()
BY_LIKELIHOOD = Linkage(probabilistic=True, agreement="clause 7")


@dataclass(frozen=True)
class Sent:
    """One delivery: its rows are cells by name; what is not given is empty."""

    name: str
    partner: str
    rows: tuple[dict, ...]
    day: int = 1
    source_format: str = "table"
    mode: str = "full"
    since: date = FROM
    key_id: str = "first"

    @property
    def snapshot_at(self) -> datetime:
        return datetime(2026, 6, self.day, 23, 0, 0)  # noqa: DTZ001 - UTC without a zone, as the warehouse keeps it

    @property
    def about(self) -> dict:
        return {
            "delivery_id": self.name,
            "partner": self.partner,
            "key_id": self.key_id,
            "source_format": self.source_format,
            "mode": self.mode,
            "period_from": self.since,
            "period_to": self.snapshot_at.date(),
            "snapshot_on": self.snapshot_at.date(),
            "snapshot_at": self.snapshot_at,
        }

    @property
    def events(self) -> list[dict]:
        blank = {"event_type": "CONTACT_RECEIVED", "record_status": "active", "event_on": date(2026, 1, 1)}
        return [
            {"delivery_id": self.name, "event_key": f"{self.partner} {place}"} | blank | row
            for place, row in enumerate(self.rows)
        ]


@dataclass
class Register:
    """A store with nothing sent yet."""

    connection: object
    rules: Linkage = field(default=BY_EXACT_AGREEMENT)

    def __post_init__(self) -> None:
        self.connection.execute("create schema raw")
        self.connection.register("no_event", pa.Table.from_pylist([], schema=EVENT))
        self.connection.execute("create table raw.partner_event as from no_event")
        self._insert("delivery", pa.Table.from_pylist([Sent("", "", ()).about]), start=True)

    def send(self, *deliveries: Sent) -> "Register":
        for each in deliveries:
            self._insert("delivery", pa.Table.from_pylist([each.about]))
            self._insert("partner_event", pa.Table.from_pylist(each.events, schema=EVENT))
        return self

    def _insert(self, table: str, rows: pa.Table, *, start: bool = False) -> None:
        self.connection.register("arriving", rows)
        if start:
            self.connection.execute(f"create table raw.{table} as from arriving limit 0")
        else:
            self.connection.execute(f"insert into raw.{table} by name from arriving")
        self.connection.unregister("arriving")

    def renew(self) -> int:
        """Link anew; how many records were looked at again."""
        return person.renew(self.connection, self.rules)

    def links(self) -> dict[str, dict[str, str]]:
        """Each record's link, by the record."""
        found = self.connection.execute("select * from linkage.person_link").to_arrow_table().to_pylist()
        links = {row.pop("local_person_key"): row for row in found}
        assert len(links) == len(found)
        return links

    def persons(self, key: str = "person_key") -> list[tuple[str, ...]]:
        """The records of each person, sorted."""
        groups: dict[str, list[str]] = {}
        for record, link in self.links().items():
            groups.setdefault(link[key], []).append(record)
        return sorted(tuple(sorted(group)) for group in groups.values())


@contextmanager
def opened(rules: Linkage = BY_EXACT_AGREEMENT):
    with warehouse.in_memory() as connection:
        yield Register(connection, rules)


def persons(*deliveries: Sent, rules: Linkage = BY_EXACT_AGREEMENT) -> list[tuple[str, ...]]:
    """Who is one person, after everything was sent and linked once."""
    with opened(rules) as register:
        register.send(*deliveries).renew()
        return register.persons()


def drawn(text: str) -> list[Sent]:
    """
    One delivery for each partner of a drawn table.

    Its first column is the partner and, after a space, which of its records; the others are tokens by scheme.
    """
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    rows: dict[str, list[dict]] = {}
    for name, *cells in lines:
        tokens = {f"token_{scheme}": cell for scheme, cell in zip(header[1:], cells, strict=True) if cell}
        rows.setdefault(name.split()[0], []).append({"local_person_key": name} | tokens)
    return [Sent(partner, partner, tuple(each)) for partner, each in rows.items()]


def records(rows: Iterable[tuple], schemes: tuple[str, ...]) -> list[Sent]:
    """One partner's delivery of records, each a name and its tokens."""
    return [
        Sent(
            "all",
            "riverton",
            tuple(
                {"local_person_key": name}
                | {f"token_{scheme}": token for scheme, token in zip(schemes, tokens, strict=True) if token}
                for name, *tokens in rows
            ),
        )
    ]
