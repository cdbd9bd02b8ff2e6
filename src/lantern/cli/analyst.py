"""One question of an analyst to the analysts' file, by SQL."""

import sys
from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.cli.hub import DEMO, Partnership, say
from lantern.errors import ConfigRefused
from lantern.home import Home

app = typer.Typer()

ON_SCREEN = 40
_BATCH = 50_000


@app.command()
def query(
    statement: Annotated[str, typer.Argument(help="One SQL statement that reads; - reads it from standard input.")],
    partnership: Partnership = DEMO,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every row, as CSV.")] = False,
) -> None:
    """Ask the analysts' file one question; it can reach no other file, and takes no file's name."""
    from lantern import warehouse

    if statement == "-":
        statement = sys.stdin.read()
    # No file is named, in or out: whoever may run this as the hub's user could have it read a key or write over one.
    with warehouse.asked(Home.of(partnership), statement) as answer:
        (_print_csv if as_csv else _print_table)(answer)


def _print_csv(answer: Any) -> None:
    import pyarrow as pa
    from pyarrow import csv

    batches = answer.to_arrow_reader(_BATCH)
    if nested := [field.name for field in batches.schema if pa.types.is_nested(field.type)]:
        raise ConfigRefused(
            f"analysts' file: CSV has no lists: {', '.join(nested)}. Nothing was written. Cast them to text."
        )
    with csv.CSVWriter(sys.stdout.buffer, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _print_table(answer: Any) -> None:
    table = Table()
    for name, *_ in answer.description or ():
        table.add_column(str(name), overflow="fold")
    rows = answer.fetchmany(ON_SCREEN + 1)
    for row in islice(rows, ON_SCREEN):
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(markup=False, highlight=False).print(table)
    if len(rows) > ON_SCREEN:
        say(f"These are the first {ON_SCREEN} rows; --csv prints all.")
