"""The intake DAG with partners' own inboxes: SFTP, S3, and a server that is down, in one run."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from tests.conftest import Hub
from tests.servers import BUCKET, free_port

from lantern import warehouse
from lantern.home import PROJECT

RUN = """
import json, os, warnings
warnings.simplefilter("ignore")
from lantern.home import Home
from orchestration import run
from orchestration.environment import airflow_environment
os.environ.update(airflow_environment(Home.of("demo").airflow))
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"
dag = run._dags("demo")["demo.intake"]
for task in dag.tasks:
    task.retries = 0
ended = dag.test()
states = sorted((each.task_id, each.rendered_map_index or "", str(each.state)) for each in ended.get_task_instances())
print("ENDED", json.dumps([str(ended.state), states]))
"""
SECRET = "not-the-secret-of-anyone"
COUNCIL, POLICE, HOSPITAL = "riverton_council", "riverton_police", "riverton_hospital"


@pytest.fixture
def checkout(tmp_path):
    """This checkout's own code in a folder of the test, so that the test may name inboxes in its partnership."""
    folder = tmp_path / "checkout"
    for name in ("src", "dags", "dbt_project/seeds", "expectations", "partnerships"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def name_inboxes(checkout, inboxes):
    path = checkout / "partnerships" / "demo.toml"
    text = path.read_text()
    for partner, url in inboxes.items():
        text, count = re.subn(rf'(?m)^name = "{partner}"$', f'name = "{partner}"\ninbox = "{url}"', text)
        assert count == 1
    path.write_text(text)


def run_intake(checkout, hub, connections):
    """One run of the DAG as Airflow runs it, in a process of its own: its state, its tasks' and all it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    settings = {
        "PYTHONPATH": os.pathsep.join([str(checkout / "dags"), str(checkout / "src")]),
        "AIRFLOW_HOME": str(hub.home.airflow),
    }
    given = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(about) for name, about in connections.items()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        env=kept | settings | given,
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    (ended,) = re.findall(r"(?m)^ENDED (.*)$", said)
    state, tasks = json.loads(ended)
    return state, {(task, index): became for task, index, became in tasks}, said


def police_delivery(hub):
    event = hub.event(
        "PARTNER_NOTIFICATION",
        person=1,
        source="n1",
        at="2026-01-11",
        partner_org=POLICE,
        partner_type="police",
        source_category="6",
    )
    return hub.deliver([event], partner=POLICE, partner_type="police", source_format="police_notice")


def test_a_dead_server_of_one_partner_holds_up_no_other(hub: Hub, checkout, tmp_path, sftp, s3):
    """SFTP and S3 deliveries are fetched, judged and loaded, reports go back, and the run says that one inbox is dead."""
    hub.deliver([hub.contact(number) for number in range(20)]).rename(sftp.root / "sent")
    s3.put(police_delivery(hub).rename(tmp_path / "police"), f"{tmp_path.name}/sent")
    shutil.rmtree(hub.home.inbox)
    (hub.home.reports / HOSPITAL).mkdir(parents=True)
    (hub.home.reports / HOSPITAL / "1-refused.txt").write_text("an earlier report")
    name_inboxes(
        checkout,
        {
            COUNCIL: sftp.url(sftp.root, "council"),
            POLICE: f"s3://police@{BUCKET}/{tmp_path.name}",
            HOSPITAL: "sftp://hospital@127.0.0.1/drop",
        },
    )
    dead = sftp.connection() | {"port": free_port(), "password": SECRET}

    state, tasks, said = run_intake(
        checkout, hub, {"council": sftp.connection(), "police": s3.connection(), "hospital": dead}
    )

    assert state == "failed"
    assert {task for task, became in tasks.items() if became != "success"} == {
        ("collect_inbox", HOSPITAL),
        ("report_dead_inbox", ""),
        ("return_reports", HOSPITAL),
    }
    assert tasks["return_reports", HOSPITAL] == "skipped"
    assert tasks["collect_inbox", HOSPITAL] == tasks["report_dead_inbox", ""] == "failed"
    with warehouse.opened(hub.home, read_only=True) as connection:
        assert connection.execute("select count(*) from raw.partner_event").fetchone() == (21,)
    assert f"inbox of {HOSPITAL}: it does not answer" in said
    for secret in (SECRET, s3.secret, s3.access_key, str(sftp.key("user")), sftp.public("host")):
        assert secret not in said
    assert not (sftp.root / "sent").exists()
    assert len(list((sftp.root / "reports").iterdir())) >= 1
    assert any("/reports/" in key for key in s3.keys(tmp_path.name))
