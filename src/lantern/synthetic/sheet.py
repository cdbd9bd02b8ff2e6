"""Writing tables and times as the invented partners' systems do."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lantern.synthetic.draw import Ints


def write(path: Path, columns: dict[str, Sequence[object]]) -> None:
    """One CSV file from columns of equal length, in the order given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\r\n")
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))


def day_texts(days: Ints, pattern: str = "%Y-%m-%d") -> list[str]:
    """Days since 1970 in a source's own way of writing; a negative number is an empty cell."""
    return _written(days, "datetime64[D]", pattern)


def minute_texts(minutes: Ints, pattern: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    """Minutes since 1970, local time, in a source's own way of writing; a negative number is an empty cell."""
    return _written(minutes, "datetime64[m]", pattern)


def _written(numbers: Ints, unit: str, pattern: str) -> list[str]:
    moments: Iterable[object] = np.maximum(numbers, 0).astype(unit).tolist()
    return [
        f"{moment:{pattern}}" if number >= 0 else "" for moment, number in zip(moments, numbers.tolist(), strict=True)
    ]
