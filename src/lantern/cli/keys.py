"""Commands for the day a key is renewed: keys, keys retire, keys renew-warehouse."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lantern.cli.erase import By, Reason
from lantern.cli.hub import DEMO, Json, Partnership, _tell
from lantern.home import Home

app = typer.Typer()
keys_app = typer.Typer(help="Project keys that are trusted, and who delivers under them.", invoke_without_command=True)
app.add_typer(keys_app, name="keys")


@keys_app.callback()
def keys(context: typer.Context, partnership: Partnership = DEMO, as_json: Json = False) -> None:
    """List the project keys that are trusted, and of each partner the key of its newest delivery."""
    if context.invoked_subcommand is None:
        home = Home.of(partnership)
        found = _newest(home)
        _tell(
            as_json,
            {"trusted": _trusted(home), "newest": found},
            [
                *(f"trusted: {key_id}" for key_id in _trusted(home)),
                *(
                    f"{each['partner']}: newest delivery of {each['snapshot_on']}, under {each['key_id']}"
                    for each in found
                ),
                f"Keys in use: {len({each['key_id'] for each in found})}.",
            ],
        )


@keys_app.command("retire")
def retire(
    key_id: Annotated[str, typer.Argument(help="The project key's name.")],
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Accept nothing more under a project key; what was accepted stays."""
    from lantern import secret

    home = Home.of(partnership)
    behind = [each["partner"] for each in _newest(home) if each["key_id"] == key_id]
    secret.distrust(home, key_id)
    _tell(
        as_json,
        {"trusted": _trusted(home), "behind": behind},
        [
            f"Deliveries under {key_id} are refused from now on.",
            *(f"{name} has delivered under no newer key yet." for name in behind),
        ],
    )


@keys_app.command("renew-warehouse")
def renew_warehouse(
    old: Annotated[Path, typer.Option("--from", help="The file with the key until now; the new one is in its place.")],
    by: By,
    reason: Reason,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """Write every encrypted store again under the warehouse key that is in place now."""
    from lantern.cli.progress import steps
    from lantern.housekeeping import rebuild, warehouse_key
    from lantern.partnership import read_partnership

    home, found = Home.of(partnership), read_partnership(partnership)
    with steps("Renewing the warehouse key") as tick:
        count = warehouse_key.renew(home, old, by=by, reason=reason)
        tick(f"{count} stores written; the warehouse is made anew")
        rebuilt = rebuild.rebuild(home, found)
    _tell(
        as_json,
        {"stores": count, "rows": rebuilt.rows},
        [
            f"{count} stores are under the new key; the warehouse was made anew: {rebuilt.rows:,} rows.",
            "Backups made before open with the old key alone: run 'lantern backup' now, then destroy them and the old key.",
        ],
    )


def _trusted(home: Home) -> list[str]:
    from lantern import secret

    return sorted(secret.trusted_keys(home))


def _newest(home: Home) -> list[dict[str, Any]]:
    """Of each partner, the key of its newest delivery."""
    from lantern import warehouse

    if not home.warehouse.exists():
        return []
    with warehouse.opened(home, read_only=True) as connection:
        rows = connection.execute(
            "select partner, max_by(key_id, (snapshot_at, delivery_id)), max(snapshot_on) from raw.delivery group by 1 order by 1"
        ).fetchall()
    return [{"partner": row[0], "key_id": row[1], "snapshot_on": str(row[2])} for row in rows]
