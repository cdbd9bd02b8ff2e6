"""What is told before anything is spent, and that telling it spends and reads nothing."""

import json
import re

import pytest
from typer.testing import CliRunner

from lantern import warehouse
from lantern.cli import app
from lantern.errors import ConfigRefused
from lantern.home import PROJECT, Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import mechanism, workload
from lantern.release import outlook

DEMO = read_partnership("demo")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path))
    return Home.of("demo")


def write_released(home: Home, contacts: int, referrals: int) -> None:
    """As much of a released file as a forecast reads."""
    home.released.parent.mkdir(parents=True)
    with warehouse.plain(home.released) as connection:
        connection.execute("create table release (period varchar)")
        connection.execute("insert into release values ('2026-Q1'), ('2025-Q4')")
        connection.execute(
            "create table cell (release_id varchar, measure_id varchar, period varchar, span varchar, "
            "breakdown varchar, statistic varchar, value double)"
        )
        for period, factor in (("2025-Q4", 10), ("2026-Q1", 1)):
            for measure, rows in (("T_CONTACT_DECISION", contacts), ("T_ASSESS45", referrals)):
                connection.execute(
                    f"insert into cell values ('{period}-1', '{measure}', '{period}', 'quarter', 'all', 'count', {rows * factor})"
                )


@pytest.mark.parametrize("family", ["zcdp", "pure"])
def test_the_other_family_is_shown_at_the_same_epsilon(family):
    micro = 100_000 if family == "zcdp" else 2_141_939
    other = "pure" if family == "zcdp" else "zcdp"

    found = outlook.equal_promise(family, micro, 1e-6)

    assert mechanism.epsilon(other, found, 1e-6) == pytest.approx(mechanism.epsilon(family, micro, 1e-6), rel=1e-4)


def test_the_plan_of_the_demo_is_told_with_its_cost_and_how_near_it_is_to_the_best(home):
    seen = outlook.outlook(DEMO, Quarter(2026, 2), home)

    assert len(seen.forecasts) == sum(len(workload.questions(table.name)) for table in workload.tables())
    assert len(seen.tables) == 5
    assert all(1 <= each.to_dual <= 1.15 and each.to_svd >= each.to_dual for each in seen.tables)
    assert all(-0.01 < part < 1 for each in seen.tables for part in each.measure_costs.values())
    assert seen.epsilons["release"] == seen.epsilons["year"] == pytest.approx(2.14, abs=0.01)
    assert seen.epsilons["childhood"] == pytest.approx(10.97, abs=0.01)


def test_volumes_are_those_of_the_partnerships_file_until_something_is_released(home):
    before = outlook.released_volumes(home, DEMO)
    write_released(home, 5200, 700)

    assert before == {}
    assert outlook.released_volumes(home, DEMO) == {"contacts": 5200, "referrals": 700}
    seen = outlook.outlook(DEMO, Quarter(2026, 2), home)
    assert seen.volumes == DEMO.expected.volumes | {"contacts": 5200, "referrals": 700}


def test_a_place_unlike_its_expected_volumes_is_told_what_another_plan_would_show(home):
    """Twice the contacts that the plan was made for, and half the referrals."""
    write_released(home, 8000, 420)

    told = " ".join(CliRunner().invoke(app, ["plan", "2026-Q2"]).stdout.split())

    (outgrown,) = re.findall(
        r"(\d+) figures that it does not show would be sure enough at these volumes: \[expected\]", told
    )
    (overstated,) = re.findall(
        r"(\d+) figures that it shows are not expected to be sure enough at these volumes, so", told
    )
    assert 3 < int(outgrown) < 20
    assert 3 < int(overstated) < 20
    # Sure enough each quarter by now, and still not shown.
    assert re.search(r"share, health │ 23% │ 6\.\d │ 3\.\d │ \d+\.\d │ year only", told)


def test_without_a_quarter_the_next_one_is_told_of(home):
    first = outlook.next_period(DEMO, home)
    write_released(home, 5200, 700)

    assert first == DEMO.release.first
    assert outlook.next_period(DEMO, home) == Quarter(2026, 2)


def test_the_command_prints_every_figure_within_a_hundred_columns_and_opens_no_store(home):
    told = CliRunner().invoke(app, ["plan", "2026-Q2"])

    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert len(lines) > 60
    assert max(len(line) for line in lines[2:]) <= 100
    for word in (
        "Contacts decided within 1 working day",
        "year only",
        "person budget",
        "childhood",
        "Nothing was spent",
    ):
        assert word in told.stdout
    assert "[expected]" not in told.stdout
    assert not home.warehouse.exists()
    assert not home.ledger.exists()


def test_machines_get_the_same_as_one_object(home):
    told = CliRunner().invoke(app, ["plan", "2026-Q2", "--json"])
    entry = json.loads(told.stdout)

    assert entry["micro"] == 100_000
    assert sum(cost for part, cost in entry["charges"].items() if not part.startswith("adults:")) == 100_000
    assert {each["verdict"] for each in entry["figures"]} <= {"use", "care", "year only", "never"}
    assert sum(each["is_headline"] for each in entry["figures"]) == 5


# What the promise may be is checked when the file is read.


def test_a_promise_may_be_of_either_family(tmp_path):
    assert DEMO.privacy.micro_per_year == 100_000
    assert read(tmp_path, definition='"pure"', micro_per_year="2_000_000").privacy.definition == "pure"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"micro_per_year": "2_000_000"}, "at most 1000000 for zcdp"),
        ({"micro_per_year": "0"}, "micro_per_year"),
        ({"micro_per_year": "nan"}, "micro_per_year"),
        ({"micro_per_year": "0.1"}, "micro_per_year"),
        ({"definition": '"none"'}, "definition"),
        ({"unit": '"row"'}, "unit"),
        ({"delta_exponent": "3"}, "delta_exponent"),
        ({"micro_rho_per_quarter": "25_000"}, "micro_rho_per_quarter"),
    ],
)
def test_another_promise_is_refused_before_anything_runs(tmp_path, changed, told):
    with pytest.raises(ConfigRefused, match="Nothing was done") as refusal:
        read(tmp_path, **changed)

    assert told in str(refusal.value)


def read(folder, **changed):
    entries = {"unit": '"person"', "definition": '"zcdp"', "micro_per_year": "100_000", "delta_exponent": "6"} | changed
    written = (PROJECT / "partnerships" / "demo.toml").read_text(encoding="utf-8")
    before, rest = written.split("[privacy]")
    privacy = "\n".join(f"{name} = {entry}" for name, entry in entries.items())
    (folder / "demo.toml").write_text(
        f"{before}[privacy]\n{privacy}\n\n[expected]{rest.split('[expected]')[1]}", encoding="utf-8"
    )
    return read_partnership("demo", folder)
