"""A count with its noun: 1 row, 2 rows."""

_ODD = {"child": "children"}


def plural(noun: str, count: int) -> str:
    """The noun as it stands after a count; only nouns of this tool are asked for."""
    return noun if count == 1 else _ODD.get(noun, f"{noun}s")


def counted(count: int, noun: str) -> str:
    """The count and its noun, such as `1 row` or `2,000 rows`."""
    return f"{count:,} {plural(noun, count)}"
