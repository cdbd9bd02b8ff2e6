"""The tables of the Standard Safeguarding Dataset, one reader each: a row in, happenings out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from lantern.partner import ssd_priority, table
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, When
from lantern.partner.outcome import (
    abuse_codes,
    code_in_front,
    contact_outcome,
    factors,
    flags_set,
    joined_codes,
    true_false,
    yes_no,
)
from lantern.partner.source_label import source_code

_MOST_PLANS = 20
UNKNOWN_SOURCE = "10"


@dataclass
class Council:
    """
    What the rows of one table need from the others, and what was left out of the row in hand.

    `shared` are ids of contacts and referrals that stand for several children: in group working one
    id is given to every child of the family.
    """

    dates: DateReader
    people: dict[str, Person] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)
    plans: dict[str, list[date]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)

    def person(self, row: table.Row, column: str) -> Person:
        """Who the row is about; someone missing from ssd_person is known by the local id alone."""
        local_id = row[column]
        if not local_id:
            raise UnusableError("person_missing")
        return self.people.get(local_id) or Person(local_id=local_id)

    def source(self, row: table.Row, column: str) -> str:
        """A referral source from its code or its label; what neither tells is 10, unknown."""
        said, label = row[f"{column}_code"], row[f"{column}_desc"]
        code = _source(said, label)
        if code is None:
            self.left_out.append("source_unmapped" if said or label else "source_missing")
        return code or UNKNOWN_SOURCE

    def code(self, text: str, code_list: str) -> str:
        """A code, or nothing where the list does not have it."""
        code = code_in_front(text, code_list)
        if code is None:
            self.left_out.append(f"{code_list}_unmapped")
        return code or ""


@lru_cache(maxsize=1 << 12)
def _source(said: str, label: str) -> str | None:
    """A bare number may be a line of a system's own pick list: the label must then say the same."""
    by_code, by_label = source_code(said), source_code(label)
    if said.isdigit() and label and by_label != by_code:
        return by_label
    return by_code or by_label


def _id(row: table.Row, column: str) -> str:
    if not row[column]:
        raise UnusableError("record_id_missing")
    return row[column]


def _contact(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "cont_person_id")
    contact = _id(row, "cont_contact_id")
    received = council.dates.required(row["cont_contact_date"])
    # A decision that cannot be read refuses the whole contact: without it, it would look undecided.
    decided = council.dates.optional(row["x_cont_decision_dttm"])
    is_open = yes_no(row["x_cont_open_case"])
    cells = {
        "source_category": council.source(row, "cont_contact_source"),
        "open_case": "" if is_open is None else "y" if is_open else "n",
    }
    record, episode = f"{contact}|{person.local_id}", f"contact|{contact}"
    incident = f"contact|{contact}" if contact in council.shared else ""
    parent = ("CONTACT_RECEIVED", record)
    made = [Happening(record, "CONTACT_RECEIVED", received, person, cells, episode, incident=incident)]
    made += [
        Happening(record, name, when, person, priorities, episode, parent, incident)
        for name, when, priorities in ssd_priority.given(row, received, council.dates, council.left_out)
    ]
    said = row["cont_contact_outcome_json"]
    if decided:
        outcome = contact_outcome(said)
        if outcome is None:
            council.left_out.append("outcome_unmapped" if said else "outcome_missing")
        cells = cells | {"outcome_code": outcome or "other"}
        made.append(Happening(record, "CONTACT_DECIDED", decided, person, cells, episode, parent, incident))
    elif said and "x_cont_decision_dttm" in row and contact_outcome(said):
        council.left_out.append("decision_undated")
    return made


def _referral(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "cine_person_id")
    referral = _id(row, "cine_referral_id")
    received = council.dates.required(row["cine_referral_date"])
    closed = council.dates.optional(row["cine_close_date"])
    cells = {
        "source_category": council.source(row, "cine_referral_source"),
        "need_code": council.code(row["cine_cin_primary_need_code"], "need"),
    }
    record, episode = f"{referral}|{person.local_id}", f"referral|{referral}"
    incident = f"referral|{referral}" if referral in council.shared else ""
    parent = ("REFERRAL_RECEIVED", record)
    made = [Happening(record, "REFERRAL_RECEIVED", received, person, cells, episode, incident=incident)]
    if _is_nfa(row):
        outcome = {"outcome_code": "nfa"}
        made.append(Happening(record, "REFERRAL_DECIDED", received, person, outcome, episode, parent, incident))
    if closed:
        reason = {"closure_code": council.code(row["cine_close_reason"], "closure_reason")}
        made.append(Happening(record, "CASE_CLOSED", closed, person, reason, episode, parent, incident))
    return made


def _is_nfa(row: table.Row) -> bool:
    """Where the column is empty, the flags count if no further action is the only one set."""
    said = yes_no(row["cine_referral_nfa"])
    blob = row["cine_referral_outcome_json"]
    return flags_set(blob) == {"NFA"} if said is None and blob.lstrip().startswith("{") else bool(said)


def _assessment(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "cina_person_id")
    assessment = _id(row, "cina_assessment_id")
    started = council.dates.required(row["cina_assessment_start_date"])
    authorised = council.dates.optional(row["cina_assessment_auth_date"])
    found = joined_codes(factors(council.factors.get(assessment, "[]")), "assessment_factor")
    if found is None:
        raise UnusableError("factor_unknown")
    names = ("ASSESSMENT_STARTED", "ASSESSMENT_AUTHORISED")
    under = _under(row, "cina_referral_id", person)
    return _spell(
        names, f"{assessment}|{person.local_id}", person, (started, authorised), under, ({}, {"factor_codes": found})
    )


def _enquiry(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "s47e_person_id")
    enquiry = f"{_id(row, 's47e_s47_enquiry_id')}|{person.local_id}"
    started = council.dates.required(row["s47e_s47_start_date"])
    ended = council.dates.optional(row["s47e_s47_end_date"])
    needless = true_false(row["s47e_s47_nfa"]) or _needless(flags_set(row["s47e_s47_outcome_json"]))
    cells = {"flag_not_required": needless} if needless else {}
    under = _under(row, "s47e_referral_id", person)
    return _spell(("S47_STARTED", "S47_ENDED"), enquiry, person, (started, ended), under, ({}, cells))


def _needless(flags: frozenset[str]) -> str:
    """Whether a conference was not required, where the column is empty and the flags tell."""
    return "false" if "CP_CONFERENCE" in flags else "true" if "NFA" in flags else ""


def _conference(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "icpc_person_id")
    conference = _id(row, "icpc_icpc_id")
    held = council.dates.optional(row["icpc_icpc_date"])
    if not held:
        return []
    is_transfer = true_false(row["icpc_icpc_transfer_in"])
    cells = {"flag_transfer_in": is_transfer} if is_transfer else {}
    enquiry = row["icpc_s47_enquiry_id"]
    parent = ("S47_STARTED", f"{enquiry}|{person.local_id}") if enquiry else None
    episode, _ = _under(row, "icpc_referral_id", person)
    return [Happening(f"{conference}|{person.local_id}", "ICPC_HELD", held, person, cells, episode, parent)]


def _protection_plan(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "cppl_person_id")
    plan = f"{_id(row, 'cppl_cp_plan_id')}|{person.local_id}"
    if row["cppl_cp_plan_ola"] and yes_no(row["cppl_cp_plan_ola"]) is not False:
        raise UnusableError("plan_of_other_authority")
    started = council.dates.required(row["cppl_cp_plan_start_date"])
    ended = council.dates.optional(row["cppl_cp_plan_end_date"])
    earlier = sum(day < started.day for day in council.plans.get(person.local_id, []))
    # The table holds some years alone: a plan in it tells of earlier ones, and none in it tells nothing.
    count = {"n_previous_plans": str(min(earlier, _MOST_PLANS))} if earlier else {}
    first = _abuse(row["cppl_cp_plan_initial_category"], council) | count
    latest = _abuse(row["cppl_cp_plan_latest_category"], council) if ended else {}
    under = _under(row, "cppl_referral_id", person)
    return _spell(("CPP_STARTED", "CPP_ENDED"), plan, person, (started, ended), under, (first, latest))


def _plan(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "cinp_person_id")
    plan = f"{_id(row, 'cinp_cin_plan_id')}|{person.local_id}"
    started = council.dates.required(row["cinp_cin_plan_start_date"])
    ended = council.dates.optional(row["cinp_cin_plan_end_date"])
    under = _under(row, "cinp_referral_id", person)
    return _spell(("CINPLAN_STARTED", "CINPLAN_ENDED"), plan, person, (started, ended), under)


def _early_help(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "earl_person_id")
    help_id = _id(row, "earl_episode_id")
    started = council.dates.required(row["earl_episode_start_date"])
    ended = council.dates.optional(row["earl_episode_end_date"])
    under = (f"early_help|{help_id}", None)
    return _spell(("EH_STARTED", "EH_ENDED"), f"{help_id}|{person.local_id}", person, (started, ended), under)


def _missing(row: table.Row, council: Council) -> list[Happening]:
    person = council.person(row, "miss_person_id")
    episode = f"{_id(row, 'miss_table_id')}|{person.local_id}"
    if row["miss_missing_episode_type"].upper().startswith("A"):
        # Absent is to be away without leave, at a known place: it is not missing.
        raise UnusableError("absent_not_missing")
    started = council.dates.required(row["miss_missing_episode_start_date"] or row["miss_missing_episode_start"])
    ended = council.dates.optional(row["miss_missing_episode_end_date"] or row["miss_missing_episode_end"])
    return _spell(("MISSING_STARTED", "MISSING_ENDED"), episode, person, (started, ended), ("", None))


def _abuse(text: str, council: Council) -> dict[str, str]:
    found = abuse_codes(text) if text else ""
    if found is None:
        council.left_out.append("abuse_category_unmapped")
    return {"abuse_codes": found or ""}


_Under = tuple[str, tuple[str, str] | None]


def _under(row: table.Row, column: str, person: Person) -> _Under:
    """The episode and the parent event of a referral named in a column."""
    referral = row[column]
    if not referral:
        return "", None
    return f"referral|{referral}", ("REFERRAL_RECEIVED", f"{referral}|{person.local_id}")


def _spell(
    names: tuple[str, str],
    record: str,
    person: Person,
    days: tuple[When, When | None],
    under: _Under,
    cells: tuple[dict[str, str], dict[str, str]] = ({}, {}),
) -> list[Happening]:
    """What starts and, once it has, ends; the end is the start's child."""
    started, ended = days
    made = [Happening(record, names[0], started, person, cells[0], *under)]
    if ended:
        made.append(Happening(record, names[1], ended, person, cells[1], under[0], (names[0], record)))
    return made


RowReader = Callable[[table.Row, Council], list[Happening]]

TABLES: dict[str, tuple[RowReader, tuple[str, ...]]] = {
    "ssd_contacts": (_contact, ("cont_contact_id", "cont_person_id", "cont_contact_date")),
    "ssd_cin_episodes": (_referral, ("cine_referral_id", "cine_person_id", "cine_referral_date")),
    "ssd_cin_assessments": (_assessment, ("cina_assessment_id", "cina_person_id", "cina_assessment_start_date")),
    "ssd_s47_enquiry": (_enquiry, ("s47e_s47_enquiry_id", "s47e_person_id", "s47e_s47_start_date")),
    "ssd_initial_cp_conference": (_conference, ("icpc_icpc_id", "icpc_person_id", "icpc_icpc_date")),
    "ssd_cp_plans": (_protection_plan, ("cppl_cp_plan_id", "cppl_person_id", "cppl_cp_plan_start_date")),
    "ssd_cin_plans": (_plan, ("cinp_cin_plan_id", "cinp_person_id", "cinp_cin_plan_start_date")),
    "ssd_early_help_episodes": (_early_help, ("earl_episode_id", "earl_person_id", "earl_episode_start_date")),
    "ssd_missing": (_missing, ("miss_table_id", "miss_person_id")),
}
"""Each table of one row to a record, with its reader and the columns it cannot do without."""
