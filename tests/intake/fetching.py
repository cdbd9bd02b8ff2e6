"""The council's own inbox by each scheme: a hub that knows it, and ways to put into it and to look at it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import Hub
from tests.intake.sending import contacts
from tests.servers import BUCKET, set_connection

from lantern.intake import collection
from lantern.partnership import Partnership

COUNCIL = "riverton_council"


def with_inbox(partnership: Partnership, url: str, partner: str = COUNCIL) -> Partnership:
    """The same partnership, with one partner's inbox elsewhere."""
    entries = partnership.model_dump()
    for each in entries["partners"]:
        if each["name"] == partner:
            each["inbox"] = url
    return Partnership.model_validate(entries)


def made(hub: Hub, folder: Path, count: int = 20) -> Path:
    """A delivery as the council makes it, in a folder of its own; nothing is left in the hub's inbox."""
    return hub.deliver(contacts(hub, count)).rename(folder)


def collect(hub: Hub, partner: str = COUNCIL) -> int:
    return collection.collect(hub.home, hub.partnership, partner)


class FolderPlace:
    """A folder mounted at the hub."""

    def __init__(self, request, hub, tmp_path, monkeypatch):
        self.root = tmp_path / "mounted"
        self.root.mkdir()
        self.hub = hub
        self.name_inbox(f"file://{self.root}")

    def name_inbox(self, url):
        self.url = url
        self.hub.partnership = with_inbox(self.hub.partnership, url)

    def put(self, folder, name):
        shutil.copytree(folder, self.root / name)

    def put_file(self, name, content):
        (self.root / name).parent.mkdir(exist_ok=True, parents=True)
        (self.root / name).write_bytes(content)

    def files(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())

    def read(self, name):
        return (self.root / name).read_bytes()


class SftpPlace(FolderPlace):
    """A folder of an SFTP server."""

    def __init__(self, request, hub, tmp_path, monkeypatch):
        self.server = request.getfixturevalue("sftp")
        self.root = self.server.root
        self.hub = hub
        self.monkeypatch = monkeypatch
        self.connect()
        self.name_inbox(self.server.url(self.root, "council_sftp"))

    def connect(self, **about):
        extra = about.pop("extra", {})
        set_connection(self.monkeypatch, "council_sftp", **(self.server.connection(**extra) | about))


class S3Place(FolderPlace):
    """A prefix of a bucket."""

    def __init__(self, request, hub, tmp_path, monkeypatch):
        self.server = request.getfixturevalue("s3")
        self.prefix = tmp_path.name
        self.hub = hub
        self.monkeypatch = monkeypatch
        self.connect()
        self.name_inbox(f"s3://council_s3@{BUCKET}/{self.prefix}")

    def connect(self, **about):
        set_connection(self.monkeypatch, "council_s3", **self.server.connection(**about))

    def put(self, folder, name):
        self.server.put(folder, f"{self.prefix}/{name}")

    def put_file(self, name, content):
        self.server.client("s3").put_object(Bucket=BUCKET, Key=f"{self.prefix}/{name}", Body=content)

    def files(self):
        return sorted(key.removeprefix(f"{self.prefix}/") for key in self.server.keys(self.prefix + "/"))

    def read(self, name):
        return self.server.client("s3").get_object(Bucket=BUCKET, Key=f"{self.prefix}/{name}")["Body"].read()


PLACES = {"file": FolderPlace, "sftp": SftpPlace, "s3": S3Place}

DYING = """
import os, signal, sys
from tests.intake import fetching
from lantern.home import Home
from lantern.intake import collection
from lantern.partnership import read_partnership
url, at = sys.argv[1], int(sys.argv[2])
collection.SETTLE_SECONDS = 0.0
count = 0
def heard(event, given):
    global count
    if event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (
        event == "open" and isinstance(given[0], str) and given[0].startswith(home) and given[2] & os.O_WRONLY
    ):
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
found = Home.of("demo")
home = str(found.base)
partnership = fetching.with_inbox(read_partnership("demo"), url)
fetching.prepare(found, partnership)
sys.addaudithook(heard)
collection.collect(found, partnership, fetching.COUNCIL)
print("EFFECTS", count)
"""


def prepare(home, partnership) -> None:
    """Open the inbox once, so that what the libraries do to files while they are loaded is not counted."""
    from lantern.intake import channel

    channel.opened(home, partnership.partner(COUNCIL)).entries()


def collect_and_die(url: str, at: int) -> subprocess.CompletedProcess[str]:
    """Collect in a process that kills itself just before its `at`th effect on a file; 0 is never."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DYING, url, str(at)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
