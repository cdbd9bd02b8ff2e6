"""What the printed pack says: the release's own texts, and no others."""

import re

import duckdb
import pytest
from invented_release import HEADLINES, Plan, write
from printed import MORE, Printed, texts

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
SPECIALISTS = "For specialists"


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
    for words in ALLOWED:
        text = text.lower().replace(words, "")
    return [word for word in BANNED if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text.lower())]


def test_every_number_of_a_pack_is_in_the_released_file(print_pack):
    printed = print_pack(more=True)

    found = texts(printed.pack)

    assert len(found) > 300
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

    assert len(alts) == 8
    for text in found:
        for whole in squeezed:
            assert re.sub(r"\s", "", text) in whole, text


def test_sentences_stand_as_the_release_words_them(print_pack):
    printed = print_pack(more=True)

    whole = " ".join(printed.pages)

    assert "About 84% of contacts were decided within 1 working day. The likely range is 80% to 88%." in whole
    assert "That is up from about 75% a year ago." in whole
    for row in MORE:
        assert row[-1] in whole


def test_no_banned_word_is_printed_for_the_board(print_pack):
    printed = print_pack(more=True)
    board = [page for page in printed.pages if SPECIALISTS not in page]

    assert len(board) >= 8
    assert banned_in(" ".join(board)) == []
    assert banned_in(printed.docx_text.split(SPECIALISTS)[0]) == []


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


def test_the_first_page_says_what_to_ask_and_whom(print_pack):
    printed = print_pack()

    assert "What to ask, and whom" in printed.pages[0]
    assert "Please do not use these pages to think about a family you know." in printed.pages[0]
    assert sum("What to ask, and whom" in page for page in printed.pages) == 1 + len(HEADLINES)


def test_each_page_has_its_number_the_release_and_the_plan(print_pack):
    printed = print_pack()

    assert len(printed.pages) > 5
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
    assert "About" not in whole.split(SPECIALISTS)[0].replace("About 19 in 20", "").replace("About Whom", "")


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
        connection.execute("update release set statement = ?", [f"# {odd}\n\n**{odd}** {odd}\n\n- {odd}"])
    printed = Printed(path)

    assert odd in printed.pages[0]
    assert printed.pages[-1].count(odd) == 4
    assert printed.docx_text.count(odd) == 5


def test_the_statement_is_printed_word_for_word(print_pack, tmp_path):
    path = write(tmp_path / "released.duckdb", Plan(quarters=1))
    statement = "# Release X\n\nFirst line\nsecond line.\n\n**What it cost.** Some\nof it.\n\n- One. Two.\n- Three.\n"
    with duckdb.connect(str(path)) as connection:
        connection.execute("update release set statement = ?", [statement])

    last = Printed(path).pages[-1]

    for said in ("Release X", "First line second line.", "What it cost. Some of it.", "One. Two.", "Three."):
        assert said in last
    assert "**" not in last


def test_a_pack_says_the_same_whatever_is_published_later(print_pack):
    early = print_pack(Plan(), period="2026-Q1")

    assert "2026-Q1-1" in early.pages[0]
    for text in (*early.pages, early.docx_text):
        assert "Apr 2026" not in text
        assert "2026-Q2" not in text


def test_the_newest_revision_of_a_quarter_is_printed(print_pack):
    printed = print_pack(Plan(revised=True))

    assert "About 85% of contacts" in printed.pages[0]
    assert "Release 2026-Q2-2" in printed.pages[0]


def test_alt_texts_are_short_and_name_no_colour(print_pack):
    from pack.block import Picture, pieces

    alts = [piece.alt for page in print_pack().pack.pages for piece in pieces(page) if isinstance(piece, Picture)]

    assert len(alts) == 8
    for alt in alts:
        assert alt.startswith("Dot and box chart")
        assert len(alt.split()) < 60
        assert not re.search(r"\b(blue|red|green|amber|orange|grey)\b", alt)
