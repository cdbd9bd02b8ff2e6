"""The commands a partner runs on its key: made, joined, shared, checked, renewed."""

from pathlib import Path
from typing import Annotated

import typer

from lantern.errors import ConfigRefused
from lantern.partner.key import (
    check_entry,
    compare_key,
    has_local_key,
    join_key,
    new_key,
    read_key,
    renew_key,
    share_key,
    who_may_read,
)

app = typer.Typer(
    help="The key file: keep it secret, never mail it.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.command("new")
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
        if has_local_key(project_from):
            typer.echo(
                "Note: that file is somebody's own key file, with a local key. Others are given what 'key share' makes of it.",
                err=True,
            )
    elif partnership and la and key_id:
        for option, entry, given in (
            ("--partnership", "partnership", partnership), ("--la", "responsible_la", la), ("--key-id", "key_id", key_id)
        ):  # fmt: skip
            check_entry(option, entry, given)
        made = new_key(out, partnership, la, key_id)
    else:
        raise ConfigRefused("key new: give --partnership, --la and --key-id, or --project-from. Nothing was written.")
    typer.echo(made.line)
    _warn()


@app.command("share")
def key_share(
    key_file: Annotated[Path, typer.Option(help="A key file with the project key.")],
    out: Annotated[Path, typer.Option(help="The file for another partner, mode 600.")],
) -> None:
    """Write what another partner needs to join: the project key without this partner's local key."""
    share_key(key_file, out)


@app.command("renew")
def key_renew(
    key_file: Annotated[Path, typer.Option(help="This partner's key file, with the project key until now.")],
    project_from: Annotated[Path, typer.Option(help="The file with the new project key, from 'key share'.")],
    out: Annotated[Path, typer.Option(help="The new key file to write, mode 600.")],
) -> None:
    """Change to the partnership's new project key and keep the local key: your own records keep their keys at the hub."""
    typer.echo(renew_key(key_file, project_from, out).line)
    _warn()


@app.command("check")
def key_check(
    key_file: Annotated[Path, typer.Option(help="The key file.")],
    expect: Annotated[str | None, typer.Option(help="The line the other side has: say whether the two agree.")] = None,
) -> None:
    """
    Print the key's line, KEY_ID=CHECK.CANARY, for the hub and the other partners; no secret is shown.

    CHECK tells one key from another. CANARY is made of published, invented people: it tells whether
    both sides also read and normalise names, dates and characters alike.
    """
    key = read_key(key_file)
    typer.echo(key.line)
    if expect is not None:
        compare_key(key, expect)
        typer.echo("They agree: one key, and one set of rules.")
    _warn()


def _warn() -> None:
    if warning := who_may_read():
        typer.echo(warning, err=True)
