"""What bounded rows must be before noise is drawn over them: the border where data leaves."""

from typing import Any

from great_expectations import expectations as gxe


def expectations(*, categories: dict[str, tuple[str, ...]], rows_per_person: int) -> list[Any]:
    """
    The privacy bound, asked again by another tool than the one that made it, and the public keys.

    The table has one row per person and quarter with the number of rows and of marks it has,
    beside every category that occurs: see `lantern.pipeline.release`.
    """
    critical: dict[str, Any] = {"severity": "critical"}
    rules: list[Any] = [
        gxe.ExpectColumnValuesToNotBeNull(column="person_key", meta={"rule": "person_is_known"}, **critical),
        gxe.ExpectColumnValuesToBeBetween(
            column="rows_of_person", max_value=rows_per_person, meta={"rule": "person_is_within_the_bound"}, **critical
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="marks_of_person", max_value=1, meta={"rule": "person_is_marked_once_at_most"}, **critical
        ),
    ]
    for column, allowed in categories.items():
        rules.append(gxe.ExpectColumnValuesToNotBeNull(column=column, meta={"rule": "is_filled"}, **critical))
        rules.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=list(allowed), meta={"rule": "is_a_public_key"}, **critical
            )
        )
    return rules
