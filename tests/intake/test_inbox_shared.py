"""Two runs at one inbox, and what a sender may leave in it: neither stops anybody's deliveries."""

import os
import subprocess
import sys

from sending import contacts, received
from tests.leak import found_in
from typer.testing import CliRunner

from lantern.cli import app
from lantern.intake import inbox
from lantern.pipeline import intake

_RUN = """
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import intake

home, partnership = Home.of("demo"), read_partnership("demo")
print([intake.receive(home, partnership, each).outcome for each in intake.waiting(home, partnership)])
"""


def test_two_intakes_at_once_look_at_each_delivery_once(hub):
    for number in range(6):
        hub.deliver(contacts(hub, 20 + number), period_to="2026-09-29", snapshot_at="2026-09-29T12:00:00+01:00")
    runs = [
        subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=300) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], said
    told = [path.name.split("-", 1)[1] for path in hub.home.reports.glob("*/*.json")]
    assert sorted(told) == ["accepted.json"] * 6
    assert len(intake.load(hub.home)) == 6
    assert list(hub.home.inbox.glob("*/*")) == []


def test_a_delivery_another_run_holds_is_not_looked_at(hub):
    hub.deliver(contacts(hub))
    (waiting,) = intake.waiting(hub.home, hub.partnership)
    with inbox.claimed(hub.home, waiting) as is_ours, inbox.claimed(hub.home, waiting) as is_theirs:
        assert (is_ours, is_theirs) == (True, False)
        assert intake.receive(hub.home, hub.partnership, waiting).outcome == "gone"
        assert list(hub.home.reports.glob("*/*")) == []

    assert intake.receive(hub.home, hub.partnership, waiting).outcome == "accepted"
    assert intake.receive(hub.home, hub.partnership, waiting).outcome == "gone"


def test_a_folder_nested_deeper_than_any_stack_is_refused_and_gone(hub):
    folder = hub.deliver(contacts(hub))
    at = os.open(folder, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("a", dir_fd=at)
        inner = os.open("a", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    hub.deliver(contacts(hub, 21))

    outcomes = [
        intake.receive(hub.home, hub.partnership, each).outcome for each in intake.waiting(hub.home, hub.partnership)
    ]

    assert sorted(outcomes) == ["accepted", "refused"]
    assert intake.waiting(hub.home, hub.partnership) == []
    assert list(hub.home.inbox.glob("*/*")) == []


def test_a_folder_that_cannot_be_looked_into_holds_up_nothing_else(hub, monkeypatch):
    hub.deliver(contacts(hub))
    (hub.home.inbox / "riverton_police" / "closed").mkdir(parents=True)
    look = inbox._ticket

    def closed(entry):
        if entry.name == "closed":
            raise PermissionError
        return look(entry)

    monkeypatch.setattr(inbox, "_ticket", closed)

    assert len(intake.waiting(hub.home, hub.partnership)) == 1


def test_a_word_in_the_version_of_a_mapping_is_refused_and_not_kept(hub):
    """It is the one free word of a manifest that the register keeps."""
    hub.deliver(contacts(hub), mapping_version="zebedee_quillfeather-1")

    (refused,) = received(hub)

    assert "'mapping_version' is not a version of its 'source_format'" in refused
    assert found_in(hub.home.root, ["zebedee_quillfeather"]) == []


def test_what_an_intake_passes_over_is_told_to_whoever_started_it_without_a_senders_name(hub):
    """A file that lies loose, a folder without manifest, a whole delivery under a name that is no partner's."""
    theirs = hub.home.inbox / "riverton_council"
    (theirs / "of-a-child-called-zebedee").mkdir(parents=True)
    (theirs / "zebedee.csv").write_text("event\n")
    hub.deliver(contacts(hub, 3)).rename(hub.home.inbox / "riverton_counsil")

    said = CliRunner().invoke(app, ["intake"])

    assert "riverton_council: 2 in its inbox without a manifest.json, so no delivery: left alone." in said.output
    assert "inbox: 1 with the name of no partner: left alone. Partners are " in said.output
    assert "zebedee" not in said.output
    assert (hub.home.inbox / "riverton_counsil" / "manifest.json").exists()
    assert inbox.left_alone(hub.home, hub.partnership) != []
