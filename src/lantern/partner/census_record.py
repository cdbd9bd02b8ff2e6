"""One referral of the Children in Need census and everything under it, read into happenings."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from xml.etree.ElementTree import Element

from lantern import codelist
from lantern.partner.happening import Happening, Refused
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, When
from lantern.partner.outcome import joined_codes, yes_no

_MOST_PLANS = 20


def text_of(element: Element, path: str = ".") -> str:
    """The stripped text at a path, or ''."""
    return (element.findtext(path) or "").strip()


@dataclass(frozen=True)
class Referral:
    """
    One CINdetails.

    The census numbers nothing, so a referral is known by child and referral date, and what is
    under it by its own start date: the same in every year's file that tells of it.

    The smallest part that stays honest is refused: one assessment with a date that cannot be, but
    the whole referral if its own date or its closure cannot be read, for it would look open.
    """

    detail: Element
    person: Person
    dates: DateReader
    where: str

    @property
    def record(self) -> str:
        """The name of this referral, stable from year to year."""
        return f"{self.person.local_id}|{text_of(self.detail, 'CINreferralDate')}"

    def happenings(self) -> Iterator[Happening | Refused]:
        """The referral's happenings, or one refusal for all of it."""
        try:
            yield from self._own()
        except UnusableError as error:
            yield Refused(error.reason, self.where)
            return
        if self._need() is None:
            yield Refused("need_unknown", self.where, is_kept=True)
        if self._closure() is None:
            yield Refused("closure_reason_unknown", self.where, is_kept=True)
        for path, read in (
            ("Assessments", self._assessment),
            ("Section47", self._enquiry),
            ("CINPlanDates", self._plan),
            ("ChildProtectionPlans", self._protection_plan),
        ):
            for number, part in enumerate(self.detail.findall(path), start=1):
                try:
                    yield from read(part)
                except UnusableError as error:
                    yield Refused(error.reason, f"{self.where}, {path} {number}")
        try:
            yield from self._transferred_conference()
        except UnusableError as error:
            yield Refused(error.reason, f"{self.where}, DateOfInitialCPC")

    def _own(self) -> list[Happening]:
        received = self.dates.required(text_of(self.detail, "CINreferralDate"))
        closed = self.dates.optional(text_of(self.detail, "CINclosureDate"))
        source = text_of(self.detail, "ReferralSource").upper()
        if source not in codelist.codes("referral_source"):
            raise UnusableError("source_unknown" if source else "source_missing")
        made = [
            self._made("REFERRAL_RECEIVED", "", received, {"source_category": source, "need_code": self._need() or ""})
        ]
        parent = ("REFERRAL_RECEIVED", "")
        if yes_no(text_of(self.detail, "ReferralNFA")):
            made.append(self._made("REFERRAL_DECIDED", "", received, {"outcome_code": "nfa"}, parent))
        if closed:
            made.append(self._made("CASE_CLOSED", "", closed, {"closure_code": self._closure() or ""}, parent))
        return made

    def _need(self) -> str | None:
        return _known(text_of(self.detail, "PrimaryNeedCode"), "need")

    def _closure(self) -> str | None:
        return _known(text_of(self.detail, "ReasonForClosure"), "closure_reason")

    def _assessment(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "AssessmentActualStartDate"))
        authorised = self.dates.optional(text_of(part, "AssessmentAuthorisationDate"))
        # The file nests factors under one element, or repeats that element once for each factor.
        listed = chain(part.iter("AssessmentFactors"), part.findall("FactorsIdentifiedAtAssessment"))
        factors = joined_codes([text_of(each).upper() for each in listed if text_of(each)], "assessment_factor")
        if factors is None:
            raise UnusableError("factor_unknown")
        name = f"assessment|{started.text}"
        made = [self._made("ASSESSMENT_STARTED", name, started, {}, ("REFERRAL_RECEIVED", ""))]
        if authorised:
            cells = {"factor_codes": factors}
            made.append(self._made("ASSESSMENT_AUTHORISED", name, authorised, cells, ("ASSESSMENT_STARTED", name)))
        return made

    def _enquiry(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "S47ActualStartDate"))
        held = self.dates.optional(text_of(part, "DateOfInitialCPC"))
        is_needless = yes_no(text_of(part, "ICPCnotRequired"))
        cells = {} if is_needless is None else {"flag_not_required": "true" if is_needless else "false"}
        name = f"s47|{started.text}"
        made = [self._made("S47_STARTED", name, started, cells, ("REFERRAL_RECEIVED", ""))]
        if held:
            cells = {"flag_transfer_in": "false"}
            made.append(self._made("ICPC_HELD", f"icpc|{held.text}", held, cells, ("S47_STARTED", name)))
        return made

    def _transferred_conference(self) -> list[Happening]:
        """A conference told of at the referral, not at an enquiry, was held for a child moving in."""
        held = self.dates.optional(text_of(self.detail, "DateOfInitialCPC"))
        if not held:
            return []
        cells = {"flag_transfer_in": "true"}
        return [self._made("ICPC_HELD", f"transfer|{held.text}", held, cells, ("REFERRAL_RECEIVED", ""))]

    def _plan(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "CINPlanStartDate"))
        ended = self.dates.optional(text_of(part, "CINPlanEndDate"))
        name = f"plan|{started.text}"
        made = [self._made("CINPLAN_STARTED", name, started, {}, ("REFERRAL_RECEIVED", ""))]
        if ended:
            made.append(self._made("CINPLAN_ENDED", name, ended, {}, ("CINPLAN_STARTED", name)))
        return made

    def _protection_plan(self, part: Element) -> list[Happening]:
        started = self.dates.required(text_of(part, "CPPstartDate"))
        ended = self.dates.optional(text_of(part, "CPPendDate"))
        reviews = [self.dates.required(text_of(each)) for each in part.findall("Reviews/CPPreviewDate")]
        first = _known(text_of(part, "InitialCategoryOfAbuse"), "abuse_category")
        latest = _known(text_of(part, "LatestCategoryOfAbuse"), "abuse_category")
        if first is None or latest is None:
            raise UnusableError("abuse_category_unknown")
        before = text_of(part, "NumberOfPreviousCPP")
        is_count = before.isdecimal() and int(before) <= _MOST_PLANS
        cells = {"abuse_codes": first} | ({"n_previous_plans": str(int(before))} if is_count else {})
        name = f"cpp|{started.text}"
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

    def _named(self, name: str) -> str:
        return f"{self.record}|{name}" if name else self.record


def _known(code: str, code_list: str) -> str | None:
    """The code, '' if none was given, None if the list does not have it."""
    upper = code.upper()
    return upper if not upper or upper in codelist.codes(code_list) else None
