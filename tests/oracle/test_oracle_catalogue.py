"""Every measure of the catalogue, case by case: the warehouse says of each quarter what the oracle counts."""

import catalogued
import pytest

MEASURES = catalogued.entries("measure")


def test_every_measure_of_the_catalogue_has_an_oracle_and_no_other():
    """A measure that nobody counts again is checked by no one."""
    assert set(catalogued.CASES_OF) == set(MEASURES)


@pytest.mark.parametrize("delivered", ["tables_alone", "with_censuses"])
@pytest.mark.parametrize("name", MEASURES)
def test_the_warehouse_says_of_every_quarter_what_the_oracle_counts(name, delivered, request, record_property):
    """Every case once, in its quarter, its source and its other breakdowns, with the same answer."""
    counted = request.getfixturevalue(delivered)
    expected, found = counted.expected(name), counted.sums[name]

    assert not isinstance(found, str), found
    assert expected, "nothing to count: the invented partnership has no such case"
    cells = expected | found
    differing = {str(key): (expected[key], found[key]) for key in cells if expected[key] != found[key]}
    # `benchmarks/measures.py` makes docs/measures-checked.md of these.
    for key, value in (("measure", name), ("cells", len(cells)), ("differing", len(differing))):
        record_property(key, value)
    assert not differing, f"of {len(cells)} cells differ, oracle and warehouse: {differing}"
