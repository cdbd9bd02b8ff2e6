"""The demo: what each partner, the hub and its officers would do, one after the other."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict

from lantern import secret
from lantern.cli.hub import say
from lantern.cli.progress import steps
from lantern.cli.status import lines, status_of
from lantern.errors import LanternError
from lantern.home import PROJECT, Home
from lantern.partner import delivery
from lantern.partner.instant import end_of_day
from lantern.partner.key import join_key, new_key, read_key
from lantern.partnership import read_partnership
from lantern.synthetic import FIRST_DAY, invent

KEY_ID = "demo-2026"
SNAPSHOT = datetime.fromisoformat("2026-09-30T23:59:59+01:00")
OFFICER = "Invented Privacy Officer"
REASON = "Invented data: approved so that the demo can show what a release looks like."


class _Terms(TypedDict, total=False):
    """What else `deliver` is told."""

    snapshot_at: datetime
    period_from: date
    period_to: date


@dataclass(frozen=True)
class _Sender:
    """What one partner delivers, from which of its own files: all in one delivery, or one for each file."""

    partner: str
    source_format: str
    files: str
    is_one_each: bool = False


_SENDERS = (
    _Sender("riverton_council", "ssd", "ssd/*.csv"),
    _Sender("riverton_council", "cin_census", "cin_census/*.xml", is_one_each=True),
    _Sender("riverton_council", "person_merge", "person_merges.csv"),
    _Sender("riverton_police", "police_notice", "police_notices.csv"),
    _Sender("riverton_police", "person_merge", "person_merges.csv"),
    _Sender("riverton_hospital", "hospital_attendance", "attendances.csv"),
    _Sender("riverton_hospital", "person_merge", "person_merges.csv"),
    _Sender("riverton_schools", "school_concern", "concerns*"),
    _Sender("riverton_housing", "housing_alert", "alerts_*.csv", is_one_each=True),
    _Sender("riverton_community_health", "health_visiting", "health_checks.csv"),
    _Sender("riverton_probation", "probation_check", "checks.csv"),
    _Sender("riverton_adult_social_care", "adult_safeguarding", "*.csv"),
)
_RESENT_BY = "riverton_housing"
"""Who sends its first delivery again under another name, as happens: the hub must take it once."""
_SPAN = re.compile(r"_(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)$")
"""The days a file covers, where its name says so."""


def run_demo(home: Home, *, referrals_a_year: int) -> None:
    """Invent, deliver, run the DAGs, say what happened. What was done before is not done again."""
    outside = home.base / "partners"
    _prepare(home, outside)
    if not (outside / "truth" / "truth.json").exists():
        with steps("1 of 4  Inventing a partnership's own files") as tick:
            invent(outside, referrals_a_year=referrals_a_year, snapshot=SNAPSHOT, with_defects=True, progress=tick)
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
    secret.trust(home, read_key(keys / "project.toml").line)


def _authority(home: Home) -> str:
    return read_partnership(home.partnership).responsible_la


def _key(outside: Path, partner: str) -> Path:
    return outside / "keys" / f"{partner}.toml"


def _deliver(home: Home, outside: Path, sender: _Sender) -> list[str]:
    """Make a sender's deliveries and put them in its inbox, the manifest last; what was sent before stays sent."""
    told = []
    files = sorted((outside / sender.partner).glob(sender.files))
    for batch in [[file] for file in files] if sender.is_one_each else [files]:
        outbox = outside / sender.partner / "sent" / sender.source_format / batch[0].stem
        if outbox.exists():
            continue
        made = delivery.deliver(
            batch,
            _format(home, sender),
            sender.partner,
            _key(outside, sender.partner),
            outbox.with_suffix(".part"),
            **_terms(sender, batch[0]),
        )
        assert made.folder is not None  # one that made nothing was refused
        _send(made.folder, home.inbox / sender.partner / made.folder.name)
        if sender.partner == _RESENT_BY and batch[0] == files[0]:
            _send(made.folder, home.inbox / sender.partner / f"{made.folder.name}-again")
        outbox.with_suffix(".part").replace(outbox)
        refused = sum(made.rows_refused.values())
        told.append(f"{sender.partner} {sender.source_format}: {made.rows:,} events, {refused:,} source rows refused")
    return told


def _format(home: Home, sender: _Sender) -> str:
    """The format as a partner names it to the tool: a log of merged records also says whose it is."""
    partner = read_partnership(home.partnership).partner(sender.partner)
    if partner is None or sender.source_format != "person_merge":
        return sender.source_format
    return f"{sender.source_format}:{partner.partner_type}"


def _terms(sender: _Sender, file: Path) -> _Terms:
    """Which days an extract covers and when it was taken: a file that says its days was taken on the last of them."""
    if sender.source_format == "cin_census":
        return {}
    span = _SPAN.search(file.stem)
    if span is None:
        return {"snapshot_at": SNAPSHOT, "period_from": FIRST_DAY, "period_to": SNAPSHOT.date()}
    first, last = (date.fromisoformat(day) for day in span.groups())
    return {"snapshot_at": end_of_day(last), "period_from": first, "period_to": last}


def _send(made: Path, inbox: Path) -> None:
    shutil.copytree(made, inbox, ignore=shutil.ignore_patterns("manifest.json"))
    shutil.copy(made / "manifest.json", inbox / "manifest.json")


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
