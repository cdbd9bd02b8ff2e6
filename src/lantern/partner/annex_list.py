"""What the lists of Annex A say together: who the children are, which case a day falls in, what a record is called."""

from bisect import bisect_right, insort
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from lantern.partner.bundle import Names
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.outcome import abuse_codes, code_in_front
from lantern.partner.source_label import source_code
from lantern.partner.table import Row

_UNKNOWN_SOURCE = "10"

PERSON: Names = {
    "child": ("Child Unique ID", "Child Unique Identifier", "Unique Child ID", "Child ID", "LA Child ID"),
    "sex": ("Sex", "Gender"),
    "ethnicity": ("Ethnicity",),
    "dob": ("Date of Birth", "DOB"),
    "disability": ("Does the Child have a Disability", "Disability"),
    "nhs": ("NHS Number",),
    "upn": ("UPN", "Unique Pupil Number"),
}
"""Columns that every list may have. The last two are not Ofsted's; where a council adds them they link its children."""


@dataclass
class Lists:
    """
    What the rows of one list need from the others, and what was left out of the row in hand.

    No list numbers its records: a referral is known by its child and day, and so is whatever follows. Where
    two rows that differ share both the second is numbered; two that are alike are one. An assessment, an
    enquiry or a plan is under the child's latest referral on or before its start.
    """

    dates: DateReader
    people: dict[str, Person] = field(default_factory=dict)
    referred: dict[str, set[date]] = field(default_factory=dict)
    cases: dict[str, list[date]] = field(default_factory=dict)
    needs: dict[tuple[str, date], str] = field(default_factory=dict)
    led_to: dict[tuple[str, date], date] = field(default_factory=dict)
    alike: dict[str, list[tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def look_ahead(self, rows: dict[str, list[Row]]) -> None:
        """
        Learn what rows of one list need from others, and from later ones of their own.

        On which days cases began: referrals of list 3, and older cases that only list 6 still knows. Which
        enquiry a conference belongs to, if two lead to it: the latest that started on or before it.
        """
        for row in rows.get("list_3", []):
            with suppress(UnusableError):
                self._case_begins(self.person(row), self.dates.required(row["referred"]).day, is_referral=True)
        for row in rows.get("list_6", []):
            with suppress(UnusableError):
                person, day = self.person(row), self.dates.required(row["started"]).day
                if self.case(person, day) is None:
                    self._case_begins(person, day, is_referral=False)
                begun = self.case(person, day)
                need = code_in_front(row["need"], "need")
                if begun and need:
                    self.needs.setdefault((person.local_id, begun), need)

        for row in rows.get("list_5", []):
            with suppress(UnusableError):
                started, held = self.dates.required(row["started"]).day, self.dates.required(row["held"]).day
                key = (self.person(row).local_id, held)
                if started <= held:
                    self.led_to[key] = max(started, self.led_to.get(key, started))

    def _case_begins(self, person: Person, day: date, *, is_referral: bool) -> None:
        days = self.cases.setdefault(person.local_id, [])
        if day not in days:
            insort(days, day)
        if is_referral:
            self.referred.setdefault(person.local_id, set()).add(day)

    def person(self, row: Row) -> Person:
        """Who the row is about; its facts were gathered from all lists before."""
        local_id = row["child"]
        if not local_id or "child" in row.broken:
            raise UnusableError("person_missing")
        return self.people.get(local_id) or Person(local_id=local_id)

    def case(self, person: Person, day: date) -> date | None:
        """The day the child's case began that was open last on a day."""
        days = self.cases.get(person.local_id, [])
        place = bisect_right(days, day)
        return days[place - 1] if place else None

    def under(self, person: Person, day: date) -> tuple[str, tuple[str, str] | None]:
        """The episode of a day, and its referral if list 3 has it."""
        begun = self.case(person, day)
        if begun is None:
            return "", None
        name = named(person, "referral", begun.isoformat())
        has_referral = begun in self.referred.get(person.local_id, ())
        return f"referral|{name}", ("REFERRAL_RECEIVED", name) if has_referral else None

    def name(self, row: Row, person: Person, *names: str) -> str:
        """What a record is called, and its number if a row that differs was called the same."""
        name = named(person, *names)
        content = tuple(sorted((column, cell) for column, cell in row.items() if column not in PERSON))
        alike = self.alike.setdefault(name, [])
        if content not in alike:
            alike.append(content)
        number = alike.index(content) + 1
        return name if number == 1 else f"{name}|{number}"

    def source(self, text: str) -> str:
        """A source from its code or label; what is not known is 10."""
        bare = text.split(")", maxsplit=1)[1].strip() if text[1:2] == ")" else text
        # Ofsted's own pick list names the group behind the code, as in `3C: Health services`.
        in_front = code_in_front(bare, "referral_source") or ""
        code = in_front if in_front[1:].isalpha() else source_code(bare)
        if code is None:
            self.left_out.append("source_unmapped" if text else "source_missing")
        return code or _UNKNOWN_SOURCE

    def abuse(self, text: str) -> dict[str, str]:
        """Categories of abuse; what is not known is left out."""
        found = abuse_codes(text) if text else ""
        if found is None:
            self.left_out.append("abuse_category_unmapped")
        return {"abuse_codes": found or ""}


def named(person: Person, *names: str) -> str:
    """A name made of what the lists tell, in a space of its own: no other source of the council has it."""
    return "|".join(("annex_a", person.local_id, *names))
