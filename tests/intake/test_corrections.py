"""The page on putting records right: each of its examples, from the partner's files to the rows that count."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.conftest import Hub
from tests.intake.staged import EVENTS, rows
from typer.testing import CliRunner

from lantern import codelist, secret
from lantern.cli import app
from lantern.home import PROJECT
from lantern.partner.key import join_key, new_key
from lantern.pipeline import intake

PAGE = (PROJECT / "docs" / "corrections.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(csv|xml|toml|sh|text)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {
    section.splitlines()[0]: [match.groups() for match in _BLOCK.finditer(section)]
    for section in PAGE.split("\n## ")[2:]
}
"""Of each section its blocks in order: a file to write, a command to run, or what counts by then."""


@pytest.fixture
def partnership(hub):
    """The demo's, with every format agreed with everyone: what is looked at here is what becomes of the rows."""
    every = (*codelist.codes("source_format"), "front_door_log")
    found = hub.partnership
    return found.model_copy(
        update={"partners": tuple(each.model_copy(update={"formats": every}) for each in found.partners)}
    )


@pytest.fixture
def desk(hub, tmp_path, monkeypatch) -> Path:
    """The partner's folder, in which commands are typed; its keys lie there."""
    folder = tmp_path / "desk"
    folder.mkdir()
    key = new_key(tmp_path / "project.toml", "demo", hub.partnership.responsible_la, "demo-2026")
    secret.trust(hub.home, key.line)
    for name in ("council", "care", "school", "police"):
        join_key(tmp_path / "project.toml", folder / f"{name}.toml")
    monkeypatch.chdir(folder)
    return folder


def deliver(hub: Hub, partnership, desk: Path, command: str) -> None:
    """Type the command, put what it made into the inbox, and let the hub take it in."""
    words = shlex.split(command)
    done = CliRunner().invoke(app, words[1:], catch_exceptions=False)
    assert (words[0], done.exit_code) == ("lantern", 0), done.output
    (made,) = [each for each in (desk / "outbox").iterdir() if each.is_dir()]
    shutil.move(made, hub.home.inbox / words[words.index("--partner") + 1] / made.name)
    verdicts = [intake.receive(hub.home, partnership, each) for each in intake.waiting(hub.home, partnership)]
    assert [(each.outcome, each.held) for each in verdicts] == [("accepted", 0)]
    assert len(intake.load(hub.home)) == 1


def counting(hub: Hub, staging: dict[str, str]) -> list[str]:
    """The events in force by day, each with a letter for its person in the order they come."""
    (found,) = rows(
        hub.home, staging, f"select event_type, event_on, person_key from {EVENTS} order by event_on, event_type desc"
    )
    people = list(dict.fromkeys(person for _, _, person in found))
    return [f"{event_type} {day} person {'ABC'[people.index(person)]}" for event_type, day, person in found]


def test_the_page_has_an_example_for_every_way_and_each_ends_in_what_counts():
    assert len(EXAMPLES) == 8
    kinds = [[kind for kind, _, _ in blocks] for blocks in EXAMPLES.values()]
    assert all(each.count("sh") >= 2 and each[-1] == "text" for each in kinds)
    named = set(re.findall(r"--as (\w+)", PAGE))
    assert {"ssd", "cin_census", "annex_a", "adult_safeguarding", "person_merge"} < named


@pytest.mark.parametrize("title", EXAMPLES)
def test_what_the_page_says_counts_is_what_counts_and_did_not_before_the_last_delivery(
    hub, partnership, desk, staging, title
):
    """And its twin: it is what was sent last that put the record right."""
    blocks = EXAMPLES[title]
    last = max(place for place, (kind, _, _) in enumerate(blocks) if kind == "sh")
    before = []
    for place, (kind, name, content) in enumerate(blocks):
        if kind == "sh":
            if place == last:
                before = counting(hub, staging)
            deliver(hub, partnership, desk, content)
        elif kind == "text":
            assert counting(hub, staging) == content.splitlines()
        else:
            (desk / name).parent.mkdir(exist_ok=True)
            (desk / name).write_text(content, encoding="utf-8")

    assert before
    assert before != blocks[-1][2].splitlines()


def test_two_censuses_of_one_day_are_told_apart_by_nothing(hub, partnership, desk, staging):
    """The twin of the advice on --snapshot-at: without it the two extracts have one instant."""
    found = set()
    for _, name, content in [each for each in EXAMPLES["`cin_census`: a census sent again"] if each[0] == "xml"]:
        (desk / name).write_text(content, encoding="utf-8")
        command = f"lantern partner deliver {name} --as cin_census --partner riverton_council --key-file council.toml --out outbox"
        deliver(hub, partnership, desk, command)
        (instants,) = rows(hub.home, staging, "select distinct snapshot_at from raw.delivery")
        found |= set(instants)

    assert len(found) == 1
