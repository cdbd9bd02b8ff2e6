"""Commands on the ledger: show, verify, anchor."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.release.entry import Entry

app = typer.Typer(help="Every decision and every spend of privacy allowance.", no_args_is_help=True)

Partnership = Annotated[str, typer.Option("--partnership", help="Which file under partnerships/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
_DEMO = "demo"
_HIDDEN = ("answers", "plan", "rows_digest", "folder_digest")
"""Of a line's body: long, and of no use on a screen."""


@app.command("show")
def show(partnership: Partnership = _DEMO, as_json: Json = False) -> None:
    """List every decision, spend and publication."""
    from lantern.privacy.plan import costs_by_population
    from lantern.release.card import ONE_ALLOWANCE

    entries = _opened(partnership)[1]
    if as_json:
        typer.echo(json.dumps([{**asdict(each), "body": _public(each)} for each in entries], indent=2))
        return
    table = Table(title=f"Ledger of {partnership}")
    for heading in ("Line", "What", "Quarter", "On", "Mark"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Who and why, what was charged in millionths of the promise, or which release")
    for each in entries:
        quarter = f"{each.period} again" if each.revision else each.period
        table.add_row(str(each.seq), each.kind, quarter, each.at[:10], each.mac[:8], _words(each))
    Console().print(table)
    if any(len(costs_by_population(each.charges)) > 1 for each in entries):
        Console().print(f"A spend costs any one person the dearest of its populations. {ONE_ALLOWANCE}")


@app.command("verify")
def verify(
    against: Annotated[str, typer.Option(help="A head kept elsewhere: the line that 'ledger anchor' printed.")] = "",
    partnership: Partnership = _DEMO,
    as_json: Json = False,
) -> None:
    """Check every line's mark against the one before, and a head kept elsewhere; exit code 16 if one does not hold."""
    place, entries, head = _opened(partnership, against)
    found = {"place": place, "lines": len(entries), "head": head, "against": against or None}
    held = " It holds the head that was kept elsewhere." if against else ""
    said = f"{len(entries)} lines hold together in {place}. Head: {head or 'none'}.{held}"
    typer.echo(json.dumps(found, indent=2) if as_json else said)


@app.command("anchor")
def anchor(
    out: Annotated[Path | None, typer.Option(help="Write it to this file as well.")] = None,
    partnership: Partnership = _DEMO,
    as_json: Json = False,
) -> None:
    """Print the ledger's head, one line, for an officer to keep where the hub's own people cannot change it."""
    _, entries, head = _opened(partnership)
    if out is not None:
        out.write_text(head + "\n", encoding="ascii")
    typer.echo(json.dumps({"lines": len(entries), "head": head}, indent=2) if as_json else head)


def _opened(partnership: str, against: str = "") -> tuple[str, list[Entry], str]:
    """Where the ledger is, its lines, verified, and its head; refused if it lacks a head kept elsewhere."""
    from lantern.cli.opened import opened_ledger
    from lantern.release.anchor import head_of

    with opened_ledger(partnership) as (_, _, ledger):
        if against:
            ledger.verify_against(against)
        entries = ledger.entries()
        return ledger.place, entries, head_of([each.mac for each in entries])


def _words(entry: Entry) -> str:
    if entry.kind == "spend":
        return f"{entry.micro:,}: {_charges(entry)}"
    body = {name: value for name, value in _public(entry).items() if name != "revision"}
    return "; ".join(str(value) for value in body.values())


def _charges(entry: Entry) -> str:
    """Each part and what it costs; where there are several populations, one after the other with what they come to."""
    from lantern.privacy.plan import costs_by_population, population_of

    listed = {
        population: ", ".join(
            f"{part} {micro:,}" for part, micro in entry.charges.items() if population_of(part) == population
        )
        for population in costs_by_population(entry.charges)
    }
    if len(listed) == 1:
        return next(iter(listed.values()))
    return "; ".join(f"{name} {micro:,} ({listed[name]})" for name, micro in costs_by_population(entry.charges).items())


def _public(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.body.items() if name not in _HIDDEN}
