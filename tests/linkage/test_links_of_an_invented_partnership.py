"""The links of a small invented partnership, with all its slips, against the truth it hides."""

import json

import pytest
from typer.testing import CliRunner

from lantern.cli import app, demo
from lantern.errors import ConfigRefused
from lantern.home import Home
from lantern.linkage import person
from lantern.partnership import Linkage, read_partnership
from lantern.pipeline import intake
from lantern.synthetic import invent

SMALL = 340


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A hub that has taken in what every partner of the demo sends."""
    home = Home(root=tmp_path_factory.mktemp("lantern"), partnership="demo")
    outside = home.base / "partners"
    demo._prepare(home, outside)
    invent(outside, referrals_a_year=SMALL, snapshot=demo.SNAPSHOT, with_defects=True)
    for sender in demo._SENDERS:
        demo._deliver(home, outside, sender)
    partnership = read_partnership("demo")
    for delivery in intake.waiting(home, partnership):
        intake.receive(home, partnership, delivery)
    assert len(intake.load(home)) >= len(demo._SENDERS)
    return home


def said(home: Home, monkeypatch, *options: str):
    monkeypatch.setenv("LANTERN_HOME", str(home.root))
    return CliRunner().invoke(app, ["linkage", *options], catch_exceptions=True)


def judged(home: Home, monkeypatch) -> dict[tuple[str, str], dict]:
    found = json.loads(said(home, monkeypatch, "--json", "--truth", str(home.base / "partners")).stdout)
    return {(each["kind"], each["group"]): each for each in found["against_the_truth"]}


def test_nearly_every_pair_is_found_and_hardly_any_is_wrong(home, monkeypatch):
    person.link(home, Linkage())

    found = judged(home, monkeypatch)
    whole, without = found["all", "all"], found["without the weakest links", "all"]

    assert whole["true_pairs"] > 3_000
    assert whole["precision"] >= 0.999
    assert whole["recall"] >= 0.93
    assert found["by number alone", "all"]["recall"] < without["recall"] < whole["recall"]
    by_partners = [each for (kind, _), each in found.items() if kind == "partners" and each["true_pairs"] > 100]
    assert len(by_partners) > 8
    assert min(each["recall"] for each in by_partners) > 0.8


def test_by_likelihood_more_pairs_are_found_and_few_of_them_are_wrong(home, monkeypatch):
    person.link(home, Linkage())
    before = judged(home, monkeypatch)["all", "all"]
    person.link(home, Linkage(probabilistic=True, agreement="clause 7"))
    after = judged(home, monkeypatch)["all", "all"]

    assert after["right_pairs"] > before["right_pairs"]
    assert after["precision"] >= 0.99


def test_a_second_link_of_the_same_deliveries_changes_nothing(home, monkeypatch):
    first = person.link(home, Linkage()), judged(home, monkeypatch)

    assert (person.link(home, Linkage()), judged(home, monkeypatch)) == first


def test_the_screen_names_groups_and_counts_and_no_key(home, monkeypatch):
    person.link(home, Linkage())
    shown = said(home, monkeypatch, "--truth", str(home.base / "partners")).stdout
    known = json.loads(said(home, monkeypatch, "--json").stdout)["known"]

    assert "refused as doubtful" in shown
    assert {each["group"] for each in known["coverage"] if each["kind"] == "partner"} >= {"riverton_police"}
    assert sum(known["bases"].values()) == known["records"]
    assert not any(len(word) >= 32 and all(letter in "0123456789abcdef" for letter in word) for word in shown.split())


def test_a_folder_without_a_truth_is_refused(home, monkeypatch, tmp_path):
    person.link(home, Linkage())
    refused = said(home, monkeypatch, "--truth", str(tmp_path))

    assert isinstance(refused.exception, ConfigRefused)
    assert "Nothing was compared" in str(refused.exception)
