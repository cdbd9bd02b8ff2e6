"""What the drafted papers say is what the partnership's file, the catalogue and the contract say, read again from the text."""

import io
import re

import docx
import pytest
from tests.dashboard.reading import grade
from tests.release.conftest import ledger, ready
from typer.testing import CliRunner

from lantern import codelist, contract
from lantern.cli import app
from lantern.errors import ConfigRefused
from lantern.papers import paper
from lantern.papers.word_file import word_file
from lantern.partnership import Partnership, read_partnership
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.privacy import mechanism, workload
from lantern.release.entry import spent_in

__all__ = ["ledger", "ready"]

DPIA, SCHEDULE, RECORD, NOTICE = paper.PAPERS


@pytest.fixture
def demo():
    return read_partnership("demo")


def changed(partnership, **sections):
    """The same partnership with some entries of its file changed."""
    found = partnership.model_dump()
    for section, entries in sections.items():
        found[section] = found[section] | entries if isinstance(entries, dict) else entries
    return Partnership.model_validate(found)


def rows_under(text, heading):
    """The cells of the table under a heading row."""
    lines = text.splitlines()
    start = lines.index(heading) + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def test_the_promise_in_the_assessment_is_that_of_the_file(demo):
    strict = changed(demo, privacy={"micro_per_year": 40_000, "delta_exponent": 8})

    for partnership in (demo, strict):
        text = paper.drafts(partnership)[DPIA]
        micro, rho, epsilon, delta = re.search(
            r"at most ([\d,]+) millionths of rho \(rho ([\d.]+)\),\s+which is epsilon ([\d.]+) at delta (\S+)\.", text
        ).groups()
        years, childhood = re.search(r"Over (\d+) years of releases it is epsilon ([\d.]+)\.", text).groups()

        promised = partnership.privacy.micro_per_year
        assert int(micro.replace(",", "")) == promised
        assert float(rho) == promised / 1_000_000
        assert float(delta) == 10**-partnership.privacy.delta_exponent
        assert float(epsilon) == pytest.approx(mechanism.epsilon("zcdp", promised, float(delta)), abs=0.005)
        assert float(childhood) == pytest.approx(
            mechanism.epsilon("zcdp", promised * int(years), float(delta)), abs=0.005
        )


def test_a_pure_promise_has_neither_rho_nor_delta(demo):
    text = paper.drafts(changed(demo, privacy={"definition": "pure", "micro_per_year": 2_000_000}))[DPIA]

    assert re.search(r"at most 2,000,000 millionths of epsilon,\s+which is epsilon 2.00\. Over", text)
    assert "discrete Laplace" in text


def test_partners_volumes_measures_and_approvers_are_those_of_the_file(demo):
    fewer = changed(
        demo,
        expected={"waiting": None, "first_notices": None, "concerns": None},
        release={"approvers": ["Invented Caldicott Guardian"], "first_period": "2025-Q2", "embargo_days": 21},
        quarantine={"days": 14},
        partners=demo.model_dump()["partners"][:2],
    )

    for partnership in (demo, fewer):
        text = paper.drafts(partnership)[DPIA]
        kinds = codelist.labels("partner_type")
        assert rows_under(text, "| Partner | Kind | Sends |") == [
            [each.title, kinds[each.partner_type], ", ".join(each.formats)] for each in partnership.partners
        ]
        volumes = re.search(r"from public figures: (.+)\.", text)[1]
        assert dict(part.rsplit(" ", 1) for part in volumes.split(", ")) == {
            table: f"{rows:,}" for table, rows in partnership.expected.volumes.items()
        }
        assert [row[0] for row in rows_under(text, "| Measure | Asks |")] == [
            measure.id for measure in workload.measures(partnership.expected.volumes)
        ]
        assert f"each quarter from {partnership.release.first_period} on" in text
        assert f"past every limit, and {partnership.release.embargo_days} days more" in text
        assert f"Rows that are held back: {partnership.quarantine.days} days." in text
        assert f"Releases are approved by: {', '.join(partnership.release.approvers)}." in text
        assert partnership.basis in text


def test_likelihood_is_named_with_its_clause_where_the_file_allows_it(demo):
    allowed = changed(demo, linkage={"probabilistic": True, "agreement": "Clause 7 (invented)", "threshold": 0.95})

    assert "by likelihood of 0.95 or more, allowed by: Clause 7 (invented)." in paper.drafts(allowed)[DPIA]
    assert "By exact agreement of tokens alone." in paper.drafts(demo)[DPIA]


def test_the_schedule_lists_every_column_of_the_contract_and_no_other(demo):
    rows = rows_under(paper.drafts(demo)[SCHEDULE], "| Column | Holds | Always filled |")
    told = {name.strip("`"): (holds, filled) for name, holds, filled in rows}

    assert len(rows) == len(told)
    assert set(told) == set(contract.COLUMNS)
    for field in contract.FIELDS:
        holds, filled = told[field.name]
        assert ("keyed token" in holds) == field.keyed
        assert (f"`{field.codes}`" in holds) == (field.codes is not None)
        assert filled == ("yes" if field.required else "no")


def test_the_schedule_has_a_part_for_each_partner_and_each_of_its_formats(demo):
    partners = demo.model_dump()["partners"]
    own = changed(demo, partners=[*partners[:2], partners[2] | {"formats": ("own_log",), "inbox": "file:///srv/drop"}])

    for partnership in (demo, own):
        _, *parts = re.split(r"^## Part \d+: ", paper.drafts(partnership)[SCHEDULE], flags=re.MULTILINE)
        assert [part.splitlines()[0] for part in parts] == [each.title for each in partnership.partners]
        for part, partner in zip(parts, partnership.partners, strict=True):
            sends = re.search(r"\*\*Sends\*\* (.+)", part)[1]
            assert tuple(re.findall(r"`(\w+)`", sends)) == partner.formats
    assert "a table of the partner's own" in parts[2]
    assert "fetched by the hub from file:///srv/drop" in parts[2]


@pytest.mark.parametrize("name", paper.PAPERS)
def test_every_open_point_is_listed_on_top_and_every_listed_one_is_open(demo, name):
    text = paper.drafts(demo)[name]
    top, body = text.split("\n## Left to people\n", 1)[1].split("\n## ", 1)
    listed = re.findall(r"^\d+\. (.+)$", top, re.MULTILINE)

    assert len(listed) >= 5
    assert listed == list(dict.fromkeys(re.findall(r"\[to be completed: ([^\]]+)\]", body)))
    assert f"{len(listed)} points are left to people" in text


def test_the_record_and_the_assessment_name_what_the_ledger_says_was_released_and_spent(ready, ledger, demo):
    release.release(ready.home, ready.partnership, ledger, Quarter(2026, 2))
    entries = ledger.entries()

    text = paper.drafts(demo, entries)[RECORD]

    name, day, year, spent = re.search(
        r"Released until now: (\S+) on (\S+)\. In the year to (\S+), ([\d,]+) of 100,000 millionths of rho are spent",
        text,
    ).groups()
    (published,) = [each for each in entries if each.kind == "publish"]
    assert (name, day, year) == (published.body["release_id"], published.body["published_on"], "2026-Q2")
    assert int(spent.replace(",", "")) == spent_in(entries, Quarter(2025, 3))
    assert "Released until now: 2026-Q2-1, by the ledger." in paper.drafts(demo, entries)[DPIA]
    assert "Released until now: nothing, by the ledger." in paper.drafts(demo)[RECORD]


def test_how_long_events_are_kept_is_what_the_file_says_of_each_partner_or_left_to_people(demo):
    kept = changed(demo, retention={"months": 84, "partners": {"riverton_police": 36}})
    heading = "| What | Kept |"

    told = dict(rows_under(paper.drafts(kept)[RECORD], heading))

    assert told["Events of Riverton Police"] == "36 months from the day it happened"
    assert told["Events of Riverton Homes"] == "84 months from the day it happened"
    assert told["Rows that are held back"] == f"{demo.quarantine.days} days"
    left = dict(rows_under(paper.drafts(demo)[RECORD], heading))
    assert left["Events of Riverton Homes"] == "[to be completed: how long events are kept]"
    assert "What Riverton Police sends: 36 months" in paper.drafts(kept)[NOTICE]


def test_the_notice_names_everything_about_a_person_that_a_delivery_may_hold(demo):
    """Not what happened, but who they are: a new column of that kind has to be told of."""
    words = {
        "birth_month": "the month you\nwere born",
        "expected_birth_month": "the month you\nwere born",
        "is_unborn": "the month you\nwere born",
        "sex": "your sex",
        "ethnic_group": "your ethnic group",
        "disability": "whether you are disabled",
        "area": "your area",
    }
    names = [field.name for field in contract.FIELDS]
    about = names[names.index("birth_month") : names.index("responsible_la")]
    text = paper.drafts(demo)[NOTICE]

    assert set(about) == set(words)
    assert [name for name in about if words[name] not in text] == []


def plain(text):
    """What a reader reads, without headings, marks and lists of names."""
    lines = [line for line in text.splitlines() if not line.startswith(("#", ">", "- Riverton"))]
    return re.sub(r"\[to be completed: [^\]]+\]|[*`]", "", "\n".join(lines))


def test_the_notice_is_read_with_seven_years_of_school_and_its_part_for_children_with_five(demo):
    body = paper.drafts(demo)[NOTICE].partition("## In short")[2]
    grown, children = body.split("## For children and young people")

    assert grade(plain(grown.partition("## Why we may")[0])) <= 7
    assert grade(plain(children)) <= 5
    # The twin: what is written for officers would be noticed.
    assert grade(plain(paper.drafts(demo)[DPIA].partition("## 1. Need")[2].partition("## 2.")[0])) > 7


def test_a_paper_in_a_word_processor_says_what_its_text_says(demo):
    for name, text in paper.drafts(demo).items():
        made = docx.Document(io.BytesIO(word_file(text)))
        found = [each.text for each in made.paragraphs]
        cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]

        headings = [each.text for each in made.paragraphs if each.style.name.startswith(("Heading", "Title"))]
        assert headings == re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert len(cells) == sum(line.count(" | ") + 1 for line in text.splitlines() if re.match(r"\| [^-]", line))
        marks = set(re.findall(r"\[to be completed: [^\]]+\]", text.partition("## Left to people")[2]))
        assert {mark for mark in marks if not any(mark in each for each in [*found, *cells])} == set(), name


def test_the_command_writes_all_and_never_over_a_draft_that_is_there(tmp_path, hub):
    run = CliRunner().invoke(app, ["papers", "--to", str(tmp_path / "papers")])

    assert run.exit_code == 0, run.output
    assert {path.name for path in (tmp_path / "papers").iterdir()} == {
        f"{name}.{kind}" for name in paper.PAPERS for kind in ("md", "docx")
    }

    edited = tmp_path / "papers" / f"{DPIA}.md"
    edited.write_text("What people wrote.")
    again = CliRunner().invoke(app, ["papers", "--to", str(tmp_path / "papers")])
    assert isinstance(again.exception, ConfigRefused)
    assert edited.read_text() == "What people wrote."
