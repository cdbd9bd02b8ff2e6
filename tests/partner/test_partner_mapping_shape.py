"""The form of a column, told without a cell of it."""

from hypothesis import given
from hypothesis import strategies as st

from lantern.partner.shape import pattern_of, shape_of


@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1, max_size=30))
def test_a_pattern_keeps_no_letter_and_not_how_many_there_were(text):
    pattern = pattern_of(text)

    assert set(pattern) <= set("Aa9")


def test_names_of_one_form_have_one_pattern_however_long_they_are():
    assert {pattern_of(name) for name in ("Ada", "Benjamin", "Z\u00e9lie")} == {"Aa"}


def test_a_column_of_a_few_labels_is_told_from_a_column_of_names():
    labels = shape_of("Grade", ["Red", "Amber", "Green"] * 10)
    names = shape_of("Seen", ["Ada Byron", "Ben Boole", "Cleo Cantor"])

    assert (labels.labels, labels.is_name_like) == (("Amber", "Green", "Red"), False)
    assert names.is_name_like
