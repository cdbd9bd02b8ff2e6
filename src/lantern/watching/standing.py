"""Whether the ledger holds together, and whether what rests on it still agrees with it."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from lantern import warehouse
from lantern.errors import LedgerRefused, ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.release import planning, spent
from lantern.release.embargo import day_in_london
from lantern.release.entry import Entry, priced_draws
from lantern.release.ledger import Ledger
from lantern.release.ledger_store import SCHEMAS, URL_NAMED
from lantern.release.notice import withdrawals
from lantern.release.publication import newest
from lantern.watching.finding import Finding
from lantern.watching.lateness import accepted_at

_SLACK = timedelta(minutes=5)
"""Clocks of two machines that share a ledger differ by less."""
_SILENCE = timedelta(days=45)
"""A hub to which nothing has come for so long has more likely a clock that jumped."""


def entries_of(home: Home, partnership: Partnership) -> list[Entry]:
    """
    Every line of the ledger, verified; none, and no ledger made, where none has been begun.

    Raises:
        LedgerRefused: it does not hold together, or it is gone and was there.
    """
    if _is_absent(home):
        if (home.base / "anchor").exists() or any(home.releases.glob("[!.]*/release.json")):
            raise LedgerRefused(
                f"{home.partnership}, ledger: it is gone, and its anchor or a release says that there was one. Nothing was spent or "
                "released. Restore the newest copy of it."
            )
        return []
    ledger = Ledger(home, partnership)
    try:
        return ledger.entries()
    finally:
        ledger.close()


def ledger(home: Home, partnership: Partnership) -> Iterator[Finding]:
    """The ledger, line by line under its key, and against its anchor."""
    entries = entries_of(home, partnership)
    if not entries:
        yield Finding("ledger", "ok", "nothing has been decided, so the ledger is empty")
    else:
        yield Finding("ledger", "ok", f"{len(entries)} lines hold together and hold the anchor (schema {SCHEMAS[-1]})")


def spends(home: Home, partnership: Partnership) -> Iterator[Finding]:
    """What persons spent, against the draws the ledger has."""
    draws = priced_draws(entries_of(home, partnership))
    spent.check_whole(home, draws)
    yield Finding("spends", "ok", f"what persons spent on {len(draws)} draws is whole")


def board_file(home: Home, partnership: Partnership) -> Iterator[Finding]:
    """The file the board reads, against the ledger's publications: of each quarter the newest."""
    entries = entries_of(home, partnership)
    due = newest({each.body["release_id"]: "" for each in entries if each.kind == "publish"})
    if not home.released.exists() and not due:
        yield Finding("board-file", "ok", "nothing is published, so the board has no file")
        return
    try:
        with warehouse.plain(home.released, read_only=True) as connection:
            shown = sorted(row[0] for row in connection.execute("select release_id from release").fetchall())
            with_figures = {row[0] for row in connection.execute("select distinct release_id from cell").fetchall()}
    except Exception:  # noqa: BLE001  # whatever a missing or damaged file makes the library say
        yield _not_the_board_s("the file the board reads is missing or cannot be read.")
        return
    taken_back = set(withdrawals(entries)) & set(due)
    if shown != sorted(due):
        yield _not_the_board_s(
            f"the board's file holds {len(shown)} releases and the ledger published {len(due)}: "
            f"{len(set(shown) - set(due))} that it should not, and not {len(set(due) - set(shown))} that it should."
        )
    elif with_figures != set(due) - taken_back:
        yield _not_the_board_s(
            f"the board's file shows figures of {len(with_figures & taken_back)} releases that were taken back, and none of "
            f"{len(set(due) - taken_back - with_figures)} that stand."
        )
    else:
        told = f", {len(taken_back)} of them taken back" if taken_back else ""
        yield Finding("board-file", "ok", f"the board's file holds the {len(due)} releases the ledger has{told}")


def approvals(home: Home, partnership: Partnership, now: datetime) -> Iterator[Finding]:
    """Each quarter that has been ripe for longer than agreed, and nobody has decided on it or what was approved was not published."""
    late = list(_waiting(partnership, _due(home, partnership), entries_of(home, partnership), now))
    yield from late
    if not late:
        yield Finding(
            "approval-waiting", "ok", "no ripe quarter waits longer than agreed for a decision or its release"
        )


def clock(home: Home, partnership: Partnership, now: datetime) -> Iterator[Finding]:
    """This machine's clock, against the newest things the hub knows of: the ledger's last line, the last delivery."""
    entries = entries_of(home, partnership)
    written = [datetime.fromisoformat(each.at) for each in entries[-1:]]
    accepted = [at for each in partnership.partners if (at := accepted_at(home, each.name))]
    newest_known = max([*written, *accepted], default=now)
    told = f"the clock says {now:%Y-%m-%d %H:%M} UTC"
    if newest_known > now + _SLACK:
        yield Finding(
            "clock",
            "wrong",
            f"{told} and the hub has written something at {newest_known:%Y-%m-%d %H:%M} UTC.",
            "Set the clock, and see that it is kept set (NTP), before anything is approved or published.",
        )
    elif now - newest_known > _SILENCE:
        yield Finding(
            "clock",
            "warn",
            f"{told}, {(now - newest_known).days} days after the last delivery and the last decision.",
            "If that is not so, the clock is ahead: set it before an embargo ends or anything is removed by its age.",
        )
    else:
        yield Finding("clock", "ok", f"{told}, after all that the hub has written and not long after")


def _due(home: Home, partnership: Partnership) -> list[Quarter]:
    if not home.warehouse.exists():
        return []
    try:
        return planning.due(partnership, planning.known(home))
    except ReleaseRefused:  # nothing has been built yet
        return []


def _waiting(
    partnership: Partnership, due: Sequence[Quarter], entries: Sequence[Entry], now: datetime
) -> Iterator[Finding]:
    patience, today = timedelta(days=partnership.alerts.approval_days), day_in_london(now)
    decided = {each.period: each for each in entries if each.kind in ("approve", "refuse")}
    published = {each.period for each in entries if each.kind == "publish"}
    for period in due:
        ripe, last = planning.due_on(period, partnership.release.embargo_days), decided.get(str(period))
        if last is None and today - ripe > patience:
            yield Finding(
                "approval-waiting",
                "warn",
                f"{period} has been ripe since {ripe.isoformat()} and nobody has decided.",
                f"Look at 'lantern plan {period}', then approve or refuse it.",
                str(period),
            )
        elif last and last.kind == "approve" and str(period) not in published:
            approved = day_in_london(datetime.fromisoformat(last.at))
            if today - max(ripe, approved) > patience:
                yield Finding(
                    "approval-waiting",
                    "warn",
                    f"{period} was approved on {approved.isoformat()} and has not been published.",
                    f"Look at 'lantern plan {period}': an altered plan needs a decision of its own; otherwise run 'lantern release {period}'.",
                    str(period),
                )


def _not_the_board_s(said: str) -> Finding:
    return Finding("board-file", "wrong", said, "Run 'lantern publish': it writes the file anew from the ledger.")


def _is_absent(home: Home) -> bool:
    elsewhere = os.environ.get(URL_NAMED) or os.environ.get(f"{URL_NAMED}_FILE")
    return not elsewhere and not home.ledger.exists()
