"""The one reader of the code lists and holidays that dbt holds as seeds."""

import csv
import io
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from lantern.errors import ConfigRefused

_CHECKOUT = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"


def seeds_folder() -> Traversable:
    """Where the seeds are: inside an installed wheel or the partner's one-file tool, else in the checkout."""
    installed = resources.files("lantern") / "seeds"
    return installed if installed.is_dir() else _CHECKOUT


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """
    One seed as rows, in file order.

    Args:
        name: The seed's file name without `.csv`, such as `codelist__need`.

    Returns:
        One dict per line, every value text, an empty cell as an empty string.

    Raises:
        ConfigRefused: There is no such seed, or two of them.
    """
    found = [file for file in _files(seeds_folder()) if file.name == f"{name}.csv"]
    if len(found) != 1:
        raise ConfigRefused(f"seeds: {len(found)} files are called '{name}.csv', one is needed. Nothing was read.")
    return tuple(csv.DictReader(io.StringIO(found[0].read_text(encoding="utf-8"), newline="")))


def _files(folder: Traversable) -> Iterator[Traversable]:
    for each in folder.iterdir():
        yield from _files(each) if each.is_dir() else (each,)


@cache
def codes(name: str) -> tuple[str, ...]:
    """The codes of `codelist__<name>`, in list order: the only keys a table may be broken down by."""
    return tuple(row["code"] for row in rows(f"codelist__{name}"))


def labels(name: str) -> dict[str, str]:
    """Code to label of `codelist__<name>`."""
    return {row["code"]: row["label"] for row in rows(f"codelist__{name}")}


def translation(name: str, column: str) -> dict[str, str]:
    """Code to another column of `codelist__<name>`: which group a code belongs to, for instance."""
    return {row["code"]: row[column] for row in rows(f"codelist__{name}")}
