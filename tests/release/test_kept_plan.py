"""A designed plan is designed once: the kept one is read wherever everything it follows from is the same, and only as it was kept."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern import catalogue, secret
from lantern.home import PROJECT, Home, private
from lantern.pipeline import release
from lantern.release import kept_plan, planning
from lantern.release.folder import plan_of

GIVEN = {"contacts": 4000}
TEXT = '{"a plan":"of invented numbers","scale":12.5}'


def refuse() -> str:
    raise AssertionError("it was made again")


def kept(hub, make=refuse, name="plan", given=GIVEN) -> str:
    return kept_plan.kept(hub.home, name, given, make)


def file_of(hub, name="plan") -> Path:
    return kept_plan.folder(hub.home) / f"{name}.json"


@pytest.fixture
def holding(hub):
    """A hub that keeps one text."""
    assert kept(hub, lambda: TEXT) == TEXT
    return hub


def test_what_is_kept_is_given_again_and_not_made_again(holding):
    assert kept(holding) == TEXT
    assert [path.name for path in file_of(holding).parent.iterdir()] == ["plan.json"]
    assert file_of(holding).parent.stat().st_mode & 0o077 == 0


def altered_catalogue(monkeypatch, folder):
    """One word of one definition, in a copy of the catalogue."""
    shutil.copytree(str(catalogue.folder()), folder / "catalogue")
    first = min((folder / "catalogue").glob("*.toml"))
    first.write_text(first.read_text(encoding="utf-8") + "\n# One more line.\n", encoding="utf-8")
    monkeypatch.setenv("LANTERN_CATALOGUE", str(folder / "catalogue"))


CHANGES = {
    "the code": lambda patch, _: patch.setattr(kept_plan, "_CODE", "0" * 64),
    "the catalogue": altered_catalogue,
    "a code list": lambda patch, folder: patch.setattr(kept_plan.codelist, "seeds_folder", lambda: folder),
    "a library": lambda patch, _: patch.setattr(kept_plan, "version", lambda name: "0.0.1"),
    "Python": lambda patch, _: patch.setattr(kept_plan.platform, "python_version", lambda: "3.0.0"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_made_again_when_anything_that_it_follows_from_is_another(holding, monkeypatch, tmp_path, change):
    change(monkeypatch, private(tmp_path / "changed"))

    assert kept(holding, lambda: "another") == "another"
    assert kept(holding) == "another"


def test_it_is_made_again_for_other_volumes_and_each_name_is_kept_by_itself(holding):
    assert kept(holding, lambda: "of more", given={"contacts": 4001}) == "of more"
    assert kept(holding, lambda: "another", name="other") == "another"
    assert kept(holding, given={"contacts": 4001}) == "of more"


def test_the_code_that_counts_is_every_module_of_the_package_by_name_and_content(tmp_path):
    for name in ("design.py", "privacy/strategy.py"):
        private((tmp_path / name).parent)
        (tmp_path / name).write_text("one = 1\n", encoding="utf-8")
    seen = [kept_plan.digest_of(tmp_path, (".py",))]

    (tmp_path / "privacy" / "strategy.py").write_text("one = 2\n", encoding="utf-8")
    seen.append(kept_plan.digest_of(tmp_path, (".py",)))
    (tmp_path / "privacy" / "strategy.py").rename(tmp_path / "strategy.py")
    seen.append(kept_plan.digest_of(tmp_path, (".py",)))

    assert len(set(seen)) == 3
    assert kept_plan.digest_of(PROJECT / "src" / "lantern", (".py",)) == kept_plan._CODE


# What is not as it was kept is not taken.


def other_text(entry):
    return json.dumps(entry | {"text": entry["text"].replace("12.5", "1.25")})


WRONGS = {
    "another text": other_text,
    "no mark": lambda entry: json.dumps({"text": entry["text"].replace("12.5", "1.25")}),
    "an empty mark": lambda entry: json.dumps({"text": "less", "mark": ""}),
    "a mark that is no text": lambda entry: json.dumps({"text": "less", "mark": ["é"]}),
    "a mark of half a letter": lambda entry: json.dumps({"text": "less\ud800", "mark": "\ud800"}),
    "cut off": lambda entry: json.dumps(entry)[:-20],
    "empty": lambda entry: "",
    "a list": lambda entry: json.dumps([entry]),
    "nested without end": lambda entry: "[" * 100_000,
    "no JSON": lambda entry: "\x00" + json.dumps(entry),
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS)
def test_an_altered_cut_or_alien_file_is_not_taken_and_is_replaced(holding, wrong):
    file_of(holding).write_text(wrong(json.loads(file_of(holding).read_text())), encoding="utf-8")

    assert kept(holding, lambda: TEXT) == TEXT
    assert kept(holding) == TEXT


def test_without_the_check_the_altered_text_would_have_been_taken(holding, monkeypatch):
    """The twin: the marks are not compared."""
    file_of(holding).write_text(other_text(json.loads(file_of(holding).read_text())), encoding="utf-8")
    monkeypatch.setattr(kept_plan.hmac, "compare_digest", lambda *_: True)

    assert kept(holding) == TEXT.replace("12.5", "1.25")


def test_no_byte_of_the_file_can_be_altered_so_that_another_text_is_taken(holding):
    whole = file_of(holding).read_bytes()
    assert len(whole) > 100

    key, basis = secret.key(holding.home, "ledger"), kept_plan._basis(GIVEN)
    for place in range(len(whole)):
        file_of(holding).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert kept_plan._read(file_of(holding), key, basis) in (TEXT, None)


def test_neither_another_hubs_file_nor_one_of_another_name_is_taken(holding, tmp_path, monkeypatch):
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "elsewhere"))
    other = Home.of("demo")
    secret.make_keys(other)
    private(kept_plan.folder(other))
    shutil.copy(file_of(holding), kept_plan.folder(other) / "plan.json")
    shutil.copy(file_of(holding), file_of(holding, "other"))

    assert kept_plan.kept(other, "plan", GIVEN, lambda: "its own") == "its own"
    assert kept(holding, lambda: "its own", name="other") == "its own"


# What cannot be kept is made.


def test_before_there_are_keys_nothing_is_kept(tmp_path):
    home = Home(tmp_path, "demo")

    assert kept_plan.kept(home, "plan", GIVEN, lambda: TEXT) == TEXT
    assert not home.base.exists()


def test_a_home_that_cannot_be_written_to_does_without(hub):
    """Whoever runs the tests may write everywhere; a file where the folder should be cannot be written into by anyone."""
    private(kept_plan.folder(hub.home).parent)
    kept_plan.folder(hub.home).write_text("no folder", encoding="utf-8")

    assert kept(hub, lambda: TEXT) == TEXT
    assert kept(hub, lambda: "again") == "again"


KILLED = """
import os, signal, sys
from pathlib import Path
from lantern import warehouse
from lantern.home import Home
from lantern.release import kept_plan
seen, sync = [], warehouse.sync
def killed(path):
    seen.append(path)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    sync(path)
warehouse.sync = killed
kept_plan.kept(Home(Path(sys.argv[1]), "demo"), "plan", {"contacts": 4000}, lambda: sys.argv[3])
"""


@pytest.mark.parametrize(("at", "left"), [(1, "none"), (2, "whole")], ids=["before the rename", "after it"])
def test_killed_while_it_keeps_it_leaves_a_whole_text_or_none(hub, at, left):
    done = subprocess.run([sys.executable, "-c", KILLED, str(hub.home.root), str(at), TEXT], check=False)

    assert done.returncode == -9
    assert file_of(hub).exists() == (left == "whole")
    assert kept(hub, refuse if left == "whole" else lambda: TEXT) == TEXT


# The plan of a hub.


def less_noise(hub) -> str:
    """The kept plan with a thousandth of its noise, for the same price; the plan's digest."""
    path = file_of(hub, "plan-zcdp")
    entry = json.loads(path.read_text(encoding="utf-8"))
    plan = plan_of(entry["text"])
    first = plan.tables[0]
    quiet = replace(first, kept=replace(first.kept, scale=first.kept.scale / 1000))
    altered = replace(plan, tables=(quiet, *plan.tables[1:]))
    path.write_text(json.dumps(entry | {"text": altered.text}), encoding="utf-8")
    return altered.digest


def test_a_kept_plan_is_the_designed_one_byte_for_byte_and_is_not_designed_again(hub, monkeypatch):
    designed = planning.plan_for(hub.partnership, PERIOD)
    first = planning.plan_for(hub.partnership, PERIOD, home=hub.home)
    monkeypatch.setattr(planning, "designed", lambda *_, **__: refuse())
    again = planning.plan_for(hub.partnership, PERIOD, home=hub.home)

    assert first == again == designed
    assert first.text == again.text == designed.text
    assert again.digest != planning.plan_for(hub.partnership, PERIOD, 1, hub.home).digest


def test_a_tampered_plan_is_neither_approved_nor_drawn_and_the_approved_one_is(hub, ledger):
    write_release_inputs(hub)
    planned = planning.plan_for(hub.partnership, PERIOD, home=hub.home)

    less_noise(hub)
    approved = release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")
    less_noise(hub)
    release.release(hub.home, hub.partnership, ledger, PERIOD)

    assert approved.plan_digest == planned.digest
    answer = next(each for each in ledger.entries() if each.kind == "answer")
    assert plan_of(answer.body["plan"]) == planned


def test_without_the_check_the_tampered_plan_would_have_been_approved(hub, ledger, monkeypatch):
    """The twin: the marks of kept plans are not looked at."""
    write_release_inputs(hub)
    planned = planning.plan_for(hub.partnership, PERIOD, home=hub.home)
    less_noise(hub)
    monkeypatch.setattr(kept_plan, "_read", lambda path, *_: json.loads(path.read_text(encoding="utf-8"))["text"])

    approved = release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")

    assert approved.plan_digest != planned.digest


def test_what_is_kept_opens_no_store_and_names_no_one(hub):
    planning.plan_for(hub.partnership, PERIOD, home=hub.home)
    text = json.loads(file_of(hub, "plan-zcdp").read_text(encoding="utf-8"))["text"]

    assert plan_of(text).period == ""
    assert plan_of(text).basis == ()
    assert not hub.home.warehouse.exists()
    assert not hub.home.ledger.exists()
