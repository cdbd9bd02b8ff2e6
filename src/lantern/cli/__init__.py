"""The command line: every step by hand, one exit code for each kind of refusal."""

import os
import sys

import typer
from rich.console import Console

from lantern.cli.allowance import app as allowance
from lantern.cli.analyst import app as analyst
from lantern.cli.answer import app as answer
from lantern.cli.audit import app as audit
from lantern.cli.backup import app as backup
from lantern.cli.doctor import app as doctor
from lantern.cli.erase import app as erase
from lantern.cli.hub import app as hub
from lantern.cli.journal import journaled
from lantern.cli.keys import app as keys
from lantern.cli.linkage import app as linkage
from lantern.cli.measure import app as measure
from lantern.cli.metrics import app as metrics
from lantern.cli.pack import app as pack
from lantern.cli.papers import app as papers
from lantern.cli.plan import app as plan
from lantern.cli.publish import app as publish
from lantern.cli.verify import app as verify
from lantern.errors import LanternError, kind_and_place
from lantern.partner.cli import app as partner

app = typer.Typer(
    help="A safeguarding partnership sees how its front door works, and no child can be seen in it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(partner, name="partner", help="At the partner: turn your own file into a pseudonymised delivery.")
for part in (
    hub,
    publish,
    linkage,
    measure,
    plan,
    verify,
    pack,
    papers,
    audit,
    analyst,
    allowance,
    answer,
    backup,
    erase,
    keys,
    doctor,
    metrics,
):
    app.registered_commands += part.registered_commands
    app.registered_groups += part.registered_groups
journaled(app, leave_out="partner")


UNEXPECTED = 1
"""The exit code of a fault in Lantern, or in what it stands on."""


def main() -> None:
    """
    Run a command; a refusal is told on standard error and becomes the exit code.

    Whatever else goes wrong is told by its kind and place alone.
    """
    try:
        app()
    except LanternError as refusal:
        _say(f"Refused. {refusal}")
        sys.exit(refusal.exit_code)
    except Exception as error:
        if os.environ.get("LANTERN_TRACEBACK"):
            raise
        _say(
            f"Failed: {kind_and_place(error)}. What it says is kept back, for it can quote a row. What was written stays as it is, "
            "and each command may be run again. If this one fails so again, tell whoever keeps Lantern these words; on invented "
            "data LANTERN_TRACEBACK=1 shows all of it."
        )
        sys.exit(UNEXPECTED)


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)
