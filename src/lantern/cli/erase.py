"""Commands that take people or partners out of the hub: erase, leave, housekeeping."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantern.cli.hub import DEMO, Json, Partnership, _tell
from lantern.home import Home

if TYPE_CHECKING:
    from lantern.housekeeping.erasure import Found

app = typer.Typer()

By = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say how much is meant.")]


@app.command()
def erase(
    request: Annotated[Path, typer.Argument(help="The file 'lantern partner erasure-request' made.")],
    by: By = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Erase the persons of a partner's request from every store, for good; ledger and releases are not touched."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import erasure, rebuild
    from lantern.partner.erasure_request import ErasureRequest
    from lantern.partnership import read_partnership

    home, found, asked = Home.of(partnership), read_partnership(partnership), ErasureRequest.read(request)
    if dry_run:
        told = erasure.find(home, found, asked)
        _tell(as_json, _about(told), [*_about_lines(told), "Nothing was erased."])
        return
    with steps("Erasing") as tick:
        done = erasure.erase(home, found, asked, by=by, reason=reason)
        tick("gone from every store; the warehouse is made anew")
        rebuilt = rebuild.rebuild(home, found)
    removed = done.removed
    _tell(
        as_json,
        _about(done.found) | vars(removed) | {"rows": rebuilt.rows, "passed": rebuilt.passed},
        [
            *_about_lines(done.found),
            f"{removed.events:,} events of {removed.deliveries} deliveries and {removed.held:,} held rows are gone.",
            "Whatever is sent of these persons from now on is left out.",
            f"The warehouse was made anew: {rebuilt.rows:,} rows; {rebuilt.passed} models, seeds and tests passed.",
            "Released figures stay: nobody can be seen in them. Older backups still hold these persons:",
            "run 'lantern backup' now, and destroy the older ones within the time you state.",
        ],
    )


@app.command()
def leave(
    partner: Annotated[str, typer.Argument(help="The partner's name, as the partnership's file has it.")],
    by: By,
    reason: Reason,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Remove a partner that leaves: its events, held rows and inbox, for good; releases stay, deliveries are refused."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import leaving, rebuild
    from lantern.partnership import read_partnership

    home, found = Home.of(partnership), read_partnership(partnership)
    with steps(f"{partner} leaves") as tick:
        removed = leaving.leave(home, found, partner, by=by, reason=reason)
        tick("gone from every store; the warehouse is made anew")
        rebuilt = rebuild.rebuild(home, found)
    _tell(
        as_json,
        vars(removed) | {"rows": rebuilt.rows, "passed": rebuilt.passed},
        [
            f"{removed.deliveries} deliveries of {partner} are gone; {rebuilt.rows:,} rows of the others were loaded.",
            f"{rebuilt.passed} models, seeds and tests passed.",
            f"What {partner} sends is refused from now on. It still has the project key: renew it, see docs/operations/keys.md.",
            *([_BEGIN_ANEW] if removed.spends else []),
            "Older backups still hold what it sent: run 'lantern backup' now, and destroy the older ones.",
        ],
    )


_BEGIN_ANEW = (
    "What was spent by persons whom only it knew is forgotten: told of by another partner within the year, they begin anew, "
    "and the promise does not cover both."
)


@app.command()
def housekeeping(
    clock_is_right: Annotated[
        bool,
        typer.Option(
            "--clock-is-right", help="You have looked: the newest extract is old, and this machine's day is right."
        ),
    ] = False,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Remove what may no longer be kept: events that are too old, held rows, what stopped runs left about."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import retention
    from lantern.partnership import read_partnership

    found = read_partnership(partnership)
    with steps("Keeping house"):
        done = retention.run(Home.of(partnership), found, is_clock_right=clock_is_right)
    _tell(
        as_json,
        vars(done),
        [
            f"Events are kept: {retention.words(found)}.",
            f"{done.events:,} events of {done.deliveries} deliveries, {done.held:,} held rows and {done.files} files are gone.",
            "The warehouse was made anew." if done.is_rebuilt else "The warehouse was left as it is.",
        ],
    )


def _about(found: "Found") -> dict[str, int]:
    return {name: getattr(found, name) for name in ("asked", "not_found", "records", "partners")}


def _about_lines(found: "Found") -> list[str]:
    return [
        f"{found.asked} persons are asked for: {found.records} records of {found.partners} partners.",
        *([f"{found.not_found} of them are in nothing that is kept."] if found.not_found else []),
    ]
