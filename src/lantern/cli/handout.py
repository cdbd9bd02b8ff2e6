"""How answers leave `lantern answer`: on the screen, as JSON, or in a file."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.errors import ConfigRefused

if TYPE_CHECKING:
    from lantern.privacy.inquiry import Inquiry

_SHOWN = 40
_NUMBERS = ("value", "lower", "upper", "half_width")
_OWN = {"question", "ask", *_NUMBERS, "grade"}


def check(out: Path | None, table: Path, inquiry: "Inquiry") -> None:
    """
    See, before anything is charged, that answers can be written where they are to go.

    Raises:
        ConfigRefused: They cannot.
    """
    if out is None:
        return
    if out.suffix not in {".json", ".parquet"}:
        raise ConfigRefused("--out: a file that ends in .json or .parquet is needed. Nothing was planned or drawn.")
    if not out.parent.is_dir() or out.is_dir():
        raise ConfigRefused(
            f"--out: {out.name} cannot be written there. Nothing was planned or drawn. Name a folder that is there."
        )
    if out.resolve() == table or (out.exists() and table.exists() and out.samefile(table)):
        raise ConfigRefused("--out: that is the table itself. Nothing was planned or drawn. Name another file.")
    if out.suffix == ".parquet" and (taken := sorted(_OWN & {each.name for each in inquiry.columns})):
        raise ConfigRefused(
            f"--out: answers have a column {taken[0]} of their own, beside which the table's would be lost. Nothing was planned or "
            "drawn. Write .json, where keys stand apart."
        )


def give(kept: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    """Hand out what is kept of a request."""
    rows = kept["answers"]
    said = json.dumps(kept, indent=2, allow_nan=False)
    if as_json:
        typer.echo(said)
    elif out is None:
        show("Answers, with the range noise and bounding leave (95%)", rows, Console())
    if out is None:
        return
    if out.suffix == ".json":
        out.write_text(said)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        keys = {name: [row["keys"].get(name) for row in rows] for name in sorted({n for r in rows for n in r["keys"]})}
        plain = {name: [row[name] for row in rows] for name in rows[0] if name != "keys"}
        numbers = {name: pa.array(plain[name], pa.float64()) for name in _NUMBERS}
        pq.write_table(pa.table(keys | plain | numbers), out)
    say(f"{len(rows)} answers are in {out.name}.")


def row_of(each: Any) -> dict[str, Any]:
    """One answer, in plain values: none where too much was lost to say what it is, or how far off."""
    figure = each.figure
    return {
        "question": each.question,
        "ask": figure.question.statistic,
        "keys": each.keys,
        **{name: None if figure.is_too_much_lost else _finite(getattr(figure, name)) for name in _NUMBERS},
        "grade": figure.grade,
    }


def _finite(number: float) -> float | None:
    """None for a day that is not reached, and for a range without an end."""
    return float(number) if math.isfinite(number) else None


def show(title: str, rows: Sequence[dict[str, Any]], console: Console) -> None:
    """Answers as a table, the first of many."""
    shown = Table(title=title, title_justify="left")
    for heading in ("question", "ask", "of", "value", "from", "to", "grade"):
        shown.add_column(heading, justify="right" if heading in {"value", "from", "to"} else "left")
    for row in rows[:_SHOWN]:
        keys = ", ".join(f"{name} {key}" for name, key in row["keys"].items()) or "all"
        shown.add_row(str(row["question"]), row["ask"], keys, *_told(row), row["grade"])
    console.print(shown)
    if len(rows) > _SHOWN:
        say(f"and {len(rows) - _SHOWN} more.")


def _told(row: dict[str, Any]) -> Iterator[str]:
    if row["value"] is row["half_width"] is None:
        yield from ("not known", "", "")
        return
    form = "z.3f" if row["ask"] == "share" else "z,.0f"
    for name, without in (("value", "not reached"), ("lower", "no end"), ("upper", "no end")):
        yield without if row[name] is None else f"{row[name]:{form}}"


def say(text: str) -> None:
    """What is no answer goes to standard error."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)
