"""Prints the board pack of a published quarter, as a process of its own that imports nothing of the hub."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from lantern.cli.hub import DEMO, Json, Partnership, Period, say
from lantern.cli.serve import boards_environment
from lantern.errors import ContractBroken, LanternError, ReleaseRefused
from lantern.home import PROJECT, Home
from lantern.period import Quarter

app = typer.Typer()

PATIENCE = 300
"""Seconds that printing both files may take, which takes some."""


@app.command()
def pack(
    period: Period,
    out: Annotated[Path | None, typer.Option(help="Where to write; released/packs if left out.")] = None,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Print a published quarter for the board: an A4 PDF to hand out, and a DOCX to edit. Costs nothing."""
    home = Home.of(partnership)
    written = print_pack(home, Quarter.parse(period), out or home.packs)
    if as_json:
        typer.echo(json.dumps({"period": period, "files": [str(path) for path in written]}, indent=2))
        return
    for path in written:
        say(f"Written: {path}")


def print_pack(home: Home, quarter: Quarter, folder: Path) -> list[Path]:
    """
    Run the printing process; it is given the released file's path and nothing else of the hub.

    Args:
        home: Whose released file.
        quarter: A published quarter; its newest revision is printed.
        folder: Where to write; made if it is not there.

    Returns:
        The PDF and the DOCX.

    Raises:
        ReleaseRefused: the quarter is not published, or still under embargo.
        ContractBroken: a released text is so long that its page would not hold it.
        LanternError: the pack could not be printed, or not in time. None but the last leaves a file.
    """
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pack", str(quarter), str(folder.resolve())],
            cwd=PROJECT / "dashboard",
            env=boards_environment(home),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise LanternError(
            f"Pack of {quarter}: it was not printed in {PATIENCE} seconds, and the printing process was ended. One of its two "
            "files may be there, whole. Try again; if it hangs again, print it on another machine."
        ) from None
    told = ran.stderr.strip().splitlines() or ["it said nothing"]
    if ran.returncode == ReleaseRefused.exit_code:
        told[-1] += _embargo(home, quarter)
    for refusal in (ReleaseRefused, ContractBroken):
        if ran.returncode == refusal.exit_code:
            raise refusal(told[-1])
    if ran.returncode:
        raise LanternError(
            f"Pack of {quarter}: it could not be printed. No file was written. The printing process said last: {told[-1]}"
        )
    return [Path(line) for line in ran.stdout.splitlines()]


def _embargo(home: Home, quarter: Quarter) -> str:
    """What there is to add of a quarter that is drawn and waits for its time."""
    waits = any(home.embargo.glob(f"{quarter}-*"))
    return " It is drawn and under embargo: 'lantern publish' says until when." if waits else ""
