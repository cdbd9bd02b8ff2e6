"""Prints how good the links are, for the hub's own people: never for the board's side."""

import csv
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lantern.cli.hub import DEMO, Json, Partnership, say
from lantern.errors import ContractBroken
from lantern.home import Home

app = typer.Typer()


@app.command()
def linkage(
    truth: Annotated[
        Path | None, typer.Option(help="Demo only: the folder of the invented files, which has truth/ and keys/.")
    ] = None,
    partnership: Partnership = DEMO,
    as_json: Json = False,
) -> None:
    """How good the links of the last build are. Exact counts: not for anyone outside the secure zone."""
    from lantern.linkage import person, quality

    home = Home.of(partnership)
    if not person.is_linked(home):
        raise ContractBroken(
            f"{partnership}: no records have been linked yet. Nothing was measured. "
            "Run 'lantern intake', then 'lantern build'."
        )
    found: dict[str, Any] = {"known": asdict(quality.known(home))}
    if truth:
        judged = quality.against(home, _true_persons(home, truth))
        found["against_the_truth"] = [
            asdict(each) | {"precision": each.precision, "recall": each.recall} for each in judged
        ]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    _show_known(found["known"])
    if truth:
        _show_agreement(found["against_the_truth"])


def _true_persons(home: Home, folder: Path) -> Any:
    """
    The invented truth by the keys the hub knows records by: `local_person_key`, `true_person`.

    Only a demo has the partners' own keys at hand; no hub ever has.
    """
    import pyarrow as pa

    from lantern.errors import ConfigRefused

    try:
        with (folder / "truth" / "people.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError:
        raise ConfigRefused(
            "--truth: there is no truth/people.csv in that folder. Nothing was compared. Name the folder "
            "'lantern demo' or 'lantern synth' wrote; of real people there is no such file."
        ) from None
    local_ids: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        local_ids.setdefault(row["partner"], []).append((row["local_id"], row["true_person"]))
    return pa.concat_tables(_keyed(home, folder, partner, known) for partner, known in local_ids.items())


def _keyed(home: Home, folder: Path, partner: str, known: list[tuple[str, str]]) -> Any:
    """One partner's local ids as its own tool keys them, and then the hub."""
    import pyarrow as pa

    from lantern import contract, secret
    from lantern.intake.rekeying import rekey
    from lantern.partner.event import EventMaker
    from lantern.partner.happening import Happening
    from lantern.partner.identity import Person
    from lantern.partner.instant import When
    from lantern.partner.key import read_key

    maker = EventMaker(read_key(folder / "keys" / f"{partner}.toml"), partner, "other")
    any_day = When(text="", precision="day", day=date.min)
    place = contract.COLUMNS.index("local_person_key")
    keys = [
        maker.row(Happening(record="", event_type="", when=any_day, person=Person(local_id=local)))[place]
        for local, _ in known
    ]
    empty = {name: pa.nulls(len(keys), pa.string()) for name in contract.KEYED}
    table = pa.table(empty | {"local_person_key": pa.array(keys, pa.string())})
    rekeyed = rekey(table, hub_key=secret.key(home, "hub"), partner=partner)
    people = pa.array([person for _, person in known], pa.string())
    return pa.table({"local_person_key": rekeyed["local_person_key"], "true_person": people})


def _show_known(known: dict[str, Any]) -> None:
    table = Table(title="Records, what they can be linked by, and how many meet another partner's")
    for heading in ("Group", "", "Records", "NHS number", "UPN", "Name and home", "Met elsewhere"):
        table.add_column(heading, justify="left" if heading in ("Group", "") else "right", overflow="fold")
    for each in known["coverage"]:
        shares = (_percent(each[name]) for name in ("nhs", "upn", "described", "met"))
        table.add_row(each["kind"], each["group"], f"{each['records']:,}", *shares)
    Console().print(table)
    persons = known["persons"]
    say(
        f"{known['records']:,} records are {persons['person_key']:,} persons, "
        f"{_percent(known['persons_met'] / max(persons['person_key'], 1))} of them known to two partners or more."
    )
    say(
        f"Without the weakest links they would be {persons['person_key_without_weakest']:,} persons, "
        f"by number alone {persons['person_key_by_number']:,}."
    )
    say(f"Records by what first joined them: {_counts(known['bases'])}.")
    say(f"Tokens that join nobody, held by too many records: {_counts(known['too_common'])}.")
    say(f"Tokens that join nobody, refused as doubtful: {_counts(known['refused'])}.")


def _show_agreement(judged: list[dict[str, Any]]) -> None:
    table = Table(title="Pairs of records, against the truth of invented people")
    for heading in ("Group", "", "True pairs", "Found", "Precision", "Recall"):
        table.add_column(heading, justify="left" if heading in ("Group", "") else "right", overflow="fold")
    for each in judged:
        ratios = ("-" if each[name] is None else f"{each[name]:.4f}" for name in ("precision", "recall"))
        table.add_row(each["kind"], each["group"], f"{each['true_pairs']:,}", f"{each['found_pairs']:,}", *ratios)
    Console().print(table)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
