"""What the returns count, beside what we count: both of every year, from events alone."""

import pytest
import statutory


@pytest.mark.parametrize("delivered", ["tables_alone", "with_censuses"])
@pytest.mark.parametrize("name", statutory.COUNTS)
def test_every_year_of_a_return_is_what_its_own_rules_count(name, delivered, request):
    """Above the line and below it, ours and the return's; a year of which nothing is told is none."""
    counted = request.getfixturevalue(delivered)
    expected = statutory.figures(name, counted.known)
    told = {
        (partner, year): statutory.Year(ours, None if returned == (None, None) else returned)
        for partner, year, ours, returned in counted.years.get(name, [])
    }

    assert len(expected) >= 2
    assert told == expected


def test_every_measure_that_stands_beside_a_return_is_counted_again(with_censuses):
    assert with_censuses.years.keys() == statutory.COUNTS.keys()


def test_the_returns_way_differs_from_ours(with_censuses):
    """The twin: were they one number, nothing here would tell them apart."""
    pairs = [(ours, returned) for rows in with_censuses.years.values() for _, _, ours, returned in rows]

    assert sum(ours != returned for ours, returned in pairs) > 10
