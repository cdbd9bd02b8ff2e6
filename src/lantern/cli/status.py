"""What the hub has done and what is due, for its own people: never for the board's side."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lantern.cli.opened import opened_ledger
from lantern.cli.quarantine import held
from lantern.errors import LanternError
from lantern.housekeeping import logbook, retention
from lantern.intake import inbox, report
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.pipeline import build
from lantern.pipeline import release as pipeline
from lantern.pipeline.publication import awaited
from lantern.release.charge import unit_of
from lantern.release.embargo import instant_words, publish_at
from lantern.release.entry import spent_in
from lantern.release.notice import withdrawals
from lantern.watching.examination import warnings

_MONTHS_SHOWN = 6
_LATELY = timedelta(days=30)
_SHOWN = 5
"""Refusals, of those in that time."""


def status_of(name: str) -> dict[str, Any]:
    """The state of one partnership as plain values; `trouble` says what keeps a part from being known."""
    trouble, missing = "", list[str]()
    with opened_ledger(name) as (home, partnership, ledger):
        entries = ledger.entries()
        try:
            due = [str(period) for period in pipeline.due(home, partnership, ledger)]
            missing = build.months_missing(home)
        except LanternError as refusal:
            due, trouble = [], str(refusal)
        published = {entry.period: entry.body["release_id"] for entry in entries if entry.kind == "publish"}
        latest = max((Quarter.parse(period) for period in published), default=None)
        year = spent_in(entries, latest.plus(1 - QUARTERS_A_YEAR)) if latest else 0
    allowed = partnership.privacy.micro_per_year
    return {
        "partnership": partnership.title,
        "deliveries": dict(sorted(report.counts(home).items())),
        "releases": list(published.values()),
        "embargoed": {f"{each.period}-{each.revision + 1}": publish_at(each).isoformat() for each in awaited(entries)},
        "withdrawn": list(withdrawals(entries)),
        "due": due,
        "months_missing": missing,
        "lying_about": inbox.strays(home, partnership),
        "held": _held(name),
        "refused_lately": [
            {"partner": partner, "at": at.strftime("%Y-%m-%d %H:%M"), "report": str(page)}
            for partner, at, page in report.refusals(home, datetime.now(UTC) - _LATELY)
        ],
        "year_ends_with": str(latest) if latest else None,
        "allowance_unit": unit_of(partnership),
        "allowance_spent_in_that_year": year,
        "allowance_left_in_that_year": max(allowed - year, 0),
        "trouble": trouble,
        "kept": retention.words(partnership),
        "unfinished": [f"{each['what']} of {each['at'][:10]}" for each in logbook.unfinished(home)],
        "warnings": warnings(home, partnership),
        "where": {
            "for analysts": str(home.analyst),
            "for the board": str(home.released),
            "release folders": str(home.releases),
            "ledger": str(home.ledger),
            "reports to senders": str(home.reports),
        },
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The state as a screenful."""
    deliveries = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in found["deliveries"].items())
    spent, left = found["allowance_spent_in_that_year"], found["allowance_left_in_that_year"]
    return [
        found["partnership"],
        f"  deliveries         {deliveries or 'none yet'}",
        f"  releases           {', '.join(found['releases']) or 'none yet'}",
        *(
            f"  under embargo      {release_id} until {instant_words(datetime.fromisoformat(until))} (Europe/London)"
            for release_id, until in found["embargoed"].items()
        ),
        *([f"  withdrawn          {', '.join(found['withdrawn'])}"] if found["withdrawn"] else []),
        f"  due                {', '.join(found['due']) or 'nothing'}",
        f"  months missing     {_some(found['months_missing'])}",
        f"  privacy allowance  {spent:,} {found['allowance_unit']} spent and {left:,} left"
        + (f" in the year to {found['year_ends_with']}" if found["year_ends_with"] else ""),
        *(
            f"  lying about        {partner}: {count} in the inbox, older than a day and no delivery"
            for partner, count in found["lying_about"].items()
        ),
        *_waiting(found),
        f"  kept               {found['kept']}",
        *(f"  unfinished         {each}: run the same command again" for each in found["unfinished"]),
        *([f"  to mend            {found['trouble']}"] if found["trouble"] else []),
        *(
            [f"  warns              {'; '.join(found['warnings'])}; 'lantern doctor' says more"]
            if found["warnings"]
            else []
        ),
        *(f"  {name:<18} {path}" for name, path in found["where"].items()),
    ]


def _held(name: str) -> dict[str, int]:
    """How many rows are held, of how many deliveries, and in how many days the first of them are removed."""
    deliveries = held(name)[0]["deliveries"]
    return {
        "rows": sum(each["rows"] for each in deliveries),
        "deliveries": len(deliveries),
        "days_left": min((each["days_left"] for each in deliveries), default=0),
    }


def _waiting(found: dict[str, Any]) -> list[str]:
    """What a sender has still to put right."""
    rows, refused = found["held"], found["refused_lately"]
    told = []
    if rows["deliveries"]:
        told.append(
            f"  rows held          {rows['rows']:,} of {rows['deliveries']} deliveries, {rows['days_left']} days left to the "
            "first; 'lantern quarantine' lists them"
        )
    told += [f"  refused lately     {each['partner']}, {each['at']} UTC: {each['report']}" for each in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        told.append(f"  refused lately     and {len(refused) - _SHOWN} more")
    return told


def _some(months: list[str]) -> str:
    more = f"; and {len(months) - _MONTHS_SHOWN} more" if len(months) > _MONTHS_SHOWN else ""
    return "; ".join(months[:_MONTHS_SHOWN]) + more or "none"
