"""What cells must be before they are published: every key there, and no number where none is shown."""

from typing import Any

from great_expectations import expectations as gxe
from great_expectations.expectations.row_conditions import Column


def expectations(*, cells: int, release_id: str) -> list[Any]:
    """The full public grid of figures, graded, worded, and ranges the right way round."""
    critical: dict[str, Any] = {"severity": "critical"}
    rules: list[Any] = [
        gxe.ExpectTableRowCountToEqual(value=cells, meta={"rule": "has_every_cell"}, **critical),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["measure_id", "span", "breakdown", "category", "statistic"],
            meta={"rule": "cell_is_there_once"},
            **critical,
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="release_id", value_set=[release_id], meta={"rule": "is_of_this_release"}, **critical
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="span", value_set=["quarter", "year"], meta={"rule": "is_of_a_known_span"}, **critical
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="statistic",
            value_set=["share", "count", "curve", "median", "p90"],
            meta={"rule": "is_a_known_statistic"},
            **critical,
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="grade", value_set=["use", "care", "none"], meta={"rule": "is_graded"}, **critical
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="change",
            value_set=["up", "down", "flat", "unknown"],
            meta={"rule": "says_if_it_changed"},
            **critical,
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="upper",
            column_B="lower",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta={"rule": "range_is_the_right_way_round"},
            **critical,
        ),
    ]
    for column in ("value", "lower", "upper"):
        rules.append(
            gxe.ExpectColumnValuesToBeNull(
                column=column,
                row_condition=Column("grade") == "none",
                meta={"rule": "not_shown_has_no_number"},
                **critical,
            )
        )
        rules.append(
            gxe.ExpectColumnValuesToNotBeNull(
                column=column,
                # A day may lie beyond those followed; then it has words and no number.
                row_condition=Column("grade").is_in(["use", "care"])
                & Column("statistic").is_in(["share", "count", "curve"]),
                meta={"rule": "shown_has_a_range"},
                **critical,
            )
        )
    return rules
