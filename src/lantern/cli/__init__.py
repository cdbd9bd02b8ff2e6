"""The command line: every step by hand, one exit code for each kind of refusal."""

import sys

import typer
from rich.console import Console

from lantern.cli.answer import app as answer
from lantern.cli.audit import app as audit
from lantern.cli.backup import app as backup
from lantern.cli.hub import app as hub
from lantern.cli.linkage import app as linkage
from lantern.cli.measure import app as measure
from lantern.cli.pack import app as pack
from lantern.cli.papers import app as papers
from lantern.cli.plan import app as plan
from lantern.cli.publish import app as publish
from lantern.cli.verify import app as verify
from lantern.errors import LanternError
from lantern.partner.cli import app as partner

app = typer.Typer(
    help="A safeguarding partnership sees how its front door works, and no child can be seen in it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(partner, name="partner", help="At the partner: turn your own file into a pseudonymised delivery.")
for part in (hub, publish, linkage, measure, plan, verify, pack, papers, audit, answer, backup):
    app.registered_commands += part.registered_commands
    app.registered_groups += part.registered_groups


def main() -> None:
    """Run a command; a refusal is told on standard error and becomes the exit code."""
    try:
        app()
    except LanternError as refusal:
        Console(stderr=True, soft_wrap=True).print(f"Refused. {refusal}", markup=False, highlight=False)
        sys.exit(refusal.exit_code)
