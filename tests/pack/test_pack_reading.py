"""How the printed pack reads: short sentences, plain words, each reason once, nobody called what they are not."""

import re

import pytest
import reading
from invented_release import Plan, whole
from printed import banned_in


def test_no_banned_word_is_printed_for_the_board(print_pack):
    printed = print_pack(more=True)

    assert len(printed.pages) >= 3
    assert banned_in(" ".join(printed.pages)) == []
    assert banned_in(printed.docx_text) == []


def test_a_banned_word_would_be_noticed():
    assert banned_in("The median is not significant: a trend, budget spent.") == [
        "budget",
        "significant",
        "median",
        "trend",
    ]


@pytest.mark.parametrize("plan", [Plan(), whole(), whole(quarters=2, is_hidden=True)], ids=["few", "whole", "hidden"])
def test_no_sentence_of_a_printed_pack_is_long_or_hard(print_pack, plan):
    """All its prose as printed, the release's sentences too; where definitions come from are names, to be looked up."""
    said = prose(print_pack(plan).pack)

    assert len(said) > 30
    assert [each for text in said for each in reading.sentences(text) if len(reading.words(each)) > 20] == []
    assert reading.grade(" ".join(said)) <= 7


def prose(pack):
    """What a pack says in sentences: paragraphs, lists, what follows a mark and what stands below a table."""
    from pack.block import Items, Marks, Paragraph, Table, pieces

    found = []
    for piece in (piece for page in pack.pages for piece in pieces(page)):
        match piece:
            case Paragraph(text, opening):
                found += [opening, text]
            case Items(items, is_small) if not is_small:
                found += [text for item in items for text in (item.opening, item.text)]
            case Marks(_, text):
                found.append(text)
            case Table(_, _, _, _, notes):
                found += notes
    return [text for text in found if reading.words(text)]


def test_a_reason_stands_once_below_its_table_and_each_row_without_a_figure_names_it(print_pack):
    from pack.block import Beside, Together

    packs = [print_pack(whole()).pack, print_pack(Plan(skipped=((2025, 3),), latest_not_shown=("T_ASSESS45",))).pack]
    tables = [
        piece.table
        for pack in packs
        for page in pack.pages
        for block in page.blocks
        if isinstance(block, Together)
        for piece in block.pieces
        if isinstance(piece, Beside)
    ]
    letters = [re.findall(r"\(([a-z])\)", str(row[1])) for table in tables for row in table.rows]

    assert len(tables) == 21
    assert sum(map(len, letters)) >= 5
    for table in tables:
        named = {letter for row in table.rows for letter in re.findall(r"\(([a-z])\)", str(row[1]))}
        noted = [note[1] for note in table.notes if note.startswith("(")]
        assert noted == sorted(named)
        assert all(": " in note for note in table.notes if note.startswith("("))
        assert all(("Not shown" in str(row[1])) == bool(re.search(r"\([a-z]\)", str(row[1]))) for row in table.rows)


def test_adults_are_not_called_children_where_both_are_meant(print_pack):
    """Twin: a pack of children alone says children."""
    both, children = print_pack(whole()).pages, print_pack().pages

    assert "random amount is added to each count to protect people." in both[0]
    assert "random amount is added to each count to protect children." in children[0]
    assert "any one person is counted" in " ".join(both)
    assert "any one child is counted" in " ".join(children)


def test_alt_texts_are_short_and_name_no_colour(print_pack):
    from pack.block import Picture, pieces

    alts = [piece.alt for page in print_pack().pack.pages for piece in pieces(page) if isinstance(piece, Picture)]

    assert len(alts) == 5
    for alt in alts:
        assert alt.startswith("Dot and box chart")
        assert len(alt.split()) < 60
        assert not re.search(r"\b(blue|red|green|amber|orange|grey)\b", alt)
