"""Commands that bring figures out: release, publish, withdraw."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from lantern.cli.hub import DEMO, Json, Partnership, Period, Revise, say

app = typer.Typer()

PublishAt = Annotated[
    str, typer.Option("--publish-at", help="Show its figures from then on, like 2026-07-20T09:30 (Europe/London).")
]


@app.command()
def release(
    period: Period,
    revise: Revise = False,
    publish_at: PublishAt = "",
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Spend, draw and publish an approved quarter; a published one is given again and costs nothing."""
    from lantern.cli.opened import opened_ledger
    from lantern.period import Quarter
    from lantern.pipeline import release as pipeline
    from lantern.release import publication
    from lantern.release.charge import unit_of
    from lantern.release.embargo import instant_words

    with opened_ledger(partnership) as (home, found, ledger):
        done = pipeline.release(home, found, ledger, Quarter.parse(period), revise=revise, publish_at=publish_at)
        pipeline.refresh(home, found, ledger)
    cost = f"it costs {done.micro:,} {unit_of(found)}" if done.micro else "nothing spent: it was drawn before"
    folder = (home.embargo if done.embargo else home.releases) / done.release_id
    # Of a release that waits there is no digest yet: its folder is made when it is published.
    digest = None if done.embargo else publication.folder_digest(home, done.release_id)
    if as_json:
        typer.echo(json.dumps({**asdict(done), "folder_digest": digest}, indent=2, default=str))
        return
    say(f"Release {done.release_id} is in {folder}; {cost}.")
    if done.embargo:
        say(
            f"Its figures are under embargo until {instant_words(done.embargo)} (Europe/London): 'lantern publish' brings them "
            "out then. Until then they are for nobody but those who check them."
        )
    else:
        say(f"Whoever is given the folder can check it: lantern verify FOLDER --against {digest}")


@app.command()
def publish(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Publish whatever was drawn and is due, and write the file the board reads; run again, it changes nothing."""
    from lantern.cli.opened import opened_ledger
    from lantern.pipeline import publication
    from lantern.release.embargo import instant_words, publish_at

    with opened_ledger(partnership) as (home, found, ledger):
        done = publication.publish(home, found, ledger)
        waiting = {
            f"{each.period}-{each.revision + 1}": publish_at(each) for each in publication.awaited(ledger.entries())
        }
    if as_json:
        until = {release_id: instant.isoformat() for release_id, instant in waiting.items()}
        typer.echo(json.dumps({"published": done, "waiting": until}, indent=2))
        return
    say(f"Published: {', '.join(done) or 'nothing was due'}.")
    for release_id, instant in waiting.items():
        say(f"  {release_id} is under embargo until {instant_words(instant)} (Europe/London).")


@app.command()
def withdraw(
    period: Period,
    by: Annotated[str, typer.Option(help="Your name, as the partnership's file has it.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence without numbers: readers see it as it stands.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether readers may be told so.")] = False,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Take a published quarter back: its figures leave the board's pages, the day and the reason stay."""
    from datetime import UTC, datetime

    from lantern.cli.opened import opened_ledger
    from lantern.period import Quarter
    from lantern.pipeline import publication
    from lantern.release.embargo import day_in_london
    from lantern.release.notice import Withdrawal, checked_reason, withdrawals, withdrawn_words

    quarter = Quarter.parse(period)
    told = checked_reason(f"{partnership} {period}", reason)
    if not yes:
        notice = withdrawn_words(str(quarter), Withdrawal(day_in_london(datetime.now(UTC)), told))
        typer.echo(f"Readers will be told: {notice}", err=True)
        typer.confirm("Are they to be told so, and the figures to be taken back?", abort=True, err=True)
    with opened_ledger(partnership) as (home, found, ledger):
        entry = publication.withdraw(home, found, ledger, quarter, by=by, reason=told)
    release_id = entry.body["release_id"]
    notice = withdrawn_words(period, withdrawals([entry])[release_id])
    if as_json:
        typer.echo(json.dumps({"release_id": release_id, "notice": notice}, indent=2))
        return
    say(f"Release {release_id} is withdrawn. Readers are told: {notice}")
    say(
        f"Copies that were handed out are not called back by this. A revision takes its place: "
        f"lantern approve {period} --revise, then lantern release {period} --revise."
    )
