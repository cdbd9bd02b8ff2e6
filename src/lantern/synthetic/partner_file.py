"""What every partner but the council exports: tables of worries and checks, and logs of merged records."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from lantern.synthetic import check, notice, planting, sheet
from lantern.synthetic.agency import Agency, Notices, tell
from lantern.synthetic.defect import Planting
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.merge import Merge
from lantern.synthetic.notice import Columns
from lantern.synthetic.population import Population
from lantern.synthetic.register import Habits
from lantern.synthetic.season import MINUTES_A_DAY, Season, day_number
from lantern.synthetic.sheet import day_texts

MERGES = "person_merges.csv"
_NEVER = 10**6
_BROADER_DAYS = 270
"""The police tell of lesser worries since so many days before the snapshot."""
_ACADEMY_SHARE = 0.04
"""Share of school concerns that come from an academy, which exports a workbook of its own."""

_POLICE = Agency("riverton_police", "6", Habits(nhs=0.08, known_as=0.20, placeholder=0.015), (20, 840), twice=0.03)
_HOSPITAL = Agency("riverton_hospital", "3E", Habits(nhs=0.98, known_as=0.05, placeholder=0.008), (10, 600), twice=0.03)
_SCHOOLS = Agency("riverton_schools", "2A", Habits(nhs=0.40, upn=0.97, known_as=0.03, placeholder=0.002), (5, 90))
_HOUSING = Agency(
    "riverton_housing", "4", Habits(nhs=0.04, known_as=0.20, placeholder=0.02), (1, 60), has_tenancies=True
)


@dataclass
class Exports:
    """Writes each partner's files, and keeps whom every local id stands for and how many rows there are."""

    rng: np.random.Generator
    folder: Path
    people: Population
    contacts: Contacts
    season: Season
    slips: Planting
    first: date
    last: date
    known: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        """Every partner's files, one partner after the other."""
        for write in (self._police, self._hospital, self._schools, self._housing, self._health, self._probation):
            write()

    def _told(self, agency: Agency, since: int = _NEVER) -> Notices:
        return tell(
            self.rng,
            self.people,
            self.contacts,
            season=self.season,
            agency=agency,
            told_more_since=since,
            last_day=day_number(self.last),
        )

    def _kept(self, partner: str, known: dict[str, int], rows: int) -> None:
        self.known[partner] = known
        self.rows[partner] = rows

    def _police(self) -> None:
        since, partner, file = day_number(self.last) - _BROADER_DAYS, _POLICE.partner, "police_notices.csv"
        notices = self._told(_POLICE, since)
        columns = notice.police(notices)
        self._kept(partner, notices.known, len(notices.at))
        planting.of_police(self.slips, columns, file, first=self.first, last=self.last, broader_from=since)
        sheet.write(self.folder / partner / file, columns)
        write_merges(self.folder, partner, notices.log, self.slips)

    def _hospital(self) -> None:
        notices, partner, file = self._told(_HOSPITAL), _HOSPITAL.partner, "attendances.csv"
        columns = notice.hospital(notices)
        self._kept(partner, notices.known, len(notices.at))
        planting.of_hospital(self.slips, columns, file)
        sheet.write(self.folder / partner / file, columns)
        write_merges(self.folder, partner, notices.log, self.slips)

    def _schools(self) -> None:
        """Most schools share one system; an academy sends a workbook, whose times are all midnight."""
        notices, partner = self._told(_SCHOOLS), _SCHOOLS.partner
        columns = notice.schools(notices)
        self._kept(partner, notices.known, len(notices.at))
        # A pupil goes to one school, so all concerns about one child are in one file.
        is_academy = self.rng.random(len(self.people))[notices.about.child] < _ACADEMY_SHARE
        shared, academy = (notice.only(columns, np.flatnonzero(mask).tolist()) for mask in (~is_academy, is_academy))
        planting.of_schools(self.slips, shared, "concerns.csv")
        sheet.write(self.folder / partner / "concerns.csv", shared)
        days = (notices.at[is_academy] // MINUTES_A_DAY).astype("datetime64[D]").astype("datetime64[s]").tolist()
        academy["Passed on"] = days
        academy["NHS number"] = [int(str(each)) if each else None for each in academy["NHS number"]]
        file = "concerns_academy.xlsx"
        sheet.write_workbook(self.folder / partner / file, {"Concerns": academy})
        self.slips.note("midnight_times", partner, file, range(len(days)))

    def _housing(self) -> None:
        """Two files, and between them a month that was never extracted; the second puts right a date of the first."""
        notices, partner = self._told(_HOUSING), _HOUSING.partner
        columns, day = notice.housing(notices), notices.at // MINUTES_A_DAY
        from_day, to_day = planting.missing_month(self.first, self.last)
        is_early, is_late = day < day_number(from_day), day > day_number(to_day)
        kept = np.flatnonzero(is_early | is_late)
        tenancies = notices.tenant
        tenants = [tenancies[each] for each in kept.tolist()]
        self._kept(partner, {each: notices.known[each] for each in tenants}, len(kept))
        since = to_day + timedelta(days=1)
        files = f"alerts_{self.first}_{from_day - timedelta(days=1)}.csv", f"alerts_{since}_{self.last}.csv"
        early, late = (notice.only(columns, np.flatnonzero(mask).tolist()) for mask in (is_early, is_late))
        self.slips.note("missing_month", partner, files[1], [f"{from_day:%Y-%m}"])
        planting.corrected(self.slips, early, late, file=files[1], since=since)
        for file, table in zip(files, (early, late), strict=True):
            sheet.write(self.folder / partner / file, table)

    def _health(self) -> None:
        checks, columns = check.health(self.rng, self.people, self.contacts, self.season, day_number(self.last))
        self._kept(check.HEALTH, checks.known, len(checks.child))
        sheet.write(self.folder / check.HEALTH / "health_checks.csv", columns)

    def _probation(self) -> None:
        checks, columns = check.probation(self.rng, self.people, self.contacts, self.season, day_number(self.last))
        self._kept(check.PROBATION, checks.known, len(checks.child))
        sheet.write(self.folder / check.PROBATION / "checks.csv", columns)


def write_merges(folder: Path, partner: str, log: list[tuple[str, str, Merge]], slips: Planting) -> None:
    """The log of a partner's merged and split records."""
    columns: Columns = {
        "changed_on": [*day_texts(np.array([each.day for _, _, each in log], dtype=np.int64), "%d/%m/%Y")],
        "kind": ["Split" if each.is_split else "Merge" for _, _, each in log],
        "kept_id": [new for _, new, _ in log],
        "other_id": [old for old, _, _ in log],
    }
    for name, is_split in (("merged", False), ("split", True)):
        slips.note(name, partner, MERGES, [row for row, (_, _, each) in enumerate(log) if each.is_split == is_split])
    sheet.write(folder / partner / MERGES, columns)
