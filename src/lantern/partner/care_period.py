"""A child's period of care, put together from its episodes: it starts and ends once, however often the child moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lantern.partner import table
from lantern.partner.happening import Happening, Refused
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, When

NAME = "ssd_cla_episodes"
REQUIRED = ("clae_cla_episode_id", "clae_person_id", "clae_cla_episode_start_date")
_GOES_ON = "X1"
"""Reason ceased: another episode begins on the same day."""


@dataclass
class _Period:
    """The rows of one period, in file order."""

    person: Person
    where: str
    referral: str
    rows: list[table.Row] = field(default_factory=list)


def happenings(
    rows: Iterator[tuple[int, table.Row]], people: dict[str, Person], dates: DateReader
) -> Iterator[Happening | Refused]:
    """
    One CARE_STARTED for each period, and one CARE_ENDED once its last episode has ceased for good.

    A period is what `clae_cla_id` names, or else what the child entered care on one day. One
    unreadable date refuses the whole period: with the rest it would look open, or too short.
    """
    periods: dict[str, _Period] = {}
    for number, row in rows:
        where = f"{NAME} row {number}"
        try:
            _sort_in(row, where, people, periods)
        except UnusableError as error:
            yield Refused(error.reason, where)
    for name, period in periods.items():
        try:
            yield from _told(name, period, dates)
        except UnusableError as error:
            yield Refused(error.reason, period.where)


def _sort_in(row: table.Row, where: str, people: dict[str, Person], periods: dict[str, _Period]) -> None:
    local_id = row["clae_person_id"]
    within = row["clae_cla_id"] or row["clae_entered_care_date"]
    if not row.is_whole:
        raise UnusableError("row_shape")
    if not local_id:
        raise UnusableError("person_missing")
    if not within:
        raise UnusableError("care_period_missing")
    person = people.get(local_id) or Person(local_id=local_id)
    periods.setdefault(f"{within}|{local_id}", _Period(person, where, row["clae_referral_id"])).rows.append(row)


def _told(name: str, period: _Period, dates: DateReader) -> list[Happening]:
    episodes = [_episode(row, dates) for row in period.rows]
    entered = [day for row in period.rows if (day := dates.optional(row["clae_entered_care_date"]))]
    started = min((*entered, *(start for start, _, _ in episodes)), key=lambda when: when.day)
    _, ceased, reason = max(episodes, key=lambda each: (each[0].day, each[1] is None, each[1].day if each[1] else None))
    episode = f"referral|{period.referral}" if period.referral else ""
    made = [Happening(name, "CARE_STARTED", started, period.person, {}, episode, where=period.where)]
    if ceased and not reason.startswith(_GOES_ON):
        parent = ("CARE_STARTED", name)
        made.append(Happening(name, "CARE_ENDED", ceased, period.person, {}, episode, parent, where=period.where))
    return made


def _episode(row: table.Row, dates: DateReader) -> tuple[When, When | None, str]:
    ceased = row["clae_cla_episode_ceased_date"] or row["clae_cla_episode_ceased"]
    return (
        dates.required(row["clae_cla_episode_start_date"]),
        dates.optional(ceased),
        row["clae_cla_episode_ceased_reason"].upper(),
    )
