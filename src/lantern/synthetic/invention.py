"""Invent a whole partnership: every partner's files, and aside from them the truth they hide."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from lantern.errors import ConfigRefused
from lantern.synthetic import agency, census, council, front_door, sheet
from lantern.synthetic.casework import Cases
from lantern.synthetic.council import Records
from lantern.synthetic.draw import Bools
from lantern.synthetic.population import DAYS_A_YEAR, populate
from lantern.synthetic.referral import referrals
from lantern.synthetic.season import MINUTES_A_DAY, Season, day_number

SEED = 20_260_930
REFERRALS_A_YEAR = 3_400
FIRST_DAY = date(2023, 4, 1)
SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59, tzinfo=ZoneInfo("Europe/London"))
COUNCIL = "riverton_council"

_FEWEST = 40
_BURN_IN = timedelta(days=730)
"""Years lived through before the first day and not written, so that some cases are open on it."""
_README = """Everything in this folder is invented.

No child, family, worker, school, street or organisation in it exists. Names come from short lists,
NHS numbers from the range kept for tests, postcodes from an area that there is none of, and pupil
numbers from schools that do not exist. Any likeness to a person is chance.
"""


@dataclass(frozen=True)
class Truth:
    """
    What is true of the invented partnership, counted before anything is keyed or noised.

    Re-referrals are counted from a year after the first day, when twelve months can be looked back.
    """

    seed: int
    first_day: str
    snapshot_at: str
    people: int
    contacts: int
    contacts_on_open_cases: int
    contacts_undecided: int
    contacts_decided_within_1_working_day: int
    referrals: int
    referrals_no_further_action: int
    referrals_with_lookback: int
    re_referrals: int
    assessments_started: int
    assessments_authorised: int
    assessments_within_45_working_days: int
    enquiries: int
    conferences: int
    plans: int
    cases_open: int
    notifications: dict[str, int]


def invent(
    folder: Path,
    *,
    seed: int = SEED,
    referrals_a_year: int = REFERRALS_A_YEAR,
    first_day: date = FIRST_DAY,
    snapshot: datetime = SNAPSHOT,
    progress: Callable[[str], None] | None = None,
) -> Truth:
    """
    Write an invented partnership's files under `folder`.

    Args:
        folder: Where the partners' folders are made.
        seed: The same seed, size and dates give the same files.
        referrals_a_year: How large the council is; a middling one has 3,400.
        first_day: The first day with contacts. Measures that look back need the year after it.
        snapshot: When the extracts are taken: what comes later is not known.
        progress: Told what is being done.

    Returns:
        The truth, also written to truth/truth.json beside truth/people.csv.
    """
    if referrals_a_year < _FEWEST or first_day >= snapshot.date():
        raise ConfigRefused(
            f"synthetic: at least {_FEWEST} referrals a year and a first day before the snapshot are needed. "
            "Nothing was made."
        )
    tell = progress or (lambda _what: None)
    rng = np.random.default_rng(seed)
    began, first, last = day_number(first_day - _BURN_IN), day_number(first_day), day_number(snapshot.date())
    season = Season.over(first_day - _BURN_IN, snapshot.date())
    tell("families")
    people = populate(rng, referrals_a_year, began, last)
    tell("referrals")
    cases = referrals(rng, people, season, (last - began) / DAYS_A_YEAR, last)
    tell("contacts")
    contacts = front_door.contacts(rng, people, season, cases, first_day=first, snapshot=last)
    records = Records.of(rng, people, contacts, cases.only(cases.referred >= first))
    tell("the council's tables")
    council.write(rng, folder / COUNCIL / "ssd", records, last)
    for year in census.years(first_day, snapshot.date()):
        tell(f"the census of {year}")
        census.write(folder / COUNCIL / "cin_census", records, season, year)
    known = {COUNCIL: dict(zip(records.known.tolist(), records.ids(records.known), strict=True))}
    notifications = {}
    for each in agency.AGENCIES:
        tell(each.partner)
        known[each.partner], notifications[each.partner] = agency.write(
            rng, folder, people, contacts, season=season, agency=each
        )
    truth = _truth(records, season, seed=seed, first_day=first_day, snapshot=snapshot, notifications=notifications)
    _write_aside(folder, truth, known)
    return truth


def _truth(
    records: Records, season: Season, *, seed: int, first_day: date, snapshot: datetime, notifications: dict[str, int]
) -> Truth:
    contacts, cases = records.contacts, records.cases.as_known_on(day_number(snapshot.date()))
    decided_day = contacts.decided // MINUTES_A_DAY
    is_fast = (contacts.decided >= 0) & (season.between(contacts.received_day, decided_day) <= 1)
    is_authorised = cases.assessed >= 0
    has_lookback = cases.referred >= day_number(_a_year_after(first_day))
    return Truth(
        seed=seed,
        first_day=first_day.isoformat(),
        snapshot_at=snapshot.isoformat(),
        people=len(records.known),
        contacts=len(contacts),
        contacts_on_open_cases=_sum(contacts.is_open_case),
        contacts_undecided=_sum(contacts.decided < 0),
        contacts_decided_within_1_working_day=_sum(is_fast & ~contacts.is_open_case),
        referrals=len(cases),
        referrals_no_further_action=_sum(cases.is_nfa),
        referrals_with_lookback=_sum(has_lookback),
        re_referrals=_sum(_is_repeat(cases) & has_lookback),
        assessments_started=_sum(cases.assessment >= 0),
        assessments_authorised=_sum(is_authorised),
        assessments_within_45_working_days=_sum(is_authorised & (season.between(cases.referred, cases.assessed) <= 45)),  # noqa: PLR2004 - the statutory limit
        enquiries=_sum(cases.enquired >= 0),
        conferences=_sum(cases.conference >= 0),
        plans=_sum(cases.plan >= 0),
        cases_open=_sum(cases.closed < 0),
        notifications=notifications,
    )


def _sum(mask: Bools) -> int:
    return int(mask.sum())


def _a_year_after(day: date) -> date:
    """The same day a year later; 28 February for the 29th."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


def _is_repeat(cases: Cases) -> Bools:
    """Whether the child was referred before, at most twelve calendar months earlier (DfE)."""
    order = np.lexsort((cases.referred, cases.child))
    child, referred = cases.child[order], cases.referred[order].astype("datetime64[D]").tolist()
    repeat = np.zeros(len(cases), dtype=bool)
    for index in range(1, len(order)):
        if child[index] == child[index - 1]:
            repeat[order[index]] = referred[index] <= _a_year_after(referred[index - 1])
    return repeat


def _write_aside(folder: Path, truth: Truth, known: dict[str, dict[int, str]]) -> None:
    rows = [(partner, local, f"person_{child:06d}") for partner, ids in known.items() for child, local in ids.items()]
    partners, local_ids, people = zip(*rows, strict=True)
    sheet.write(folder / "truth" / "people.csv", {"partner": partners, "local_id": local_ids, "true_person": people})
    text = json.dumps(asdict(truth), indent=2) + "\n"
    (folder / "truth" / "truth.json").write_text(text, encoding="utf-8")
    for place in (folder, *(folder / partner for partner in known), folder / "truth"):
        (place / "README.txt").write_text(_README, encoding="utf-8")
