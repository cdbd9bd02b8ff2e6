"""Commands of the hub: init, intake, quarantine, build, approve, ledger, status, dashboard."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from lantern.cli.ledger import app as ledger_app
from lantern.home import Home

app = typer.Typer()
app.add_typer(ledger_app, name="ledger")
quarantine_app = typer.Typer(help="Rows that are held back: how many, why, how long.", invoke_without_command=True)
app.add_typer(quarantine_app, name="quarantine")

Partnership = Annotated[str, typer.Option("--partnership", help="Which file under partnerships/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
Period = Annotated[str, typer.Argument(help="A calendar quarter, like 2026-Q2.")]
Revise = Annotated[bool, typer.Option("--revise", help="Of a published quarter, for what arrived late.")]
Port = Annotated[int, typer.Option(help="The dashboard's port, on this machine alone.")]
DEMO = "demo"


def say(text: str) -> None:
    """Print one line as it is, however long."""
    Console(soft_wrap=True).print(text, markup=False, highlight=False)


def _tell(as_json: bool, found: dict[str, Any], lines: list[str]) -> None:  # noqa: FBT001
    if as_json:
        typer.echo(json.dumps(found, indent=2, default=str))
    else:
        for line in lines:
            say(line)


@app.command()
def init(
    partnership: Partnership = DEMO,
    trust: Annotated[
        list[str] | None, typer.Option(help="Accept a project key: the line 'key check' prints, KEY_ID=CHECK.CANARY.")
    ] = None,
) -> None:
    """Make the hub's keys (once), and say which project keys to trust."""
    from lantern import secret

    home = Home.of(partnership)
    secret.make_keys(home)
    for line in trust or []:
        secret.trust(home, line)
    say(f"Keys are in {home.secrets}. Project keys that are trusted, for a partner's 'key check --expect':")
    for line in secret.trusted_lines(home) or ["none yet; trust one with --trust"]:
        say(line)


@app.command()
def synth(
    folder: Annotated[Path, typer.Argument(help="Where to write the invented files.")],
    referrals_a_year: Annotated[int, typer.Option(min=50, max=100_000)] = 3400,
    seed: int = 20260930,
    slips: Annotated[bool, typer.Option(help="Plant the slips that people make in such files.")] = True,
    as_json: Json = False,
) -> None:
    """Invent a partnership: files as its partners would have them, and the truth on the side."""
    from lantern.cli.progress import steps
    from lantern.synthetic import invent

    with steps("Inventing a partnership") as tick:
        truth = invent(folder, seed=seed, referrals_a_year=referrals_a_year, with_defects=slips, progress=tick)
    _tell(as_json, asdict(truth), [f"Written to {folder}. Every person and record in it is invented."])


@app.command()
def intake(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Fetch, check, accept or refuse what waits in the inboxes, and load what was accepted; ends with 11 if one was refused."""
    from lantern.errors import DeliveryRefused, LanternError, StoreBusy
    from lantern.intake import inbox
    from lantern.partnership import read_partnership
    from lantern.pipeline import collection
    from lantern.pipeline import intake as pipeline
    from lantern.watching.undertaking import recorded

    home, found = Home.of(partnership), read_partnership(partnership)
    trouble, verdicts = list(collection.collect(home, found).trouble), []
    for delivery in pipeline.waiting(home, found):
        try:
            with recorded(home, "step", "receive_delivery", partner=delivery.partner, ticket=delivery.ticket):
                verdicts.append(pipeline.receive(home, found, delivery))
        except LanternError as refusal:
            trouble.append(refusal)  # this one waits; the others are not held up
    loaded: dict[str, int] | None = None
    broken: LanternError | None = None
    try:
        loaded = pipeline.load(home)
    except LanternError as refusal:
        broken = refusal  # what became of each delivery is told all the same, here and to its sender
    trouble += collection.return_reports(home, found).trouble
    loads = "" if loaded is None else f", {len(loaded)} loaded"
    summary = f"{len(verdicts)} deliveries looked at{loads}. Reports to senders are in {home.reports}."
    told = [str(refusal) for refusal in trouble]
    _tell(
        as_json,
        {"verdicts": [verdict.as_dict() for verdict in verdicts], "loaded": loaded, "trouble": told},
        [*(verdict.line for verdict in verdicts), *told, *inbox.left_alone(home, found), summary],
    )
    if broken:
        raise broken
    if trouble:
        # What waiting does not mend is told before what it may.
        lasting = [each.exit_code for each in trouble if not isinstance(each, StoreBusy)]
        raise typer.Exit(lasting[0] if lasting else StoreBusy.exit_code)
    if any(verdict.outcome == "refused" for verdict in verdicts):
        raise typer.Exit(DeliveryRefused.exit_code)


@quarantine_app.callback()
def quarantine(context: typer.Context, partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """List the rows that are held back, by delivery and rule, with the days that are left to them."""
    from lantern.cli.quarantine import held

    if context.invoked_subcommand is None:
        _tell(as_json, *held(partnership))


@quarantine_app.command("purge")
def quarantine_purge(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Remove what was held long enough; every intake does so too."""
    from lantern.cli.quarantine import purged

    _tell(as_json, *purged(partnership))


@app.command()
def build(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """Link persons, run dbt with its tests, and renew the analysts' file."""
    from lantern.partnership import read_partnership
    from lantern.pipeline import build as pipeline

    home, found = Home.of(partnership), read_partnership(partnership)
    built = pipeline.build(home, found)
    pipeline.publish_to_analysts(home)
    _tell(
        as_json,
        asdict(built),
        [f"Persons linked; {built.succeeded} models, seeds and tests passed; {home.analyst} renewed."],
    )


@app.command()
def approve(
    period: Period,
    by: Annotated[str, typer.Option(help="Your name, as the partnership's file has it.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Record a refusal instead.")] = False,
    revise: Revise = False,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Record a named person's decision on a quarter's plan, signed into the ledger."""
    from lantern.cli.opened import opened_ledger
    from lantern.period import Quarter
    from lantern.pipeline import release as pipeline

    with opened_ledger(partnership) as (home, found, ledger):
        entry = pipeline.approve(
            home, found, ledger, Quarter.parse(period), by=by, reason=reason, approved=not refuse, revise=revise
        )
    _tell(
        as_json,
        {"kind": entry.kind, "period": period, "plan_digest": entry.plan_digest},
        [f"{period}: {entry.kind} recorded for plan {entry.plan_digest}."],
    )


@app.command()
def status(partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """What was delivered, released and spent, what is due, and where things are."""
    from lantern.cli.status import lines, status_of

    found = status_of(partnership)
    _tell(as_json, found, lines(found))


@app.command()
def dashboard(partnership: Partnership = DEMO, port: Port = 8501) -> None:
    """Open the board's pages on this machine."""
    from lantern.cli.serve import serve_dashboard

    serve_dashboard(Home.of(partnership), port)


@app.command()
def demo(
    referrals_a_year: Annotated[int, typer.Option(min=50, max=100_000)] = 3400,
    serve: Annotated[bool, typer.Option(help="Open the dashboard at the end.")] = True,
    port: Port = 8501,
) -> None:
    """All of it on an invented partnership: files, deliveries, Airflow, a release, the board's pages."""
    from lantern.cli.demo import run_demo
    from lantern.cli.serve import serve_dashboard

    home = Home.of(DEMO)
    run_demo(home, referrals_a_year=referrals_a_year)
    if serve:
        serve_dashboard(home, port)
