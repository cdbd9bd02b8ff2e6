"""The demo: what each partner, the hub and its officers would do, one after the other."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lantern import secret
from lantern.cli.hub import say
from lantern.cli.progress import steps
from lantern.cli.status import lines, status_of
from lantern.errors import LanternError
from lantern.home import PROJECT, Home
from lantern.partner import delivery
from lantern.partner.key import join_key, new_key, read_key
from lantern.partnership import read_partnership
from lantern.synthetic import FIRST_DAY, invent

KEY_ID = "demo-2026"
SNAPSHOT = datetime.fromisoformat("2026-09-30T23:59:59+01:00")
OFFICER = "Invented Privacy Officer"
REASON = "Invented data: approved so that the demo can show what a release looks like."


@dataclass(frozen=True)
class _Sender:
    """What one partner delivers, from which of its own files."""

    partner: str
    source_format: str
    files: str


_SENDERS = (
    _Sender("riverton_council", "ssd", "riverton_council/ssd/*.csv"),
    _Sender("riverton_council", "cin_census", "riverton_council/cin_census/*.xml"),
    _Sender("riverton_police", "police_notice", "riverton_police/*.csv"),
    _Sender("riverton_hospital", "hospital_attendance", "riverton_hospital/*.csv"),
    _Sender("riverton_schools", "school_concern", "riverton_schools/*.csv"),
    _Sender("riverton_housing", "housing_alert", "riverton_housing/*.csv"),
)


def run_demo(home: Home, *, referrals_a_year: int) -> None:
    """Invent, deliver, run the DAGs, say what happened. What was done before is not done again."""
    outside = home.base / "partners"
    _prepare(home, outside)
    if not (outside / "truth" / "truth.json").exists():
        with steps("1 of 4  Inventing a partnership's own files") as tick:
            invent(outside, referrals_a_year=referrals_a_year, snapshot=SNAPSHOT, progress=tick)
    with steps("2 of 4  Each partner makes its deliveries, as on its own machine") as tick:
        for sender in _SENDERS:
            for line in _deliver(home, outside, sender):
                tick(line)
    with steps("3 of 4  Airflow runs intake, transform and release"):
        _run_dags(home)
    with steps("4 of 4  What happened"):
        for line in lines(status_of(home.partnership)):
            say(line)
        say(f"  approved by        {OFFICER}, who is invented like everything else here")


def _prepare(home: Home, outside: Path) -> None:
    secret.make_keys(home)
    keys = outside / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    first, *others = {sender.partner for sender in _SENDERS if not _key(outside, sender.partner).exists()} or {""}
    if first:
        project = keys / "project.toml"
        if not project.exists():
            new_key(project, partnership=home.partnership, responsible_la=_authority(home), key_id=KEY_ID)
        for partner in (first, *others):
            join_key(project, _key(outside, partner))
    known = read_key(keys / "project.toml")
    secret.trust(home, known.key_id, known.check_value)


def _authority(home: Home) -> str:
    return read_partnership(home.partnership).responsible_la


def _key(outside: Path, partner: str) -> Path:
    return outside / "keys" / f"{partner}.toml"


def _deliver(home: Home, outside: Path, sender: _Sender) -> list[str]:
    """Make a sender's deliveries and put them in its inbox, the manifest last; what was sent before stays sent."""
    told = []
    files = sorted(outside.glob(sender.files))
    # A census is one file a year; every other format is one delivery of all its files.
    for batch in [[file] for file in files] if sender.source_format == "cin_census" else [files]:
        outbox = outside / sender.partner / "sent" / sender.source_format / batch[0].stem
        if outbox.exists():
            continue
        made = delivery.deliver(
            batch,
            sender.source_format,
            sender.partner,
            _key(outside, sender.partner),
            outbox.with_suffix(".part"),
            snapshot_at=None if sender.source_format == "cin_census" else SNAPSHOT,
            period_from=FIRST_DAY if sender.source_format == "ssd" else None,
        )
        assert made.folder is not None  # one that made nothing was refused
        inbox = home.inbox / sender.partner / made.folder.name
        shutil.copytree(made.folder, inbox, ignore=shutil.ignore_patterns("manifest.json"))
        shutil.copy(made.folder / "manifest.json", inbox / "manifest.json")
        outbox.with_suffix(".part").replace(outbox)
        refused = sum(made.rows_refused.values())
        told.append(f"{sender.partner} {sender.source_format}: {made.rows:,} events, {refused:,} source rows refused")
    return told


def _run_dags(home: Home) -> None:
    found_at = [str(PROJECT / "dags"), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "orchestration.run",
            "--partnership",
            home.partnership,
            "--approve-as",
            OFFICER,
            "--reason",
            REASON,
        ],
        env=os.environ | {"LANTERN_HOME": str(home.root), "PYTHONPATH": os.pathsep.join(found_at)},
        check=False,
    )
    if done.returncode:
        raise LanternError(
            f"{home.partnership}: a DAG did not succeed; which task is said above. What was loaded, spent and published "
            "stays as it is. Run it again, or open 'make airflow'."
        )
