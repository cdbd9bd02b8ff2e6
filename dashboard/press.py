"""
The board pack of a release, printed when a reader asks for it and kept for the next one who does.

It comes of the very file the pages read, by the same process as `lantern pack`: so it cannot say anything they do not,
and what is withdrawn, or not yet published, there is no pack of. No other store is needed, and no folder of packs.
"""

import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import released

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The endings of the files a pack is printed as, and what a browser calls them."""
NEEDED = ("typst", "vl_convert", "docx")
"""Libraries without which nothing is printed here."""

PATIENCE = 120
"""Seconds a pack may take, which takes some: a printer that hangs would keep it from every other reader."""

_one_at_a_time = Lock()


class NotPrinted(Exception):
    """There is no pack to give; the message is fixed words."""


def can_print() -> bool:
    """Whether packs can be printed on this machine."""
    return all(find_spec(name) for name in NEEDED)


def file_name(release_id: str, kind: str) -> str:
    """Name a pack as the printing process does."""
    return f"board-pack-{release_id}.{kind}"


def pack(release_id: str, kind: str) -> bytes:
    """
    Print a release, or give what was printed for someone before.

    The file is looked at anew: between a page and a click on it, figures may have been withdrawn or replaced.

    Args:
        release_id: Which release.
        kind: One of KINDS.

    Raises:
        NotPrinted: the release does not stand any longer, or the printing failed.
    """
    snapshot = released.read()
    release = next((each for each in snapshot.standing if each.release_id == release_id), None) if snapshot else None
    if release is None:
        raise NotPrinted("These figures are no longer published.")
    path = Path(os.environ[released.WHERE])
    version = path.stat()
    with _one_at_a_time:
        return _printed(str(path), version.st_ino, version.st_mtime_ns, release.period, file_name(release_id, kind))


@lru_cache(maxsize=16)
def _printed(path: str, inode: int, written_at: int, period: str, name: str) -> bytes:  # noqa: ARG001 - see `released`
    """Run the printing process: it takes a few seconds and much memory, which a process of its own gives back."""
    with tempfile.TemporaryDirectory(prefix="lantern-") as folder:
        try:
            subprocess.run(
                [sys.executable, "-m", "pack", period, folder, Path(name).suffix[1:]],
                cwd=Path(__file__).parent,
                env={released.WHERE: path}
                | {each: os.environ[each] for each in ("PATH", "HOME", "TMPDIR") if each in os.environ},
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
            return (Path(folder) / name).read_bytes()
        except (FileNotFoundError, subprocess.TimeoutExpired):
            raise NotPrinted("The pack could not be printed.") from None
