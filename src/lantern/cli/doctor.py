"""Look at every part of the hub and say what is wrong, what to do, and where it is written."""

from typing import TYPE_CHECKING

import typer

from lantern.cli.hub import DEMO, Json, Partnership, _tell

if TYPE_CHECKING:
    from lantern.watching.finding import Finding

app = typer.Typer()

EXIT_CODES = {"ok": 0, "warn": 3, "wrong": 4}
"""For whatever runs it by the clock; 1 and 2 are Python's and the command line's own."""


@app.command()
def doctor(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Look at keys, stores, ledger, board's file, disk, clock, locks and partners; exit code 3 to warn, 4 if something is wrong."""
    from lantern.watching.examination import examine, worst

    findings = examine(partnership)
    verdict = worst(findings)
    _tell(
        as_json,
        {"partnership": partnership, "verdict": verdict, "findings": [each.as_dict() for each in findings]},
        [line for each in findings for line in lines(each)],
    )
    if verdict != "ok":
        raise typer.Exit(EXIT_CODES[verdict])


def lines(finding: "Finding") -> list[str]:
    """One finding on a screen: the line, and below it what to do and the page."""
    from lantern.watching.alarm import page

    told = [f"{finding.state:<6} {finding.alarm:<17} {finding.said}"]
    if finding.state != "ok":
        told += [f"{'':<24} {finding.to_do}".rstrip()] if finding.to_do else []
        told += [f"{'':<24} {page(finding.alarm)}"]
    return told
