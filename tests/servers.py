"""Real servers on this machine for the tests of inboxes: OpenSSH's own sshd, and S3's API as moto serves it."""

import contextlib
import getpass
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BUCKET = "deliveries"


def free_port() -> int:
    """A port nobody listens on, below those a system hands to outgoing calls: none can take it before its server."""
    while True:
        port = secrets.choice(range(15_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(["/usr/sbin", os.environ.get("PATH", "")]))
    if not found:
        pytest.fail(f"{name} is not installed, and the SFTP tests need a real server: apt install {package}")
    return found


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if is_open(port):
            return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {process.args}")


def wait_until_closed(port: int) -> None:
    """A server has gone when its children have too: one just forked still holds its parent's port."""
    until = time.monotonic() + 60
    while is_open(port):
        if time.monotonic() > until:
            pytest.fail(f"something still listens on port {port}")
        time.sleep(0.1)


def set_connection(monkeypatch: pytest.MonkeyPatch, name: str, **about: Any) -> None:
    """An Airflow connection, as an environment variable gives it."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(about))


@dataclass
class Sftp:
    """An sshd of our own with keys of its own; `root` is what it serves."""

    folder: Path
    port: int
    process: subprocess.Popen | None = field(default=None)

    @property
    def root(self) -> Path:
        return self.folder / "served"

    def key(self, name: str) -> Path:
        """A private key; its public half has `.pub` behind it."""
        path = self.folder / name
        if not path.exists():
            command = [program("ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
            subprocess.run(command, check=True)
        return path

    def public_path(self, name: str) -> Path:
        return self.key(name).with_suffix(".pub")

    def public(self, name: str) -> str:
        return " ".join(self.public_path(name).read_text().split()[:2])

    def connection(self, **extra: Any) -> dict[str, Any]:
        """What an Airflow connection to it holds."""
        known = {"key_file": str(self.key("user")), "host_key": self.public("host")} | extra
        return {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "login": getpass.getuser(),
            "extra": {name: value for name, value in known.items() if value is not None},
        }

    def url(self, folder: Path, connection: str) -> str:
        return f"sftp://{connection}@127.0.0.1{folder}"

    def start(self, *, read_only: bool = False) -> None:
        settings = f"""
            Port {self.port}
            ListenAddress 127.0.0.1
            HostKey {self.key("host")}
            AuthorizedKeysFile {self.public_path("user")}
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            Subsystem sftp internal-sftp
            ForceCommand internal-sftp{" -R" if read_only else ""}
        """
        (self.folder / "sshd_config").write_text("\n".join(line.strip() for line in settings.splitlines()))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd asks for it when root starts it
        command = [program("sshd", "openssh-server"), "-D", "-e", "-f", str(self.folder / "sshd_config")]
        with (self.folder / "sshd.log").open("a") as log:
            self.process = subprocess.Popen(command, stderr=log)
        wait_until_open(self.port, self.process)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
            wait_until_closed(self.port)


@dataclass
class S3:
    """An S3 server with one bucket, which knows one access key and refuses every other."""

    port: int
    access_key: str = ""
    secret: str = ""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, **about: Any) -> dict[str, Any]:
        extra = {"endpoint_url": self.endpoint, "region_name": "eu-west-2"}
        return {"conn_type": "aws", "login": self.access_key, "password": self.secret, "extra": extra} | about

    def client(self, service: str) -> Any:
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="eu-west-2",
            aws_access_key_id=self.access_key or "not-yet-one",
            aws_secret_access_key=self.secret or "not-yet-one",
        )

    def put(self, folder: Path, prefix: str) -> None:
        """Upload a delivery's files, the manifest last."""
        for path in sorted(folder.iterdir(), key=lambda each: each.name == "manifest.json"):
            self.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}/{path.name}", Body=path.read_bytes())

    def keys(self, prefix: str = "") -> list[str]:
        listed = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]

    def prepare(self) -> None:
        """Make the bucket and an account; from then on, ask for it."""
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        accounts = self.client("iam")
        accounts.create_user(UserName="hub")
        allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        accounts.put_user_policy(UserName="hub", PolicyName="inbox", PolicyDocument=json.dumps(allowed))
        made = accounts.create_access_key(UserName="hub")["AccessKey"]
        self.access_key, self.secret = made["AccessKeyId"], made["SecretAccessKey"]
        plain = {"Content-Type": "text/plain"}
        request = urllib.request.Request(f"{self.endpoint}/moto-api/reset-auth", data=b"0", headers=plain)
        urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    """A running SFTP server."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    server = Sftp(folder, free_port())
    server.root.mkdir()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A running S3 server; each test uses a prefix of its own."""
    server = S3(free_port())
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(server.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_open(server.port, process)
        server.prepare()
        yield server
    finally:
        process.terminate()
        process.wait(20)
