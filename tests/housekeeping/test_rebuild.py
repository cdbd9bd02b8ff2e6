"""A warehouse that is lost, cut or altered is told of plainly and made anew, the same; nothing is thrown away."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import THOROUGH, Hub, empty_hub
from tests.housekeeping.conftest import contents
from tests.intake.sending import contacts, verdicts
from tests.release.spending import plan_of

from lantern import warehouse
from lantern.errors import ConfigRefused, ContractBroken, StoreBusy
from lantern.home import Home, private
from lantern.housekeeping import rebuild
from lantern.intake import acceptance
from lantern.pipeline import build, intake
from lantern.release import drawing

RAW = ("select * from raw.partner_event order by all", "select * from raw.delivery order by all")
TABLES = (
    "select table_schema, table_name from information_schema.tables "
    "where table_schema in ('intermediate', 'marts', 'release_inputs') and table_type = 'BASE TABLE' order by all"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """A hub with two deliveries, the second still in the warehouse's log: its process was killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(tmp_path_factory.mktemp("loaded") / "home"))
        hub = empty_hub()
    hub.deliver(contacts(hub, 40))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    hub.deliver(
        [hub.contact(number) for number in range(50, 54)], mode="delta", snapshot_at="2026-10-02T09:00:00+01:00"
    )
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    code = (
        "import os; from pathlib import Path; from lantern import warehouse; from lantern.home import Home\n"
        "from lantern.intake import acceptance\n"
        f"home = Home(Path({str(hub.home.root)!r}), 'demo')\n"
        "load = acceptance._load_one\n"
        "acceptance._load_one = lambda *given: (load(*given), os._exit(0))\n"
        "acceptance.load(home)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert log_of(hub.home).stat().st_size > 1000
    return hub.home.root


def log_of(home: Home) -> Path:
    return home.warehouse.with_name("warehouse.duckdb.wal")


@pytest.fixture
def hub_of_two(loaded, hub) -> Hub:
    shutil.copytree(loaded, hub.home.root, dirs_exist_ok=True)
    return hub


def read(home, *queries):
    with warehouse.opened(home, read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in queries]


def what_is_told(home) -> str:
    """What a command that reads every row says; empty if it is answered in full."""
    try:
        return "" if [len(found) for found in read(home, *RAW)] == [44, 2] else "rows are missing"
    except ContractBroken as refusal:
        return str(refusal)


def altered(content: bytes, place: int, chance: random.Random) -> bytes:
    """Cut there, or with the byte there flipped."""
    if chance.random() < 0.3:
        return content[:place]
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.mark.parametrize(("name", "at_least_told"), [("warehouse.duckdb", 3), ("warehouse.duckdb.wal", 2)])
def test_wherever_the_file_or_its_log_is_cut_or_altered_the_same_warehouse_is_made_again(
    hub_of_two, expected, name, at_least_told
):
    """
    Four places each, fifty with `LANTERN_THOROUGH=1`.

    Not every place is told of: a byte nothing uses hurts nobody, and a log that was cut is to DuckDB a shorter log.
    """
    home, sound = hub_of_two.home, contents(hub_of_two.home.warehouse.parent)
    chance, told = random.Random(20261123), []
    places = [30, *(chance.randrange(len(sound[name])) for _ in range(49 if THOROUGH else 3))]
    for place in places:
        for each in ("warehouse.duckdb", "warehouse.duckdb.wal"):
            (home.warehouse.parent / each).write_bytes(sound[each])
        (home.warehouse.parent / name).write_bytes(altered(sound[name], place, chance))
        told.append(what_is_told(home))
        rebuild.reload(home)
        assert read(home, *RAW) == expected

    refusals = [each for each in told if each not in ("", "rows are missing")]
    assert len(refusals) >= at_least_told
    assert all("the file is damaged" in each and "Run 'lantern rebuild'" in each for each in refusals)


@pytest.fixture(scope="module")
def expected(loaded, tmp_path_factory):
    """The rows of the sound warehouse, read from a copy: reading it would write its log away."""
    home = Home(shutil.copytree(loaded, tmp_path_factory.mktemp("sound") / "home"), "demo")
    found = read(home, *RAW)
    assert [len(each) for each in found] == [44, 2]
    return found


@pytest.mark.parametrize(
    "command",
    [
        lambda hub: intake.load(hub.home),
        lambda hub: build.link(hub.home),
        lambda hub: build.build(hub.home, hub.partnership),
        lambda hub: build.publish_to_analysts(hub.home),
        lambda hub: build.months_missing(hub.home),
        lambda hub: drawing.bound(hub.home, plan_of("2026-Q2")),
    ],
    ids=["intake", "link", "build", "analysts", "status", "release"],
)
def test_every_command_says_that_it_is_damaged_and_what_to_do_and_leaves_it(hub_of_two, command):
    home = hub_of_two.home
    home.warehouse.write_bytes(home.warehouse.read_bytes()[:5000])

    with pytest.raises(ContractBroken, match=r"file is damaged\. It was left as it is\. Run 'lantern rebuild'"):
        command(hub_of_two)

    assert home.warehouse.stat().st_size == 5000


def test_a_warehouse_that_is_gone_is_made_again(hub_of_two, expected):
    home = hub_of_two.home
    home.warehouse.unlink()
    log_of(home).unlink()

    moved, loaded = rebuild.reload(home)

    assert moved == ()
    assert sorted(loaded.values()) == [4, 40]
    assert read(home, *RAW) == expected


def test_the_damaged_file_and_its_log_are_moved_aside_as_they_were(hub_of_two):
    home = hub_of_two.home
    home.warehouse.write_bytes(b"not what it was")
    log = log_of(home).read_bytes()

    moved, _ = rebuild.reload(home)

    assert {path.name: path.read_bytes() for path in moved} == {
        "warehouse.duckdb": b"not what it was",
        log_of(home).name: log,
    }
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in moved)


def test_ledger_spends_and_releases_are_not_touched(kept, tmp_path):
    home = Home(shutil.copytree(kept.hub.home.root, tmp_path / "home"), "demo")
    before = {name: contents(home.base / name) for name in ("ledger", "released", "anchor")}
    spends = home.spent.read_bytes()
    assert all(before.values())

    rebuild.reload(home)

    assert {name: contents(home.base / name) for name in before} == before
    assert home.spent.read_bytes() == spends


def test_a_rebuild_that_was_killed_is_run_again_and_ends_the_same(hub_of_two, expected, monkeypatch):
    """Killed once after the warehouse was moved, once with the first delivery loaded."""
    home = hub_of_two.home
    with monkeypatch.context() as broken:
        broken.setattr(acceptance, "load", lambda _: pytest.fail("the process ended here"))
        with pytest.raises(pytest.fail.Exception):
            rebuild.reload(home)
    assert not home.warehouse.exists()
    second = sorted(home.accepted.glob("*.duckdb"))[1]
    second.rename(tmp := second.with_suffix(".later"))
    intake.load(home)
    tmp.rename(second)

    rebuild.reload(home)

    assert read(home, *RAW) == expected


def test_another_key_is_told_as_such_and_nothing_is_moved(hub_of_two):
    home = hub_of_two.home
    (home.secrets / "warehouse.key").write_text("ab" * 32 + "\n")

    with pytest.raises(ConfigRefused, match="key does not open it"):
        rebuild.reload(home)

    assert home.warehouse.exists()
    assert log_of(home).exists()


def test_a_warehouse_that_another_process_has_open_is_not_moved(hub_of_two):
    home = hub_of_two.home
    code = (
        "import sys; from pathlib import Path; from lantern import warehouse; from lantern.home import Home\n"
        f"with warehouse.opened(Home(Path({str(home.root)!r}), 'demo')):\n    print('held', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match="another process has it open"):
            rebuild.reload(home)
        other.communicate("\n")

    assert home.warehouse.exists()


def begun(*_, **__):
    """A build that goes no further than its beginning."""
    raise KeyboardInterrupt


def test_of_two_builds_at_a_time_the_second_is_refused_and_the_mark_of_the_first_stays(hub_of_two, monkeypatch):
    """Else the one that passes would vouch for tables that the other has begun to write."""
    home = hub_of_two.home
    monkeypatch.setattr(build, "link", begun)
    private(home.dbt)
    (home.dbt / "passed").touch()

    with build._alone(home), pytest.raises(StoreBusy, match="another process builds"):
        build.build(home, hub_of_two.partnership)

    build.check_passed(home)


def test_a_build_on_its_own_takes_the_mark_away_before_it_begins(hub_of_two, monkeypatch):
    """The twin."""
    home = hub_of_two.home
    monkeypatch.setattr(build, "link", begun)
    private(home.dbt)
    (home.dbt / "passed").touch()

    with pytest.raises(KeyboardInterrupt):
        build.build(home, hub_of_two.partnership)

    with pytest.raises(ContractBroken, match="the last build did not pass"):
        build.check_passed(home)


def test_an_analysts_file_that_cannot_be_finished_leaves_no_half_of_it(hub_of_two):
    """Half of it would be rows in clear. Here no mart has been built."""
    with pytest.raises(StoreBusy, match="the analysts' file"):
        build.publish_to_analysts(hub_of_two.home)

    assert list(hub_of_two.home.analyst.parent.iterdir()) == []


@pytest.mark.skipif(not THOROUGH, reason="two whole builds: with LANTERN_THOROUGH=1")
def test_marts_and_release_inputs_come_out_row_for_row_as_they_were(hub_of_two):
    """That the tables under them do, is tested in every run."""
    home = hub_of_two.home
    build.build(home, hub_of_two.partnership)
    names = [f"{schema}.{table}" for schema, table in read(home, TABLES)[0]]
    assert len(names) > 20
    before = read(home, *(f"select * from {name} order by all" for name in names))
    home.warehouse.write_bytes(home.warehouse.read_bytes()[:9000])

    done = rebuild.rebuild(home, hub_of_two.partnership)

    assert (done.deliveries, done.rows, len(done.aside)) == (2, 44, 1)
    assert read(home, *(f"select * from {name} order by all" for name in names)) == before
    assert home.analyst.exists()
