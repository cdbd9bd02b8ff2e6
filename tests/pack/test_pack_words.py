"""What the printed pack says: the release's own texts, and no others."""

import re

import duckdb
import pytest
from invented_release import HEADLINES, Plan, whole, write
from printed import MORE, Printed, banned_in, texts

import released

# Numbers of the layout and of fixed words; none of them is a figure.
FIXED_WORDS = {"9", "10", "19", "20", "4"}
SHORT_DIGEST = f"plan {'0' * 12}"
TICKS = {str(tick) for tick in (0, 25, 50, 100)}
TICK_TEXTS = {f"{tick}%" for tick in TICKS}


def numbers(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def percents(text):
    return set(re.findall(r"\d+(?:\.\d+)?%", text))


def released_texts(path, *tables):
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = [row for table in tables for row in connection.table(table).fetchall()]
    return " ".join(
        str(value) for row in rows for value in row if isinstance(value, str | int) or hasattr(value, "year")
    )


def untraced(text, path):
    """The numbers of a text that no released cell, and no released word, has."""
    known = numbers(released_texts(path, "cell", "release", "measure", "category", "partnership"))
    strange = numbers(text.replace(SHORT_DIGEST, "")) - known - FIXED_WORDS
    return strange | (percents(text) - percents(released_texts(path, "cell", "measure")))


def test_every_number_of_a_pack_is_in_the_released_file(print_pack):
    printed = print_pack(more=True)

    found = texts(printed.pack)

    assert len(found) > 200
    assert len(percents(" ".join(found))) > 30
    assert untraced(" ".join([*found, printed.pack.foot]), printed.path) == set()


def test_every_number_of_the_pdf_and_the_docx_is_in_the_released_file_or_on_an_axis(print_pack):
    printed = print_pack(more=True)
    pages = {str(number) for number in range(1, len(printed.pages) + 1)}

    strange = untraced(" ".join(printed.pages), printed.path)

    assert strange - TICKS - TICK_TEXTS - pages == set()
    assert untraced(printed.docx_text, printed.path) == set()


def test_a_number_worked_out_in_the_pack_would_be_noticed(print_pack):
    printed = print_pack(more=True)

    assert untraced("About 83.7% of contacts, 4,321 of them.", printed.path) == {"83.7", "83.7%", "4,321"}


def test_every_text_of_a_pack_is_in_the_pdf_and_in_the_docx(print_pack):
    """Nothing runs off the paper, and no glyph is missing."""
    printed = print_pack(more=True)
    from pack.block import Picture, pieces

    alts = {piece.alt for page in printed.pack.pages for piece in pieces(page) if isinstance(piece, Picture)}
    found = [text for text in texts(printed.pack) if text not in alts]
    squeezed = [re.sub(r"\s", "", text) for text in (" ".join(printed.pages), printed.docx_text)]

    assert len(alts) == 5
    for text in found:
        for layer in squeezed:
            assert re.sub(r"\s", "", text) in layer, text


def test_sentences_stand_as_the_release_words_them(print_pack):
    printed = print_pack(more=True)

    whole = " ".join(printed.pages)

    assert "About 84% of contacts were decided within 1 working day. The likely range is 80% to 88%." in whole
    assert "That is up from about 75% a year ago." in whole
    for row in MORE:
        assert row[-1] in whole


def test_only_a_change_of_the_release_is_called_up_or_down(print_pack):
    printed = print_pack()
    first = printed.pages[0]

    assert "Up: Contacts decided within 1 working day." in first
    assert "No clear change" in first
    assert "Cannot say" in first
    # Under How sure each mark stands with its meaning, and so does the one for down: there alone.
    assert " ".join(printed.pages).count("Down") == 1
    assert "Down The figure went down" in " ".join(printed.pages)


def test_each_question_ends_with_what_to_ask_and_whom_and_the_first_page_with_what_to_ask_of_all(print_pack):
    from pack.block import Items, pieces

    printed = print_pack(whole())
    listed = [piece for page in printed.pack.pages for piece in pieces(page) if isinstance(piece, Items)]
    asked = [items for items in listed if not items.is_small]

    assert len(asked) == 7
    for items in asked:
        assert len(items.items) == 2
        assert all(item.opening.startswith("Ask ") and item.text.endswith("?") for item in items.items)
    assert "Of each figure, ask everyone at the table: What do we know that could explain it?" in printed.pages[0]
    assert "Please do not use these pages to think about a family you know." in printed.pages[0]


def test_every_question_of_a_whole_release_is_printed(print_pack):
    """Children first, then adults; each measure with its sentence, and a table beside every picture."""
    from pack.block import Beside, Together

    printed = print_pack(whole())
    known = released.load(printed.path)
    titles = [page.title for page in printed.pack.pages]
    drawn = [
        piece
        for page in printed.pack.pages
        for block in page.blocks
        for piece in (block.pieces if isinstance(block, Together) else (block,))
        if isinstance(piece, Beside)
    ]
    text = " ".join(printed.pages)

    assert len(known.measures) == 13
    for measure in known.measures:
        cell = known.cell(known.latest, measure, statistic=measure.headline)
        assert measure.name in text
        assert cell is not None
        assert cell.sentence in text
        assert measure.caveat in text
    assert titles[-3:] == ["How sure are we?", "Adults, April to June 2026", "Where the definitions come from"]
    assert len(drawn) == 17
    assert max(len(piece.table.rows) for piece in drawn) <= 8
    assert len(printed.pages) <= 8
    assert banned_in(text) == []
    for page in printed.pages:
        assert "Release 2026-Q2-1" in page


def test_the_four_quarters_together_stand_beside_the_quarter(print_pack):
    text = " ".join(print_pack(whole()).pages)

    assert "Over these four quarters: about 82% of contacts were decided within 1 working day." in text


def test_each_page_has_its_number_the_release_and_the_plan(print_pack):
    printed = print_pack()

    assert len(printed.pages) >= 3
    for place, page in enumerate(printed.pages, start=1):
        assert "Demonstration <partnership> · Release 2026-Q2-1" in page
        assert "plan 000000000000" in page
        assert f"Page {place} of {len(printed.pages)}" in page


@pytest.mark.parametrize("reason", ["too_uncertain", "too_soon", "not_planned"])
def test_a_release_with_no_figure_gives_reasons_and_no_picture(print_pack, reason):
    from pack.block import Picture, pieces

    printed = print_pack(Plan(quarters=1, latest_not_shown=tuple(HEADLINES), reason=reason))
    drawn = [piece for page in printed.pack.pages for piece in pieces(page) if isinstance(piece, Picture)]

    whole = " ".join(printed.pages)

    # By source, figures are shown in the invented file only where the headline is.
    assert drawn == []
    assert whole.count("Not shown: ") > len(HEADLINES)
    assert "About" not in whole.replace("About 19 in 20", "")


def test_a_first_release_has_no_past_to_draw(print_pack):
    printed = print_pack(Plan(quarters=1))

    assert " ".join(printed.pages).count("This is the first quarter published.") == len(HEADLINES)


def test_a_figure_that_is_not_shown_is_nowhere_even_if_the_file_carries_it(print_pack):
    planted = {
        "value": 13.25,
        "lower": 13.25,
        "upper": 13.25,
        "figure_text": "13.25%",
        "lower_text": "13.25%",
        "upper_text": "13.25%",
        "sentence": "About 13.25% of contacts.",
        "change_sentence": "That is up from about 13.25% a year ago.",
    }
    printed = print_pack(Plan(latest_not_shown=("T_CONTACT_DECISION",), planted=planted))

    for text in (*printed.pages, printed.docx_text, *texts(printed.pack)):
        assert "13.25" not in text


def test_a_released_text_never_becomes_layout(print_pack, tmp_path):
    """Marks of the typesetting language and of XML are printed as they are."""
    path = write(tmp_path / "released.duckdb", Plan(quarters=1))
    odd = "*Not bold* #panic() $x$ <b> = // \\ [a] @b"
    with duckdb.connect(str(path)) as connection:
        connection.execute("update partnership set title = ?", [odd])
    printed = Printed(path)

    assert odd in printed.pages[0]
    # On the first page, and under each.
    assert printed.docx_text.count(odd) == 2


def test_the_last_page_names_each_definition_and_the_statement(print_pack):
    printed = print_pack()

    for measure in HEADLINES:
        assert f"{measure}, version 1" in printed.pages[-1]
    assert "The statement of release 2026-Q2-1 is on the page How sure of the dashboard." in printed.pages[-1]


def test_a_pack_says_the_same_whatever_is_published_later(print_pack):
    early = print_pack(Plan(), period="2026-Q1")

    assert "2026-Q1-1" in early.pages[0]
    for text in (*early.pages, early.docx_text):
        assert "Apr 2026" not in text
        assert "2026-Q2" not in text


def test_the_newest_revision_of_a_quarter_is_printed(print_pack):
    printed = print_pack(Plan(revised=True))

    assert "About 85% of contacts" in printed.pages[1]
    assert "85% Likely 81% to 89%" in printed.pages[0]
    assert "Release 2026-Q2-2" in printed.pages[0]
