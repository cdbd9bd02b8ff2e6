"""What the printed pack says: the release's own texts, and no others."""

import re

import duckdb
import pytest
import reading
from invented_release import HEADLINES, Plan, whole, write
from printed import MORE, Printed, texts

import released
import words

# Numbers of the layout and of fixed words; none of them is a figure.
FIXED_WORDS = {"9", "10", "19", "20", "4"}
SHORT_DIGEST = f"plan {'0' * 12}"
TICKS = {str(tick) for tick in range(0, 101, 10)}
TICK_TEXTS = {f"{tick}%" for tick in TICKS}
BANNED = (
    "confidence", "credible interval", "differential privacy", "perturbed", "epsilon", "privacy loss", "budget",
    "percentage points", "significant", "suppressed", "redacted", "hidden", "censored", "cohort", "median", "p50",
    "p90", "kaplan", "survival", "hazard", "conversion rate", "breach", "failed", "poor", "data subject", "outlier",
    "spike", "trend", "throughput", "anonymous", "guaranteed", "accurate", "best", "worst", "bottom", "soared",
    "as many as", "needs to improve", "wrong", "fake", "none", "nan", "inf", "null", "±", "league", "rank",
)  # fmt: skip
# Our best figure is what the dot is called; no source is.
ALLOWED = ("our best figure",)


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


def banned_in(text):
    for allowed in ALLOWED:
        text = text.lower().replace(allowed, "")
    return [word for word in BANNED if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text.lower())]


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


def test_no_banned_word_is_printed_for_the_board(print_pack):
    printed = print_pack(more=True)

    assert len(printed.pages) >= 4
    assert banned_in(" ".join(printed.pages)) == []
    assert banned_in(printed.docx_text) == []


def test_a_banned_word_would_be_noticed():
    assert banned_in("The median is not significant: a trend, budget spent.") == [
        "budget",
        "significant",
        "median",
        "trend",
    ]


def test_only_a_change_of_the_release_is_called_up_or_down(print_pack):
    printed = print_pack()
    first = printed.pages[0]

    assert "Up: Contacts decided within 1 working day." in first
    assert "Down" not in " ".join(printed.pages)
    assert "No clear change" in first
    assert "Cannot say" in first


def test_each_question_ends_with_three_things_to_ask_and_whom(print_pack):
    from pack.block import Items, pieces

    printed = print_pack(whole())
    asked = [
        [items for items in pieces(page) if isinstance(items, Items)]
        for page in printed.pack.pages
        if "What to ask, and whom" in {getattr(piece, "text", "") for piece in pieces(page)}
    ]

    assert len(asked) == 7
    assert {len(items.items) for (items,) in asked} == {3}
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
    assert titles[-2:] == ["Adults, April to June 2026", "How sure are we?"]
    assert len(drawn) == 17
    assert max(len(piece.table.rows) for piece in drawn) <= 8
    assert len(printed.pages) <= 11
    assert banned_in(text) == []
    for page in printed.pages:
        assert "Release 2026-Q2-1" in page


def test_the_four_quarters_together_stand_beside_the_quarter(print_pack):
    text = " ".join(print_pack(whole()).pages)

    assert "Over these four quarters: about 82% of contacts were decided within 1 working day." in text


def test_no_sentence_the_pack_itself_says_is_long_or_hard(print_pack):
    """The release's own sentences and the places definitions come from are not of this pack."""
    from pack import prompt

    asked = [each.question for page in prompt.PROMPTS for each in prompt.prompts(page)]
    said = [*asked, words.HOW_SURE, words.HOW_LIKELY, words.BOX_AND_DOT, words.BANNER, words.NOT_THE_SOURCE]

    assert len(asked) == 21
    assert [each for text in said for each in reading.sentences(text) if len(reading.words(each)) > 20] == []
    assert reading.grade(" ".join(said)) <= 7


def test_each_page_has_its_number_the_release_and_the_plan(print_pack):
    printed = print_pack()

    assert len(printed.pages) >= 4
    for place, page in enumerate(printed.pages, start=1):
        assert "Release 2026-Q2-1" in page
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
    assert printed.docx_text.count(odd) == 1


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


def test_alt_texts_are_short_and_name_no_colour(print_pack):
    from pack.block import Picture, pieces

    alts = [piece.alt for page in print_pack().pack.pages for piece in pieces(page) if isinstance(piece, Picture)]

    assert len(alts) == 5
    for alt in alts:
        assert alt.startswith("Dot and box chart")
        assert len(alt.split()) < 60
        assert not re.search(r"\b(blue|red|green|amber|orange|grey)\b", alt)
