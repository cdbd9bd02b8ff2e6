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
    """Draft assessment, record of processing, sharing schedule and privacy notice, from file and ledger; people finish them."""
    from lantern.cli.opened import opened_ledger
    from lantern.errors import ConfigRefused
    from lantern.papers import paper
    from lantern.papers.word_file import word_file

    with opened_ledger(partnership) as (_, found, ledger):
        drafts = {to / name: text for name, text in paper.drafts(found, ledger.entries()).items()}
    for path in (path.with_suffix(suffix) for path in drafts for suffix in (".md", ".docx")):
        if path.exists():
            raise ConfigRefused(
                f"{path}: it is there already, and may hold what people wrote. Nothing was written. Give another folder to --to."
            )
    to.mkdir(parents=True, exist_ok=True)
    for path, text in drafts.items():
        path.with_suffix(".md").write_text(text, encoding="utf-8")
        path.with_suffix(".docx").write_bytes(word_file(text))
    left = {str(path.with_suffix(".docx")): len(paper.open_points(text)) for path, text in drafts.items()}
    if as_json:
        typer.echo(json.dumps({"left_to_people": left}, indent=2))
        return
    for name, points in left.items():
        say(f"{name}: {points} points are left to people, listed on top and marked [to be completed: ...].")
