"""`lantern answer`: budgeted questions about one table of events."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.errors import ConfigRefused, ContractBroken

app = typer.Typer()
_MICRO = 1_000_000
_SHOWN = 40


@app.command()
def answer(
    table: Annotated[Path, typer.Argument(help="A Parquet table of events: one row each.")],
    workload: Annotated[Path, typer.Option(help="The questions: docs/answers.md shows such a file.")],
    rho: Annotated[float | None, typer.Option(help="What the answers may cost, as rho.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="What they may cost, as epsilon at --delta.")] = None,
    delta: Annotated[float, typer.Option(help="0 for a promise without delta (Laplace noise).")] = 1e-6,
    out: Annotated[Path | None, typer.Option(help="Where to write the answers: .json or .parquet.")] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say the expected error and the price, and stop.")] = False,
) -> None:
    """
    Ask an inquiry of a table: the error and the price are told before anything is drawn.

    No ledger is kept of answers: who may ask, and how often, is decided where this is allowed.
    """
    from lantern.privacy import answer as answering
    from lantern.privacy import inquiry, mechanism

    if out is not None and out.suffix not in {".json", ".parquet"}:
        raise ConfigRefused("--out: a file that ends in .json or .parquet is needed. Nothing was planned or drawn.")
    if not 0 <= delta < 1:
        raise ConfigRefused("--delta: a number from 0 to below 1 is needed. Nothing was planned or drawn.")
    asked = inquiry.read(workload)
    family, micro = _promise(rho, epsilon, delta)
    with Console(stderr=True).status("Planning: public numbers only, the table is not looked at."):
        plan = answering.plan(asked, family, micro)
        expected = answering.foretold(asked, plan)
    price = f"{mechanism.epsilon(family, plan.micro, delta):.3f}"
    _say(f"Price of these answers, once: {micro / _MICRO:g} {'epsilon' if family == 'pure' else 'rho'}, ", end="")
    _say(f"which is epsilon {price}" + (f" at delta {delta:g}." if family == "zcdp" else "."))
    budgets = {part.name: f"{part.rows_a_year:.2f}" for each in plan.tables for part in each.parts}
    _say(f"A person counts as so many rows at most, by part: {', '.join(f'{n} {b}' for n, b in budgets.items())}.")
    _show("Expected before anything is drawn, at the public numbers of the inquiry", expected)
    if plan_only:
        _say("Nothing was drawn.")
        return
    found = _drawn(table, asked, lambda connection: answering.answer(connection, asked, plan, "events"))
    rows = [_row(each) for each in found]
    if out is None:
        _show("Answers, with the range noise and bounding leave (95%)", found)
    elif out.suffix == ".json":
        facts = {"inquiry": asked.digest, "family": family, "micro": plan.micro, "plan": plan.digest}
        out.write_text(json.dumps({**facts, "answers": rows}, indent=2))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        keys = {name: [row["keys"].get(name) for row in rows] for name in sorted({n for r in rows for n in r["keys"]})}
        plain = {name: [row[name] for row in rows] for name in rows[0] if name != "keys"}
        pq.write_table(pa.table({**keys, **plain}), out)
    if out is not None:
        _say(f"{len(rows)} answers are in {out.name}.")


def _promise(rho: float | None, epsilon: float | None, delta: float) -> tuple[Any, int]:
    from lantern.privacy import mechanism

    if (rho is None) == (epsilon is None):
        raise ConfigRefused("lantern answer: either --rho or --epsilon is needed. Nothing was planned or drawn.")
    given = rho if rho is not None else epsilon
    if given is None or not 1 / _MICRO <= given <= 20:  # noqa: PLR2004
        raise ConfigRefused("lantern answer: a price from 0.000001 to 20 is needed. Nothing was planned or drawn.")
    if rho is not None:
        return "zcdp", int(rho * _MICRO)
    if delta == 0:
        return "pure", int(given * _MICRO)
    # The largest whole number of micro-rho that OpenDP converts to no more than this epsilon.
    low, high = 0, int(given * _MICRO)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if mechanism.epsilon("zcdp", middle, delta) <= given else (low, middle - 1)
    if low < 1:
        raise ConfigRefused("--epsilon: too small for this --delta. Nothing was planned or drawn.")
    return "zcdp", low


def _drawn(table: Path, asked: Any, draw: Callable[[Any], Any]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lantern import warehouse

    names = [asked.person, *(each.name for each in (*asked.columns, *asked.durations))]
    try:
        missing = sorted(set(names) - set(pq.read_schema(table).names))
        events = pq.read_table(table, columns=sorted(set(names) - set(missing)))
    except (OSError, pa.ArrowException) as trouble:
        raise ContractBroken(
            f"{table.name}: it could not be read as Parquet ({type(trouble).__name__}). Nothing was drawn."
        ) from None
    if missing or events[asked.person].null_count:
        what = f"it has no column {', '.join(missing)}" if missing else "a row belongs to nobody"
        raise ContractBroken(f"{table.name}: {what}. Nothing was drawn. Give a table that has what the inquiry names.")
    with warehouse.in_memory() as connection:
        connection.register("events", events)
        try:
            return draw(connection)
        except ValueError:
            raise ContractBroken(
                f"{table.name}: a row has a key that is not listed in the inquiry. Nothing was drawn. List every key that is "
                "possible, from a code list and not from the table."
            ) from None


def _row(each: Any) -> dict[str, Any]:
    figure = each.figure
    return {
        "question": each.question,
        "ask": figure.question.statistic,
        "keys": each.keys,
        "value": figure.value,
        "lower": figure.lower,
        "upper": figure.upper,
        "half_width": figure.half_width,
        "grade": figure.grade,
    }


def _show(title: str, found: Any) -> None:
    shown = Table(title=title, title_justify="left")
    for heading in ("question", "ask", "of", "value", "from", "to", "grade"):
        shown.add_column(heading, justify="right" if heading in {"value", "from", "to"} else "left")
    for each in found[:_SHOWN]:
        row = _row(each)
        keys = ", ".join(f"{name} {key}" for name, key in each.keys.items()) or "all"
        numbers = (
            f"{row[name]:.3f}" if row["ask"] == "share" else f"{row[name]:,.0f}" for name in ("value", "lower", "upper")
        )
        shown.add_row(str(row["question"]), row["ask"], keys, *numbers, row["grade"])
    Console().print(shown)
    if len(found) > _SHOWN:
        _say(f"and {len(found) - _SHOWN} more.")


def _say(text: str, end: str = "\n") -> None:
    Console(soft_wrap=True).print(text, markup=False, highlight=False, end=end)
