"""The invented council's case system, exported as tables of the Standard Safeguarding Dataset."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from lantern.synthetic import name, planting, sheet
from lantern.synthetic.caseload import COUNCIL, Records
from lantern.synthetic.casework import FACTORS, Cases
from lantern.synthetic.defect import Planting
from lantern.synthetic.draw import NONE, Bools, Ints
from lantern.synthetic.front_door import CONTACTS_A_REFERRAL, PRIORITIES
from lantern.synthetic.notice import Columns

_FLAGS = (
    "NEW_REFERRAL", "EXISTING_REFERRAL", "CP_ENQUIRY", "NFA", "NON_AGENCY_ADOPTION", "PRIVATE_FOSTERING", "ADVICE",
    "MISSING", "OLA_CP", "OTHER_OUTCOMES_EXIST",
)  # fmt: skip
_ABUSE_WORDS = {
    "NEG": "Neglect",
    "EMO": "Emotional",
    "PHY": "Physical",
    "SAB": "Sexual",
    "MUL": "Multiple: Neglect, Emotional",
}
_EARLY_HELP_SHARE = 0.15
_REFERRAL_NUMBERS = 200_000
_EXPECTED_SPREAD = 9


def write(rng: np.random.Generator, folder: Path, records: Records, snapshot: int, slips: Planting) -> None:
    """Write every table, as the records stood at the snapshot."""
    cases = records.cases.as_known_on(snapshot)
    # As many are drawn with slips as without, so that all else stays as it is.
    numbers = rng.permutation(max(_REFERRAL_NUMBERS, 2 * len(cases)))[: len(cases)]
    referral = np.array([f"R{number}" for number in 500_000 + numbers])
    _people(rng, folder, records, slips)
    columns = _contacts(rng, records)
    quoted = [each for each, blob in enumerate(columns["cont_contact_outcome_json"]) if name.QUOTED in str(blob)]
    slips.note("quoted_comment", COUNCIL, "ssd/ssd_contacts.csv", quoted)
    planting.of_contacts(slips, columns, "ssd/ssd_contacts.csv")
    sheet.write(folder / "ssd_contacts.csv", columns)
    _referrals(folder, records, cases, referral)
    _assessments(folder, records, cases, referral)
    _protection(folder, records, cases, referral)
    _early_help(rng, folder, records, snapshot)
    adult_on = records.people.adult_on(cases.child)
    closed = np.where(cases.closed >= 0, cases.closed, snapshot)
    spans = np.flatnonzero((adult_on > cases.referred) & (adult_on <= closed))
    slips.note("turned_eighteen", COUNCIL, "ssd/ssd_cin_episodes.csv", spans.tolist())
    moved = np.flatnonzero((cases.closed >= 0) & (cases.closure == "RC5"))
    slips.note("moved_away", COUNCIL, "ssd/ssd_cin_episodes.csv", moved.tolist())


def _people(rng: np.random.Generator, folder: Path, records: Records, slips: Planting) -> None:
    register, ids = records.register, records.id_of
    unborn = records.people.is_unborn[register.child]
    was_unborn = (records.first_seen < register.true_born) & ~unborn
    expected = register.true_born + rng.normal(0, _EXPECTED_SPREAD, len(register)).astype(np.int64)
    slips.note("unborn_later_born", COUNCIL, "ssd/ssd_person.csv", np.flatnonzero(was_unborn).tolist())
    sheet.write(
        folder / "ssd_person.csv",
        {
            "pers_person_id": ids,
            "pers_upn": register.upn,
            "pers_forename": ["" if no else each for each, no in zip(register.forename, unborn, strict=True)],
            "pers_surname": register.surname,
            "pers_sex": register.sex,
            "pers_ethnicity": records.people.ethnicity[register.child].tolist(),
            "pers_dob": sheet.day_texts(np.where(unborn, NONE, register.born)),
            "pers_expected_dob": sheet.day_texts(np.where(unborn, register.born, np.where(was_unborn, expected, NONE))),
            "pers_single_unique_id": register.nhs,
        },
    )
    sheet.write(folder / "ssd_address.csv", {"addr_person_id": ids, "addr_postcode": register.postcode})
    sheet.write(
        folder / "ssd_disability.csv",
        {
            "disa_table_id": [f"D{number}" for number in range(len(ids))],
            "disa_person_id": ids,
            "disa_disability_code": np.where(records.people.is_disabled[register.child], "LD", "NONE").tolist(),
        },
    )
    sheet.write(
        folder / "ssd_family.csv",
        {
            "fami_table_id": [f"T{number}" for number in range(len(ids))],
            "fami_family_id": [f"F{number}" for number in records.people.family[register.child].tolist()],
            "fami_person_id": ids,
        },
    )


def _contacts(rng: np.random.Generator, records: Records) -> Columns:
    contacts = records.contacts
    count = len(contacts)
    comments = rng.choice(name.COMMENTS, size=count, p=_comment_shares())
    outcomes = np.where(contacts.decided >= 0, contacts.outcome, "")
    return {
        "cont_contact_id": [f"C{number}" for number in (1_000_000 + rng.permutation(count)).tolist()],
        "cont_person_id": [records.id_of[each] for each in records.of_contact.tolist()],
        "cont_contact_date": [*sheet.minute_texts(contacts.received)],
        "cont_contact_source_code": contacts.source.tolist(),
        "cont_contact_outcome_json": [
            _blob(outcome, comment) for outcome, comment in zip(outcomes.tolist(), comments.tolist(), strict=True)
        ],
        "x_cont_decision_dttm": [*sheet.minute_texts(contacts.decided)],
        "x_cont_open_case": np.where(contacts.is_open_case, "Y", "N").tolist(),
        "x_cont_priority": _priority_words(contacts.priority),
        "x_cont_priority_first": _priority_words(contacts.first_priority),
        "x_cont_priority_changed_dttm": [*sheet.minute_texts(contacts.changed)],
    }


def _priority_words(places: Ints) -> list[str]:
    """Priorities as the case system's pick list has them; none is an empty cell, the last word."""
    words: list[str] = np.array([*(each.title() for each in PRIORITIES), ""])[places].tolist()
    return words


def _comment_shares() -> list[float]:
    """Most contacts have no comment; one in a hundred has the one that breaks the blob."""
    shares = [0.05, 0.01, 0.05, 0.04, 0.05]
    return [*shares, 1 - sum(shares)]


def _blob(outcome: str, comment: str) -> str:
    """The outcome as System C writes it: put together by hand, the comment not escaped."""
    if not outcome:
        return ""
    flags = ",".join(f'"{flag}":"{"Y" if flag == outcome else "N"}"' for flag in _FLAGS)
    return f'{{{flags},"NUMBER_OF_OUTCOMES":"1","COMMENTS":"{comment}"}}'


def _referrals(folder: Path, records: Records, cases: Cases, referral: Iterable[str]) -> None:
    sheet.write(
        folder / "ssd_cin_episodes.csv",
        {
            "cine_referral_id": list(referral),
            "cine_person_id": records.ids(cases.child),
            "cine_referral_date": sheet.day_texts(cases.referred),
            "cine_cin_primary_need_code": cases.need.tolist(),
            "cine_referral_source_code": cases.source.tolist(),
            "cine_referral_nfa": np.where(cases.is_nfa, "Y", "N").tolist(),
            "cine_close_reason": np.where(cases.closed >= 0, cases.closure, "").tolist(),
            "cine_close_date": sheet.day_texts(cases.closed),
        },
    )


def _assessments(folder: Path, records: Records, cases: Cases, referral: Iterable[str]) -> None:
    has = np.flatnonzero(cases.assessment >= 0)
    ids = [f"A{number}" for number in range(len(has))]
    sheet.write(
        folder / "ssd_cin_assessments.csv",
        {
            "cina_assessment_id": ids,
            "cina_person_id": records.ids(cases.child[has]),
            "cina_referral_id": np.array(list(referral))[has].tolist(),
            "cina_assessment_start_date": sheet.day_texts(cases.assessment[has]),
            "cina_assessment_auth_date": sheet.day_texts(cases.assessed[has]),
        },
    )
    is_done = (cases.assessed[has] >= 0).tolist()
    blobs = [json.dumps(factors_of(each)) for each in cases.factors[has]]
    kept = [(each, blob) for each, blob, done in zip(ids, blobs, is_done, strict=True) if done]
    sheet.write(
        folder / "ssd_assessment_factors.csv",
        {
            "cinf_table_id": [f"F{number}" for number in range(len(kept))],
            "cinf_assessment_id": [each for each, _ in kept],
            "cinf_assessment_factors_json": [blob for _, blob in kept],
        },
    )


def factors_of(found: Bools) -> list[str]:
    """The factor codes of one assessment; 21 is none."""
    return [code for code, has in zip(FACTORS, found.tolist(), strict=True) if has] or ["21"]


def _protection(folder: Path, records: Records, cases: Cases, referral: Iterable[str]) -> None:
    referrals = np.array(list(referral))
    asked = np.flatnonzero(cases.enquired >= 0)
    is_over = cases.enquiry_ended[asked] >= 0
    has_conference = cases.conference[asked] >= 0
    sheet.write(
        folder / "ssd_s47_enquiry.csv",
        {
            "s47e_s47_enquiry_id": [f"S{number}" for number in asked.tolist()],
            "s47e_referral_id": referrals[asked].tolist(),
            "s47e_person_id": records.ids(cases.child[asked]),
            "s47e_s47_start_date": sheet.day_texts(cases.enquired[asked]),
            "s47e_s47_end_date": sheet.day_texts(cases.enquiry_ended[asked]),
            "s47e_s47_nfa": np.where(
                is_over & ~cases.is_silent[asked], np.where(has_conference, "N", "Y"), ""
            ).tolist(),
        },
    )
    held = np.flatnonzero(cases.conference >= 0)
    sheet.write(
        folder / "ssd_initial_cp_conference.csv",
        {
            "icpc_icpc_id": [f"I{number}" for number in held.tolist()],
            "icpc_s47_enquiry_id": [f"S{number}" for number in held.tolist()],
            "icpc_person_id": records.ids(cases.child[held]),
            "icpc_referral_id": referrals[held].tolist(),
            "icpc_icpc_transfer_in": ["N"] * len(held),
            "icpc_icpc_date": sheet.day_texts(cases.conference[held]),
            "icpc_icpc_outcome_cp_flag": np.where(cases.plan[held] >= 0, "Y", "N").tolist(),
        },
    )
    planned = np.flatnonzero(cases.plan >= 0)
    words = [_ABUSE_WORDS[code] for code in cases.abuse[planned].tolist()]
    sheet.write(
        folder / "ssd_cp_plans.csv",
        {
            "cppl_cp_plan_id": [f"P{number}" for number in planned.tolist()],
            "cppl_referral_id": referrals[planned].tolist(),
            "cppl_icpc_id": [f"I{number}" for number in planned.tolist()],
            "cppl_person_id": records.ids(cases.child[planned]),
            "cppl_cp_plan_start_date": sheet.day_texts(cases.plan[planned]),
            "cppl_cp_plan_end_date": sheet.day_texts(cases.plan_ended[planned]),
            "cppl_cp_plan_ola": ["N"] * len(planned),
            "cppl_cp_plan_initial_category": words,
            "cppl_cp_plan_latest_category": words,
        },
    )


def _early_help(rng: np.random.Generator, folder: Path, records: Records, snapshot: int) -> None:
    contacts = records.contacts
    count = int(_EARLY_HELP_SHARE * len(contacts) / CONTACTS_A_REFERRAL)
    alone = np.flatnonzero((contacts.case < 0) & (contacts.decided >= 0) & ~contacts.is_open_case)
    chosen = np.sort(rng.permutation(alone)[:count])
    start = contacts.decided[chosen] // 1_440 + rng.integers(1, 30, len(chosen))
    chosen, start = chosen[start <= snapshot], start[start <= snapshot]
    end = start + rng.integers(40, 300, len(chosen))
    sheet.write(
        folder / "ssd_early_help_episodes.csv",
        {
            "earl_episode_id": [f"E{number}" for number in range(len(chosen))],
            "earl_person_id": records.ids(contacts.child[chosen]),
            "earl_episode_start_date": sheet.day_texts(start),
            "earl_episode_end_date": sheet.day_texts(np.where(end > snapshot, NONE, end)),
            "earl_episode_end_reason": np.where(end > snapshot, "", "Outcomes met").tolist(),
        },
    )
