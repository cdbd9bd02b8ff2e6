"""What a shipped mapping expects, as the page of sources shows it: read off its TOML file and nothing else.

`python -m tests.intake.mapping_table` prints the section of the page anew, to be pasted when a mapping changed.
"""

import sys
import tomllib
from typing import Any

from lantern.home import PROJECT

MAPPINGS = sorted((PROJECT / "src" / "lantern" / "partner" / "mappings").glob("*.toml"))
PAGE = PROJECT / "docs" / "sources.md"
TITLE = "## The shipped mappings, column by column"
_SIGNS = {"%d": "DD", "%m": "MM", "%Y": "YYYY", "%b": "Mon", "%H": "hh", "%M": "mm", "%S": "ss"}


def tables() -> str:
    """One table for each mapping."""
    return "\n".join(_table(tomllib.loads(path.read_text(encoding="utf-8"))) for path in MAPPINGS)


def _table(mapping: dict[str, Any]) -> str:
    days, births = (_forms(mapping.get(name, [])) for name in ("when_formats", "dob_formats"))
    lines = [f"### `{mapping['name']}`", "", "| Part | Column | Form or codes |", "| --- | --- | --- |"]
    for part, columns in mapping["columns"].items():
        forms = {"when": days, "recorded": days, "dob": births, "expected_dob": births}.get(part, "")
        lines.append(_line(f"`{part}`", _columns(columns), forms))
    for event in mapping.get("events", []):
        of = f"; follows `{event['parent']}`" if "parent" in event else ""
        lines.append(_line(f"`{event['event_type']}`", _columns(event["when"]), f"{days}{of}"))
        lines += _codes(event)
    if scope := mapping.get("only"):
        said = f"taken: {_labels(scope['accept'])}; left aside: {_labels(scope.get('reject', []))}"
        lines.append(_line("which rows count", scope["column"], said))
    lines += _codes(mapping)
    return "\n".join([*lines, ""])


def _codes(said: dict[str, Any]) -> list[str]:
    lines = []
    for column, given in said.get("codes", {}).items():
        labels = {name: code for name, code in given.items() if name not in ("column", "shared", "separator")}
        told = [f"{label} `{_code(code)}`" if _code(code) else f"{label} nothing" for label, code in labels.items()]
        told += ["any code or label of a referral's source"] if given.get("shared") else []
        cut = f"; several with `{given['separator']}` between" if "separator" in given else ""
        lines.append(_line(f"`{column}`", given["column"], f"{', '.join(told)}{cut}"))
    return lines + [_line(f"`{column}`", "", f"always `{code}`") for column, code in said.get("constants", {}).items()]


def _code(code: Any) -> str:
    return str(code["code"] if isinstance(code, dict) else code)


def _columns(columns: str | list[str]) -> str:
    return columns if isinstance(columns, str) else " and ".join(columns)


def _labels(labels: list[str]) -> str:
    return ", ".join(label or "(empty)" for label in labels) or "none"


def _forms(formats: list[str]) -> str:
    return " or ".join(_form(each) for each in formats)


def _form(text: str) -> str:
    for sign, letters in _SIGNS.items():
        text = text.replace(sign, letters)
    return text


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(f"{tables()}\n")
