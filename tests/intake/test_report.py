"""The report to a sender: what was broken, where and what to do, in three forms, and never a value."""

import json
from html.parser import HTMLParser

import pytest
from tests.intake.sending import CANARY, contacts, verdicts
from tests.leak import found_in

from lantern.home import PROJECT
from lantern.intake import breach, report
from lantern.intake.breach import Breach
from lantern.intake.report import Verdict


def reports(hub) -> dict[str, str]:
    """The newest report in each form."""
    return {path.suffix: path.read_text() for path in sorted((hub.home.reports / "riverton_council").iterdir())}


def with_bad(hub, count: int) -> list[dict]:
    events = contacts(hub, 200)
    for event in events[:count]:
        event["outcome_code"] = CANARY
    return events


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def test_a_report_names_rule_column_count_and_the_first_rows_in_all_three_forms(hub):
    hub.deliver(with_bad(hub, 25))

    verdicts(hub)
    forms = reports(hub)

    assert set(forms) == {".json", ".txt", ".html"}
    (told,) = [each for each in json.loads(forms[".json"])["breaches"] if each["severity"] == "warning"]
    assert (told["rule"], told["column"], told["count"]) == ("is_in_the_code_list", "outcome_code", 25)
    assert told["rows"] == list(range(2, 22))
    for form in (".txt", ".html"):
        assert "175 of 200 events. 25 are held back." in forms[form]
        assert "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and 5 more" in forms[form]
        assert "only codes of the contract" in forms[form].lower()
        assert "Translate the label in the mapping" in forms[form]
    assert "row 1 is its heading" in forms[".txt"]
    assert found_in(hub.home.reports, [CANARY]) == []


def test_a_report_can_be_read_by_a_screen_reader_and_asks_nothing_of_anyone(hub):
    hub.deliver(with_bad(hub, 3))
    verdicts(hub)

    page = Page(reports(hub)[".html"])

    assert page.all("html") == [{"lang": "en-GB"}]
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == len(page.all("caption")) == 1
    headings = page.all("th")
    assert len(headings) == 6 + 2
    assert all(heading["scope"] in ("col", "row") for heading in headings)
    assert [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "form", "a")] == []
    assert not any(
        name in ("src", "href", "style") or name.startswith("on") for _, attrs in page.tags for name in attrs
    )


def test_a_refused_delivery_is_told_what_to_do(hub):
    hub.deliver(with_bad(hub, 60))

    (verdict,) = verdicts(hub)
    forms = reports(hub)

    assert verdict.outcome == "refused"
    for form in (".txt", ".html"):
        assert "Nothing of it was loaded and nothing of it was kept." in forms[form]
        assert "make the delivery again" in forms[form]
    assert forms[".txt"].index("few_rows_are_held") < forms[".txt"].index("is_in_the_code_list")


def loss(hub, events: int, **refused: int) -> tuple[Verdict, str]:
    """The verdict and the plain report on a delivery whose tool says what it left out."""
    hub.deliver(contacts(hub, events), rows_refused=refused)
    (verdict,) = verdicts(hub)
    assert verdict.outcome == "accepted"
    forms = reports(hub)
    assert (verdict.of_what_was_left_out in forms[".html"].replace("&#39;", "'")) is True
    return verdict, forms[".txt"]


def test_a_delivery_of_what_little_could_be_read_is_told_as_such(hub):
    """The rules see what was sent alone; that two records in three were not is in the manifest only."""
    verdict, text = loss(hub, 38, date_after_snapshot=4, date_unreadable=78)

    assert "left out 82 records of the source and made 38 events of the others" in text
    assert "Do not rely on this delivery yet" in text
    assert "Nothing needs to be done" not in text
    assert "82 records left out by the sender's tool" in verdict.line
    assert "82" not in verdict.line_without_counts


@pytest.mark.parametrize(
    ("refused", "told"), [({"date_unreadable": 4}, "left out 4 records"), ({"out_of_scope": 400}, ""), ({}, "")]
)
def test_little_that_was_left_out_or_what_was_on_purpose_needs_nothing(hub, refused, told):
    """The twin: it is the share of what is lost that is warned of, not that something was left out."""
    verdict, text = loss(hub, 38, **refused)

    assert told in text
    assert bool(told) == ("left out" in text)
    assert "nothing else needs to be done" in text  # but for what the suite says of small tables
    assert "left out" not in verdict.line


def test_nothing_needs_to_be_done_is_not_said_above_something_to_do():
    told = Verdict("p", "x", "accepted", "", rows=5, breaches=(Breach("birth_month_is_mostly_known", None, "info", 3),))

    assert "Nothing needs to be done" not in told.next_step
    assert "Look at what follows" in report.text(told)
    assert Verdict("p", "x", "accepted", "", rows=5).next_step == "Nothing needs to be done."


HOSTILE = Verdict("<script>alert(1)</script>", "x", "refused", "<b>bold</b>")


def test_a_name_cannot_become_part_of_the_page():
    """Names are closed patterns already; the page does not rely on it."""
    page = Page(report.page(HOSTILE, "20260101T000000000000Z"))

    assert [tag for tag, _ in page.tags if tag in ("script", "b")] == []


def test_without_escaping_it_would(monkeypatch):
    """The twin: the same template, escaping off."""
    import jinja2

    class Open(jinja2.Environment):
        def __init__(self, **options):
            super().__init__(**(options | {"autoescape": False}))

    monkeypatch.setattr(jinja2, "Environment", Open)
    page = Page(report.page(HOSTILE, "20260101T000000000000Z"))

    assert {tag for tag, _ in page.tags if tag in ("script", "b")} == {"script", "b"}


def test_every_rule_of_the_suite_has_words_of_its_own():
    from lantern.quality import checkpoint

    rules = checkpoint._suite("partner_event")(
        partner="p", partner_type="csc", responsible_la="E06999999", extract_id="x", not_carried=("S47_ENDED",)
    )
    names = {rule.meta["rule"] for rule in rules}

    assert len(names) == 22
    assert {name for name in names if name not in breach._WORDS} == {
        f"{column}_is_the_manifests"
        for column in ("partner_org", "partner_type", "responsible_la", "extract_id", "contract_version")
    }


@pytest.mark.parametrize(
    ("count", "rows", "places"),
    [(None, (), ""), (3, (2, 5, 9), "2, 5, 9"), (1_203, (2, 5_000), "2, 5000 and 1,201 more")],
)
def test_places_are_written_as_people_count(count, rows, places):
    assert Breach("is_filled", "area", "warning", count, rows).places == places


def test_the_page_is_part_of_the_package():
    assert (PROJECT / "src" / "lantern" / "intake" / "report.html.j2").is_file()


def test_a_log_line_says_that_rows_are_held_but_not_how_many(hub):
    hub.deliver(with_bad(hub, 3))

    (verdict,) = verdicts(hub)

    assert verdict.line_without_counts.endswith(
        "accepted with rows held back. The reason is in riverton_council's report."
    )
    assert "197 events, 3 held back" in verdict.line
