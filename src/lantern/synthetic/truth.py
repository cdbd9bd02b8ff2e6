"""What is true of the invented partnership, written aside: counts, who everyone is, and every slip."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from lantern import codelist
from lantern.synthetic import sheet
from lantern.synthetic.casework import Cases
from lantern.synthetic.defect import Planted
from lantern.synthetic.draw import Bools, Ints, Texts
from lantern.synthetic.front_door import PRIORITIES, Contacts
from lantern.synthetic.season import MINUTES_A_DAY, Season, day_number

_README = """Everything in this folder is invented.

No child, family, adult, worker, school, street or organisation in it exists. Names come from short lists,
NHS numbers from the range kept for tests, postcodes from an area that there is none of, and pupil
numbers from schools that do not exist. Any likeness to a person is chance.
"""


@dataclass(frozen=True)
class Truth:
    """
    What happened in the invented partnership, counted before anything is keyed or noised.

    Slips of those who wrote it down are not in these counts but in defects.csv. Re-referrals are counted
    from a year after the first day, when twelve months can be looked back. A contact's priority is the last one it
    was given; none is given on an open case. `people` are the children the
    council knows, `notifications` the rows of each other partner's tables, `defects` the slips by name.
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
    contacts_by_priority: dict[str, int]
    priorities_lowered: int
    adult_concerns: int
    adult_enquiries: int
    notifications: dict[str, int]
    defects: dict[str, int]


def truth_of(
    contacts: Contacts, all_cases: Cases, season: Season, *, seed: int, first_day: date, snapshot: datetime
) -> Truth:
    """Count what happened to children by the snapshot; the rest of the counts are left empty."""
    cases = all_cases.as_known_on(day_number(snapshot.date()))
    decided_day = contacts.decided // MINUTES_A_DAY
    is_fast = (contacts.decided >= 0) & (season.between(contacts.received_day, decided_day) <= 1)
    is_authorised = cases.assessed >= 0
    has_lookback = cases.referred >= day_number(_a_year_after(first_day))
    return Truth(
        seed=seed,
        first_day=first_day.isoformat(),
        snapshot_at=snapshot.isoformat(),
        people=len(np.unique(np.concatenate([contacts.child, cases.child]))),
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
        contacts_by_priority={word: _sum(contacts.priority == place) for place, word in enumerate(PRIORITIES)},
        priorities_lowered=_sum(contacts.priority > contacts.first_priority),
        adult_concerns=0,
        adult_enquiries=0,
        notifications={},
        defects={},
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


@dataclass
class People:
    """Who stands behind every local id, and what is true of them; one true person may stand behind several."""

    ids: list[tuple[str, str, str]] = field(default_factory=list)
    about: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def describe(self, names: list[str], ethnicity: Texts, sex: Texts, born: Ints) -> None:
        """Say what is true of some people, born on days since 1970."""
        groups = codelist.translation("ethnicity", "ethnic_group")
        years = (born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
        for each, code, of_sex, year in zip(names, ethnicity.tolist(), sex.tolist(), years, strict=True):
            self.about[each] = (groups[code], of_sex, str(year))

    def know(self, partner: str, ids: dict[str, str]) -> None:
        """Note the local ids of one partner, with the true person behind each."""
        self.ids += [(partner, local, person) for local, person in ids.items()]

    @property
    def partners(self) -> list[str]:
        """Every partner that knows someone."""
        return sorted({partner for partner, _, _ in self.ids})


def write(folder: Path, truth: Truth, people: People, planted: list[Planted]) -> None:
    """Write truth.json, people.csv and defects.csv, and say in every folder that all of it is invented."""
    partners, local_ids, persons = zip(*people.ids, strict=True)
    groups, sexes, years = zip(*(people.about[each] for each in persons), strict=True)
    sheet.write(
        folder / "people.csv",
        {
            "partner": partners,
            "local_id": local_ids,
            "true_person": persons,
            "ethnic_group": groups,
            "sex": sexes,
            "birth_year": years,
        },
    )
    sheet.write(
        folder / "defects.csv",
        {
            "defect": [each.defect.name for each in planted],
            "partner": [each.defect.partner for each in planted],
            "file": [each.file for each in planted],
            "record": [each.record for each in planted],
            "fate": [each.defect.fate for each in planted],
            "reason": [each.defect.reason for each in planted],
        },
    )
    (folder / "truth.json").write_text(json.dumps(asdict(truth), indent=2) + "\n", encoding="utf-8")
    for place in (folder.parent, *(folder.parent / partner for partner in people.partners), folder):
        (place / "README.txt").write_text(_README, encoding="utf-8")
