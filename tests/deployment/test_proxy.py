"""The proxies that end TLS: nginx itself, with the files that production mounts, in front of real servers on loopback."""

import base64
import http.client
import http.server
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from container_files import PROJECT, compose
from nginx_server import DEPLOYMENT, UPSTREAM, folder, running
from tests.servers import free_port, wait_until_open

__all__ = ["folder"]

TELLING = ("Traceback", "File ", ".py", "line ", "site-packages", "tornado", "starlette", "streamlit", "nginx/")


@contextmanager
def dashboard(port: int, folder: Path):
    """The board's pages as their image starts them, with no release to show yet."""
    command = [sys.executable, "-W", "ignore", "server.py", "--port", str(port)]
    environment = {"PATH": os.environ["PATH"], "LANTERN_RELEASED": str(folder / "no-release-yet.duckdb")}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=PROJECT / "dashboard", env=environment, stdout=quiet, stderr=quiet)
    try:
        wait_until_open(port, process)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def board(folder):
    """The board's proxy with its pages behind it."""
    port = free_port()
    with dashboard(port, folder), running(folder, "board.conf", port) as found:
        yield found


def test_every_answer_tells_browsers_to_come_by_tls_alone(board):
    status, headers, body = board.ask()

    assert status == 200
    assert b"<title>" in body
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["server"] == "nginx"


def test_what_is_not_tls_gets_nothing(board):
    with socket.create_connection(("127.0.0.1", board.port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: board.example\r\n\r\n")
        said = plain.recv(4096)

    assert said.startswith(b"HTTP/1.1 400")
    assert b"stSkeleton" not in said
    assert b"nginx/" not in said


def chromium():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def drawn_through(proxy) -> str:
    """The board's page as a browser draws it: over the web socket, or not at all."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium(), args=[*flags, "--disable-sync", "--no-first-run"])
        try:
            page = browser.new_page(ignore_https_errors=True)
            page.goto(f"https://127.0.0.1:{proxy.port}/")
            page.get_by_text("Nothing has been published yet").first.wait_for(timeout=60_000)
            return page.inner_text(".stMainBlockContainer")
        finally:
            browser.close()


def test_a_page_is_drawn_over_its_web_socket(board):
    if chromium() is None:
        pytest.fail("Chromium is not installed, and the web socket needs a real browser: apt install chromium")

    assert "Nothing has been published yet" in drawn_through(board)


def upgraded(proxy) -> ssl.SSLSocket:
    """A web socket to the pages, opened by hand; the answer to the request for it has been read."""
    raw = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
    stream = proxy.trust.wrap_socket(raw, server_hostname="127.0.0.1")
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    where = f"127.0.0.1:{proxy.port}"
    stream.sendall(
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {where}\r\nOrigin: https://{where}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    said = b""
    while b"\r\n\r\n" not in said:
        said += stream.recv(1)
    assert said.startswith(b"HTTP/1.1 101 ")
    return stream


def frame(kind: int, content: bytes) -> bytes:
    """A masked frame, as a browser sends it; the mask is nought."""
    return bytes([0x80 | kind, 0x80 | len(content)]) + bytes(4) + content


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff" * 64,
        frame(2, b"\xff" * 40),
        frame(1, b"\xff"),
        frame(2, b"\x0a\xff\xff\xff\x7f"),
        b"\x82\x7f" + b"\xff" * 8,
    ],
    ids=["no frame", "no message", "no text", "a length that is not there", "an endless frame"],
)
def test_a_malformed_frame_is_told_nothing(board, sent):
    stream = upgraded(board)
    said = b""
    try:
        stream.sendall(sent)
        stream.settimeout(2)
        while part := stream.recv(4096):
            said += part
    except (TimeoutError, ConnectionError, ssl.SSLError):
        pass  # silence is an answer
    finally:
        stream.close()

    told = said.decode("latin-1")
    assert [word for word in TELLING if word.lower() in told.lower()] == []
    assert board.ask("/_stcore/health")[0] == 200


class Broken(http.server.BaseHTTPRequestHandler):
    """A server behind the proxy whose error page holds what it should not, and which repeats what it was asked with."""

    def do_GET(self):
        is_error = self.path == "/breaks"
        self.send_response(500 if is_error else 200)
        self.end_headers()
        told = 'Traceback (most recent call last):\n  File "/opt/dashboard/app.py", line 7'
        asked = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items())
        self.wfile.write((told if is_error else asked).encode())

    def log_message(self, *_):
        pass


@contextmanager
def broken():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_whatever_breaks_behind_it_the_board_reads_one_sentence(folder):
    """A page of errors with a path in it, and a server that is not there."""
    with broken() as behind, running(folder, "board.conf", behind) as proxy:
        found = [proxy.ask("/breaks")]
    with running(folder, "board.conf", free_port()) as proxy:
        found.append(proxy.ask())

    for status, headers, body in found:
        assert status == 503
        assert body == b"The pages cannot be shown at the moment. Please try again in a few minutes.\n"
        assert "strict-transport-security" in headers


def test_without_that_the_path_would_be_shown(folder):
    """The twin: the officers' proxy passes on what Airflow says, which is theirs to read."""
    with broken() as behind, running(folder, "officers.conf", behind) as proxy:
        assert b"/opt/dashboard/app.py" in proxy.ask("/breaks")[2]


@pytest.mark.parametrize("site", sorted(UPSTREAM))
def test_who_asks_is_told_by_the_proxy_and_not_by_whoever_asks(folder, site):
    with broken() as behind, running(folder, site, behind) as proxy:
        claimed = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "http", "Host": "board.example:444"}
        asked = proxy.ask("/", claimed)[2].decode().splitlines()

    assert "x-forwarded-for: 127.0.0.1" in asked
    assert "x-forwarded-proto: https" in asked
    assert "host: board.example:444" in asked


def test_what_the_proxies_read_is_what_production_mounts():
    document = compose()
    assert document["x-proxy"]["entrypoint"] == ["nginx", "-e", "stderr"]
    mounted = {
        name: {
            each["target"]: document["configs"][each["source"]]["file"]
            for each in document["services"][name]["configs"]
        }
        for name in ("board-proxy", "officers-proxy")
    }

    assert mounted == {
        f"{side}-proxy": {
            "/etc/nginx/nginx.conf": "packaging/deployment/proxy.conf",
            "/etc/nginx/upstream.conf": f"packaging/deployment/{side}.conf",
        }
        for side in ("board", "officers")
    }
    assert set(UPSTREAM) == {f"{side}.conf" for side in ("board", "officers")}
    for site, address in UPSTREAM.items():
        name, port = address.removeprefix("http://").split(":")
        assert name in document["services"]
        assert f"set $upstream {address};" in (DEPLOYMENT / site).read_text(encoding="utf-8")
        assert port in ("8501", "8080")
