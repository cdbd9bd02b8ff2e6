"""What a forger might do to a release folder, digests renewed; each with the check that must find it."""

import os
from dataclasses import replace

import pyarrow.parquet as pq

from lantern.privacy.plan import GRAIN
from lantern.release import folder
from lantern.release.verification import CHECKS, FILES_HOLD


def nudge_a_cell(path) -> None:
    table = pq.read_table(path / folder.CELLS)
    rows = table.to_pylist()
    rows[0]["value"] = (rows[0]["value"] or 0) + 1
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path / folder.CELLS)


def leave_a_category_out(path) -> None:
    table = pq.read_table(path / folder.CELLS)
    rows = [row for row in table.to_pylist() if row["category"] != "police"]
    assert len(rows) < table.num_rows
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path / folder.CELLS)


def nudge_a_sum(path) -> None:
    """Two hundred rows more in the first sum of the first part."""
    answers = folder.read_answers(path)
    part = folder.read_plan(path).tables[0].kept
    answers[part.name][0] += 200 * GRAIN * part.multipliers[0]
    (path / folder.ANSWERS).write_text(folder.answers_text(answers))


def leave_a_sum_out(path) -> None:
    answers = folder.read_answers(path)
    next(iter(answers.values())).pop()
    (path / folder.ANSWERS).write_text(folder.answers_text(answers))


def alter_the_quarter_before(path) -> None:
    """The rolling year rests on it."""
    earlier = folder.read_earlier(path)
    for sums in earlier[1][1].values():
        sums[:] = [2 * each for each in sums]
    (path / folder.EARLIER).write_text(folder.earlier_text(earlier))


def write_plan(path, plan) -> None:
    """A plan and an approval that fits it, as its forger would leave them."""
    found, terms = folder.read_facts(path)
    (path / folder.PLAN).write_text(plan.text + "\n")
    (path / folder.APPROVAL).write_text(folder.approval_text(found, plan))
    (path / folder.FACTS).write_text(folder.facts_text(found, terms))


def of_first_table(plan, **changes):
    return replace(plan, tables=(replace(plan.tables[0], **changes), *plan.tables[1:]))


def halve_the_noise(path) -> None:
    plan = folder.read_plan(path)
    kept = plan.tables[0].kept
    write_plan(path, of_first_table(plan, kept=replace(kept, scale=kept.scale / 2)))


def lift_the_bound(path) -> None:
    """A person may count for one unit more, with the noise as it was."""
    plan = folder.read_plan(path)
    kept = plan.tables[0].kept
    write_plan(path, of_first_table(plan, kept=replace(kept, person_budget=kept.person_budget + 1)))


def claim_less(path) -> None:
    found, terms = folder.read_facts(path)
    (path / folder.FACTS).write_text(folder.facts_text(replace(found, micro=found.micro // 2), terms))


def promise_more_than_the_plan_keeps(path) -> None:
    found, terms = folder.read_facts(path)
    (path / folder.FACTS).write_text(folder.facts_text(found, replace(terms, micro_per_year=found.micro - 1)))


def drop_a_category(path) -> None:
    plan = folder.read_plan(path)
    grid = plan.tables[0].grid
    shorter = replace(grid.axes[0], categories=grid.axes[0].categories[:-1])
    write_plan(path, of_first_table(plan, grid=replace(grid, axes=(shorter, *grid.axes[1:]))))


def drop_a_table(path) -> None:
    plan = folder.read_plan(path)
    write_plan(path, replace(plan, tables=plan.tables[1:]))


def count_adults_as_another_population(path) -> None:
    """Charged beside the dearest population they would cost nothing."""
    plan = folder.read_plan(path)
    tables = [replace(each, population="others") if each.population == "adults" else each for each in plan.tables]
    assert tables != list(plan.tables)
    write_plan(path, replace(plan, tables=tuple(tables)))


def rename_a_part(path) -> None:
    """The same by the name of a part alone, which is what its cost is added up by."""
    plan = folder.read_plan(path)
    kept = plan.tables[0].kept
    write_plan(path, of_first_table(plan, kept=replace(kept, name=f"others:{kept.name}")))


def count_by_other_definitions(path) -> None:
    plan = folder.read_plan(path)
    write_plan(path, replace(plan, definitions=(*plan.definitions, "another")))


def change_text(name, old, new):
    def harm(path):
        text = (path / name).read_text()
        assert old in text
        (path / name).write_text(text.replace(old, new, 1))

    harm.__name__ = f"change_{name}"
    return harm


APPROVED, COSTS, GRID, SUMS, FIGURES, WORDS = CHECKS

FORGERIES = [
    # harm, the check that finds it, the file it names
    (claim_less, APPROVED, folder.FACTS),
    (promise_more_than_the_plan_keeps, APPROVED, folder.FACTS),
    (halve_the_noise, COSTS, folder.PLAN),
    (lift_the_bound, COSTS, folder.PLAN),
    (drop_a_category, GRID, folder.PLAN),
    (drop_a_table, GRID, folder.PLAN),
    (count_adults_as_another_population, GRID, folder.PLAN),
    (rename_a_part, GRID, folder.PLAN),
    (count_by_other_definitions, GRID, folder.PLAN),
    (leave_a_sum_out, SUMS, folder.ANSWERS),
    (nudge_a_cell, FIGURES, folder.CELLS),
    (leave_a_category_out, FIGURES, folder.CELLS),
    (nudge_a_sum, FIGURES, folder.CELLS),
    (alter_the_quarter_before, FIGURES, folder.CELLS),
    (change_text(folder.CELLS_TEXT, "2026-Q2", "2026-Q1"), WORDS, folder.CELLS_TEXT),
    (change_text(folder.DEFINITIONS, "working_days", "calendar_days"), WORDS, folder.DEFINITIONS),
    (change_text(folder.STATEMENT, "any one person", "any person"), WORDS, folder.STATEMENT),
    (change_text(folder.CARD, '"invariants": []', '"invariants": ["all"]'), WORDS, folder.CARD),
    (change_text(folder.CARD_PAGE, "95 in 100", "99 in 100"), WORDS, folder.CARD_PAGE),
]


def lay_a_folder_into_it(path) -> None:
    (path / "more").mkdir()


def lay_a_link_into_it(path) -> None:
    (path / "more").symlink_to(path / folder.CELLS)


def lay_a_pipe_into_it(path) -> None:
    os.mkfifo(path / "more")


def make_a_folder_of_a_file(path) -> None:
    (path / folder.CARD).unlink()
    (path / folder.CARD).mkdir()


def nest_a_file_deep(path) -> None:
    (path / folder.FACTS).write_text("[" * 100_000)


def promise_more_than_a_float_holds(path) -> None:
    plan = folder.read_plan(path)
    write_plan(path, of_first_table(plan, kept=replace(plan.tables[0].kept, person_budget=10**400)))


HOSTILE = [
    # what somebody may lay there so that whoever looks falls over
    (lay_a_folder_into_it, FILES_HOLD, "more"),
    (lay_a_link_into_it, FILES_HOLD, "more"),
    (lay_a_pipe_into_it, FILES_HOLD, "more"),
    (make_a_folder_of_a_file, FILES_HOLD, folder.CARD),
    (nest_a_file_deep, FILES_HOLD, folder.FACTS),
    (promise_more_than_a_float_holds, COSTS, folder.PLAN),
]
