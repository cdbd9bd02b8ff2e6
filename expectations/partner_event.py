"""What a partner's events must be before a row of them is kept: the border where data arrives."""

from collections.abc import Iterable, Sequence
from typing import Any

from great_expectations import expectations as gxe
from great_expectations.expectations.row_conditions import Column

from lantern import codelist, contract

# Which events must carry a code for the measures to mean anything.
NEEDS_OUTCOME = ("CONTACT_DECIDED", "REFERRAL_DECIDED", "CONCERN_DECIDED")


def expectations(
    *, partner: str, partner_type: str, responsible_la: str, extract_id: str, not_carried: Sequence[str] = ()
) -> list[Any]:
    """
    The rules, each with its name and how bad it is.

    A broken critical rule refuses the delivery, a broken warning holds the rows that broke it, and info is only
    told. The table is what `lantern.pipeline.judgement` makes of a delivery: codes as they are, `fits` or `?` for
    cells that have a shape, and booleans for what two columns say of one another. Pseudonyms are judged before.
    """
    sender = {
        "partner_org": partner,
        "partner_type": partner_type,
        "responsible_la": responsible_la,
        "extract_id": extract_id,
        "contract_version": contract.VERSION,
    }
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, **_critical("has_rows")),
        *_is_the_senders(sender),
        *_is_filled(sender),
        *_is_in_its_list_or_shape(sender),
        *_happened(),
        *_is_theirs_to_tell(partner_type, not_carried),
        *_is_sent_once(),
        *_is_mostly_known(),
    ]


def _is_the_senders(sender: dict[str, str]) -> Iterable[Any]:
    for column, value in sender.items():
        yield gxe.ExpectColumnValuesToBeInSet(
            column=column, value_set=[value], **_critical(f"{column}_is_the_manifests")
        )
        yield gxe.ExpectColumnValuesToNotBeNull(column=column, **_critical("is_filled"))


def _is_filled(sender: dict[str, str]) -> Iterable[Any]:
    for field in contract.FIELDS:
        if field.required and not field.keyed and field.name not in sender:
            yield gxe.ExpectColumnValuesToNotBeNull(column=field.name, **_warning("is_filled"))
    for column, events in (("source_category", sorted(contract.NEEDS_SOURCE)), ("outcome_code", NEEDS_OUTCOME)):
        yield gxe.ExpectColumnValuesToNotBeNull(
            column=column,
            row_condition=Column("event_type").is_in(list(events)),
            **_warning("is_filled_where_the_event_needs_it"),
        )


def _is_in_its_list_or_shape(sender: dict[str, str]) -> Iterable[Any]:
    for field in contract.FIELDS:
        if field.keyed or field.name in sender:
            continue
        if field.many:
            yield gxe.ExpectColumnValuesToMatchRegex(
                column=field.name, regex=rf"\A(?:{field.pattern})\Z", **_warning("is_in_the_code_list")
            )
        elif field.codes:
            yield gxe.ExpectColumnValuesToBeInSet(
                column=field.name, value_set=list(codelist.codes(field.codes)), **_warning("is_in_the_code_list")
            )
        else:
            yield gxe.ExpectColumnValuesToBeInSet(
                column=field.name, value_set=["fits"], **_warning("is_of_the_agreed_shape")
            )


def _happened() -> Iterable[Any]:
    for column, flag in (("event_at", "event_at_is_a_day"), ("recorded_at", "recorded_at_is_a_day")):
        yield _holds(flag, **_warning("is_a_day_of_the_calendar", column))
    yield _holds("precision_is_true", **_warning("is_as_precise_as_said", "event_time_precision"))
    yield _holds("is_before_the_snapshot", **_warning("event_is_before_the_snapshot", "event_at"))
    yield _holds("is_born_by_the_snapshot", **_warning("birth_is_before_the_snapshot", "birth_month"))


def _is_theirs_to_tell(partner_type: str, not_carried: Sequence[str]) -> Iterable[Any]:
    # A police notice is no referral: the front door's own events come from the front door.
    others = [
        code
        for code, teller in codelist.translation("event_type", "only_from").items()
        if teller not in ("", partner_type)
    ]
    if others:
        yield gxe.ExpectColumnValuesToNotBeInSet(
            column="event_type", value_set=others, **_warning("event_is_one_this_partner_may_tell_of")
        )
    if not_carried:
        # Believed, it would take every wait for such an event out of a measure.
        yield gxe.ExpectColumnValuesToNotBeInSet(
            column="event_type", value_set=list(not_carried), **_critical("event_is_one_this_source_can_tell")
        )


def _is_sent_once() -> Iterable[Any]:
    yield gxe.ExpectColumnValuesToBeInSet(column="copy", value_set=[0], **_warning("row_is_sent_once", "event_key"))
    yield gxe.ExpectColumnValuesToBeInSet(
        column="versions", value_set=[1], **_warning("event_key_is_unique", "event_key")
    )


def _is_mostly_known() -> Iterable[Any]:
    yield gxe.ExpectColumnValuesToNotBeNull(
        column="birth_month", mostly=0.8, **_told("birth_month_is_mostly_known", "birth_month", "info")
    )
    yield _holds("has_token", mostly=0.8, **_told("person_has_mostly_a_token", None, "info"))
    yield _holds("is_in_the_period", **_told("event_is_in_the_period", "event_at", "info"))
    yield _holds("recorded_is_later", **_told("is_recorded_after_it_happened", "recorded_at", "info"))


def _holds(flag: str, **more: Any) -> Any:
    return gxe.ExpectColumnValuesToBeInSet(column=flag, value_set=[True], **more)


def _critical(rule: str) -> dict[str, Any]:
    return {"severity": "critical", "meta": {"rule": rule}}


def _warning(rule: str, column: str = "") -> dict[str, Any]:
    return {"severity": "warning", "meta": {"rule": rule} | ({"column": column} if column else {})}


def _told(rule: str, column: str | None, severity: str) -> dict[str, Any]:
    return {"severity": severity, "meta": {"rule": rule, "column": column}}
