"""The list of what is installed is whole, and a package that was swapped after it was locked is not installed."""

import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lantern.home import PROJECT

# What is installed.


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile."""
    text = (PROJECT / "Makefile").read_text()
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)[1].replace("\t@", "").splitlines()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(path: list[str] | None = None) -> set[tuple[str, str]]:
    """Name and version of each package, as Python itself finds them."""
    found = importlib.metadata.distributions(path=path or sys.path)
    return {(canonical(each.metadata["Name"]), each.version) for each in found}


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> dict:
    """What `make sbom` writes: its own command, to another place."""
    written = tmp_path_factory.mktemp("sbom") / "sbom.json"
    (command,) = [line for line in recipe("sbom") if "cyclonedx-py" in line]
    assert "build/sbom.json" in command
    words = command.replace("build/sbom.json", str(written)).replace("$(BIN)", str(Path(sys.executable).parent)).split()
    subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    return json.loads(written.read_text())


def components(listed: dict) -> set[tuple[str, str]]:
    own = listed["metadata"]["component"]
    return {(canonical(each["name"]), each["version"]) for each in [*listed["components"], own]}


def test_the_list_names_every_package_that_is_installed_and_no_other(listed):
    assert (listed["bomFormat"], len(listed["components"]) > 200) == ("CycloneDX", True)
    assert components(listed) == installed()


def test_a_package_that_the_list_lacks_is_noticed(listed, tmp_path):
    """The twin: one more package, planted."""
    (tmp_path / "planted-1.0.dist-info").mkdir()
    (tmp_path / "planted-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")

    assert installed([*sys.path, str(tmp_path)]) - components(listed) == {("planted", "1.0")}


def test_the_list_names_no_folder_of_this_machine(listed):
    assert str(PROJECT) not in json.dumps(listed)
    assert "file://" not in json.dumps(listed)


# What would be installed.

NAME = "lantern_invented-1.0"


def wheel(folder: Path) -> Path:
    """A small package of our own."""
    folder.mkdir()
    path = folder / f"{NAME}-py3-none-any.whl"
    files = {
        "lantern_invented.py": "said = 'as it was locked'\n",
        f"{NAME}.dist-info/METADATA": "Metadata-Version: 2.1\nName: lantern-invented\nVersion: 1.0\n",
        f"{NAME}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{NAME}.dist-info/RECORD"])
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in (files | {f"{NAME}.dist-info/RECORD": record}).items():
            packed.writestr(name, text)
    return path


def install(tmp_path: Path, wheels: Path, requirement: str, *, checked: bool = True) -> tuple[bool, str]:
    """Whether pip installed it, by the options of `make setup`, without a network; and what it said."""
    lock = tmp_path / "lock.txt"
    lock.write_text(requirement)
    (line,) = [line for line in recipe(r"\$\(READY\)") if "requirements/all.txt" in line]
    options = line.split("pip install")[1].split("-r requirements")[0].split()
    assert {"--require-hashes", "--no-deps"} <= set(options)
    options = [each for each in options if checked or each != "--require-hashes"]
    place = ["--no-index", "--find-links", str(wheels), "--target", str(tmp_path / "site"), "--no-compile"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, *place, "--no-cache-dir", "-r", str(lock)],
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (tmp_path / "site" / "lantern_invented.py").exists() == (done.returncode == 0)
    return done.returncode == 0, done.stderr


def locked(path: Path) -> str:
    return f"lantern-invented==1.0 \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def altered(digit: str) -> str:
    return "0" if digit != "0" else "1"


def test_a_package_that_is_as_it_was_locked_is_installed(tmp_path):
    path = wheel(tmp_path / "wheels")

    assert install(tmp_path, path.parent, locked(path)) == (True, "")


def test_one_digit_of_a_hash_altered_stops_pip(tmp_path):
    path = wheel(tmp_path / "wheels")
    requirement = locked(path).rstrip()

    done, said = install(tmp_path, path.parent, requirement[:-1] + altered(requirement[-1]))

    assert not done
    assert "DO NOT MATCH THE HASHES" in said


def test_one_byte_of_a_package_altered_stops_pip(tmp_path):
    path = wheel(tmp_path / "wheels")
    requirement = locked(path)
    path.write_bytes(path.read_bytes().replace(b"as it was locked", b"as it was lockeD"))

    done, said = install(tmp_path, path.parent, requirement)

    assert not done
    assert "DO NOT MATCH THE HASHES" in said


def test_a_package_without_a_hash_stops_pip_and_would_be_installed_without_the_option(tmp_path):
    """And its twin: the option is what holds it."""
    path = wheel(tmp_path / "wheels")

    assert install(tmp_path, path.parent, "lantern-invented==1.0\n")[0] is False
    assert install(tmp_path, path.parent, "lantern-invented==1.0\n", checked=False)[0] is True


LOCKS = sorted((PROJECT / "requirements").glob("*.txt"))


def unhashed(lock: str) -> list[str]:
    """Requirements of a lock that have no version or no hash of their own."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE).strip())
    return [entry.split()[0] for entry in entries if "==" not in entry.split()[0] or "--hash=sha256:" not in entry]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_of_a_lock_has_its_version_and_hash(lock):
    text = lock.read_text()

    assert len(LOCKS) == 5
    assert text.count("==") >= 7
    assert unhashed(text) == []


def test_a_package_of_a_lock_without_its_hash_is_noticed():
    """The twin."""
    hashed = "one==1.0 \\\n    --hash=sha256:00\n    # via two\n"

    assert unhashed(hashed + "two==2.0\n    # via three\nthree>=1 \\\n    --hash=sha256:00\n") == [
        "two==2.0",
        "three>=1",
    ]
