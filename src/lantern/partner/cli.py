"""The commands a partner runs: make a delivery, make and check a key."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lantern.errors import ConfigRefused
from lantern.partner import delivery
from lantern.partner.key import join_key, new_key, read_key, share_key

app = typer.Typer(
    help="What runs at a partner: names and numbers of people stop here.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
key_app = typer.Typer(
    help="The key file: keep it secret, never mail it.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(key_app, name="key")


@app.command()
def deliver(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The source files; for ssd also one folder.")],
    *,
    source_format: Annotated[
        str, typer.Option("--as", help="ssd, cin_census, a shipped mapping, or the path of a mapping.")
    ],
    partner: Annotated[str, typer.Option(help="This partner's name in the partnership.")],
    key_file: Annotated[Path, typer.Option(help="This partner's key file.")],
    out: Annotated[Path, typer.Option(help="Where the folder to send is made.")],
    snapshot_at: Annotated[
        str | None, typer.Option(help="When the extract was taken, such as 2026-09-30T23:59:59; London time.")
    ] = None,
    period_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Since when the extract holds every record, such as 2020-04-01. Required for ssd; a census takes its "
            "year's start, any other table the day of its first record.",
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write events.csv instead of events.parquet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for a program.")] = False,
) -> None:
    """Make one delivery from this partner's own files."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}, {task.completed:,.0f} events"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None)
        outcome = delivery.deliver(
            files,
            source_format,
            partner,
            key_file,
            out,
            snapshot_at=_instant(snapshot_at),
            period_from=_day(period_from),
            text_format=as_csv,
            progress=lambda what, count: bar.update(task, description=what, completed=count),
        )
    typer.echo(json.dumps(outcome.as_dict(), indent=2) if as_json else outcome.report())


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigRefused("--from: it is not a date such as 2020-04-01. Nothing was made.") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigRefused(
            "--snapshot-at: it is not a date and time such as 2026-09-30T23:59:59. Nothing was made."
        ) from None


@key_app.command("new")
def key_new(
    out: Annotated[Path, typer.Option(help="The key file to write, mode 600.")],
    partnership: Annotated[str | None, typer.Option(help="The partnership's name.")] = None,
    la: Annotated[str | None, typer.Option(help="The ONS code of the responsible authority.")] = None,
    key_id: Annotated[str | None, typer.Option(help="A name for the project key, such as demo-2026.")] = None,
    project_from: Annotated[
        Path | None, typer.Option(help="Join a partnership: take the project key from this file.")
    ] = None,
) -> None:
    """Draw a new key, or join the project key of a partnership with a local key of one's own."""
    if project_from:
        if partnership or la or key_id:
            raise ConfigRefused("key new: with --project-from the rest comes from that file. Leave it out.")
        made = join_key(project_from, out)
    elif partnership and la and key_id:
        made = new_key(out, partnership, la, key_id)
    else:
        raise ConfigRefused("key new: give --partnership, --la and --key-id, or --project-from. Nothing was written.")
    typer.echo(f"{made.key_id}={made.check_value}")


@key_app.command("share")
def key_share(
    key_file: Annotated[Path, typer.Option(help="A key file with the project key.")],
    out: Annotated[Path, typer.Option(help="The file for another partner, mode 600.")],
) -> None:
    """Write what another partner needs to join: the project key without this partner's local key."""
    share_key(key_file, out)


@key_app.command("check")
def key_check(key_file: Annotated[Path, typer.Option(help="The key file.")]) -> None:
    """Print the key's name and check value, to compare with the hub's; no secret is shown."""
    key = read_key(key_file)
    typer.echo(f"{key.key_id}={key.check_value}")
