"""A partner's own file on its whole way: through the tool, into the inbox, through the hub's checks, into the warehouse."""

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.conftest import Hub

from lantern import secret
from lantern.contract import Manifest
from lantern.intake.report import Verdict
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key
from lantern.partnership import Partner
from lantern.pipeline import intake

SINCE = date(2026, 1, 1)


def drawn(text: str) -> str:
    """A drawn table as the text of a CSV file; nothing in it may need quotation marks."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return (
        "\n".join(",".join(cell.strip() for cell in line.split("|")) for line in lines if set(line) - set("-+")) + "\n"
    )


@dataclass
class Sender:
    """A partner of the demo with its key; what it sends is received and loaded at once."""

    hub: Hub
    folder: Path
    partner: Partner

    def deliver(self, source_format: str, tables: dict[str, str], snapshot_at: str, **terms: Any) -> Path:
        """The delivery that the tool makes of these drawn files, not sent yet."""
        files = self.folder / "files"
        shutil.rmtree(files, ignore_errors=True)
        files.mkdir(parents=True)
        for name, table in tables.items():
            (files / name).write_text(drawn(table) if name.endswith(".csv") else table, encoding="utf-8")
        given = [files] if source_format == "ssd" else sorted(files.iterdir())
        own = self.folder / f"{self.partner.name}.toml"
        made = deliver(
            given,
            source_format,
            self.partner.name,
            own,
            self.folder / "out",
            **{"snapshot_at": datetime.fromisoformat(snapshot_at), "period_from": SINCE} | terms,
        )
        assert made.folder is not None
        return made.folder

    def send(self, source_format: str, tables: dict[str, str], snapshot_at: str, **terms: Any) -> Verdict:
        """What the hub says of that delivery; if it was accepted, it is loaded."""
        made = self.deliver(source_format, tables, snapshot_at, **terms)
        shutil.copytree(made, self.hub.home.inbox / self.partner.name / made.name)
        waiting = intake.waiting(self.hub.home, self.hub.partnership)
        (verdict,) = [intake.receive(self.hub.home, self.hub.partnership, each) for each in waiting]
        intake.load(self.hub.home)
        return verdict


def sender(hub: Hub, folder: Path, partner: str) -> Sender:
    """A partner whose key the hub trusts."""
    found = hub.partnership.partner(partner)
    assert found is not None
    project = folder / "project.toml"
    if not project.exists():
        secret.trust(hub.home, new_key(project, "demo", hub.partnership.responsible_la, "demo-2026").line)
    join_key(project, folder / f"{partner}.toml")
    return Sender(hub, folder, found)


def manifest_of(folder: Path) -> Manifest:
    """What a delivery says of itself."""
    return Manifest.read(folder)
