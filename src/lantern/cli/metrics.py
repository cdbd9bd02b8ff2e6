"""Write figures on the hub's work where monitoring picks them up."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lantern.cli.hub import DEMO, Partnership, say

app = typer.Typer()


@app.command()
def metrics(
    partnership: Partnership = DEMO,
    to: Annotated[
        Path | None, typer.Option(help="A file ending in .prom, in node_exporter's folder, instead of in the home.")
    ] = None,
) -> None:
    """Write deliveries, lateness, build, allowance, releases and what `doctor` finds for Prometheus; hub's side alone."""
    from lantern.home import Home
    from lantern.partnership import read_partnership
    from lantern.watching import metric
    from lantern.watching.examination import examine

    found, now = read_partnership(partnership), datetime.now(UTC)
    say(str(metric.write(Home.of(partnership), found, examine(partnership, now), now, to)))
