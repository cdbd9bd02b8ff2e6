"""A real nginx with the files that production mounts, and a certificate made for it."""

import http.client
import http.server
import os
import ssl
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from container_files import PROJECT
from tests.servers import free_port, program, wait_until_open

DEPLOYMENT = PROJECT / "packaging" / "deployment"
USER = "10003"
UPSTREAM = {"board.conf": "http://dashboard:8501", "officers.conf": "http://airflow-api-server:8080"}


@dataclass(frozen=True)
class Proxy:
    """A running nginx, and the trust in the certificate made for it."""

    port: int
    trust: ssl.SSLContext

    def ask(self, path="/", headers=None):
        """One request: its status, headers and body."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trust, timeout=20)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def folder():
    """A folder of the proxy's own user: pytest's are closed to others."""
    with tempfile.TemporaryDirectory(prefix="lantern-proxy-") as name:
        command = [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
            ),
            *("-subj", "/CN=board.example", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", f"{name}/key", "-out", f"{name}/certificate"),
        ]
        subprocess.run(command, check=True, capture_output=True)
        yield Path(name)


def laid_out(folder: Path, site: str, port: int, behind: int) -> Path:
    """The mounted files with paths and ports of this machine; whatever is replaced is there exactly once or fails."""
    place = folder / f"{site}-{port}"
    (place / "memory").mkdir(parents=True)
    text = (DEPLOYMENT / "proxy.conf").read_text(encoding="utf-8")
    assert text.count(" /tmp/") == 6
    text = text.replace(" /tmp/", f" {place}/memory/")
    for old, new in {
        "/run/secrets/certificate;": f"{folder}/certificate;",
        "/run/secrets/certificate_key;": f"{folder}/key;",
        "listen 8443 ssl": f"listen 127.0.0.1:{port} ssl",
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (place / "nginx.conf").write_text(text, encoding="utf-8")
    upstream = (DEPLOYMENT / site).read_text(encoding="utf-8")
    assert upstream.count(UPSTREAM[site]) == 1
    (place / "upstream.conf").write_text(
        upstream.replace(UPSTREAM[site], f"http://127.0.0.1:{behind}"), encoding="utf-8"
    )
    for path in [folder, *folder.rglob("*")] if os.geteuid() == 0 else []:
        os.chown(path, int(USER), int(USER))
    return place


@contextmanager
def running(folder: Path, site: str, behind: int):
    """Nginx as the container runs it: one user that is nobody in particular, and no new privileges."""
    port = free_port()
    place = laid_out(folder, site, port, behind)
    nobody = [
        "setpriv",
        f"--reuid={USER}",
        f"--regid={USER}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    ]
    command = [program("nginx", "nginx-light"), "-e", "stderr", "-c", str(place / "nginx.conf")]
    with (place / "log").open("w") as log:
        process = subprocess.Popen([*(nobody if os.geteuid() == 0 else []), *command], stdout=log, stderr=log)
        try:
            wait_until_open(port, process)
            yield Proxy(port, ssl.create_default_context(cafile=folder / "certificate"))
        finally:
            process.terminate()
            process.wait(20)
