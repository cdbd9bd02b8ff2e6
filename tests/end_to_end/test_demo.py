"""From partners' own files to the board's page, through Airflow, on an invented partnership."""

import contextlib
import csv
import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request

import duckdb
import pytest
from tests.end_to_end.conftest import LANTERN
from tests.leak import found_in
from tests.servers import free_port, wait_until_closed

from lantern import contract, warehouse
from lantern.partnership import read_partnership
from lantern.release.ledger import Ledger

QUARTERS = ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]


def rows(path, sql):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_it_tells_in_a_screenful_what_happened(run):
    """Deliveries, releases, allowance, where things are; and none of Airflow's own noise."""
    end = run.said[run.said.index("4 of 4") :]

    assert "15 accepted, 1 already accepted" in end
    assert "2024-Q3-1, " in end
    assert "100,000 micro-rho spent and 0 left in the year to 2026-Q2" in end
    assert "for the board" in end
    assert len(run.said.splitlines()) < 100  # two lines for each delivery: made, and judged
    assert not re.search(r"INFO|WARNING|Traceback|DeprecationWarning", run.said)


def test_airflow_ran_every_task_of_the_three_dags(run):
    for dag in ("demo.intake", "demo.transform", "demo.release"):
        assert re.search(rf"{re.escape(dag)}: success in \d+ s \(tasks: \d+ success\)", run.said)


def test_released_figures_lie_about_their_truth_as_often_as_they_say(run):
    """
    Each shown figure beside the exact one of the marts; 95% ranges, over all quarters.

    Ranges are rounded outward, so nearly all hold; fewer than 90% would be a wrong range.
    """
    exact = {
        row[:3]: row[3:]
        for row in rows(
            run.home.analyst,
            "select measure_id, period, category, counted, row_count from fct_measure_quarters "
            "where breakdown in ('all', 'source_group') and within_months in (0, 12)",
        )
    }
    shown = rows(
        run.home.released,
        "select measure_id, period, category, statistic, lower, upper from cell "
        "where statistic in ('share', 'count') and span = 'quarter' and grade <> 'none' and breakdown in ('all', 'source_group')",
    )
    inside = 0
    for measure, period, category, statistic, lower, upper in shown:
        counted, total = exact[measure, period, category]
        inside += lower <= (100 * counted / total if statistic == "share" else total) <= upper

    assert len(shown) >= 40
    assert inside / len(shown) >= 0.90


def test_every_quarter_has_every_cell_and_the_ledger_agrees_with_the_releases(run):
    cells = dict(rows(run.home.released, "select period, count(*) from cell group by period"))
    releases = rows(run.home.released, "select period, micro, plan_digest from release order by period")
    partnership = read_partnership("demo")
    ledger = Ledger(run.home, partnership)
    entries = ledger.entries()
    ledger.close()
    spent = {entry.period: (entry.micro, entry.plan_digest) for entry in entries if entry.kind == "spend"}

    assert cells == dict.fromkeys(QUARTERS, 2 * 116)  # of the quarter, and as many of the rolling year
    assert {period: (cost, plan) for period, cost, plan in releases} == spent


def test_the_council_counts_once_though_two_of_its_systems_told_of_it(run):
    """Referrals in both the SSD and the census are one referral each: as many as the truth says."""
    truth = json.loads((run.home.base / "partners" / "truth" / "truth.json").read_text())
    since = "received_on >= date '2023-04-01'"  # before it, only those that were still open are delivered
    ((counted,),) = rows(run.home.analyst, f"select count(*) from fct_referrals where {since}")

    assert counted == truth["referrals"]


def test_a_second_run_changes_nothing_and_spends_nothing(run):
    def state():
        released = sorted(run.home.releases.rglob("*"))
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in released if path.is_file()}

    before, spent = state(), json.loads(run.command("ledger", "show", "--json").stdout)

    again = run.command("demo", "--no-serve")

    assert again.returncode == 0
    assert state() == before
    assert json.loads(run.command("ledger", "show", "--json").stdout) == spent
    assert "nothing" in again.stdout


def test_the_same_by_hand_gives_the_stored_release(run):
    """Each command as an engineer would type it; a published quarter is given again and costs nothing."""
    released = json.loads(run.command("release", "2026-Q2", "--json").stdout)
    verified = run.command("ledger", "verify")
    planned = json.loads(run.command("plan", "2026-Q2", "--json").stdout)
    early = run.command("approve", "2026-Q3", "--by", "Invented Privacy Officer", "--reason", "early")
    odd = run.command("plan", "summer")

    assert (released["release_id"], released["micro"], len(released["folder_digest"])) == ("2026-Q2-1", 0, 64)
    assert "lines hold together" in verified.stdout
    assert planned["micro"] == 100_000
    assert early.returncode == 14
    assert "It is ripe on 2026-12-19" in early.stderr
    assert odd.returncode == 10
    assert "a period is written like 2026-Q2" in odd.stderr


def test_nothing_reached_beyond_this_machine(run):
    """Every address any Python process tried, in all the steps: loopback, or none."""
    assert run.beyond_this_machine() == []


def test_the_boards_server_reaches_nothing_either(run):
    """The dashboard as `lantern dashboard` opens it, asked for a page."""
    port = free_port()
    server = subprocess.Popen(
        [str(LANTERN), "dashboard", "--port", str(port)],
        env=run.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        page = b""
        while not page and time.monotonic() < until:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                page = answer.read()
            time.sleep(0.5)
    finally:
        server.terminate()  # it alone, as a service manager or a person does: the pages it started end too
        server.wait(30)
        wait_until_closed(port)

    assert b"<html" in page
    assert run.beyond_this_machine() == []


def test_the_watch_on_addresses_is_not_blind(run):
    """The twin: a process of the same environment that tries to reach out is written down."""
    code = "import socket\ntry:\n socket.create_connection(('192.0.2.1', 9), timeout=0.01)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", code], env=run.environment, check=True)

    assert "192.0.2.1" in run.sockets.read_text()
    text = run.sockets.read_text()
    run.sockets.write_text("\n".join(line for line in text.splitlines() if "192.0.2.1" not in line) + "\n")


def identifiers(run):
    """Some of what partners hold: numbers, names with their birth date, local ids, free text."""
    ssd = run.home.base / "partners" / "riverton_council" / "ssd"
    with (ssd / "ssd_person.csv").open() as lines:
        people = list(csv.DictReader(lines))[:150]
    with (run.home.base / "partners" / "riverton_police" / "police_notices.csv").open() as lines:
        notices = [cell for row in list(csv.DictReader(lines))[:20] for cell in row.values() if cell and len(cell) > 11]
    found = {
        row[name] for row in people for name in ("pers_single_unique_id", "pers_upn", "pers_person_id") if row[name]
    }
    found |= {f"{row['pers_forename']} {row['pers_surname']}" for row in people}
    return sorted(text for text in found | set(notices) if len(text) >= 7)


def hub_folders(run):
    return [path for path in run.home.base.iterdir() if path.name != "partners"] + [
        run.home.airflow,
        run.folder / "tmp",
    ]


def test_no_identifier_is_in_any_folder_the_hub_writes(run):
    """Inbox, stores, logs, Airflow's tables, dbt's artefacts, reports, releases, temporary files."""
    wanted = identifiers(run)

    assert len(wanted) > 300
    assert [hit for folder in hub_folders(run) for hit in found_in(folder, wanted)] == []


def test_no_pseudonym_is_in_logs_artefacts_reports_or_releases(run):
    """Neither what partners sent nor what the hub made of it; only the encrypted stores hold those."""
    with warehouse.opened(run.home, read_only=True) as connection:
        columns = ", ".join(f"min({name}), max({name})" for name in contract.KEYED)
        keys = [key for key in connection.execute(f"select {columns} from raw.partner_event").fetchone() if key]
        keys += [
            row[0] for row in connection.execute("select person_key from linkage.person_link limit 300").fetchall()
        ]

    assert len(keys) > 300
    assert [hit for folder in hub_folders(run) for hit in found_in(folder, keys)] == []


def test_the_search_finds_an_identifier_where_one_is(run):
    """The twin: the partners' own files are full of them."""
    assert found_in(run.home.base / "partners", identifiers(run)) != []


def test_no_exact_count_is_on_the_released_side(run):
    """Every exact count of the marts that rounding could not have made: in no released text or table."""
    published = "select distinct measure_id from cell"
    measures = ", ".join(f"'{row[0]}'" for row in rows(run.home.released, published))
    counts = f"select row_count, counted from fct_measure_quarters where measure_id in ({measures})"
    exact = {n for row in rows(run.home.analyst, counts) for n in row}
    exact = {n for n in exact if n > 100 and n % 5}
    texts = [path.read_text() for path in run.home.releases.rglob("*") if path.suffix in (".csv", ".md")]
    cells = rows(run.home.released, "select * from cell")
    numbers = {
        n.replace(",", "")
        for text in [*texts, str(cells)]
        # Thousands are grouped; cells of a table with commas between them are not one number.
        for n in re.findall(r"(?<![\w.-])(?:\d{1,3}(?:,\d{3})+|\d+)(?![\w.%-])", text)
    }

    # What the plan says was fixed before any row was looked at, and a year is no count.
    public = {n for path in run.home.releases.rglob("plan.json") for n in re.findall(r"\d+", path.read_text())}
    public |= {str(year) for year in range(2020, 2031)}

    assert len(exact) > 100
    assert {str(n) for n in exact} & (numbers - public) == set()


def test_what_passes_between_tasks_is_names_ids_and_counts(run):
    """Every XCom value in Airflow's own tables."""
    import sqlite3

    connection = sqlite3.connect(run.home.airflow / "airflow.db")
    values = [str(row[0]) for row in connection.execute("select value from xcom")]
    connection.close()

    assert len(values) >= 10
    for value in values:
        assert re.fullmatch(r'[\w\s"\-.:,\[\]{}]*', value)
        # Names and tickets of sixteen deliveries; a row would be longer by far in sum.
        assert len(value) < 2000


def test_stores_are_files_of_their_own_and_the_secret_ones_are_encrypted(run):
    for path in (run.home.warehouse, run.home.spent, *run.home.accepted.glob("*.duckdb")):
        with pytest.raises(duckdb.Error, match="encrypted"):
            duckdb.connect(str(path), read_only=True)
    assert run.home.ledger.read_bytes().startswith(b"SQLite")
    assert {path.name for path in run.home.released.parent.iterdir()} == {"released.duckdb", "releases", "packs"}
    for folder in (run.home.secrets, run.home.warehouse.parent, run.home.analyst.parent, run.home.ledger.parent):
        assert folder.stat().st_mode & 0o077 == 0


def test_the_readmes_queries_for_analysts_run(run):
    """Every SQL block of the README, on the analysts' file, gives rows."""
    from lantern.home import PROJECT

    queries = re.findall(r"```sql\n(.*?)```", (PROJECT / "README.md").read_text(), flags=re.DOTALL)

    assert len(queries) == 3
    for query in queries:
        assert rows(run.home.analyst, query)


def test_the_dashboard_opens_on_what_was_released(run, monkeypatch):
    """Every page of the real dashboard on the real file: the released sentence is on it."""
    from streamlit.testing.v1 import AppTest

    from lantern.home import PROJECT

    monkeypatch.setenv("LANTERN_RELEASED", str(run.home.released))
    monkeypatch.chdir(PROJECT / "dashboard")
    shares = "breakdown = 'all' and statistic = 'share' and span = 'quarter'"
    asked = f"select measure_id, sentence from cell where period = '2026-Q2' and {shares}"
    sentence = dict(rows(run.home.released, asked))
    app = AppTest.from_file(str(PROJECT / "dashboard" / "app.py"), default_timeout=60).run()
    for page, measure in (
        ("speed", "T_CONTACT_DECISION"),
        ("assessment", "T_ASSESS45"),
        ("coming_back", "R_REREF_DFE"),
    ):
        shown = app.switch_page(f"topics/{page}.py").run()
        assert not shown.exception
        text = " ".join(str(each.proto.body) for each in shown.get("html"))
        assert sentence[measure] in text
