"""The catalogue of measures, for a reader."""

import json
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def measures(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, for machines.")] = False,
) -> None:
    """What each measure asks, counts and leaves out, as Markdown: the page docs/measures.md."""
    from lantern.pipeline import dictionary

    typer.echo(json.dumps(dictionary.rows(), indent=2) if as_json else dictionary.page(), nl=as_json)
