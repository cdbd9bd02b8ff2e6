"""Whether keys look like HMACs, or like ids that were only padded or renamed."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern.intake.breach import Breach
from lantern.intake.scan import Column

SAMPLE = 10_000
"""Among how many distinct keys of a column common ends are looked for: a counter shows in far fewer."""

FEWEST_DIGITS = 10
END = 16
_DIGIT = np.zeros(256, dtype=np.uint16)
_DIGIT[list(b"0123456789abcdef")] = 1 << np.arange(16, dtype=np.uint16)
"""One bit for each digit, by the byte it is written as."""

_COUNT = np.array([number.bit_count() for number in range(2**16)], dtype=np.uint8)
_KEY_DIGITS = 64
_AT_ONCE = 100_000


def breaches(columns: dict[str, Column]) -> list[Breach]:
    """
    Refuse a column of keys that was not drawn by a keyed hash.

    Two signs: any distinct key that uses fewer than ten of the sixteen hexadecimal digits (a padded number, a short
    alphabet), and, in a sample of each column's distinct keys, two with the same first or last 16 digits (a counter,
    a prefix). One padded id among a million keys is one child too many; it shows only if every key is looked at.

    A random key shows the first with probability C(16,9) (9/16)^64 = 1.2e-12, and 10,000 show the second with
    2 * 10^8 / 2^65 = 5e-12. Fewer than one honest delivery of half a million distinct keys in a million is refused
    by mistake, and of the largest that is accepted, with eight million keys, one in a hundred thousand.
    """
    found = []
    for column in columns.values():
        if column.field.keyed:
            keys = column.cells.dictionary.filter(pa.array(column.fits))
            if not (uses_many_digits(keys) and ends_differ(_sample(keys))):
                found.append(Breach("looks_random", column.field.name, "critical"))
    return found


def _sample(keys: pa.Array) -> pa.Array:
    step = max(1, len(keys) // SAMPLE)
    return keys.take(pa.array(np.arange(0, len(keys), step)))


def uses_many_digits(keys: pa.Array) -> bool:
    """Whether each of these keys of 64 hexadecimal digits uses at least ten of the sixteen."""
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE].cast(pa.binary()).cast(pa.binary(_KEY_DIGITS))
        written = np.frombuffer(some.buffers()[1], dtype=np.uint8).reshape(len(some), _KEY_DIGITS)
        used = np.bitwise_or.reduce(_DIGIT[written], axis=1)
        if _COUNT[used].min() < FEWEST_DIGITS:
            return False
    return True


def ends_differ(keys: pa.Array) -> bool:
    """Whether no two of these distinct keys begin or end with the same 16 digits."""
    parts = (pc.utf8_slice_codeunits(keys, 0, END), pc.utf8_slice_codeunits(keys, -END))
    return all(pc.count_distinct(part).as_py() == len(keys) for part in parts)
