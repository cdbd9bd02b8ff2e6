"""Commands for the day a store is lost: backup-key, backup, restore, rebuild."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantern.cli.hub import DEMO, Json, Partnership, _tell, say
from lantern.home import Home

if TYPE_CHECKING:
    from lantern.housekeeping.rebuild import Rebuilt
    from lantern.partnership import Partnership as PartnershipFile

app = typer.Typer()

KeyFile = Annotated[
    Path, typer.Option("--key-file", envvar="LANTERN_BACKUP_KEY_FILE", help="The backups' key, from 'backup-key'.")
]


@app.command("backup-key")
def backup_key(out: Annotated[Path, typer.Option(help="A new file for it, apart from the hub's keys.")]) -> None:
    """Make the key that opens backups; its public half is enough to make them."""
    from lantern.housekeeping import backup_key as key

    public = key.make_key(out)
    say(f"The key is in {out}: keep it where no backup is. The hub needs its public half alone, one line in a file:")
    say(public)


@app.command()
def backup(
    to: Annotated[Path, typer.Option(help="The folder for the stores.")],
    key_file: KeyFile,
    ledger_to: Annotated[Path | None, typer.Option(help="The folder for the ledger, if another.")] = None,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Write the stores and, apart from them, the ledger into two encrypted files; no key is in either."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import backup as pipeline
    from lantern.housekeeping.backup_key import BackupKey

    with steps("Backing up"):
        done = pipeline.backup(Home.of(partnership), BackupKey.of(key_file), to, ledger_to or to)
    _tell(
        as_json,
        {
            "hub": str(done.hub),
            "ledger": str(done.ledger),
            "files": done.files,
            "lines": done.lines,
            "bytes": done.size,
            "cleared": done.cleared,
        },
        [
            f"{done.files} files of the stores: {done.hub}",
            f"{done.lines} lines of the ledger: {done.ledger}",
            f"{done.size / 1e6:,.1f} MB. Keep the hub's keys and the backups' key elsewhere: without them nothing opens.",
            *([f"Removed, half written by backups that were killed: {done.cleared}."] if done.cleared else []),
        ],
    )


@app.command()
def restore(
    folder: Annotated[Path, typer.Option("--from", help="The folder of the stores' backups; the newest is taken.")],
    key_file: KeyFile,
    ledger_from: Annotated[Path | None, typer.Option(help="The folder of the ledger's, if another.")] = None,
    against: Annotated[str, typer.Option(help="A head kept elsewhere: the line that 'ledger anchor' printed.")] = "",
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Put stores and ledger back into a home that lost them, its keys in place; then make the warehouse anew."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import restoration
    from lantern.housekeeping.backup import HUB, LEDGER
    from lantern.housekeeping.backup_key import BackupKey
    from lantern.partnership import read_partnership

    home, found, key = Home.of(partnership), read_partnership(partnership), BackupKey.of(key_file)
    with steps("Restoring") as tick:
        hub_file = restoration.newest(home, folder, HUB)
        ledger_file = restoration.newest(home, ledger_from or folder, LEDGER)
        done = restoration.restore(home, key, hub_file, ledger_file, against)
        tick(f"stores as of {done.hub or 'now: they were there'}; ledger as of {done.ledger or 'now: it was there'}")
        tick("the warehouse is made anew from the accepted deliveries")
        built = _rebuilt(home, found)
    _tell(
        as_json,
        {
            "hub": done.hub,
            "ledger": done.ledger,
            "lines": done.lines,
            "head": done.head,
            "deliveries": built.deliveries,
        },
        [
            f"{done.lines} lines of the ledger hold together, with the anchor, the releases and what persons spent.",
            f"Head: {done.head or 'none'}. Compare it with the one an officer keeps elsewhere before anything is released.",
            f"{built.deliveries} deliveries loaded, {built.rows:,} rows; {built.passed} models, seeds and tests passed.",
            "What was accepted after that backup is not here: ask its senders to send it again.",
        ],
    )


@app.command()
def rebuild(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Make the warehouse anew from the accepted deliveries; ledger, spends and releases are not touched."""
    from lantern.cli.progress import steps
    from lantern.partnership import read_partnership

    with steps("Making the warehouse anew"):
        done = _rebuilt(Home.of(partnership), read_partnership(partnership))
    aside = [f"The warehouse as it was: {path}. Remove it when nobody needs it." for path in done.aside]
    _tell(
        as_json,
        {
            "deliveries": done.deliveries,
            "rows": done.rows,
            "passed": done.passed,
            "aside": [str(path) for path in done.aside],
        },
        [
            f"{done.deliveries} deliveries loaded, {done.rows:,} rows; {done.passed} models, seeds and tests passed.",
            *aside,
        ],
    )


def _rebuilt(home: Home, partnership: "PartnershipFile") -> "Rebuilt":
    from lantern.housekeeping import rebuild as pipeline

    return pipeline.rebuild(home, partnership)
