"""
Build the partner's one-file tool: a zip that any Python from 3.11 runs, with nothing to install.

    python packaging/partner_tool.py dist/lantern-partner.pyz

It carries our partner side, the code lists and pure-Python libraries from requirements/partner-tool.txt, each
byte checked by its hash. The same sources give the same bytes on any machine, so that whoever is handed a tool can
build it again and compare the SHA-256 that is printed.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LOCK = PROJECT / "requirements" / "partner-tool.txt"
PACKAGES = PROJECT / "build" / "partner-tool"
OUR_FILES = ("__init__.py", "codelist.py", "contract.py", "errors.py", "partner")
"""Of `src/lantern`: what import-linter lets the partner's side see."""
COMPILED = (".so", ".pyd", ".dll", ".dylib")
NOISE = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")
"""What an installer notes of the machine it ran on."""
SHEBANG = b"#!/usr/bin/env python3\n"
EPOCH = (1980, 1, 1, 0, 0, 0)
UNIX, FILE_MODE = 3, 0o100644
MAIN = b'''\
"""Run the partner's tool."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed, this is %d.%d. Nothing was done." % sys.version_info[:2])

from lantern.partner.cli import main

main()
'''


def fetched(packages: Path = PACKAGES) -> Path:
    """
    The folder with the locked libraries, fetched if it is not there or of another lock.

    This is the one step that needs a package index; everything after it works without a network.
    """
    stamp = packages / ".lock"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        shutil.rmtree(packages, ignore_errors=True)
        exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"]
        where = ["--target", str(packages), "--requirement", str(LOCK)]
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *exact, *where], check=True)
        stamp.write_text(wanted, encoding="ascii")
    stamp.touch()
    return packages


def build(out: Path, packages: Path) -> str:
    """Write the tool and return its SHA-256."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    with part.open("wb") as stream:
        stream.write(SHEBANG)
        # Stored, not packed: packers differ from machine to machine, and the tool starts faster.
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sorted(entries(packages)):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system, entry.external_attr = UNIX, FILE_MODE << 16
                archive.writestr(entry, content)
    part.chmod(0o755)
    part.replace(out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def entries(packages: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the tool by its name in the zip."""
    yield "__main__.py", MAIN
    source = PROJECT / "src" / "lantern"
    for ours in OUR_FILES:
        for path in files_under(source / ours):
            yield f"lantern/{path.relative_to(source).as_posix()}", path.read_bytes()
    lists = PROJECT / "dbt_project" / "seeds" / "codelists"
    for path in lists.glob("codelist__*.csv"):
        yield f"lantern/seeds/codelists/{path.name}", path.read_bytes()
    yield "LICENSE", (PROJECT / "LICENSE").read_bytes()
    for path in files_under(packages):
        name = path.relative_to(packages).as_posix()
        if path.suffix in COMPILED:
            sys.exit(f"{name}: it is compiled for one kind of machine. Nothing was built. Lock a version without it.")
        if not (name.startswith((".lock", "bin/")) or path.name in NOISE):
            yield name, path.read_bytes()


def files_under(path: Path) -> Iterator[Path]:
    """A file, or the files of a folder, without what Python and editors leave behind."""
    for each in [path] if path.is_file() else path.rglob("*"):
        if each.is_file() and "__pycache__" not in each.parts and each.suffix != ".pyc":
            yield each


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "dist" / "lantern-partner.pyz"
    digest = build(target, fetched())
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, SHA-256 {digest}")
