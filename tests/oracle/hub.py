"""A hub of its own for the oracle's tests: what was delivered to it, and what it counted."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from event import Event
from pyarrow import parquet

from lantern import secret, warehouse
from lantern.contract import Manifest
from lantern.home import Home
from lantern.intake.rekeying import rekey
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key, read_key
from lantern.partnership import Partnership, read_partnership
from lantern.pipeline import build, intake
from lantern.synthetic import FIRST_DAY

COUNCIL = "riverton_council"
SNAPSHOT = datetime.fromisoformat("2026-09-30T23:59:59+01:00")


@dataclass
class Hub:
    """A hub under a folder, with a council and others that deliver to it."""

    folder: Path
    delivered: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = Home(root=self.folder / "home", partnership="demo")
        self.key_file = self.folder / "key.toml"
        secret.make_keys(self.home)
        new_key(self.key_file, "demo", self.partnership.responsible_la, "demo-2026")
        known = read_key(self.key_file)
        secret.trust(self.home, known.line)

    @property
    def partnership(self) -> Partnership:
        """The partnership of the demo."""
        return read_partnership("demo")

    def made(self, files: list[Path], source_format: str, partner: str = COUNCIL, **terms: Any) -> Path:
        """A delivery, made but not sent; all that is not a census is of every day up to the last, unless told."""
        if source_format != "cin_census":
            terms = {"snapshot_at": SNAPSHOT, "period_from": FIRST_DAY, "period_to": SNAPSHOT.date()} | terms
        outcome = deliver(files, source_format, partner, self._key_of(partner), self.folder / "out", **terms)
        assert outcome.folder
        return outcome.folder

    def _key_of(self, partner: str) -> Path:
        """The partner's key file: one project key, and a local key of its own."""
        path = self.folder / f"key of {partner}.toml"
        if not path.exists():
            join_key(self.key_file, path)
        return path

    def send(self, folder: Path) -> None:
        """Keep what is in a delivery for the oracle, and put it in the inbox."""
        self.delivered += self.read(folder)
        shutil.copytree(folder, self.home.inbox / Manifest.read(folder).partner / folder.name)

    def read(self, folder: Path) -> list[Event]:
        """What is in a delivery, with the hub's keys."""
        manifest = Manifest.read(folder)
        table = parquet.read_table(folder / manifest.events_file)
        rekeyed = rekey(table, hub_key=secret.key(self.home, "hub"), partner=manifest.partner)
        about = {
            "partner": manifest.partner,
            "source_format": manifest.source_format,
            "period_from": manifest.period_from,
            "period_to": manifest.period_to,
            "snapshot_on": manifest.snapshot_at[:10],
        }
        return [row | about for row in rekeyed.to_pylist()]

    def build(self) -> None:
        """Intake, linkage and dbt, as the DAGs do it."""
        for waiting in intake.waiting(self.home, self.partnership):
            verdict = intake.receive(self.home, self.partnership, waiting)
            assert verdict.outcome == "accepted", verdict.line
        intake.load(self.home)
        build.link(self.home)
        build.build(self.home, self.partnership)

    def events(self) -> list[Event]:
        """Every event delivered, with the person the linkage found."""
        person = dict(self.rows("select local_person_key, person_key from linkage.person_link"))
        return [event | {"person": person[event["local_person_key"]]} for event in self.delivered]

    def rows(self, query: str) -> list[tuple]:
        """What a query finds in the warehouse."""
        with warehouse.opened(self.home, read_only=True) as connection:
            return connection.execute(query).fetchall()
