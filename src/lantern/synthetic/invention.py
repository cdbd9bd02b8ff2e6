"""Invent a whole partnership: every partner's files, and aside from them the truth they hide."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from lantern.errors import ConfigRefused
from lantern.synthetic import adoption, adult, annex, census, council, front_door, identifier, planting, truth
from lantern.synthetic.caseload import COUNCIL, Records
from lantern.synthetic.defect import Planting
from lantern.synthetic.partner_file import Exports, write_merges
from lantern.synthetic.population import DAYS_A_YEAR, populate
from lantern.synthetic.referral import referrals
from lantern.synthetic.season import Season, day_number
from lantern.synthetic.truth import Truth

SEED = 20_260_930
REFERRALS_A_YEAR = 3_400
FIRST_DAY = date(2023, 4, 1)
SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59, tzinfo=ZoneInfo("Europe/London"))

_FEWEST = 40
_BURN_IN = timedelta(days=730)
"""Years lived through before the first day and not written, so that some cases are open on it."""
_NUMBERS_A_REFERRAL = 15
"""NHS numbers to draw from, for each referral a year: there are ten children or so and more than three adults."""


def invent(
    folder: Path,
    *,
    seed: int = SEED,
    referrals_a_year: int = REFERRALS_A_YEAR,
    first_day: date = FIRST_DAY,
    snapshot: datetime = SNAPSHOT,
    with_defects: bool = False,
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
        with_defects: Plant the slips of `defect.DEFECTS`; all else is the same without them.
        progress: Told what is being done.

    Returns:
        The truth, also written to truth/truth.json beside truth/people.csv and truth/defects.csv.
    """
    if referrals_a_year < _FEWEST or first_day >= snapshot.date():
        raise ConfigRefused(
            f"synthetic: at least {_FEWEST} referrals a year and a first day before the snapshot are needed. "
            "Nothing was made."
        )
    tell = progress or (lambda _what: None)
    rng, slips = np.random.default_rng(seed), Planting(seed, is_on=with_defects)
    began, first, last = day_number(first_day - _BURN_IN), day_number(first_day), day_number(snapshot.date())
    season = Season.over(first_day - _BURN_IN, snapshot.date())
    tell("families")
    numbers = identifier.nhs_numbers(rng, _NUMBERS_A_REFERRAL * referrals_a_year)
    people = populate(rng, referrals_a_year, began, last, numbers)
    tell("referrals")
    cases = referrals(rng, people, season, (last - began) / DAYS_A_YEAR, last)
    tell("contacts")
    contacts = front_door.contacts(rng, people, season, cases, first_day=first, snapshot=last)
    people, cases, contacts = adoption.adopt(rng, people, cases, contacts, first_day=first, nhs=numbers[len(people) :])
    # An extract also holds what was open when its span began.
    own = cases.only((cases.referred >= first) | (cases.closed >= first))
    found = truth.truth_of(
        contacts, cases.only(cases.referred >= first), season, seed=seed, first_day=first_day, snapshot=snapshot
    )
    tell("the council's tables")
    written = planting.second_referrals(slips, planting.enquiries(slips, own, last), last)
    records = Records.of(rng, people, contacts, written, last)
    council.write(rng, folder / COUNCIL / "ssd", records, last, slips)
    tell("the council's censuses and lists")
    for year in census.years(first_day, snapshot.date()):
        census.write(folder / COUNCIL / "cin_census", records, season, year, slips)
    annex.write(folder / COUNCIL / "annex_a" / annex.FILE, records, last)
    who = truth.People()
    names = [f"person_{child:06d}" for child in range(len(people))]
    who.describe(names, *people.described)
    who.know(COUNCIL, {local: names[child] for local, child in records.known.items()})
    log = [(records.id_of[each.old], records.id_of[each.new], each) for each in records.log]
    write_merges(folder, COUNCIL, log, slips)
    tell("the other partners' tables")
    exports = Exports(rng, folder, people, contacts, season, slips, first_day, snapshot.date())
    exports.write()
    for partner, known in exports.known.items():
        who.know(partner, {local: names[child] for local, child in known.items()})
    tell("adult social care")
    nhs = numbers[len(people) :]
    concerned = adult.concerns(
        rng, season, people, referrals_a_year=referrals_a_year, first=first, snapshot=last, nhs=nhs
    )
    adults, enquiries = adult.write(rng, folder / adult.ADULT_CARE, season, concerned, last)
    who.describe(concerned.true_person, *concerned.people.described)
    who.know(adult.ADULT_CARE, {local: concerned.true_person[each] for local, each in adults.items()})
    found = replace(
        found,
        adult_concerns=len(concerned.adult),
        adult_enquiries=enquiries,
        notifications=exports.rows,
        defects=dict(sorted(Counter(each.defect.name for each in slips.planted).items())),
    )
    truth.write(folder / "truth", found, who, slips.planted)
    return found
