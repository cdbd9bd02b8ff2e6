"""The tables of the Standard Safeguarding Dataset, one reader each: a row in, happenings out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from lantern import codelist
from lantern.partner import table
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.outcome import abuse_codes, contact_outcome, factors, joined_codes, yes_no

_MOST_PLANS = 20


@dataclass
class Council:
    """What the rows of one table need from the others, and what was left out of the row in hand."""

    dates: DateReader
    people: dict[str, Person] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)
    plans: dict[str, list[date]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def person(self, row: table.Row, column: str) -> Person:
        """Who the row is about; someone missing from ssd_person is known by the local id alone."""
        local_id = row[column]
        if not local_id:
            raise UnusableError("person_missing")
        return self.people.get(local_id) or Person(local_id=local_id)

    def source(self, row: table.Row, column: str) -> str:
        """A referral source; an empty cell or the private code of a case system is 10, unknown."""
        code = row[column].upper()
        if code in codelist.codes("referral_source"):
            return code
        self.left_out.append("source_unmapped" if code else "source_missing")
        return "10"

    def code(self, text: str, code_list: str) -> str:
        """A code, or nothing where the list does not have it."""
        code = text.upper()
        if not code or code in codelist.codes(code_list):
            return code
        self.left_out.append(f"{code_list}_unmapped")
        return ""


def _id(row: table.Row, column: str) -> str:
    if not row[column]:
        raise UnusableError("record_id_missing")
    return row[column]


def _contact(row: table.Row, council: Council) -> list[Happening]:
    contact = _id(row, "cont_contact_id")
    person = council.person(row, "cont_person_id")
    received = council.dates.required(row["cont_contact_date"])
    # A decision that cannot be read refuses the whole contact: without it, it would look undecided.
    decided = council.dates.optional(row["x_cont_decision_dttm"])
    is_open = yes_no(row["x_cont_open_case"])
    cells = {
        "source_category": council.source(row, "cont_contact_source_code"),
        "open_case": "" if is_open is None else "y" if is_open else "n",
    }
    episode = f"contact|{contact}"
    made = [Happening(contact, "CONTACT_RECEIVED", received, person, cells, episode)]
    if decided:
        outcome = contact_outcome(row["cont_contact_outcome_json"])
        if outcome is None:
            council.left_out.append("outcome_unmapped" if row["cont_contact_outcome_json"] else "outcome_missing")
        cells = cells | {"outcome_code": outcome or ""}
        parent = ("CONTACT_RECEIVED", contact)
        made.append(Happening(contact, "CONTACT_DECIDED", decided, person, cells, episode, parent))
    return made


def _referral(row: table.Row, council: Council) -> list[Happening]:
    referral = _id(row, "cine_referral_id")
    person = council.person(row, "cine_person_id")
    received = council.dates.required(row["cine_referral_date"])
    closed = council.dates.optional(row["cine_close_date"])
    cells = {
        "source_category": council.source(row, "cine_referral_source_code"),
        "need_code": council.code(row["cine_cin_primary_need_code"], "need"),
    }
    episode = f"referral|{referral}"
    parent = ("REFERRAL_RECEIVED", referral)
    made = [Happening(referral, "REFERRAL_RECEIVED", received, person, cells, episode)]
    if yes_no(row["cine_referral_nfa"]):
        outcome = {"outcome_code": "nfa"}
        made.append(Happening(referral, "REFERRAL_DECIDED", received, person, outcome, episode, parent))
    if closed:
        reason = {"closure_code": council.code(row["cine_close_reason"], "closure_reason")}
        made.append(Happening(referral, "CASE_CLOSED", closed, person, reason, episode, parent))
    return made


def _assessment(row: table.Row, council: Council) -> list[Happening]:
    assessment = _id(row, "cina_assessment_id")
    person = council.person(row, "cina_person_id")
    started = council.dates.required(row["cina_assessment_start_date"])
    authorised = council.dates.optional(row["cina_assessment_auth_date"])
    found = joined_codes(factors(council.factors.get(assessment, "[]")), "assessment_factor")
    if found is None:
        raise UnusableError("factor_unknown")
    episode, parent = _under(row, "cina_referral_id")
    made = [Happening(assessment, "ASSESSMENT_STARTED", started, person, {}, episode, parent)]
    if authorised:
        after = ("ASSESSMENT_STARTED", assessment)
        cells = {"factor_codes": found}
        made.append(Happening(assessment, "ASSESSMENT_AUTHORISED", authorised, person, cells, episode, after))
    return made


def _enquiry(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "s47e_person_id")
    # In group working one enquiry id stands for several children.
    enquiry = f"{_id(row, 's47e_s47_enquiry_id')}|{person.local_id}"
    started = council.dates.required(row["s47e_s47_start_date"])
    ended = council.dates.optional(row["s47e_s47_end_date"])
    episode, parent = _under(row, "s47e_referral_id")
    made = [Happening(enquiry, "S47_STARTED", started, person, {}, episode, parent)]
    if ended:
        is_nothing = yes_no(row["s47e_s47_nfa"])
        cells = {} if is_nothing is None else {"flag_not_required": "true" if is_nothing else "false"}
        made.append(Happening(enquiry, "S47_ENDED", ended, person, cells, episode, ("S47_STARTED", enquiry)))
    return made


def _conference(row: table.Row, council: Council) -> list[Happening]:
    conference = _id(row, "icpc_icpc_id")
    person = council.person(row, "icpc_person_id")
    held = council.dates.optional(row["icpc_icpc_date"])
    if not held:
        return []
    is_transfer = yes_no(row["icpc_icpc_transfer_in"])
    cells = {} if is_transfer is None else {"flag_transfer_in": "true" if is_transfer else "false"}
    enquiry = row["icpc_s47_enquiry_id"]
    parent = ("S47_STARTED", f"{enquiry}|{person.local_id}") if enquiry else None
    episode, _ = _under(row, "icpc_referral_id")
    return [Happening(f"{conference}|{person.local_id}", "ICPC_HELD", held, person, cells, episode, parent)]


def _plan(row: table.Row, council: Council) -> list[Happening]:
    plan = _id(row, "cppl_cp_plan_id")
    person = council.person(row, "cppl_person_id")
    if row["cppl_cp_plan_ola"] and yes_no(row["cppl_cp_plan_ola"]) is not False:
        raise UnusableError("plan_of_other_authority")
    started = council.dates.required(row["cppl_cp_plan_start_date"])
    ended = council.dates.optional(row["cppl_cp_plan_end_date"])
    earlier = sum(day < started.day for day in council.plans.get(person.local_id, []))
    cells = _abuse(row["cppl_cp_plan_initial_category"], council) | {"n_previous_plans": str(min(earlier, _MOST_PLANS))}
    episode, parent = _under(row, "cppl_referral_id")
    made = [Happening(plan, "CPP_STARTED", started, person, cells, episode, parent)]
    if ended:
        cells = _abuse(row["cppl_cp_plan_latest_category"], council)
        made.append(Happening(plan, "CPP_ENDED", ended, person, cells, episode, ("CPP_STARTED", plan)))
    return made


def _early_help(row: table.Row, council: Council) -> list[Happening]:
    help_id = _id(row, "earl_episode_id")
    person = council.person(row, "earl_person_id")
    started = council.dates.required(row["earl_episode_start_date"])
    ended = council.dates.optional(row["earl_episode_end_date"])
    episode = f"early_help|{help_id}"
    made = [Happening(help_id, "EH_STARTED", started, person, {}, episode)]
    if ended:
        made.append(Happening(help_id, "EH_ENDED", ended, person, {}, episode, ("EH_STARTED", help_id)))
    return made


def _abuse(text: str, council: Council) -> dict[str, str]:
    found = abuse_codes(text) if text else ""
    if found is None:
        council.left_out.append("abuse_category_unmapped")
    return {"abuse_codes": found or ""}


def _under(row: table.Row, column: str) -> tuple[str, tuple[str, str] | None]:
    """The episode and the parent event of a referral named in a column."""
    referral = row[column]
    return (f"referral|{referral}", ("REFERRAL_RECEIVED", referral)) if referral else ("", None)


RowReader = Callable[[table.Row, Council], list[Happening]]

TABLES: dict[str, tuple[RowReader, tuple[str, ...]]] = {
    "ssd_contacts": (_contact, ("cont_contact_id", "cont_person_id", "cont_contact_date")),
    "ssd_cin_episodes": (_referral, ("cine_referral_id", "cine_person_id", "cine_referral_date")),
    "ssd_cin_assessments": (_assessment, ("cina_assessment_id", "cina_person_id", "cina_assessment_start_date")),
    "ssd_s47_enquiry": (_enquiry, ("s47e_s47_enquiry_id", "s47e_person_id", "s47e_s47_start_date")),
    "ssd_initial_cp_conference": (_conference, ("icpc_icpc_id", "icpc_person_id", "icpc_icpc_date")),
    "ssd_cp_plans": (_plan, ("cppl_cp_plan_id", "cppl_person_id", "cppl_cp_plan_start_date")),
    "ssd_early_help_episodes": (_early_help, ("earl_episode_id", "earl_person_id", "earl_episode_start_date")),
}
"""Each table with its reader and the columns it cannot do without."""
