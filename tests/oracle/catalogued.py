"""The oracle of each measure of the catalogue: what its cases are, counted from events by its definition alone."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import across
import adults
import closed_cases
import contacts
import priorities
import protection
import referrals
import repeats
import waiting
from case import Case
from event import SEEDS
from known import Known

CATALOGUE = SEEDS.parent / "catalogue"

CASES_OF: dict[str, Callable[[Known], Iterable[Case]]] = {
    "T_CONTACT_DECISION": contacts.decision_times,
    "T_RAG": priorities.in_time,
    "T_RAG_INITIAL": priorities.in_first_time,
    "R_RAG_LOWERED": priorities.lowered,
    "T_INFO_RETURN": priorities.answered,
    "N_OPEN_AGE_CONTACTS": waiting.open_contacts,
    "N_OPEN_AGE_ASSESSMENTS": waiting.open_referrals,
    "R_CONV": contacts.conversions,
    "R_NFA_CONTACT": contacts.no_further_action,
    "R_RECONTACT_ANY": repeats.repeats_any,
    "R_RECONTACT_NFA": repeats.repeats_nfa,
    "R_RECONTACT_SAME": repeats.repeats_same,
    "R_RECONTACT_OTHER": repeats.repeats_other,
    "R_RECONTACT_THIRD_NFA": repeats.third_nfa,
    "X_REPEAT_FROM_ELSEWHERE": repeats.from_elsewhere,
    "T_ESCALATION": contacts.escalations,
    "M_CONTACT_SOURCES": contacts.sources,
    "R_OUT_OF_HOURS": priorities.out_of_hours,
    "T_ASSESS45": referrals.assessment_times,
    "R_ASSESS45_FINISHED": referrals.finished_assessments,
    "R_REREF_DFE": referrals.rereferred,
    "R_REREF_CHILD": referrals.rereferred_children,
    "R_REREF_SURV": closed_cases.returns,
    "R_REREF_FORWARD": referrals.next_referrals,
    "R_NFA_REFERRAL": referrals.no_further_action,
    "R_NOT_IN_NEED": referrals.not_in_need,
    "R_STEPUP": closed_cases.stepped_up,
    "R_STEPDOWN": closed_cases.stepped_down,
    "T_REESCALATION": closed_cases.plans,
    "T_ICPC15": protection.conference_times,
    "R_ICPC15_HELD": protection.conferences_in_time,
    "R_S47_CONFERENCE": protection.led_to_conference,
    "R_S47_NOT_REQUIRED": protection.not_required,
    "R_ICPC_PLAN": protection.led_to_plan,
    "R_CPP_REPEAT": protection.repeat_plans,
    "R_CPP_REPEAT_24M": protection.soon_repeated_plans,
    "M_FACTORS": protection.factors,
    "R_CONCERN_S42": adults.conversions,
    "T_CONCERN_DECISION": adults.decision_times,
    "R_RISK_REDUCED": adults.risk_reduced,
    "R_MSP_ASKED": adults.asked,
    "R_MSP_ACHIEVED": adults.achieved,
    "R_CAPACITY_LACKED": adults.capacity_lacked,
    "R_CAPACITY_SUPPORTED": adults.capacity_supported,
    "M_ADULT_RISKS": adults.risks,
    "M_ADULT_LOCATIONS": adults.locations,
    "M_ADULT_SOURCES": adults.risk_sources,
    "R_RECONCERN": adults.repeats,
    "R_RECONCERN_SURV": adults.next_concerns,
    "X_AGENCIES_BEFORE": across.agency_counts,
    "X_TWO_AGENCIES_BEFORE": across.two_agencies,
    "X_FIRST_NOTICE": across.first_notices,
    "M_NOTIFICATIONS": across.notifying,
}


def entries(name: str, folder: Path = CATALOGUE) -> dict[str, dict[str, Any]]:
    """The entries of the catalogue, by id; `name` is `measure`, or `breakdown`, which have names."""
    found = {}
    for file in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get(name, []):
            found[entry.get("id") or entry["name"]] = entry
    return found


def counted_by(measure: dict[str, Any], breakdown: dict[str, Any] | None = None) -> str:
    """The query that adds up what the warehouse says of a measure: its columns and model are the catalogue's."""
    by = f", {breakdown['column']}" if breakdown else ""
    says = _says(measure)
    conditions = [
        each for each in (measure.get("where"), f"{says} is not null" if measure["kind"] == "mix" else "") if each
    ]
    where = f"where {' and '.join(conditions)}" if conditions else ""
    entered = measure.get("entered_after", "0")
    return f"select period{by}, {says}, {entered}, count(*) from marts.{measure['model']} {where} group by all"


def _says(measure: dict[str, Any]) -> str:
    """The columns that hold what a case says, by kind."""
    if measure["kind"] == "share":
        return measure["counted"]
    if measure["kind"] == "repeat":
        return f"{measure['months']}, looked_back_months"
    if measure["kind"] == "mix":
        return measure["category"]
    ends = [measure["event"], *measure.get("competing_statuses", [])]
    listed = ", ".join(f"'{end}'" for end in ends)
    status = measure["status"]
    return f"case when {status} in ({listed}) then {status} else 'censored' end, {measure['duration']}"
