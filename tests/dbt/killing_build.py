"""A build, killed at each of its side effects: `python -m tests.dbt.killing_build TEMPLATE SCRATCH EVERY`."""

from typing import Any

from tests.end_to_end.killing_stage import build_faults, run_build, tables
from tests.killing import Step, as_undisturbed, main


def faults(between: dict[str, Any], after: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What must never be: half a build taken for a whole one, or anything else in the end than without the kill."""
    return [*build_faults(between), *as_undisturbed(between, after, expected)]


BUILD = Step("build", run_build, tables, run_build, faults)

if __name__ == "__main__":
    main(BUILD)
