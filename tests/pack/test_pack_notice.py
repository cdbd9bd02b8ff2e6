"""A pack of withdrawn figures says so and nothing else; one of a revision says first what it replaces."""

from invented_release import Plan
from printed import PERIOD, texts

QUARTER = (2026, 2)


def test_a_pack_of_withdrawn_figures_is_its_notice_and_no_figure(print_pack):
    printed = print_pack(Plan(withdrawn=(QUARTER,)))

    (page,) = printed.pack.pages
    (notice,) = page.blocks
    assert notice.text.startswith("Figures for 1 April to 30 June 2026 were withdrawn on ")
    assert len(printed.pages) == 1
    assert notice.text in printed.pages[0]
    assert "%" not in printed.docx_text


def test_without_the_day_of_withdrawal_the_pack_would_have_its_pages(print_pack):
    """The twin."""
    assert len(print_pack(Plan()).pack.pages) > 3


def test_a_later_pack_says_in_its_history_that_a_quarter_was_withdrawn(print_pack):
    printed = print_pack(Plan(withdrawn=((2025, 3),)), period=PERIOD)

    assert len(printed.pack.pages) > 3
    assert any("the figures were withdrawn" in text for text in texts(printed.pack))


def test_a_pack_of_a_revision_says_first_what_it_replaces(print_pack):
    said = [text for text in texts(print_pack(Plan(revised=True)).pack) if text.startswith("Revised on ")]

    assert len(said) == 1
    assert " It replaces the figures of " in said[0]
    assert not [text for text in texts(print_pack(Plan()).pack) if text.startswith("Revised on ")]
