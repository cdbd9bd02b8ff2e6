"""Looks at every distinct cell of a delivery: is it of its column's shape, and could it name a person."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern import contract
from lantern.contract import Field
from lantern.errors import DeliveryRefused
from lantern.intake.arrival import Arrival
from lantern.intake.breach import Breach, first_rows

MAX_DISTINCT_BYTES = 512 * 1024**2
"""
The text of all columns' different cells together, which stays in this unconfined process until its delivery is kept.

A million honest events have some 140 MB of it. The heaviest accepted delivery that was measured, 1.9 million rows with
a new key in four columns of each, took this process to 2.9 GiB and a minute; what holds it there is this cap, that on
rows and those on cells and columns in `lantern.intake.parsing`. No limit of the system stands behind them.
"""

OUTSIDE, INSIDE = "?", "fits"
"""What stands for a cell in what is judged: the cell itself may be anything, a name too."""

_OF_THE_MANIFEST = ("contract_version", "extract_id", "partner_org", "responsible_la")
"""These have a shape and one value each in the whole delivery: judged as they are."""

_DATED = ("event_at", "recorded_at")
_HIDDEN = (
    r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{34f}\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}"
    r"\x{fe00}-\x{fe0f}\x{feff}\x{e0000}-\x{e007f}]"
)
_DATE = r"\p{Nd}{1,4}[-/.]\p{Nd}{1,2}[-/.]\p{Nd}{1,4}"
_GAP = r"[\s\p{Z}\p{Pd}().+_]{0,3}"
_NAMING = (
    rf"\p{{Nd}}(?:{_GAP}\p{{Nd}}){{9,12}}",  # an NHS number, a telephone, a property
    rf"[A-Za-z](?:{_GAP}\p{{Nd}}){{11}}{_GAP}[0-9A-Za-z]",  # a pupil
    rf"[A-Za-z]{{2}}(?:{_GAP}\p{{Nd}}){{6}}{_GAP}[A-Da-d]",  # National Insurance
    rf"[A-Za-z]{{1,2}}\p{{Nd}}[A-Za-z\p{{Nd}}]?{_GAP}\p{{Nd}}[A-Za-z]{{2}}",  # a postcode
)
_IDENTIFIER = rf"(?:^|[^\pL\p{{Nd}}])(?:{'|'.join(_NAMING)})(?:$|[^\pL\p{{Nd}}])|[^@\s]@[^@\s]"


@dataclass(frozen=True)
class Column:
    """
    One column of a delivery as its distinct cells (`cells.dictionary`) and each row's place among them.

    `fits` has one entry for each distinct cell: whether it is what the contract's pattern asks for.
    """

    field: Field
    cells: pa.DictionaryArray
    fits: np.ndarray

    @property
    def _places(self) -> np.ndarray:
        return np.asarray(self.cells.indices.fill_null(-1))

    def rows_with(self, distinct: np.ndarray) -> np.ndarray:
        """The rows, from 0, whose cell is one of the distinct cells marked true."""
        # The last entry answers for -1, an empty cell.
        return np.flatnonzero(np.append(distinct, False)[self._places])

    def empty_rows(self) -> np.ndarray:
        """The rows, from 0, without a cell."""
        return np.flatnonzero(self._places < 0)

    def safe(self) -> pa.DictionaryArray:
        """The column with nothing in it but what fits: every other cell is empty from here on."""
        indices, dictionary = self._fitting()
        return pa.DictionaryArray.from_arrays(
            pa.array(indices, pa.int32(), mask=(indices < 0) | (indices == len(dictionary))), dictionary
        )

    def judged(self) -> pa.DictionaryArray:
        """The column as Great Expectations is given it: a code as it is, else a word about the cell."""
        if self.field.shape is None or self.field.name in _OF_THE_MANIFEST:
            indices, dictionary = self._fitting()
            words = pa.concat_arrays([dictionary, pa.array([OUTSIDE])])
        else:
            indices, words = np.append(1 - self.fits, -1)[self._places], pa.array([INSIDE, OUTSIDE])
        return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32(), mask=indices < 0), words)

    def _fitting(self) -> tuple[np.ndarray, pa.Array]:
        kept = np.flatnonzero(self.fits)
        place = np.full(len(self.fits) + 1, len(kept), dtype=np.int32)
        place[kept] = np.arange(len(kept), dtype=np.int32)
        place[-1] = -1
        return place[self._places], self.cells.dictionary.take(pa.array(kept))


def read(arrival: Arrival) -> dict[str, Column]:
    """
    Every column of the contract, by name; two are read at a time, and their text is let go.

    Raises:
        DeliveryRefused: its different cells come to more than `MAX_DISTINCT_BYTES`.
    """
    columns: dict[str, Column] = {}
    size = 0
    with ThreadPoolExecutor(2) as pool:
        for place in range(0, len(contract.FIELDS), 2):
            for column in pool.map(partial(_read, arrival), contract.FIELDS[place : place + 2]):
                columns[column.field.name] = column
                size += column.cells.dictionary.nbytes
            if size > MAX_DISTINCT_BYTES:
                raise DeliveryRefused(
                    f"events: their different cells come to more than {MAX_DISTINCT_BYTES // 1024**2} MiB. Nothing was "
                    "loaded. Send a shorter period."
                )
    return columns


def _read(arrival: Arrival, field: Field) -> Column:
    cells = _distinct(arrival.column(field.name))
    fits = pc.match_substring_regex(cells.dictionary, rf"\A(?:{field.pattern})\z")
    column = Column(field, cells, fits.to_numpy(zero_copy_only=False).astype(bool))
    pa.default_memory_pool().release_unused()  # it would keep the text of every column that was read
    return column


def _distinct(column: pa.ChunkedArray) -> pa.DictionaryArray:
    encoded = column.dictionary_encode().chunks  # all with one dictionary
    indices = pa.concat_arrays([each.indices for each in encoded] or [pa.array([], pa.int32())])
    return pa.DictionaryArray.from_arrays(indices, encoded[0].dictionary if encoded else pa.array([], pa.string()))


def breaches(columns: dict[str, Column]) -> list[Breach]:
    """
    Everything for which a whole delivery is refused before any other tool sees a cell.

    A pseudonym that is none, a required one that is missing, and any cell outside its column's
    pattern that may name a person or hides a character. A cell that fits its pattern is a code, a
    date or a key and names nobody.
    """
    found: list[Breach] = []
    for column in columns.values():
        found += _of_column(column)
    return found


def _of_column(column: Column) -> list[Breach]:
    name, keyed = column.field.name, column.field.keyed
    odd = np.flatnonzero(~column.fits)
    texts = column.cells.dictionary.take(pa.array(odd))
    named, hidden = _names_a_person(texts, dated=name in _DATED), _matches(texts, _HIDDEN)
    rules = [("holds_no_raw_identifier", named), ("holds_no_hidden_character", hidden & ~named)]
    if keyed:
        rules.append(("is_a_keyed_pseudonym", ~named & ~hidden))
    found = []
    for rule, wrong in rules:
        if wrong.any():
            rows = column.rows_with(_marked(len(column.fits), odd[wrong]))
            found.append(Breach(rule, name, "critical", len(rows), first_rows(rows)))
    if keyed and column.field.required and len(empty := column.empty_rows()):
        found.append(Breach("is_filled", name, "critical", len(empty), first_rows(empty)))
    return found


def _marked(size: int, places: np.ndarray) -> np.ndarray:
    marks = np.zeros(size, dtype=bool)
    marks[places] = True
    return marks


def _names_a_person(texts: pa.Array, *, dated: bool) -> np.ndarray:
    bare = pc.replace_substring_regex(texts, _HIDDEN, "")
    if dated:
        # Here a date of another form is a slip; elsewhere it is someone's birthday.
        return _matches(pc.replace_substring_regex(bare, _DATE, " "), _IDENTIFIER)
    return _matches(bare, f"{_IDENTIFIER}|{_DATE}")


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(bool)
    return found
