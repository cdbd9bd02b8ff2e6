"""The page that explains the mechanism states the promise and the plan as they are."""

import re

from lantern.home import PROJECT
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import mechanism
from lantern.privacy.plan import GRAIN
from lantern.release import planning

PAGE = (PROJECT / "docs" / "mechanism.md").read_text(encoding="utf-8")


def test_the_page_states_the_demos_promise():
    privacy = read_partnership("demo").privacy
    year = mechanism.epsilon(privacy.definition, privacy.micro_per_year, privacy.delta)

    assert f"{privacy.micro_per_year:,} micro-rho" in PAGE
    assert f"({year:.2f}, 1e-06)" in PAGE
    assert str(GRAIN) in PAGE


def test_the_page_lists_the_parts_of_the_demos_plan_with_their_budgets():
    plan = planning.plan_for(read_partnership("demo"), Quarter(2026, 2))
    listed = re.findall(r"^\| [a-z_:]+(?:\.lost)? \| \d.*$", PAGE, flags=re.MULTILINE)
    expected = [
        f"| {part.name} | {part.rows_a_year:.1f} | {100 * part.micro / plan.micro:.0f}% |"
        for table in plan.tables
        for part in table.parts
    ]

    assert len(expected) == 10
    assert listed == expected


def test_the_page_names_files_that_exist():
    named = set(re.findall(r"`((?:tests|expectations)/[a-z_/]+\.py)`", PAGE))
    named |= {f"src/lantern/{each}" for each in re.findall(r"`(privacy/[a-z_]+\.py)`", PAGE)}

    assert len(named) > 3
    assert [name for name in sorted(named) if not (PROJECT / name).is_file()] == []
