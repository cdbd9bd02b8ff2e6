"""One referral of the Children in Need census and everything under it, read into happenings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from xml.etree.ElementTree import Element

from lantern.partner.census_code import standing
from lantern.partner.census_file import text_of
from lantern.partner.happening import Happening, Refused
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, When
from lantern.partner.outcome import joined_codes, true_false, yes_no

_MOST_PLANS = 20
_UNKNOWN_SOURCE = "10"


def place_among(alike: list[str], element: Element) -> int:
    """Which one of those with its name this is, counted from 1, what is equal to the letter being one."""
    content = "|".join(f"{each.tag}={text_of(each)}" for each in element.iter())
    if content not in alike:
        alike.append(content)
    return alike.index(content) + 1


def numbered(name: str, number: int) -> str:
    """The first keeps its name, so that it is the same where there is no second."""
    return name if number == 1 else f"{name}|{number}"


@dataclass(frozen=True)
class Referral:
    """
    One CINdetails.

    The census numbers nothing, so a referral is known by child and referral date, and what is
    under it by its own start date: the same in every year's file that tells of it. Where two that
    differ share a date the second is numbered (`number` for the referral); two that are alike are one.

    The smallest part that stays honest is refused: one assessment with a date that cannot be, but
    the whole referral if its own date or its closure cannot be read, for it would look open. A code
    that came after the census year is left out, as it cannot have been meant; one that was retired
    before it is kept and counted. `notes` holds what was left out of the part in hand.
    """

    detail: Element
    person: Person
    dates: DateReader
    year: int
    where: str
    number: int = 1
    notes: list[str] = field(default_factory=list)
    alike: dict[str, list[str]] = field(default_factory=dict)

    @property
    def record(self) -> str:
        """The name of this referral, stable from year to year."""
        return numbered(f"{self.person.local_id}|{text_of(self.detail, 'CINreferralDate')[:10]}", self.number)

    def happenings(self) -> Iterator[Happening | Refused]:
        """The referral's happenings, or one refusal for all of it."""
        made = self._read(self._own, self.where)
        yield from made
        if not any(isinstance(each, Happening) for each in made):
            return
        for path, read in (
            ("Assessments", self._assessment),
            ("Section47", self._enquiry),
            ("CINPlanDates", self._plan),
            ("ChildProtectionPlans", self._protection_plan),
        ):
            for number, part in enumerate(self.detail.findall(path), start=1):
                yield from self._read(partial(read, part), f"{self.where}, {path} {number}")
        yield from self._read(self._transferred_conference, f"{self.where}, DateOfInitialCPC")

    def _read(self, read: Callable[[], list[Happening]], where: str) -> list[Happening | Refused]:
        """What a part tells, with a note for each value left out of it; or its refusal."""
        self.notes.clear()
        try:
            made = read()
        except UnusableError as error:
            return [Refused(error.reason, where)]
        return [*made, *(Refused(note, where, is_kept=True) for note in self.notes)]

    def _own(self) -> list[Happening]:
        received = self.dates.required(text_of(self.detail, "CINreferralDate"))
        closed = self.dates.optional(text_of(self.detail, "CINclosureDate"))
        cells = {"source_category": self._source(), "need_code": self._code("PrimaryNeedCode", "need")}
        made = [self._made("REFERRAL_RECEIVED", "", received, cells)]
        parent = ("REFERRAL_RECEIVED", "")
        if self._flag(self.detail, "ReferralNFA") == "true":
            made.append(self._made("REFERRAL_DECIDED", "", received, {"outcome_code": "nfa"}, parent))
        reason = self._code("ReasonForClosure", "closure_reason")
        if closed:
            made.append(self._made("CASE_CLOSED", "", closed, {"closure_code": reason}, parent))
        return made

    def _source(self) -> str:
        source = text_of(self.detail, "ReferralSource").upper()
        stands = standing(source, "referral_source", self.year)
        if stands == "unknown":
            raise UnusableError("source_unknown" if source else "source_missing")
        if stands == "early":
            self.notes.append("source_not_yet_valid")
        return _UNKNOWN_SOURCE if stands == "early" else source

    def _code(self, path: str, code_list: str) -> str:
        """A code of the referral itself; what the list does not have, or not yet, is left out."""
        code = text_of(self.detail, path).upper()
        stands = standing(code, code_list, self.year) if code else "valid"
        if stands in ("unknown", "early"):
            self.notes.append(f"{code_list}_{'unknown' if stands == 'unknown' else 'not_yet_valid'}")
            return ""
        return code

    def _flag(self, part: Element, path: str) -> str:
        """A flag as true or false, from true and false or 1 and 0; anything else is left out."""
        text = text_of(part, path)
        if text and yes_no(text) is None:
            self.notes.append("flag_unreadable")
        return true_false(text)

    def _assessment(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "AssessmentActualStartDate"))
        authorised = self.dates.optional(text_of(part, "AssessmentAuthorisationDate"))
        # The file nests factors under one element, or repeats that element once for each factor.
        listed = chain(part.iter("AssessmentFactors"), part.findall("FactorsIdentifiedAtAssessment"))
        factors = self._factors({text_of(each).upper() for each in listed} - {""})
        name = self._name("assessment", started, part)
        made = [self._made("ASSESSMENT_STARTED", name, started, {}, ("REFERRAL_RECEIVED", ""))]
        if authorised:
            cells = {"factor_codes": factors}
            made.append(self._made("ASSESSMENT_AUTHORISED", name, authorised, cells, ("ASSESSMENT_STARTED", name)))
        return made

    def _factors(self, found: set[str]) -> str:
        stands = {code: standing(code, "assessment_factor", self.year) for code in found}
        self.notes.extend("factor_not_yet_valid" for code in found if stands[code] == "early")
        self.notes.extend("factor_retired" for code in found if stands[code] == "retired")
        codes = joined_codes([code for code in found if stands[code] != "early"], "assessment_factor")
        if codes is None:
            raise UnusableError("factor_unknown")
        return codes

    def _enquiry(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "S47ActualStartDate"))
        held = self.dates.optional(text_of(part, "DateOfInitialCPC"))
        needless = self._flag(part, "ICPCnotRequired")
        cells = {"flag_not_required": needless} if needless else {}
        name = self._name("s47", started, part)
        made = [self._made("S47_STARTED", name, started, cells, ("REFERRAL_RECEIVED", ""))]
        if held and self._is_told_again(part):
            self.notes.append("conference_told_twice")
        elif held:
            cells = {"flag_transfer_in": "false"}
            made.append(self._made("ICPC_HELD", f"icpc|{held.text}", held, cells, ("S47_STARTED", name)))
        return made

    def _is_told_again(self, part: Element) -> bool:
        """Whether a later enquiry tells of the same conference: it belongs to the latest that led to it."""
        held, started = text_of(part, "DateOfInitialCPC")[:10], text_of(part, "S47ActualStartDate")[:10]
        return any(
            text_of(other, "DateOfInitialCPC")[:10] == held
            and started < text_of(other, "S47ActualStartDate")[:10] <= held
            for other in self.detail.findall("Section47")
        )

    def _transferred_conference(self) -> list[Happening]:
        """
        A conference told of at the referral, not at an enquiry, was held for a child moving in.

        It must stand in one place alone (rule 2884): told of at both, it is the enquiry's.
        """
        held = self.dates.optional(text_of(self.detail, "DateOfInitialCPC"))
        if not held:
            return []
        if held.text in {text_of(part, "DateOfInitialCPC")[:10] for part in self.detail.findall("Section47")}:
            raise UnusableError("conference_at_both_levels")
        cells = {"flag_transfer_in": "true"}
        return [self._made("ICPC_HELD", f"transfer|{held.text}", held, cells, ("REFERRAL_RECEIVED", ""))]

    def _plan(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "CINPlanStartDate"))
        ended = self.dates.optional(text_of(part, "CINPlanEndDate"))
        name = self._name("plan", started, part)
        made = [self._made("CINPLAN_STARTED", name, started, {}, ("REFERRAL_RECEIVED", ""))]
        if ended:
            made.append(self._made("CINPLAN_ENDED", name, ended, {}, ("CINPLAN_STARTED", name)))
        return made

    def _protection_plan(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "CPPstartDate"))
        ended = self.dates.optional(text_of(part, "CPPendDate"))
        reviews = [self.dates.required(text_of(each)) for each in part.findall("Reviews/CPPreviewDate")]
        first, latest = (text_of(part, f"{name}CategoryOfAbuse").upper() for name in ("Initial", "Latest"))
        if any(code and standing(code, "abuse_category", self.year) == "unknown" for code in (first, latest)):
            raise UnusableError("abuse_category_unknown")
        before = text_of(part, "NumberOfPreviousCPP")
        is_count = before.isdecimal() and int(before) <= _MOST_PLANS
        cells = {"abuse_codes": first} | ({"n_previous_plans": str(int(before))} if is_count else {})
        name = self._name("cpp", started, part)
        parent = ("CPP_STARTED", name)
        made = [self._made("CPP_STARTED", name, started, cells, ("REFERRAL_RECEIVED", ""))]
        made += [self._made("CPP_REVIEWED", f"{name}|{each.text}", each, {}, parent) for each in reviews]
        if ended:
            made.append(self._made("CPP_ENDED", name, ended, {"abuse_codes": latest}, parent))
        return made

    def _made(
        self, event_type: str, name: str, when: When, cells: dict[str, str], parent: tuple[str, str] | None = None
    ) -> Happening:
        """One happening under this referral; `name` tells it from others of its type."""
        return Happening(
            record=self._named(name),
            event_type=event_type,
            when=when,
            person=self.person,
            cells=cells,
            episode=f"referral|{self.record}",
            parent=(parent[0], self._named(parent[1])) if parent else None,
            where=self.where,
        )

    def _name(self, kind: str, started: When, part: Element) -> str:
        """A part by its kind and start, and by its number if another that differs has both."""
        name = f"{kind}|{started.text}"
        return numbered(name, place_among(self.alike.setdefault(name, []), part))

    def _named(self, name: str) -> str:
        return f"{self.record}|{name}" if name else self.record
