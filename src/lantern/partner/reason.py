"""Why a record or a value was left out, and what its owner can do about it."""

from lantern import codelist

_EXACT = {
    "date_missing": "the date is empty: fill it in the case system",
    "date_unreadable": "the date is not in a form this format knows: export dates as agreed",
    "date_before_2000": "the date is before 2000: correct it in the case system",
    "date_after_snapshot": "the date is after the extract was taken: correct it, or check the snapshot time",
    "time_does_not_exist": "the clocks went forward over this time: correct it in the source",
    "decision_undated": "a decision stands there without its date: it was not counted as made",
    "decisions_not_in_table": "no column tells when contacts were decided, so waiting times cannot be measured: add one",
    "no_contact_undecided": "every contact has a decision: if undecided ones were left out, say --incomplete",
    "source_unknown": "the referral source is not in the code list",
    "source_missing": "no source is given; 10 (unknown) was used where the record was kept",
    "source_unmapped": "the source is not a code of the census; 10 (unknown) was used",
    "factor_unknown": "an assessment factor is not in the code list of that year",
    "outcome_missing": "no outcome is given: fill it in the case system",
    "support_missing": "it is not told whether a person without capacity was supported",
    "risk_outcome_missing": "it is not told what became of the risk",
    "person_missing": "the record does not say whom it is about",
    "person_id_missing": "the record does not say whom it is about",
    "related_person_same": "both ids of a merge or split are one person's: give the old and the new id",
    "record_id_missing": "the record has no id of its own",
    "referral_missing": "the child has no referral in this census",
    "care_period_missing": "the episode does not say to which period of care it belongs",
    "absent_not_missing": "an absence, not a missing episode: nothing to do",
    "row_shape": "the row has more cells than the heading: a stray comma or quotation mark",
    "cell_error": "a cell holds a formula's error, such as #N/A: mend it in the workbook",
    "repeated_record": "the same record stands in the files twice; it was used once",
    "record_id_reused": "two different records have one id; the first was used",
    "conference_at_both_levels": "one conference is told twice, under the referral and under the enquiry; it was used once",
    "conference_told_twice": "one conference is told under two enquiries; it was used once",
    "plan_of_other_authority": "the plan is another authority's and is not counted here",
    "previous_plans_unreadable": "the number of earlier plans is not a whole number from 0 to 20",
    "upn_invalid": "the unique pupil number fails its check; no token was made from it",
    "nhs_invalid": "the NHS number fails its check; no token was made from it",
    "birth_date_unreadable": "the birth date is not in a form this format knows; no token was made from it",
    "birth_date_implausible": "the birth date is a filler such as 01/01/1900; no token was made from it",
    "birth_date_after_snapshot": "the birth date is after the extract was taken; no token was made from it",
    "priority_change_before_receipt": "the priority was changed before the contact came: correct the date of the change",
    "out_of_scope": "the mapping leaves such rows out on purpose: nothing to do",
    "scope_unknown": "the mapping does not say whether such rows count: add the label to it",
    "recorded_unreadable": "the day of recording is not in a form this format knows; it was left empty",
    "record_before_period": "it happened before the day of --from. It was sent: right for an older case that is still "
    "open, else correct its date or give the right --from",
    "record_after_period": "it happened after the day of --to. It was sent: give the right --to, or the hub takes the last "
    "days for missing",
    "superseded_not_here": "it puts right a record that is not in this delivery: right where an earlier delivery sent that "
    "record, else check its id",
}
_BY_ENDING = {
    "_lost_digits": "a spreadsheet saved the number as 9.99E+09 and its digits are gone: export the column as text",
    "_not_yet_valid": "the code was not in force yet in that year: correct it in the source",
    "_unmapped": "the label is not in the mapping or the code list: add it, or correct it in the source",
    "_unknown": "the code is not in the code list of that year: correct it in the source",
    "_invalid": "the value is not of the agreed form; it was left empty",
    "_missing": "the value is empty: fill it in the case system",
    "_unreadable": "the value cannot be read; it was left empty",
}
_LISTS = {
    "source": "referral_source",
    "source_category": "referral_source",
    "need": "need",
    "need_code": "need",
    "closure_reason": "closure_reason",
    "closure_code": "closure_reason",
    "abuse_category": "abuse_category",
    "abuse_codes": "abuse_category",
    "factor": "assessment_factor",
    "outcome": "contact_outcome",
    "outcome_code": "contact_outcome",
    "priority": "priority",
    "sex": "sex",
    "record_status": "record_status",
    "event_type": "event_type",
    "ethnicity": "ethnicity",
    "ethnic_group": "ethnic_group",
}
"""The public code list of what a reason is about."""
_NOT_KNOWN = ("_unmapped", "_unknown")


_HARMLESS = frozenset(
    (
        "out_of_scope", "absent_not_missing", "plan_of_other_authority", "repeated_record", "conference_told_twice",
        "conference_at_both_levels",
    )
)  # fmt: skip
"""What is left out on purpose, or is told elsewhere in the same delivery."""


def is_harmless(reason: str) -> bool:
    """Whether nothing that should count is lost with such a record."""
    return reason in _HARMLESS


def what_to_do(reason: str) -> str:
    """A reason in words with what to do, or '' for one no one explained. No value of a row is in it, but codes may be."""
    by_ending = (meaning for ending, meaning in _BY_ENDING.items() if reason.endswith(ending))
    meaning = _EXACT.get(reason) or next(by_ending, "")
    return f"{meaning}{_codes(reason)}" if meaning else ""


def _codes(reason: str) -> str:
    """The codes there are, after a reason that says that a cell has none of them: the list is public, the cell is not."""
    about = next((reason.removesuffix(ending) for ending in _NOT_KNOWN if reason.endswith(ending)), "")
    return f". Its codes are {', '.join(codelist.codes(_LISTS[about]))}" if about in _LISTS else ""
