"""The papers an officer has to write, as drafts."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lantern.cli.hub import DEMO, Json, Partnership, say

app = typer.Typer()


@app.command()
def papers(
    to: Annotated[Path, typer.Option("--to", help="The folder for the drafts; none that is there is written over.")],
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Draft the impact assessment and the data-sharing schedule from the partnership's file; people finish them."""
    from lantern.errors import ConfigRefused
    from lantern.papers import paper
    from lantern.partnership import read_partnership

    drafts = {to / f"{name}.md": text for name, text in paper.drafts(read_partnership(partnership)).items()}
    for path in drafts:
        if path.exists():
            raise ConfigRefused(
                f"{path}: it is there already, and may hold what people wrote. Nothing was written. Give another folder to --to."
            )
    to.mkdir(parents=True, exist_ok=True)
    for path, text in drafts.items():
        path.write_text(text, encoding="utf-8")
    left = {str(path): len(paper.open_points(text)) for path, text in drafts.items()}
    if as_json:
        typer.echo(json.dumps({"left_to_people": left}, indent=2))
        return
    for name, points in left.items():
        say(f"{name}: {points} points are left to people, listed on top and marked [to be completed: ...].")
