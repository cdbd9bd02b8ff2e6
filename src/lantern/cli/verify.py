"""Verify a release folder, at anyone's."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer()


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A release folder, like 2026-Q2-1.")],
    against: Annotated[
        str | None,
        typer.Option(help="The digest it was published with: 64 letters and figures, from the hub's ledger."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")] = False,
) -> None:
    """Check that a release is whole, that its costs are true, and that every figure follows from its noised sums."""
    from lantern.errors import ReleaseRefused
    from lantern.release.folder import read_withdrawn
    from lantern.release.verification import verify as check

    verdict, withdrawn = check(folder, against), read_withdrawn(folder)
    if as_json:
        found = {name: [asdict(fault) for fault in faults] for name, faults in verdict.found.items()}
        told = {"holds": verdict.holds, "digest": verdict.digest, "withdrawn": withdrawn, "found": found}
        typer.echo(json.dumps(told, indent=2))
    else:
        say = Console(soft_wrap=True)
        for name, faults in verdict.found.items():
            say.print(f"{'no ' if faults else 'yes'}  {name}", markup=False, highlight=False)
            for fault in faults:
                say.print(f"       {fault.file}: {fault.what}", markup=False, highlight=False)
        say.print(_verdict(verdict.holds, verdict.digest, against), markup=False, highlight=False)
        if withdrawn:
            say.print(f"It was taken back since: do not use its figures. {withdrawn}", markup=False, highlight=False)
    if not verdict.holds:
        raise typer.Exit(ReleaseRefused.exit_code)


def _verdict(holds: bool, digest: str, against: str | None) -> str:  # noqa: FBT001
    if not holds:
        return (
            "This is NOT the release it says it is. Do not use its figures; ask the partnership for the folder again."
        )
    if against:
        return "It is the release that was published, and every figure follows from its noised sums."
    return (
        f"It agrees with itself: every figure follows from its noised sums. Its digest is {digest}. "
        "Whether it is the one that was published, --against with the digest from the hub's ledger will tell."
    )
