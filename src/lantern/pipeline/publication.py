"""Publish what was drawn once its time has come, take it back if it must be, and write the file the board reads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from lantern import quality, warehouse
from lantern.errors import ContractBroken, LanternError, ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.privacy import workload
from lantern.privacy.accuracy import SPANS
from lantern.release import planning, publication
from lantern.release.approval import check_not_refused, is_approved, unpublished
from lantern.release.cell import cells, table_of
from lantern.release.embargo import day_in_london, is_due, publish_at
from lantern.release.entry import (
    Entry,
    answer_of,
    publication_of,
    spent_in,
    withdrawal_of,
)
from lantern.release.folder import Earlier, Facts, plan_of
from lantern.release.ledger import Ledger
from lantern.release.notice import checked_reason, withdrawals

_QUARTERS_BACK = 2 * QUARTERS_A_YEAR - 1
"""A rolling year is compared with the one before it, which they do not share a quarter with."""


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """
    Hold a home against other releases and publications.

    Raises:
        StoreBusy: a disk or a store failed meanwhile. Each step can be run again from whatever the ledger holds.
    """
    then = "What the ledger holds stays as it is, and the next run goes on from there."
    with warehouse.own_trouble(home, "release", then), home.between_releases():
        yield


def publish(home: Home, partnership: Partnership, ledger: Ledger, now: datetime | None = None) -> list[str]:
    """
    Publish whatever was drawn and is due, and write the file the board reads; run again, it changes nothing.

    Args:
        home: Whose.
        partnership: Its file.
        ledger: Where each publication is written.
        now: The instant to publish for; this one, if left out. Figures are shown because the ledger has a line that says so,
            so a clock that is put back later takes none away.

    Returns:
        The releases that were published by it, in order of time.

    Raises:
        LanternError: the first refusal, once every other release that is due is out.
    """
    now, done, refusals = now or datetime.now(UTC), [], []
    with alone(home):
        for answer in awaited(ledger.entries()):
            if is_due(answer, now):
                try:
                    done.append(publish_drawn(home, partnership, ledger, answer, now))
                except LanternError as refusal:
                    refusals.append(refusal)
        _write_released(home, partnership, ledger)
    if refusals:
        raise refusals[0]
    return done


def awaited(entries: Sequence[Entry]) -> list[Entry]:
    """Noised sums that were drawn, are not published and whose plan has not been refused since; the first due first."""
    found = [each for each in _unpublished(entries) if is_approved(entries, each.plan_digest)]
    return sorted(found, key=lambda each: (publish_at(each), each.period))


def _refused(entries: Sequence[Entry]) -> list[Entry]:
    """Noised sums that were drawn, are not published, and whose plan has been refused since."""
    return [each for each in _unpublished(entries) if not is_approved(entries, each.plan_digest)]


def _unpublished(entries: Sequence[Entry]) -> list[Entry]:
    drawn = [each for each in entries if each.kind == "answer"]
    return [each for each in drawn if unpublished(entries, each.period, each.revision)]


def _name(answer: Entry) -> str:
    """What the release is called that is made of noised sums."""
    return f"{answer.period}-{answer.revision + 1}"


def newest_published(entries: Sequence[Entry]) -> Entry | None:
    """The publication of the newest quarter, in its newest revision; None if nothing is published."""
    periods = {each.period for each in entries if each.kind == "publish"}
    return publication_of(entries, max(periods)) if periods else None


def withdraw(home: Home, partnership: Partnership, ledger: Ledger, period: Quarter, *, by: str, reason: str) -> Entry:
    """
    Take a published quarter back: its figures leave the file the board reads, a row with the day and the reason stays.

    What was spent stays spent, and later releases stay as they were published. Only a revision takes its place.

    Raises:
        ReleaseRefused: nothing is published, the person may not decide, or the reason is not fit to be read outside.
    """
    reason = checked_reason(f"{partnership.name} {period}", reason)
    with alone(home):
        today = day_in_london(datetime.now(UTC)).isoformat()
        entry = ledger.withdraw(period=str(period), by=by, reason=reason, withdrawn_on=today)
        _write_released(home, partnership, ledger)
        return entry


def refresh(home: Home, partnership: Partnership, ledger: Ledger) -> int:
    """Write the file the dashboard reads from all published releases; how many there are."""
    with alone(home):  # two writers: the one that read the ledger first would have the last word
        return _write_released(home, partnership, ledger)


def _write_released(home: Home, partnership: Partnership, ledger: Ledger) -> int:
    entries = ledger.entries()
    published = {each.body["release_id"]: each.body["folder_digest"] for each in entries if each.kind == "publish"}
    for release_id in published:
        publication.remove(home.embargo / release_id)
    for answer in _refused(entries):
        publication.remove(home.releases / _name(answer))  # a run ended before its line, then it was refused
    due = {Quarter.parse(each.period): day_in_london(publish_at(each)) for each in awaited(entries)}
    return publication.refresh(home, partnership, published, withdrawals(entries), due)


def publish_drawn(home: Home, partnership: Partnership, ledger: Ledger, answer: Entry, now: datetime) -> str:
    """
    Make the folder of what was drawn and write its publication into the ledger; before its time, lay the folder aside.

    For whoever holds the home's lock.

    Returns:
        The release's name, whether it is published or waits.

    Raises:
        ReleaseRefused: its plan was refused since, or the folder is not what the ledger holds.
        ContractBroken: a cell breaks its own contract.
    """
    entries, release_id = ledger.entries(), _name(answer)
    done = publication_of(entries, answer.period, answer.revision)
    if done is None:
        check_not_refused(partnership, entries, answer)
    if done is None and not is_due(answer, now):
        _lay_aside(home, partnership, entries, release_id, answer)
        return release_id
    facts = publication.read_facts(home, release_id)
    if facts is None:
        # Made again, it is made from what the ledger held when it was first published.
        known = entries[: done.seq - 1] if done else entries
        published_on = done.body["published_on"] if done else day_in_london(now).isoformat()
        facts = _written(home, partnership, known, answer, _facts(known, release_id, published_on, answer))
    if facts.ledger_mark != answer.mac:
        raise ReleaseRefused(
            f"release {release_id}: its folder was not made from what the ledger holds. It was not published. "
            "Remove the folder and release the quarter again; it costs nothing."
        )
    digest = publication.folder_digest(home, release_id)
    try:
        ledger.publish(answer=answer, release_id=release_id, published_on=facts.published_on, folder_digest=digest)
    except ReleaseRefused:
        # Refused while it was being made: nobody hands it out.
        publication.remove(home.releases / release_id)
        raise
    return release_id


def _lay_aside(home: Home, partnership: Partnership, entries: list[Entry], release_id: str, answer: Entry) -> None:
    """Make the folder where the hub's own people can look at it. What is published is made anew from the ledger."""
    if not (home.embargo / release_id).exists():
        day = day_in_london(publish_at(answer)).isoformat()
        facts = _facts(entries, release_id, day, answer)
        _written(home, partnership, entries, answer, facts, aside=True)


def _written(
    home: Home, partnership: Partnership, entries: list[Entry], answer: Entry, facts: Facts, *, aside: bool = False
) -> Facts:
    period, release_id = Quarter.parse(answer.period), facts.release_id
    if planning.plan_for(partnership, period, answer.revision, home).digest != answer.plan_digest:
        raise ReleaseRefused(
            f"release {release_id}: the catalogue, the models or the partnership's file were altered after this quarter was "
            "drawn. It was not published. Undo the change, or restore the release folder from its backup."
        )
    plan, answers = plan_of(answer.body["plan"]), answer.body["answers"]
    earlier = _earlier(entries, period, publish_at(answer) if aside else None)
    found = cells(release_id, plan, answers, earlier)
    # By what is asked, not by what was made: a cell that is missing would tell that it is missing.
    asked = len(SPANS) * sum(len(workload.questions(table.name)) for table in plan.tables)
    broken = quality.check("released_cell", table_of(found), cells=asked, release_id=release_id)
    if broken:
        raise ContractBroken(
            f"release {release_id}: {'; '.join(str(each) for each in broken)}. It was not published; the noised sums "
            "are kept and will be used again at no cost."
        )
    place = home.embargo if aside else home.releases
    publication.write_folder(home, partnership, plan, facts, answers, earlier, found, place)
    return facts


def _facts(entries: Sequence[Entry], release_id: str, published_on: str, answer: Entry) -> Facts:
    approval = next(
        each for each in reversed(entries) if each.kind == "approve" and each.plan_digest == answer.plan_digest
    )
    period = Quarter.parse(answer.period)
    replaced = publication_of(entries, answer.period, answer.revision - 1)
    return Facts(
        release_id=release_id,
        period=answer.period,
        published_on=published_on,
        approved_by=approval.body["by"],
        approval_reason=approval.body["reason"],
        approved_at=approval.at,
        micro=spent_in(entries, period, 1),
        year_micro=spent_in(entries, period.plus(1 - QUARTERS_A_YEAR)),
        ledger_mark=answer.mac,
        publish_at=publish_at(answer).isoformat(),
        replaces_on=replaced.body["published_on"] if replaced else "",
    )


def _earlier(entries: Sequence[Entry], period: Quarter, until: datetime | None) -> Earlier:
    """
    Of each quarter before, the newest revision that is published: how far back to its plan and noised sums.

    Args:
        entries: The ledger's.
        period: The quarter.
        until: With it, what will be published by then counts as published.

    Returns:
        None for a quarter that was withdrawn.
    """
    found = {}
    for back in range(1, _QUARTERS_BACK + 1):
        earlier = str(period.plus(-back))
        published = publication_of(entries, earlier)
        answer = answer_of(entries, earlier, published.revision) if published else None
        if until is not None:
            coming = [each for each in awaited(entries) if each.period == earlier and publish_at(each) <= until]
            answer = max([each for each in (answer, *coming) if each], key=lambda each: each.revision, default=None)
        if answer is None or "plan" not in answer.body:
            continue
        is_withdrawn = (
            published is not None and withdrawal_of(entries, published) and answer.revision == published.revision
        )
        found[back] = None if is_withdrawn else (plan_of(answer.body["plan"]), answer.body["answers"])
    return found
