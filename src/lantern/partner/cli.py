"""The commands a partner runs: make a delivery, make and check a key."""

import json
import sys
import textwrap
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lantern.errors import ConfigRefused, LanternError
from lantern.partner import delivery, draft, erasure_request, mapping_page, proposal
from lantern.partner.key_cli import app as key_app
from lantern.partner.mapping_file import read_mapping, shipped
from lantern.partner.plural import counted
from lantern.partner.reader import READERS

_STEPS = """\
Lantern at a partner: your own files become a delivery in which no one can be named.
Nothing is sent by this tool, and it opens no connection. Five steps:

  1. Join, once. Whoever leads the partnership gives you a file with the project key, by hand.
       {program} key new --project-from PROJECT.toml --out my-key.toml
  2. Check, before each delivery, that you and the hub hold one key and one version of the rules.
       {program} key check --key-file my-key.toml --expect THE-LINE-THE-HUB-GAVE-YOU
  3. Look at what would be sent. Nothing is written.
       {program} deliver FILE --as FORMAT --partner NAME --key-file my-key.toml --out outbox --dry-run
     FORMAT is one of: {formats};
     or a mapping of a table of your own, which '{program} map FILE' drafts.
  4. Make the delivery: the same without --dry-run. Read what was refused and why.
  5. Send the folder it made under 'outbox', whole, to your inbox at the hub. Nothing else.

Each command explains itself with --help. Your files stay as they are; keep my-key.toml to yourself.
"""
_FULL_OR_DELTA = (
    "A delivery is full unless --delta is given. Full: the extract holds every record of its period, and replaces "
    "what you sent before for that period; a record that is missing now counts as withdrawn. "
    "Delta: only new and corrected records; they are added, and nothing is withdrawn. When in doubt, send a full one."
)

_FORMATS = ", ".join((*READERS, *shipped()))

app = typer.Typer(
    help="What runs at a partner: names and numbers of people stop here.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(key_app, name="key")


@app.callback(invoke_without_command=True)
def first_page(context: typer.Context) -> None:
    """Turn this partner's own files into a delivery: names and numbers of people stop here."""
    if context.invoked_subcommand is None:
        formats = textwrap.fill(_FORMATS, 100, subsequent_indent=" " * 5)
        typer.echo(_STEPS.format(program=context.command_path, formats=formats), nl=False)


def main() -> None:
    """Run the one-file tool; a refusal is told on standard error and becomes the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console of another code page shows '?' for a letter it has not; it never stops the work.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app(prog_name=f"python {Path(sys.argv[0]).name}")
    except LanternError as refusal:
        typer.echo(f"Refused. {refusal}", err=True)
        sys.exit(refusal.exit_code)


@app.command(epilog=_FULL_OR_DELTA)
def deliver(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="The source files, or one folder of a format's tables.")
    ],
    *,
    source_format: Annotated[
        str, typer.Option("--as", help=f"The format, one of {_FORMATS}; or the path of a mapping of your own.")
    ],
    partner: Annotated[str, typer.Option(help="This partner's name in the partnership.")],
    key_file: Annotated[Path, typer.Option(help="This partner's key file.")],
    out: Annotated[
        Path,
        typer.Option(help="Where the folder to send is made, and beside it what you keep: not where the hub looks."),
    ],
    snapshot_at: Annotated[
        str | None, typer.Option(help="When the extract was taken, such as 2026-09-30T23:59:59; London time.")
    ] = None,
    period_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Since when the extract holds every record, such as 2020-04-01. ssd, annex_a and "
            "adult_safeguarding need it; a census takes its year's start, any other table the day of its first record.",
        ),
    ] = None,
    period_to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Until when it holds every record. Left out, the day of its last record: say it where the last days "
            "were quiet, or they look as if they were missing.",
        ),
    ] = None,
    delta: Annotated[
        bool, typer.Option("--delta", help="Only new and corrected records: they add to what was sent. See below.")
    ] = False,
    incomplete: Annotated[
        bool,
        typer.Option(
            "--incomplete", help="The extract leaves out what is still open; the hub must know, or waits look short."
        ),
    ] = False,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A file of the folder, or a sheet of the workbook, that is no table of the format and is meant to be there. "
            "Any other such one is refused: it may be a table with a slip in its name. May be given again.",
        ),
    ] = None,
    many_left_out: Annotated[
        bool,
        typer.Option(
            "--many-left-out",
            help="Make it although more than a tenth of the records is left out: each was looked at and is right to leave out.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show what would be sent, in counts and shapes.")
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv",
            help="Write events.csv, which any program opens, instead of events.parquet. The one-file tool does so by itself "
            "where Python has no pyarrow; say it there for the same delivery from every machine.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for a program.")] = False,
) -> None:
    """Make one delivery from this partner's own files."""
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn("line"),  # letters every console has
        TextColumn("{task.description}, {task.completed:,.0f} events"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("starting", total=None)
        outcome = delivery.deliver(
            files,
            source_format,
            partner,
            key_file,
            out,
            snapshot_at=_instant(snapshot_at),
            period_from=_day("--from", period_from),
            period_to=_day("--to", period_to),
            mode="delta" if delta else "full",
            includes_open=not incomplete,
            text_format=as_csv,
            dry_run=dry_run,
            leave_out=tuple(leave_out or ()),
            many_left_out=many_left_out,
            progress=lambda what, count: bar.update(task, description=what, completed=count),
        )
    typer.echo(json.dumps(outcome.as_dict(), indent=2) if as_json else outcome.report())


@app.command("map")
def map_sample(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A sample of the table: CSV or XLSX.")] = None,
    *,
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print a mapping, by its name or path, instead of proposing one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The mapping file to write; without it nothing is written.")] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="The mapping's name; the file's own if left out. The name of a mapping that comes with Lantern says what "
            "the rows tell of."
        ),
    ] = None,
    sheet: Annotated[str, typer.Option(help="The sheet of a workbook; the first one if left out.")] = "",
    heading_row: Annotated[
        int | None, typer.Option(min=1, help="The row of the headings; looked for if left out.")
    ] = None,
) -> None:
    """Propose a mapping for a table of your own: look at a sample, say what was understood and what was not."""
    if show in READERS:
        raise ConfigRefused(f"--show: {show} is a format of its own, not a mapping. Its tables are in docs/sources.md.")
    if show:
        typer.echo("\n".join(mapping_page.lines(read_mapping(show))))
        return
    if file is None:
        raise ConfigRefused("map: give a sample to look at, or --show NAME. Nothing was done.")
    made = proposal.propose(file, sheet=sheet, heading_row=heading_row, like=name or "")
    typer.echo(draft.report(made))
    if out:
        draft.write(made, draft.mapping_name(name or file.stem), out)
    typer.echo(f"\n{draft.next_step(made, out)}")


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigRefused(f"{option}: it is not a date such as 2020-04-01. Nothing was made.") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigRefused(
            "--snapshot-at: it is not a date and time such as 2026-09-30T23:59:59. Nothing was made."
        ) from None


@app.command("erasure-request")
def request_erasure(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="A table of the persons: person_id, nhs, upn, forename, surname, dob (YYYY-MM-DD), sex, postcode, as many as are known. "
            "With --as, your own files as you deliver them.",
        ),
    ],
    *,
    partner: Annotated[str, typer.Option(help="This partner's name in the partnership.")],
    key_file: Annotated[Path, typer.Option(help="This partner's key file.")],
    out: Annotated[Path, typer.Option(help="The folder for the request.")],
    source_format: Annotated[
        str | None, typer.Option("--as", help="Their format, as for 'deliver': ids are then read exactly as there.")
    ] = None,
    persons: Annotated[
        Path | None, typer.Option(help="With --as: a file of the local ids to erase, one a line; without it all are.")
    ] = None,
    missing_ok: Annotated[
        bool, typer.Option("--missing-ok", help="Ask for those that are found, though others are not; these are told.")
    ] = False,
) -> None:
    """Ask the hub to erase persons: a file of their keys as deliveries carry them; names and numbers stay here."""
    if persons and not source_format:
        raise ConfigRefused("--persons: it needs --as, the format of the files. Nothing was made.")
    made = erasure_request.make(
        files,
        partner,
        key_file,
        source_format=source_format,
        persons=persons,
        missing=typer.echo if missing_ok else None,
    )
    path = made.write(out)
    typer.echo(
        f"{counted(len(made.persons), 'person')}: {path.name}. Give the hub this file, and tell it by telephone how many they are."
    )
    typer.echo("Leave these persons out of your next deliveries too: what the hub is sent of them it drops.")
