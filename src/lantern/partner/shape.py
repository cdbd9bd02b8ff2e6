"""What the cells of a column look like: dates of which form, numbers that check, codes, or words nobody should carry."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import fmean

from lantern.partner import date_format, identity
from lantern.partner.workbook import MomentCell

_MOST_LABELS = 25
_SAID_AGAIN = 3
"""A column of labels says each of them at least so often on average."""
_FREE_WORDS, _FREE_LETTERS = 5, 40
_NAME = re.compile(r"[^\W\d_][^\W\d_'\u2019\-]+([ \-'\u2019][^\W\d_][^\W\d_'\u2019\-]*){0,3}")
_MOSTLY = 0.9
_TRIED = 10
"""A form that reads none of so many cells is not tried on the others."""
_LONGEST_SHAPE = 24


@dataclass(frozen=True)
class Shape:
    """
    The cells of one column of a sample.

    `pattern` is how most cells are written, 9 for a digit and A or a for letters; '' for words. `formats`
    are the date forms that together read every cell, day or year first; `american` those that read every
    cell month first; where no form reads every cell, those that read nine in ten, and `misread` counts the rest. `nhs`, `upn` and `postcode` are shares of the filled cells that check.

    Privacy: `labels` are the different cells of a column that has few; they go into the proposed file at
    the partner and nowhere else, so they are kept out of the repr.
    """

    heading: str
    filled: int
    distinct: int
    pattern: str
    formats: tuple[str, ...] = ()
    american: tuple[str, ...] = ()
    misread: int = 0
    is_real_date: bool = False
    nhs: float = 0.0
    upn: float = 0.0
    postcode: float = 0.0
    is_free_text: bool = False
    is_name_like: bool = False
    labels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_date(self) -> bool:
        """The filled cells are dates, in one way of reading or another."""
        return self.is_real_date or bool(self.formats or self.american)

    @property
    def is_ambiguous(self) -> bool:
        """Every date fits day first and month first."""
        return any(pattern not in _YEAR_FIRST for pattern in self.formats) and bool(self.american)


_YEAR_FIRST = frozenset(pattern for pattern in date_format.FORMATS if pattern.startswith("%Y"))


def shape_of(heading: str, cells: Sequence[str]) -> Shape:
    """The shape of a column from a sample of its cells."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return Shape(heading, 0, 0, "")
    different = sorted(set(filled))
    patterns = Counter(pattern_of(cell) for cell in filled)
    is_real = sum(isinstance(cell, MomentCell) for cell in filled) >= _MOSTLY * len(filled)
    texts = Counter(cell for cell in filled if not isinstance(cell, MomentCell))
    is_free = fmean(len(cell.split()) for cell in filled) >= _FREE_WORDS or (
        fmean(len(cell) for cell in filled) >= _FREE_LETTERS
    )
    few = len(different) <= _MOST_LABELS and len(different) * _SAID_AGAIN <= len(filled)
    formats, american, misread = ((), (), 0) if is_free else _dates(texts)
    is_date = is_real or bool(formats)
    return Shape(
        heading=heading,
        filled=len(filled),
        distinct=len(different),
        pattern="" if is_free else _said(patterns),
        formats=formats,
        american=american,
        misread=misread,
        is_real_date=is_real,
        nhs=_share(filled, identity.valid_nhs),
        upn=_share(filled, identity.valid_upn),
        postcode=_share(filled, identity.normal_postcode),
        is_free_text=is_free,
        is_name_like=not few and not is_date and _share(filled, _NAME.fullmatch) >= _MOSTLY,
        labels=tuple(different) if (few or len(different) <= _SAID_AGAIN) and not is_free and not is_date else (),
    )


def pattern_of(cell: str) -> str:
    """
    How a cell is written: every digit 9, a run of letters A or a; `Ada` and `Benjamin` are both `Aa`.

    Privacy: neither the letters nor how many there are can be told from it.
    """
    return re.sub(r"[^\W\d_]+", _letters, re.sub(r"\d", "9", cell))


def _letters(run: re.Match[str]) -> str:
    text = run[0]
    return "A" if text.isupper() else "a" if text.islower() else "Aa"


def _said(patterns: Counter[str]) -> str:
    pattern, count = patterns.most_common(1)[0]
    return pattern if len(pattern) <= _LONGEST_SHAPE and count * 2 >= patterns.total() else "mixed"


def _share(cells: list[str], check: Callable[[str], object]) -> float:
    return fmean(bool(check(cell)) for cell in cells)


def _dates(texts: Counter[str]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Forms day or year first, forms month first, and how many cells they do not read: a few slips spoil no form."""
    formats, missed = _formats(texts, date_format.FORMATS)
    american, american_missed = _formats(texts, date_format.AMERICAN_FORMATS)
    most_missed = texts.total() - _MOSTLY * texts.total()
    if formats and (not american or missed <= american_missed) and missed <= most_missed:
        # Month first stands beside it only where it reads every cell as well.
        return formats, american if american_missed == missed else (), missed
    if american and american_missed <= most_missed:
        return (), american, american_missed
    return (), (), 0


def _formats(texts: Counter[str], listed: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The forms that together read most cells, and how many they do not read; none if two could disagree on one."""
    by_pattern: dict[str, Counter[str]] = {}
    for text, count in texts.items():
        by_pattern.setdefault(pattern_of(text), Counter())[text] = count
    chosen: list[str] = []
    missed = 0
    for alike in by_pattern.values():
        fits, read = _best(alike, listed)
        missed += alike.total() - read
        chosen += [fits] if fits else []
    unique = tuple(sorted(set(chosen), key=listed.index))
    return ((), 0) if date_format.disagree(unique) else (unique, missed)


def _best(alike: Counter[str], listed: tuple[str, ...]) -> tuple[str, int]:
    """The form that reads most of some cells written alike, and how many; the first of the list where several do."""
    fits, most = "", 0
    if not any(letter.isdecimal() for letter in next(iter(alike))):
        return fits, most
    first = list(islice(alike, _TRIED))
    for form in listed:
        if any(date_format.read(text, form) for text in first):
            read = sum(count for text, count in alike.items() if date_format.read(text, form))
            fits, most = (form, read) if read > most else (fits, most)
            if most == alike.total():
                break
    return fits, most
