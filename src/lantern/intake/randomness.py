"""Whether keys look like HMACs, or like ids that were only padded or renamed."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern.intake.breach import Breach
from lantern.intake.scan import Column

SAMPLE = 10_000
"""How many distinct keys of a column are looked at: a sender's habit shows in far fewer."""

FEWEST_DIGITS = 10
END = 16


def breaches(columns: dict[str, Column]) -> list[Breach]:
    """
    Refuse a column of keys that was not drawn by a keyed hash.

    Two signs, on a sample of each column's distinct keys: a key that uses fewer than ten of the sixteen
    hexadecimal digits (a padded number, a short alphabet), and two keys with the same first or last 16 digits (a
    counter, a prefix).

    A random key shows the first with probability C(16,9) (9/16)^64 = 1.2e-12, and 10,000 show the second with
    2 * 10^8 / 2^65 = 5e-12, so that fewer than one honest delivery in a million is refused by mistake.
    """
    return [
        Breach("looks_random", column.field.name, "critical")
        for column in columns.values()
        if column.field.keyed and not looks_random(_sample(column))
    ]


def _sample(column: Column) -> pa.Array:
    keys = column.cells.dictionary.filter(pa.array(column.fits))
    step = max(1, len(keys) // SAMPLE)
    return keys.take(pa.array(np.arange(0, len(keys), step)))


def looks_random(keys: pa.Array) -> bool:
    """Whether distinct keys of 64 hexadecimal digits show neither sign."""
    for part in (pc.utf8_slice_codeunits(keys, 0, END), pc.utf8_slice_codeunits(keys, -END)):
        if pc.count_distinct(part).as_py() < len(keys):
            return False
    digits = sum(pc.match_substring(keys, digit).cast(pa.int8()).to_numpy() for digit in "0123456789abcdef")
    return bool(len(keys) == 0 or np.min(digits) >= FEWEST_DIGITS)
