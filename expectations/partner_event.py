"""What a partner's events must be before a row of them is kept: the border where data arrives."""

from datetime import date
from typing import Any

from great_expectations import expectations as gxe
from great_expectations.expectations.row_conditions import Column

from lantern import codelist, contract

# Which events must carry a code for the measures to mean anything.
NEEDS_SOURCE = ("CONTACT_RECEIVED", "REFERRAL_RECEIVED", "CONCERN_RECEIVED", "PARTNER_NOTIFICATION")
NEEDS_OUTCOME = ("CONTACT_DECIDED", "REFERRAL_DECIDED", "CONCERN_DECIDED")


def expectations(
    *, partner: str, partner_type: str, responsible_la: str, extract_id: str, snapshot_on: date
) -> list[Any]:
    """
    The rules, each with its name and how bad it is.

    A broken critical rule refuses the delivery; a broken warning is reported to the sender.
    """
    critical: dict[str, Any] = {"severity": "critical"}
    rules: list[Any] = [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, meta={"rule": "has_rows"}, **critical),
        gxe.ExpectColumnValuesToBeUnique(column="event_key", meta={"rule": "event_key_is_unique"}, **critical),
        gxe.ExpectColumnValuesToBeBetween(
            column="event_on",
            min_value=date.fromisoformat(contract.EARLIEST),
            max_value=snapshot_on,
            meta={"rule": "event_is_before_the_snapshot"},
            **critical,
        ),
    ]
    for column, value in (
        ("partner_org", partner),
        ("partner_type", partner_type),
        ("responsible_la", responsible_la),
        ("extract_id", extract_id),
        ("contract_version", contract.VERSION),
    ):
        rules.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=[value], meta={"rule": f"{column}_is_the_manifests"}, **critical
            )
        )
    for field in contract.FIELDS:
        if field.required:
            rules.append(gxe.ExpectColumnValuesToNotBeNull(column=field.name, meta={"rule": "is_filled"}, **critical))
        if field.codes:
            rules.append(
                gxe.ExpectColumnValuesToMatchRegex(
                    column=field.name,
                    regex=rf"\A(?:{field.pattern})\Z",
                    meta={"rule": "is_in_the_code_list"},
                    **critical,
                )
            )
    # A police notice is no referral: the front door's own events come from the front door.
    others = [
        code
        for code, sender in codelist.translation("event_type", "only_from").items()
        if sender not in ("", partner_type)
    ]
    if others:
        rules.append(
            gxe.ExpectColumnValuesToNotBeInSet(
                column="event_type",
                value_set=others,
                meta={"rule": "event_is_one_this_partner_may_tell_of"},
                **critical,
            )
        )
    for column, events in (("source_category", NEEDS_SOURCE), ("outcome_code", NEEDS_OUTCOME)):
        rules.append(
            gxe.ExpectColumnValuesToNotBeNull(
                column=column,
                row_condition=Column("event_type").is_in(list(events)),
                meta={"rule": "is_filled_where_the_event_needs_it"},
                **critical,
            )
        )
    rules.append(
        gxe.ExpectColumnValuesToNotBeNull(
            column="birth_month", mostly=0.8, meta={"rule": "birth_month_is_mostly_known"}, severity="warning"
        )
    )
    return rules
