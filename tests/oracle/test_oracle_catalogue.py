"""Every measure of the catalogue, case by case: the warehouse says of each quarter what the oracle counts."""

import catalogued
import pytest

MEASURES = catalogued.entries("measure")


def test_every_measure_of_the_catalogue_has_an_oracle_and_no_other():
    """A measure that nobody counts again is checked by no one."""
    assert set(catalogued.CASES_OF) == set(MEASURES)


@pytest.mark.parametrize("delivered", ["tables_alone", "with_censuses"])
@pytest.mark.parametrize("name", MEASURES)
def test_the_warehouse_says_of_every_quarter_what_the_oracle_counts(name, delivered, request):
    """Every case once, in its quarter, its source and its other breakdowns, with the same answer."""
    counted = request.getfixturevalue(delivered)
    expected, found = counted.expected(name), counted.sums[name]

    assert not isinstance(found, str), found
    assert expected, "nothing to count: the invented partnership has no such case"
    differing = {str(key): (expected[key], found[key]) for key in expected | found if expected[key] != found[key]}
    assert not differing, f"of {len(expected | found)} cells differ, oracle and warehouse: {differing}"
