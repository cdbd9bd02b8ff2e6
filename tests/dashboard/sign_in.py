"""An identity provider of this machine, the board's pages behind it, and what reaches a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from invented_release import DASHBOARD
from tests.servers import free_port

CLIENT_SECRET = "canary-of-the-client"  # invented, and looked for in the log
COOKIE_SECRET = "canary-of-the-cookie-" + "c" * 32
ADDRESSES = tuple(sorted(path.stem for path in (DASHBOARD / "topics").glob("*.py")))
ENDED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@contextmanager
def running(command, address, **more):
    """A process until it answers, and its end whatever happens."""
    process = subprocess.Popen(command, **more)
    try:
        until = time.monotonic() + 120
        while True:
            assert process.poll() is None, f"{command[1:4]} ended by itself with {process.returncode}"
            assert time.monotonic() < until, f"{command[1:4]} did not answer"
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def identity_provider(log: Path):
    """A provider that believes whatever name it is told, and says of each person what `say_of` set."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with log.open("wb") as told, running(command, address, stdout=told, stderr=told):
        yield address


def say_of(provider, person, **claims):
    """What the provider puts into this person's identity token from now on."""
    request = urllib.request.Request(
        f"{provider}/users/{person}",
        data=json.dumps(claims).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=10).close()


def access_settings(folder: Path, provider: str, url: str) -> dict[str, str]:
    """Complete settings, with secrets in files as an operator makes them."""
    for name, secret in {"client": CLIENT_SECRET, "cookie": COOKIE_SECRET}.items():
        path = folder / name
        path.write_text(secret, encoding="utf-8")
        path.chmod(0o600)
    return {
        "LANTERN_OIDC_METADATA_URL": f"{provider}/.well-known/openid-configuration",
        "LANTERN_OIDC_CLIENT_ID": "board-pages",
        "LANTERN_OIDC_CLIENT_SECRET_FILE": str(folder / "client"),
        "LANTERN_OIDC_COOKIE_SECRET_FILE": str(folder / "cookie"),
        "LANTERN_OIDC_ROLES": "board-reader, hub-officer",
        "LANTERN_DASHBOARD_CONTACT": "the partnership's officer",
        "LANTERN_DASHBOARD_URL": url,
    }


@contextmanager
def pages_of(released: Path, port: int, log: Path, settings: dict[str, str], temporary: Path):
    """The pages as they are started everywhere: by `server.py`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANTERN_")}
    environment = kept | settings | {"LANTERN_RELEASED": str(released), "TMPDIR": str(temporary)}
    command = [sys.executable, "server.py", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as told,
        running(
            command, f"{address}/_stcore/health", cwd=DASHBOARD, env=environment, stdout=told, stderr=told
        ) as server,
    ):
        yield address, server


def sentences_of(released: Path) -> list[str]:
    """Each sentence of a figure that the file holds, and the name of each release."""
    with duckdb.connect(str(released), read_only=True) as connection:
        rows = connection.execute(
            "select sentence from cell where sentence <> '' union select release_id from release"
        ).fetchall()
    assert len(rows) > 20
    return [sentence for (sentence,) in rows]


def program():
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("No Chromium was found. Install it (Debian: apt-get install chromium) so that signing in can be tried.")


@dataclass
class Visit:
    """One person's browser: its page, and every byte the server sent over the socket."""

    context: object
    address: str
    frames: list[bytes] = field(default_factory=list)
    page: object = None

    def open(self, topic=""):
        if self.page is None:
            self.page = self.context.new_page()
            self.page.on("websocket", lambda socket: socket.on("framereceived", self._keep))
        self.page.goto(f"{self.address}/{topic}", timeout=120_000)
        return self.settled()

    def _keep(self, frame):
        self.frames.append(frame if isinstance(frame, bytes) else frame.encode())

    def settled(self):
        self.page.wait_for_selector("h1", timeout=120_000)
        self.page.wait_for_selector(ENDED, timeout=120_000)
        self.page.wait_for_timeout(300)
        return self

    def sign_in(self, person):
        self.page.get_by_role("button", name="Sign in").click()
        self.page.fill('input[name="sub"]', person, timeout=120_000)
        self.page.get_by_role("button", name="Authorize").click()
        return self.settled()

    def sign_out(self):
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_selector("text=/End Session|end session|logout|log out/i", timeout=120_000)

    @property
    def heading(self):
        return self.page.inner_text("h1")

    @property
    def seen(self):
        return self.page.inner_text("body")

    def figures(self, sentences):
        """Figures found in what is drawn, in the page's source or in what came over the socket."""
        everything = " ".join([self.page.content(), *(frame.decode("utf-8", "replace") for frame in self.frames)])
        return [sentence for sentence in sentences if sentence in everything] + re.findall(r"\d+%", self.seen)[:3]
