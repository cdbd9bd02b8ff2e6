"""
The running pipeline, killed at instants drawn by lot, loses nothing, doubles nothing and publishes nothing unspent.

The intake is killed once here; `LANTERN_THOROUGH=1` kills each stage as often as `KILLS` says, three hundred times in all. After each
kill all that was written is searched for what partners know of persons. Every stage is killed at its fault points, too.
"""

import json
import re
import subprocess
import sys

import pytest
from tests import campaign
from tests.conftest import THOROUGH
from tests.end_to_end.killing_pipeline import Tally, Watch
from tests.fault_point import folded, statement
from tests.killing import FOUND
from tests.leak import Sweep

from lantern.home import PROJECT, Home

KILLS = {"intake": 120, "build": 30, "release": 150} if THOROUGH else {"intake": 1}
SECONDS = 7200 if THOROUGH else 900


@pytest.fixture(scope="module", params=KILLS)
def found(request, run, tmp_path_factory):
    """What came of killing a stage so many times."""
    stage, scratch = request.param, tmp_path_factory.mktemp("campaign")
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "tests.end_to_end.killing_pipeline"),
            *(str(run.home.root), str(scratch / stage), stage, str(KILLS[stage]), "300"),
        ],
        env=run.environment | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS - 20,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.timeout(SECONDS)
def test_a_stage_killed_again_and_again_ends_as_if_it_had_never_been(found):
    assert found["kills"] == KILLS[found["stage"]]
    assert found["ended"] >= 1
    assert found["faults"] == []
    assert sum(found["met"].values()) == found["kills"]


@pytest.mark.timeout(SECONDS)
def test_nothing_a_killed_stage_left_tells_of_a_person(found):
    """Home and temporary files, after each kill: no name and no number; a token only where deliveries wait and are checked."""
    assert found["texts"] > 1000
    assert found["files"] > 100
    assert found["size"] > 1_000_000
    assert found["leaks"] == []


def test_what_a_killed_stage_leaves_of_a_person_would_be_found(tmp_path):
    """The twin: a name left among temporary files, a token outside the folders in which it may be."""
    home, tally = Home(tmp_path / "home", "demo"), Tally("intake")
    watch = Watch(Sweep(["Zebedee Quillfeather"]), Sweep(["c0ffee" * 8]))
    (tmp_path / "tmp").mkdir()
    for place in (home.inbox, home.work, home.dbt):
        place.mkdir(parents=True)
    watch.look(tmp_path, home, tally)
    assert tally.leaks == []

    for place in (home.inbox, home.work, home.dbt):
        (place / "token.txt").write_text("c0ffee" * 8)
    (tmp_path / "tmp" / "name.txt").write_text("of Zebedee Quillfeather")
    (home.work / "name.txt").write_text("of Zebedee Quillfeather")
    watch.look(tmp_path, home, tally)

    assert tally.leaks == [
        str((home.work / "name.txt").relative_to(tmp_path)),
        "tmp/name.txt",
        "home/demo/secure/dbt/token.txt",
    ]
    assert tally.files == 5


@pytest.fixture(scope="module")
def points(run, tmp_path_factory) -> dict[str, list[str]]:
    """The fault points of each stage but the build, recorded in the life of one small hub without a kill."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.campaign", "points", str(tmp_path_factory.mktemp("points"))]
    environment = run.environment | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS - 20, cwd=PROJECT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_every_stage_has_fault_points_with_names_of_their_own(points, found):
    """More than forty: each says what is about to be done and to what, with nothing of this machine and no id in it."""
    named = points | ({"build": found["points"]} if found["stage"] == "build" else {})
    names = {f"{stage}: {name}" for stage, listed in named.items() for name in listed}

    assert set(points) | {"build"} == set(campaign.STAGES)
    assert [stage for stage, listed in named.items() if len(set(listed)) < 8] == []
    assert len(names) >= 40
    assert [name for name in names if re.search(r"/tmp|[0-9a-f]{8}|\d{6}|riverton", name)] == []


def test_an_id_or_a_folder_of_this_machine_in_a_name_would_be_folded_or_noticed():
    """The twin: what differs from run to run makes no name of its own, and what is different stays so."""
    assert folded("rename secure/accepted/57faf6328bb5cb9a7a7fa9ad237439a4.duckdb") == (
        "rename secure/accepted/<id>.duckdb"
    )
    assert folded("released/releases/.2026-Q1-1.part") == "released/releases/.<release>.part"
    assert folded("secure/reports/riverton_police/.20261123T094225842564Z-accepted.txt.part") == (
        "secure/reports/<partner>/.<time>-accepted.txt.part"
    )
    assert statement("insert into raw.delivery select 'ZQCANARY'") == "insert raw.delivery"
    assert statement("-- why\n create or replace temp table payer as select 1") == "create payer"
    assert statement("attach '/home/of/this/machine/warehouse.duckdb' as wh") == "attach warehouse.duckdb"
    assert statement("select 1") == statement("pragma x") == ""


def test_what_must_come_first_is_a_fault_point_before_the_other(points, found):
    """The spend before the publication; the delivery is kept before it leaves the inbox; a build has passed once dbt has run."""
    of_release, of_intake = points["release"], points["intake"]

    assert of_release.index("rename secure/spent.duckdb") < of_release.index("rename released/releases/<release>")
    assert of_intake.index("rename secure/accepted/<id>.duckdb") < of_intake.index(
        "rename inbox/<partner>/done-with-delivery-<id>"
    )
    if found["stage"] == "build":
        of_build = found["points"]
        assert of_build.index("start lantern.pipeline.dbt_process") < of_build.index("write secure/dbt/passed")


def test_the_page_adds_up_what_campaigns_left(tmp_path):
    """Two of one stage; a fault and a leak are counted where they were."""
    told = {"ended": 1, "texts": 9, "files": 2, "size": 1000, "points": ["write a"], "faults": [], "leaks": []}
    left = {
        "first": {"stage": "intake", "kills": 2, "met": {"": 1, "write a": 1}} | told,
        "second": {"stage": "intake", "kills": 3, "met": {"write a": 3}} | told | {"faults": ["f"], "leaks": ["l"]},
        "at_points": {
            "stage": "intake",
            "points": ["write a", "write a", "write b"],
            "runs": [{"point": "write a", "faults": []}, {"point": "write b", "faults": ["f"]}],
        },
    }
    for name, found in left.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / FOUND).write_text(json.dumps(found))

    page = campaign.page(tmp_path)

    for line in (
        "| intake | 3 | 2 | 2 | 1 |",  # fault points, names, kills, faults
        "| intake | 5 | 2 | 1 |",  # kills, ends, faults
        "| intake | 9 | 4 | 2,000 | 1 |",  # texts, files, bytes, leaks
        "| `write a` | 2 | 1 | 4 | 0 |",
        "| `write b` | 1 | 1 | 0 | 1 |",
        "| `before the first` | 0 | 0 | 1 | 0 |",
    ):
        assert line in page.splitlines(), line
    assert str(tmp_path) not in page
