"""`lantern answer`: budgeted questions about one table of events."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from rich.console import Console

from lantern.cli import handout
from lantern.cli.handout import row_of, say, show
from lantern.errors import ConfigRefused, ContractBroken
from lantern.home import locked

if TYPE_CHECKING:
    from lantern.cli.allowance import Allowance
    from lantern.privacy.inquiry import Inquiry
    from lantern.privacy.plan import Family, Plan

app = typer.Typer()
_MICRO = 1_000_000
_LEAST, _MOST = 10, 20 * _MICRO
"""A price, in millionths: below, a part of a plan would have less than one; above, next to nothing would be hidden."""


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

    def digest(self, table: BinaryIO) -> str:
        """
        SHA-256 of all that makes it this request: when the table was written, the inquiry, the price.

        Privacy: of the table's bytes it would tell for nothing whether one written again has changed.
        """
        said = [os.fstat(table.fileno()).st_mtime_ns, self.inquiry.digest, self.family, self.micro]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@app.command()
def answer(
    table: Annotated[Path, typer.Argument(help="A Parquet table of events: one row each.")],
    workload: Annotated[
        Path, typer.Option(help="The questions: docs/answers.md shows such a file. - reads them from standard input.")
    ],
    rho: Annotated[float | None, typer.Option(help="What the answers may cost, as rho.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="What they may cost, as epsilon at --delta.")] = None,
    delta: Annotated[float, typer.Option(help="0 for a promise without delta (Laplace noise).")] = 1e-6,
    out: Annotated[Path | None, typer.Option(help="Where to write the answers: .json or .parquet.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all answers, as JSON.")] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say the expected error and the price, and stop.")] = False,
) -> None:
    """
    Ask an inquiry of a table: the error and the price are told before anything is drawn.

    The price is charged to the table's allowance before a row is looked at. The same question again is the same answer, at no price.
    """
    from lantern.cli.allowance import Allowance
    from lantern.privacy import inquiry

    if not 0 <= delta < 1:
        raise ConfigRefused("--delta: a number from 0 to below 1 is needed. Nothing was planned or drawn.")
    # Once, for what pays and what answers: a link may be another's the next moment.
    table = table.resolve()
    asked = _Request(inquiry.read(workload), *_promise(rho, epsilon, delta), delta)
    handout.check(out, table, asked.inquiry)
    if plan_only:
        _planned(asked)
        say("Nothing was drawn.")
        return
    paid = Allowance.beside(table)
    with _opened(table, asked.inquiry) as events, locked(table):
        digest = asked.digest(events)
        answers = paid.answered(digest)
        if answers is None:
            left = paid.check(asked.price)
            answers = _drawn(paid, digest, asked, _planned(asked), events)
            left -= asked.price
            say(f"Charged: {asked.price / _MICRO:g} rho. Left of the table's allowance: {left / _MICRO:g}.")
        else:
            say("Asked before of this table as it is: these are the answers given then, at no further price.")
    # What an earlier version kept may hold numbers that are none in JSON.
    handout.give(json.loads(answers, parse_constant=lambda _: None), out, as_json=as_json)


def _planned(asked: _Request) -> "Plan":
    """The plan, once its price and the errors to expect have been told."""
    from lantern.privacy import answer as answering
    from lantern.privacy import mechanism

    with Console(stderr=True).status("Planning: public numbers only, the table is not looked at."):
        plan = answering.plan(asked.inquiry, asked.family, asked.micro)
        expected = answering.foretold(asked.inquiry, plan)
    unit, at = ("epsilon", ".") if asked.family == "pure" else ("rho", f" at delta {asked.delta:g}.")
    price = f"{mechanism.epsilon(asked.family, plan.micro, asked.delta):.3f}"
    say(f"Price of these answers, once: {asked.micro / _MICRO:g} {unit}, which is epsilon {price}{at}")
    budgets = {part.name: f"{part.rows_a_year:.2f}" for each in plan.tables for part in each.parts}
    say(f"A person counts as so many rows at most, by part: {', '.join(f'{n} {b}' for n, b in budgets.items())}.")
    title = "Expected before anything is drawn, at the public numbers of the inquiry"
    show(title, [row_of(each) for each in expected], Console(stderr=True))
    return plan


def _drawn(paid: "Allowance", digest: str, asked: _Request, plan: "Plan", events: BinaryIO) -> str:
    """
    New answers, as they are kept: charged before a row is looked at, and kept before anybody is shown them.

    Privacy: whatever cannot be counted is told in one sentence, since why would be an exact answer about the rows.
    """
    from lantern.privacy import answer as answering

    number = paid.charge(digest, asked.price)
    try:
        weights = _counted(asked.inquiry, plan, events)
    except Exception:  # noqa: BLE001  # whatever it is, its own words are of the rows
        raise ContractBroken(
            "lantern answer: the table could not be counted. The price is spent, and nothing was drawn. Whoever keeps the table "
            "should see whether it is damaged, or too large for this machine."
        ) from None
    found = answering.draw(asked.inquiry, plan, weights)
    facts = {"inquiry": asked.inquiry.digest, "family": asked.family, "micro": plan.micro, "plan": plan.digest}
    answers = json.dumps({**facts, "answers": [row_of(each) for each in found]}, indent=2, allow_nan=False)
    paid.keep(number, answers)
    return answers


def _promise(rho: float | None, epsilon: float | None, delta: float) -> tuple[Any, int]:
    from lantern.privacy import mechanism

    if (rho is None) == (epsilon is None):
        raise ConfigRefused("lantern answer: either --rho or --epsilon is needed. Nothing was planned or drawn.")
    given = rho if rho is not None else epsilon
    if given is None or not _LEAST / _MICRO <= given <= _MOST / _MICRO:
        raise ConfigRefused("lantern answer: a price from 0.00001 to 20 is needed. Nothing was planned or drawn.")
    if rho is not None:
        return "zcdp", int(rho * _MICRO)
    if delta == 0:
        return "pure", int(given * _MICRO)
    # The largest whole number of micro-rho that OpenDP converts to no more than this epsilon.
    low, high = 0, int(given * _MICRO)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if mechanism.epsilon("zcdp", middle, delta) <= given else (low, middle - 1)
    if low < _LEAST:
        raise ConfigRefused("--epsilon: too small for this --delta. Nothing was planned or drawn.")
    return "zcdp", low


@contextmanager
def _opened(table: Path, inquiry: "Inquiry") -> Iterator[BinaryIO]:
    """
    A table that has the columns the inquiry names, by what its schema says; no row is looked at.

    Raises:
        ContractBroken: It has not.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        try:
            events = stack.enter_context(table.open("rb"))
            schema = pq.read_schema(events)
        except (OSError, pa.ArrowException) as trouble:
            raise ContractBroken(
                f"{table.name}: it could not be read as Parquet ({type(trouble).__name__}). Nothing was charged or drawn."
            ) from None
        _check(table, schema, inquiry)
        yield events


def _check(table: Path, schema: Any, inquiry: "Inquiry") -> None:
    if faults := list(_faults(schema, inquiry)):
        raise ContractBroken(
            f"{table.name}: {'; '.join(faults)}. Nothing was charged or drawn. Give a table that has what the inquiry names."
        )


def _faults(schema: Any, inquiry: "Inquiry") -> Iterator[str]:
    """What is wrong with a schema. Only such types are let through as can be counted whatever their values."""
    from pyarrow import types

    name = (types.is_string, types.is_large_string, types.is_integer, types.is_null)
    number = (types.is_integer, types.is_float32, types.is_float64, types.is_null)
    wanted: dict[str, tuple[str, tuple[Callable[[Any], bool], ...]]] = {inquiry.person: ("text or whole numbers", name)}
    wanted |= {
        each.name: ("text, numbers, or true and false", (*name, *number, types.is_boolean)) for each in inquiry.columns
    }
    wanted |= {each.name: ("numbers of days", number) for each in inquiry.durations}
    for column, (words, kinds) in wanted.items():
        places = schema.get_all_field_indices(column)
        if len(places) != 1:
            yield f"it has {len(places) or 'no'} columns {column}"
            continue
        found = schema.field(places[0]).type
        found = found.value_type if types.is_dictionary(found) else found
        if not any(is_kind(found) for is_kind in kinds):
            yield f"column {column} is {found}, where {words} are needed"


def _counted(inquiry: "Inquiry", plan: "Plan", events: BinaryIO) -> Any:
    """Exact weights, which only the draw may have."""
    import pyarrow.parquet as pq

    from lantern import warehouse
    from lantern.privacy import answer as answering

    names = {inquiry.person, *(each.name for each in (*inquiry.columns, *inquiry.durations))}
    with warehouse.in_memory() as connection:
        connection.register("events", pq.read_table(events, columns=sorted(names)))
        return answering.count(connection, inquiry, plan, "events")
