"""What records may be joined by, strongest first."""

from typing import Any, Protocol


class Store(Protocol):
    """Where SQL runs: a DuckDB connection that `warehouse` opened."""

    def execute(self, query: str, parameters: Any = None, /) -> Any:
        """Run one statement."""

    def register(self, view_name: str, python_object: Any, /) -> Any:
        """Let SQL read an Arrow table by this name."""

    def unregister(self, view_name: str, /) -> Any:
        """Forget it again."""


PARTNER = "partner"
"""A partner says that two of its own records are one person."""
SPLIT = "split"
"""A partner says that two of its own records are two persons: they are kept apart."""
NUMBERS = ("nhs", "upn")
"""Numbers given to one person for life: no person may ever hold two of a kind."""
DESCRIPTIVE = ("ndp1", "ndp2", "ndp4")
"""What people are called, when they were born and where they live, as the code list `token_scheme` has it."""
SUPPORTING = ("ndp3",)
"""The sound of a surname with an initial, birth date and sex: two same-sex twins may share it, so alone it joins nobody."""
EXACT = (PARTNER, *NUMBERS, *DESCRIPTIVE)
"""
The order of precedence. Each step makes the partition coarser, so the one before the last is
what would be if the weakest were never used.
"""
PROBABLE = "probable"
"""Joined by likelihood, only where the partnership's agreement allows it."""
ALONE = "alone"
BASES = (ALONE, *EXACT, PROBABLE)
"""Everything `link_basis` can say, from none to weakest."""

MOST_RECORDS_OF_ONE_NAME = 20
"""
How many records may hold one descriptive token for it to join any.

A child has a record or two at each of a handful of partners. What more records hold is a placeholder, such as
`Baby Unknown` of 1 January at the address of a shelter. A public number, chosen without looking at the data.
"""
