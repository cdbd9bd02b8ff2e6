"""The dashboard in a real browser: seen, measured for accessibility, and watched for other hosts."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from invented_release import DASHBOARD, TOPICS, Plan, write
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
STANDARDS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
WIDTHS = (1280, 375)
STATES = {
    "many": [*TOPICS],
    "none": ["at_a_glance", "speed"],
    "broken": ["speed", "at_a_glance"],
}
NEVER_SEEN = ("Traceback", "Error", "duckdb", "Streamlit", "/tmp", "IOException", "Deploy")


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail(
        "No Chromium was found. Install it (Debian: apt-get install chromium) so that the pages can be looked at."
    )


@pytest.fixture(scope="module")
def browser():
    program = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def served(path):
    """Serve the dashboard on a free port of this machine, and stop it whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.address=127.0.0.1",
        f"--server.port={port}",
    ]
    environment = {**os.environ, "LANTERN_RELEASED": str(path)}
    server = subprocess.Popen(
        command, cwd=DASHBOARD, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address, server):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"The server stopped by itself with code {server.returncode}.")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The server did not answer within a minute.")


@pytest.fixture(scope="module", params=list(STATES))
def site(request, tmp_path_factory):
    """One server for each state of the released file; the first page it is asked for is a deep link."""
    path = tmp_path_factory.mktemp("released") / "released.duckdb"
    if request.param == "broken":
        path.write_bytes(b"not a database" * 500)
    else:
        write(path, Plan(quarters=0 if request.param == "none" else 8))
    with served(path) as address:
        yield request.param, address


@contextmanager
def opened(browser, address, topic, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-GB")
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    try:
        page.goto(f"{address}/{'' if topic == 'at_a_glance' else topic}")
        page.wait_for_selector("h1", timeout=60_000)
        page.wait_for_selector(".foot, .banner, h2", timeout=60_000)
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
        page.wait_for_timeout(700)
        yield page, hosts
    finally:
        page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_can_be_read_by_everyone_and_asks_no_other_host(browser, site, width):
    """
    No accessibility rule is broken, nothing is cut off sideways, no request leaves the machine
    and nothing a reader can see speaks of the software.
    """
    state, address = site
    for topic in reversed(STATES[state]):
        with opened(browser, address, topic, width) as (page, hosts):
            for fold in page.query_selector_all("details"):
                fold.evaluate("fold => { fold.open = true }")
            seen = page.inner_text("body")
            found = Axe().run(page, options=STANDARDS)
            broken = [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found.response["violations"]]

            assert broken == [], (state, topic)
            assert hosts == {urlsplit(address).netloc}
            assert not [word for word in NEVER_SEEN if word in seen], (state, topic)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.documentElement.lang") == "en"
            assert page.locator("h1").count() == 1
            assert ("This page cannot be shown just now." in seen) == (state == "broken")


def test_every_page_has_its_own_title_and_its_charts_are_drawn(browser, tmp_path):
    with served(write(tmp_path / "released.duckdb", Plan())) as address:
        titles = set()
        for topic, charts in {"speed": 3, "assessment": 3, "coming_back": 2, "at_a_glance": 0, "how_sure": 1}.items():
            with opened(browser, address, topic, 1280) as (page, _):
                titles.add(page.title())
                assert page.locator(".stVegaLiteChart svg").count() == charts, topic
                for chart in page.locator('[role="graphics-document"]').all():
                    assert chart.get_attribute("aria-label")
        assert titles == {"Speed", "Assessment", "Coming back", "At a glance", "How sure"}


def test_the_questions_lead_to_their_pages(browser, tmp_path):
    with (
        served(write(tmp_path / "released.duckdb", Plan())) as address,
        opened(browser, address, "at_a_glance", 1280) as (page, _),
    ):
        page.get_by_role("link", name="Are assessments finished in time?").click()
        page.wait_for_selector("text=About 63% of referrals", timeout=60_000)
        assert page.url == f"{address}/assessment"
