"""`lantern audit`: how much a release tells about one child, measured and set beside what is promised."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from lantern.errors import ContractBroken

app = typer.Typer()
QUICK, LONG = 10_000, 100_000


@app.command()
def audit(
    long: Annotated[bool, typer.Option("--long", help="100,000 draws of each release: an hour or so.")] = False,
    draws: Annotated[int | None, typer.Option(min=500, help="How many draws instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, for machines.")] = False,
) -> None:
    """Try to tell an invented child in from out: it must not be told better than promised, and every planted fault must show."""
    from lantern import warehouse
    from lantern.privacy import audit as auditing

    console, found = Console(soft_wrap=True), []
    with warehouse.in_memory() as connection:
        for each in auditing.audit(connection, draws or (LONG if long else QUICK)):
            found.append(each)
            if not as_json:
                if len(found) == 1:
                    console.print(_line("pair", "family", "planted fault", "claimed", "measured", ""), highlight=False)
                cells = (
                    each.pair,
                    each.family,
                    each.fault,
                    f"{each.claimed:.3f}",
                    f">= {each.measured:.3f}",
                    each.verdict,
                )
                console.print(_line(*cells), highlight=False, markup=False)
    if as_json:
        typer.echo(json.dumps([{**asdict(each), "verdict": each.verdict} for each in found], indent=2))
    else:
        console.print("", *auditing.summary(found), sep="\n", highlight=False, markup=False)
        console.print("mu for zcdp (rho is mu^2 / 2), epsilon for pure; measured is a lower limit.", highlight=False)
    wrong = [each for each in found if not each.is_right]
    if wrong:
        raise ContractBroken(
            f"audit: {sum(not each.fault for each in wrong)} pairs tell more than is promised and "
            f"{sum(bool(each.fault) for each in wrong)} planted faults were missed. Nothing was released. If a pair is above "
            "its promise, release nothing until a person has looked; if only faults were missed, use --long."
        )


def _line(pair: str, family: str, fault: str, claimed: str, measured: str, verdict: str) -> str:
    return f"{pair:40}{family:6}{fault:40}{claimed:>8}{measured:>10}  {verdict}"
