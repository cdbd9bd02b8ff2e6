"""
The dashboard in a real browser: seen, measured for accessibility, read, and watched for other hosts.

One server serves each state in turn, as it would a new release: the file is swapped by rename. Every page is
visited once at each width, and the tests look at what was found there.
"""

from io import BytesIO
from itertools import pairwise
from urllib.parse import urlsplit
from zipfile import ZipFile

import duckdb
import pypdf
import pytest
from board_server import Server, served
from browser_visit import NARROWEST, WIDTHS, broken_rules, opened, settle, started, visit
from invented_release import TOPICS, Plan, whole, write
from reading import banned_in, grade, numbers, sentences, shares_of, words
from taken import text_of

FEW = Plan(quarters=1, measures=("T_CONTACT_DECISION",))
PLANS = {
    "whole": (whole(), TOPICS),
    "withdrawn": (whole(quarters=3, withdrawn=((2026, 2),), is_hidden=True), ("speed",)),
    "none": (Plan(quarters=0), ("at_a_glance", "speed")),
    "broken": (None, ("speed",)),
    "few": (FEW, ()),
}
TAKEN = {
    "Take these figures away": ("CSV for a spreadsheet", "Excel workbook", "Data package for programs"),
    "Print the board pack": ("PDF to print", "Word document to edit"),
}
NEVER_SEEN = ("Traceback", "Error", "duckdb", "Streamlit", "/tmp", "IOException", "Deploy", "Show data")
# Numbers of fixed words: 19 in 20 ranges, the last 4 quarters, and so on; none of them is a figure.
FIXED_WORDS = {"4", "9", "10", "19", "20"}
LONGEST_SENTENCE = 20
HIGHEST_GRADE = 7
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const ringed = node.closest('div:has(> input:focus-visible)') || node.closest('label') || node;
  const style = getComputedStyle(ringed);
  return [node.outerHTML.slice(0, 600), parseFloat(style.outlineWidth), style.outlineStyle, style.outlineColor];
}"""


@pytest.fixture(scope="module")
def browser():
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    files = {}
    for state, (plan, _) in PLANS.items():
        files[state] = folder / f"{state}.duckdb"
        if plan is None:
            files[state].write_bytes(b"not a database" * 500)
        else:
            write(files[state], plan)
    with served(folder / "released.duckdb") as address:
        made = Server(address, folder / "released.duckdb", files)
        made.publish("whole")
        yield made


@pytest.fixture(scope="module")
def visits(browser, server):
    """Every page of every state, at both widths, with all folds open."""
    found = []
    for state, (_, topics) in PLANS.items():
        server.publish(state)
        for topic in topics:
            for width in WIDTHS:
                with opened(browser, server.address, topic, width) as (page, hosts):
                    found.append(visit(page, hosts, state, topic, width))
    server.publish("whole")
    assert len(found) == len(WIDTHS) * sum(len(topics) for _, topics in PLANS.values())
    return found


def of(visits, *states):
    found = [each for each in visits if each.state in states and each.width == max(WIDTHS)]
    assert found
    return found


def test_no_accessibility_rule_is_broken_on_any_page(visits):
    assert {(each.state, each.topic, each.width): each.broken for each in visits if each.broken} == {}


def test_no_page_asks_another_host_or_speaks_of_the_software(visits, server):
    for each in visits:
        assert each.hosts == {urlsplit(server.address).netloc}
        assert [word for word in NEVER_SEEN if word in each.look["text"]] == [], (each.state, each.topic)
        assert ("This page cannot be shown just now." in each.look["text"]) == (each.state == "broken")


def test_no_page_scrolls_sideways_down_to_320_pixels_nor_with_wide_letters(visits):
    for each in visits:
        assert {width: found for width, found in each.sideways.items() if found > width} == {}, (each.state, each.topic)
        assert each.spaced <= NARROWEST, (each.state, each.topic)
    assert any(NARROWEST in each.sideways for each in visits)


def test_no_text_of_a_chart_lies_over_another_at_any_width(visits):
    """The twin is in `test_pack_layout`: the pack's drawings are these."""
    drawn = {(each.topic, each.width) for each in visits if each.look["drawn"]}

    assert {topic for topic, _ in drawn} == set(TOPICS) - {"at_a_glance", "how_sure", "definitions"}
    assert {width for _, width in drawn} == set(WIDTHS)
    assert {(each.topic, each.width): each.look["touching"] for each in visits if each.look["touching"]} == {}


def test_every_page_has_one_first_heading_and_skips_no_level(visits):
    for each in visits:
        levels = each.look["levels"]
        assert levels.count(1) == 1, each.topic
        assert levels[0] == 1, each.topic
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), (
            each.topic,
            levels,
        )
        assert each.look["language"] == "en"
        assert each.look["landmarks"] >= 1
    titles = [each.look["title"] for each in of(visits, "whole")]
    assert len(set(titles)) == len(TOPICS)


def test_every_link_button_and_choice_is_large_enough_to_touch(visits):
    assert {(each.topic, each.width): each.look["small"] for each in visits if each.look["small"]} == {}


def test_every_table_has_a_caption_and_heads_and_no_empty_cell(visits):
    tables = [table for each in of(visits, "whole") for table in each.look["tables"]]

    assert len(tables) > 40
    for table in tables:
        assert table["caption"]
        assert all(table["heads"])
        assert all(table["cells"])


def test_every_number_on_a_page_is_in_the_released_file(visits, server):
    with duckdb.connect(str(server.files["whole"]), read_only=True) as connection:
        rows = [
            row
            for table in ("cell", "release", "measure", "category", "partnership")
            for row in connection.table(table).fetchall()
        ]
        cells = connection.table("cell").fetchall()
    said = " ".join(str(value) for row in rows for value in row if isinstance(value, str) or hasattr(value, "year"))
    known, shares = numbers(said) | FIXED_WORDS, shares_of(" ".join(str(value) for row in cells for value in row))
    walked = 0

    for each in of(visits, "whole"):
        if each.topic == "how_sure":
            continue  # it runs on made-up numbers, and says so
        text = " ".join([each.look["said"], *each.look["alts"], *each.look["drawn"]])
        assert numbers(text) - known == set(), each.topic
        assert each.topic == "definitions" or shares_of(text) <= shares, each.topic
        walked += len(numbers(text))
    assert walked > 200
    assert numbers("About 17.25% and 5,001") - known == {"17.25", "5,001"}


def test_a_board_reads_short_sentences_of_plain_words(visits):
    """Definitions are the catalogue's and may be longer; what a figure says, and all round it, may not."""
    for each in visits:
        if each.width == max(WIDTHS) and each.topic != "definitions":
            prose = [text for text in each.look["prose"] if words(text)]
            long = [said for text in prose for said in sentences(text) if len(words(said)) > LONGEST_SENTENCE]
            assert long == [], each.topic
            assert grade(" ".join(prose)) <= HIGHEST_GRADE, each.topic
            plain = each.look["text"].split("For specialists")[0]
            assert banned_in(" ".join([plain, *each.look["alts"]])) == [], each.topic


def test_a_hard_sentence_or_a_banned_word_would_be_noticed():
    hard = (
        "Notwithstanding methodological considerations, the aforementioned conversion rate demonstrably deteriorated."
    )

    assert grade(hard) > 12
    assert banned_in(hard) == ["conversion rate"]
    assert grade("Children are safe here. We read what was sent. Then we act.") < 5


def test_the_keyboard_reaches_every_control_and_each_stop_has_a_ring(browser, server):
    with opened(browser, server.address, "speed", 1280) as (page, _):
        stops = []
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None or (stops and focused[0] == stops[0][0]):
                break
            stops.append(focused)

    reached = " ".join(stop[0] for stop in stops)
    assert len(stops) >= 15
    assert reached.count("<summary") == 4
    assert reached.count('role="combobox"') == 2
    assert "#T_CONTACT_DECISION" in reached
    without = [stop for stop in stops if stop[1] < 2 or stop[2] == "none"]
    assert without == []


def test_marks_and_charts_stay_where_colours_are_forced_and_nothing_moves(browser, server):
    page = browser.new_page(
        viewport={"width": 1280, "height": 900}, forced_colors="active", reduced_motion="reduce", locale="en-GB"
    )
    try:
        page.goto(f"{server.address}/speed")
        settle(page)
        marks = page.evaluate(
            "[...document.querySelectorAll('img.mark')].map((mark) => [mark.naturalWidth, getComputedStyle(mark).forcedColorAdjust])"
        )
        moving = page.evaluate("document.getAnimations().filter((each) => each.playState === 'running').length")
        drawn = page.locator(".stVegaLiteChart svg").first.screenshot()
    finally:
        page.close()

    assert len(marks) >= 4
    assert all(width > 0 and adjust == "none" for width, adjust in marks)
    assert moving == 0
    assert len(set(drawn[100:])) > 50


def test_each_kind_of_file_is_offered_to_everyone_and_really_taken_away(browser, server):
    """The figures of a page and the pack of the quarter, each opened again as what it says it is."""
    server.publish("few")
    names = {}
    try:
        with opened(browser, server.address, "speed", 375) as (page, _):
            for popover, labels in TAKEN.items():
                page.get_by_role("button", name=popover).click()
                page.get_by_role("button", name=labels[0]).wait_for()
                assert broken_rules(page) == [], popover
                for label in labels:
                    with page.expect_download(timeout=90_000) as found:
                        page.get_by_role("button", name=label, exact=True).click()
                    names[label] = (found.value.suggested_filename, found.value.path().read_bytes())
                page.keyboard.press("Escape")
    finally:
        server.publish("whole")

    said = "About 84% of contacts were decided within 1 working day."
    assert [name.rpartition(".")[2] for name, _ in names.values()] == ["csv", "xlsx", "zip", "pdf", "docx"]
    assert all("2026-Q2-1" in name for name, _ in names.values())
    assert said in names["CSV for a spreadsheet"][1].decode("utf-8-sig")
    assert said in text_of(names["Excel workbook"][1])
    assert said in text_of(names["Data package for programs"][1])
    assert said in " ".join(pypdf.PdfReader(BytesIO(names["PDF to print"][1])).pages[1].extract_text().split())
    with ZipFile(BytesIO(names["Word document to edit"][1])) as parts:
        assert said in parts.read("word/document.xml").decode()


def test_a_pack_of_figures_withdrawn_since_the_page_was_drawn_is_not_given(browser, server):
    server.publish("whole")
    downloads = []
    try:
        with opened(browser, server.address, "at_a_glance", 1280) as (page, _):
            page.on("download", lambda each: downloads.append(each.suggested_filename))
            page.get_by_role("button", name="Print the board pack").click()
            page.get_by_role("button", name="PDF to print").wait_for()
            server.publish("withdrawn")
            page.get_by_role("button", name="PDF to print").click()
            # Streamlit's own words, which cannot be changed; ours, above them, say what to do.
            page.wait_for_selector("text=Failed to generate", timeout=30_000)
            assert "open this page again" in page.inner_text("body")
    finally:
        server.publish("whole")

    assert downloads == []


def test_the_questions_lead_to_their_pages_and_a_figure_to_its_definition(browser, server):
    with opened(browser, server.address, "at_a_glance", 1280) as (page, _):
        page.get_by_role("link", name="Are assessments finished in time?").click()
        page.wait_for_selector("text=About 63% of referrals", timeout=60_000)
        assert page.url == f"{server.address}/assessment"
        page.get_by_role("link", name="Assessments finished within 45 working days").click()
        page.wait_for_selector("h1:has-text('What do these figures mean?')", timeout=60_000)
        settle(page)
        assert page.url.endswith("#T_ASSESS45")
        assert page.locator("h3").all_inner_texts() == ["Assessments finished within 45 working days"]


def test_a_choice_is_in_the_address_and_an_address_makes_the_choice(browser, server):
    with opened(browser, server.address, "speed?source=Police&period=January+to+March+2026&odd=1", 1280) as (page, _):
        assert "About 91% of contacts" in page.inner_text("body")
        assert "Release 2026-Q1-1" in page.inner_text("body")
        page.get_by_role("combobox").nth(1).click()
        page.get_by_role("option", name="Health", exact=True).click()
        page.wait_for_selector("text=About 86% of contacts", timeout=60_000)
        assert "source=Health" in page.url
