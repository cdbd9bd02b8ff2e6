"""What a plan decided not to show is not shown; a plan that decided nothing leaves it to the noise."""

from dataclasses import replace

from tests.release.national import HEADLINE, PLAN, ROWS, answers, by_key

from lantern.privacy import accuracy, workload
from lantern.release.cell import cells
from lantern.release.folder import plan_of

UNSURE = {line for table in PLAN.tables for line in table.unsure}


def line(cell):
    """A cell as a plan names it."""
    return f"{cell.span} {cell.measure_id} {cell.statistic} {cell.breakdown} {cell.category}"


def test_a_plan_decides_by_what_it_foretells_at_the_volumes_it_was_made_for_and_keeps_each_headline():
    """The oracle: half widths of at most ten points of a share, and a quarter of a count."""
    expected = set()
    for span, quarters in (("quarter", 1), ("year", 4)):
        for figure in accuracy.foretold(PLAN, ROWS, quarters):
            asked, widest = figure.question, 0.25 * figure.value if figure.question.statistic == "count" else 0.1
            if figure.half_width > widest:
                expected.add(f"{span} {asked.measure_id} {asked.statistic} {asked.breakdown} {asked.category}")

    assert expected == UNSURE
    assert not any(f"{measure} {statistic} all" in each for each in UNSURE for measure, statistic in workload.HEADLINES)


def grown_year(plan):
    """Cells of a place with six times the rows that its plan was made for: nearly every range is narrow enough."""
    return cells("r", plan, answers(grown=6), {back: (plan, answers(10 + back, grown=6)) for back in range(1, 8)})


def test_what_the_plan_decided_not_to_show_is_not_shown_however_sure_it_came_out():
    found = grown_year(PLAN)

    withheld = [cell for cell in found if cell.reason == "expected_uncertain"]
    assert {line(cell) for cell in withheld} == UNSURE
    assert {cell.span for cell in withheld} == {"quarter", "year"}
    for cell in withheld:
        assert (cell.grade, cell.value, cell.lower, cell.upper, cell.change) == ("none", None, None, None, "unknown")
        assert cell.change_sentence == ""
        assert cell.sentence.startswith(
            "Not shown: decided beforehand, as its likely range was expected to be too wide"
        )


def test_a_plan_that_decided_nothing_leaves_it_to_the_noise():
    """The twin, and what a folder from before plans decided is verified by: its plan's text has no such list."""
    before = replace(PLAN, tables=tuple(replace(each, unsure=()) for each in PLAN.tables))
    assert "unsure" in PLAN.text
    assert "unsure" not in before.text
    assert plan_of(before.text) == before

    found = [cell for cell in grown_year(before) if line(cell) in UNSURE]

    assert len(found) == len(UNSURE) > 40
    assert sum(cell.grade != "none" for cell in found) > len(found) / 2
    assert "expected_uncertain" not in {cell.reason for cell in found}


def test_each_year_ago_is_shown_or_not_by_the_plan_it_was_drawn_by():
    """A year ago the plan showed all; or it showed nothing of the headline."""
    all_shown = replace(PLAN, tables=tuple(replace(each, unsure=()) for each in PLAN.tables))
    said = "quarter " + " ".join(HEADLINE[place] for place in (0, 3, 1, 2))
    tables = [replace(each, unsure=(said,)) if each.name == "contacts" else each for each in PLAN.tables]
    without_headline = replace(PLAN, tables=tuple(tables))

    shown, not_shown = (
        by_key(cells("r", PLAN, answers(), {4: (then, answers(14, slower=0.3))}))
        for then in (all_shown, without_headline)
    )

    assert (shown[HEADLINE].change, shown[HEADLINE].reason) == ("up", "")
    assert (not_shown[HEADLINE].change, not_shown[HEADLINE].reason) == ("unknown", "year_before_not_shown")
    assert not_shown[HEADLINE].grade == shown[HEADLINE].grade == "use"
