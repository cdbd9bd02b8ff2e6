"""What bounded rows must be before noise is drawn over them: the border where data leaves."""

from typing import Any

from great_expectations import expectations as gxe

_ROUNDING = 1e-9
"""A price is rounded up, and its second reckoning is in double precision."""


def expectations(
    *, categories: dict[str, tuple[str, ...]], grain: int, kept_budget: int, lost_budget: int
) -> list[Any]:
    """
    The privacy bound, asked again by another tool than the one that made it, and the public keys.

    The table has one row per person and combination of categories that occurs, with the person's
    weights, prices and spends beside it: see `lantern.release.drawing.border`.
    """
    critical: dict[str, Any] = {"severity": "critical"}

    def between(column: str, rule: str, **limits: float) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(column=column, meta={"rule": rule}, **limits, **critical)

    def filled(column: str, rule: str) -> Any:
        return gxe.ExpectColumnValuesToNotBeNull(column=column, meta={"rule": rule}, **critical)

    rules: list[Any] = [filled("person_key", "person_is_known")]
    for which, budget in (("kept", kept_budget), ("lost", lost_budget)):
        rules += [
            between(f"{which}_weight", "weight_is_a_part_of_a_row", min_value=0, max_value=grain),
            between(f"{which}_year", "person_is_within_the_years_promise", min_value=0, max_value=budget),
            between(f"{which}_paid", "person_pays_what_the_rows_cost", min_value=1 - _ROUNDING),
            *(filled(f"{which}_{of}", "is_filled") for of in ("weight", "year", "paid")),
        ]
    rules += [
        between("weights", "no_row_counts_more_than_once", max_value=grain),
        between("populations", "person_pays_in_one_population", min_value=0, max_value=1),
        filled("populations", "is_filled"),
    ]
    for column, allowed in categories.items():
        rules.append(filled(column, "is_filled"))
        rules.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=list(allowed), meta={"rule": "is_a_public_key"}, **critical
            )
        )
    return rules
