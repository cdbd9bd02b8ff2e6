"""`lantern answer`: budgeted questions about one table of events."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.errors import ConfigRefused, ContractBroken

if TYPE_CHECKING:
    from lantern.cli.allowance import Allowance
    from lantern.privacy.inquiry import Inquiry
    from lantern.privacy.plan import Family, Plan

app = typer.Typer()
_MICRO = 1_000_000
_SHOWN = 40
_MOST = 100  # rho


@dataclass(frozen=True)
class _Request:
    """What is asked, and what it may cost: `micro` millionths of rho, or of epsilon in the family `pure`."""

    inquiry: "Inquiry"
    family: "Family"
    micro: int
    delta: float

    @property
    def price(self) -> int:
        """In micro-rho. Source: epsilon alone costs at most half its square (Bun and Steinke 2016, proposition 1.4)."""
        return self.micro if self.family == "zcdp" else -(-(self.micro**2) // (2 * _MICRO))

    def digest(self, table: bytes) -> str:
        """SHA-256 of all that makes it this request: the table's very bytes, the inquiry, the price."""
        said = [hashlib.sha256(table).hexdigest(), self.inquiry.digest, self.family, self.micro]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@app.command()
def answer(
    table: Annotated[Path, typer.Argument(help="A Parquet table of events: one row each.")],
    workload: Annotated[Path, typer.Option(help="The questions: docs/answers.md shows such a file.")],
    rho: Annotated[float | None, typer.Option(help="What the answers may cost, as rho.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="What they may cost, as epsilon at --delta.")] = None,
    delta: Annotated[float, typer.Option(help="0 for a promise without delta (Laplace noise).")] = 1e-6,
    out: Annotated[Path | None, typer.Option(help="Where to write the answers: .json or .parquet.")] = None,
    allowance: Annotated[
        Path | None, typer.Option(help="What has been asked and answered. Else TABLE.allowance, beside the table.")
    ] = None,
    of: Annotated[
        float | None,
        typer.Option(help="What all answers of the table may cost together, as rho, the first time. Else 0.1."),
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say the expected error and the price, and stop.")] = False,
) -> None:
    """
    Ask an inquiry of a table: the error and the price are told before anything is drawn.

    The price is charged to the table's allowance first. The same question again is the same answer, at no price.
    """
    from lantern.cli.allowance import Allowance
    from lantern.privacy import inquiry

    if out is not None and out.suffix not in {".json", ".parquet"}:
        raise ConfigRefused("--out: a file that ends in .json or .parquet is needed. Nothing was planned or drawn.")
    if not 0 <= delta < 1:
        raise ConfigRefused("--delta: a number from 0 to below 1 is needed. Nothing was planned or drawn.")
    if of is not None and not 1 / _MICRO <= of <= _MOST:
        raise ConfigRefused("--of: a rho from 0.000001 to 100 is needed. Nothing was planned or drawn.")
    asked = _Request(inquiry.read(workload), *_promise(rho, epsilon, delta), delta)
    if plan_only:
        _planned(asked)
        _say("Nothing was drawn.")
        return
    paid = Allowance(allowance or table.with_name(f"{table.name}.allowance"), None if of is None else int(of * _MICRO))
    events, digest = _read(table, asked)
    answers = paid.answered(digest)
    if answers is None:
        weights, plan, left = _prepared(paid, table, events, asked)
        answers = _drawn(paid, digest, asked, plan, weights)
        _say(
            f"Charged: {asked.price / _MICRO:g} rho. Left of the table's allowance: {(left - asked.price) / _MICRO:g}."
        )
    else:
        _say("Asked of this very table before: these are the answers given then, at no further price.")
    _hand_out(json.loads(answers), out)


def _planned(asked: _Request) -> "Plan":
    """The plan, once its price and the errors to expect have been told."""
    from lantern.privacy import answer as answering
    from lantern.privacy import mechanism

    with Console(stderr=True).status("Planning: public numbers only, the table is not looked at."):
        plan = answering.plan(asked.inquiry, asked.family, asked.micro)
        expected = answering.foretold(asked.inquiry, plan)
    unit, at = ("epsilon", ".") if asked.family == "pure" else ("rho", f" at delta {asked.delta:g}.")
    price = f"{mechanism.epsilon(asked.family, plan.micro, asked.delta):.3f}"
    _say(f"Price of these answers, once: {asked.micro / _MICRO:g} {unit}, which is epsilon {price}{at}")
    budgets = {part.name: f"{part.rows_a_year:.2f}" for each in plan.tables for part in each.parts}
    _say(f"A person counts as so many rows at most, by part: {', '.join(f'{n} {b}' for n, b in budgets.items())}.")
    _show("Expected before anything is drawn, at the public numbers of the inquiry", [_row(each) for each in expected])
    return plan


def _prepared(paid: "Allowance", table: Path, events: Any, asked: _Request) -> tuple[Any, "Plan", int]:
    """All that can be refused before anything is charged: exact weights, their plan, and what is left before the charge."""
    from lantern import warehouse
    from lantern.privacy import answer as answering

    left = paid.check(asked.price)
    plan = _planned(asked)
    with warehouse.in_memory() as connection:
        connection.register("events", events)
        try:
            return answering.count(connection, asked.inquiry, plan, "events"), plan, left
        except ValueError:
            raise ContractBroken(
                f"{table.name}: a row has a key that is not listed in the inquiry. Nothing was charged or drawn. List every key "
                "that is possible, from a code list and not from the table."
            ) from None


def _drawn(paid: "Allowance", digest: str, asked: _Request, plan: "Plan", weights: Any) -> str:
    """New answers, as they are kept: charged before they are drawn, and kept before anybody is shown them."""
    from lantern.privacy import answer as answering

    number = paid.charge(digest, asked.price)
    found = answering.draw(asked.inquiry, plan, weights)
    facts = {"inquiry": asked.inquiry.digest, "family": asked.family, "micro": plan.micro, "plan": plan.digest}
    answers = json.dumps({**facts, "answers": [_row(each) for each in found]}, indent=2)
    paid.keep(number, answers)
    return answers


def _hand_out(kept: dict[str, Any], out: Path | None) -> None:
    rows = kept["answers"]
    if out is None:
        _show("Answers, with the range noise and bounding leave (95%)", rows)
        return
    if out.suffix == ".json":
        out.write_text(json.dumps(kept, indent=2))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        keys = {name: [row["keys"].get(name) for row in rows] for name in sorted({n for r in rows for n in r["keys"]})}
        plain = {name: [row[name] for row in rows] for name in rows[0] if name != "keys"}
        pq.write_table(pa.table({**keys, **plain}), out)
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


def _read(table: Path, asked: _Request) -> tuple[Any, str]:
    """The columns asked for, and the digest of the request."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    inquiry = asked.inquiry
    names = [inquiry.person, *(each.name for each in (*inquiry.columns, *inquiry.durations))]
    try:
        whole = table.read_bytes()
        source = pa.BufferReader(whole)
        missing = sorted(set(names) - set(pq.read_schema(source).names))
        events = pq.read_table(source, columns=sorted(set(names) - set(missing)))
    except (OSError, pa.ArrowException) as trouble:
        raise ContractBroken(
            f"{table.name}: it could not be read as Parquet ({type(trouble).__name__}). Nothing was drawn."
        ) from None
    if missing or events[inquiry.person].null_count:
        what = f"it has no column {', '.join(missing)}" if missing else "a row belongs to nobody"
        raise ContractBroken(f"{table.name}: {what}. Nothing was drawn. Give a table that has what the inquiry names.")
    return events, asked.digest(whole)


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


def _show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    shown = Table(title=title, title_justify="left")
    for heading in ("question", "ask", "of", "value", "from", "to", "grade"):
        shown.add_column(heading, justify="right" if heading in {"value", "from", "to"} else "left")
    for row in rows[:_SHOWN]:
        keys = ", ".join(f"{name} {key}" for name, key in row["keys"].items()) or "all"
        numbers = (
            f"{row[name]:.3f}" if row["ask"] == "share" else f"{row[name]:,.0f}" for name in ("value", "lower", "upper")
        )
        shown.add_row(str(row["question"]), row["ask"], keys, *numbers, row["grade"])
    Console().print(shown)
    if len(rows) > _SHOWN:
        _say(f"and {len(rows) - _SHOWN} more.")


def _say(text: str, end: str = "\n") -> None:
    Console(soft_wrap=True).print(text, markup=False, highlight=False, end=end)
