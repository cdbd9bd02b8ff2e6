"""What one organisation has written down about the people it knows, with the slips that such lists have."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic import name
from lantern.synthetic.draw import NONE, Bools, Ints, chance
from lantern.synthetic.population import Population

_TYPO, _SWAPPED_BIRTH = 0.025, 0.005
_STALE_DAYS = 730
"""A record says where someone lived, and what they were called, up to two years before it was last used (assumed)."""
_BABY_DAYS, _BABY_SHARE = 60, 0.3
_NUMBER_DAYS = 3
"""An NHS number is given in the days after birth."""
_LAST_SWAPPABLE = 12
_PLACEHOLDER_BIRTH = -25_567
"""1 January 1900, which systems fill in where a birth date is not known."""
_KEYBOARD = "qwertyuiopasdfghjklzxcvbnm"


@dataclass(frozen=True)
class Habits:
    """
    How one organisation keeps its list: shares of the people on it (assumed, by kind of organisation).

    `nhs` and `upn` are those it has a number for, `known_as` those it calls by a short name,
    `placeholder` those of whom a name or the birth date is filled in with nothing.
    """

    nhs: float
    upn: float = 0.0
    known_as: float = 0.0
    placeholder: float = 0.0


@dataclass(frozen=True)
class Register:
    """
    One entry per record of a person; a person the organisation has entered twice has two.

    `child` is who the record is about; `born` is the birth date as written, which may be wrong.
    """

    child: Ints
    forename: list[str]
    surname: list[str]
    born: Ints
    true_born: Ints
    sex: list[str]
    postcode: list[str]
    nhs: list[str]
    upn: list[str]

    @classmethod
    def of(
        cls,
        rng: np.random.Generator,
        people: Population,
        habits: Habits,
        child: Ints,
        seen: Ints,
        is_forgotten: Bools | None = None,
    ) -> "Register":
        """
        Write down some people, each as known some time before the day the organisation last saw them.

        A record that was forgotten and made again has no numbers: by one it would have been found.
        """
        size = len(child)
        has_number = np.ones(size, dtype=bool) if is_forgotten is None else ~is_forgotten
        written = seen - rng.integers(0, _STALE_DAYS, size)
        who = child.tolist()
        forenames = _known_as(rng, [people.forename[each] for each in who], habits.known_as)
        forenames, surnames = _slipped(rng, forenames), _slipped(rng, people.surnames(child, written))
        born = people.born[child]
        written_born = np.where(chance(rng, _SWAPPED_BIRTH, size), _day_and_month_swapped(born), born)
        is_baby = (seen - born < _BABY_DAYS) & chance(rng, _BABY_SHARE, size)
        kind = np.where(chance(rng, habits.placeholder, size), rng.integers(1, 4, size), 0)
        has_nhs = (chance(rng, habits.nhs, size) & has_number).tolist()
        has_upn = (chance(rng, habits.upn, size) & has_number).tolist()
        return cls(
            child=child,
            forename=_filled(forenames, (kind == 1, "UNKNOWN"), (is_baby, "BABY")),
            surname=_filled(surnames, (kind == 2, "UNKNOWN")),  # noqa: PLR2004 - the second kind
            born=np.where(kind == 3, _PLACEHOLDER_BIRTH, written_born),  # noqa: PLR2004 - the third
            true_born=born,
            sex=people.sex[child].tolist(),
            postcode=people.postcodes(child, written),
            nhs=[people.nhs[each] if has else "" for each, has in zip(who, has_nhs, strict=True)],
            upn=[people.upn[each] if has else "" for each, has in zip(who, has_upn, strict=True)],
        )

    def __len__(self) -> int:
        """Records of a person."""
        return len(self.child)

    def on(self, entry: Ints, day: Ints) -> "Register":
        """
        The same records as they stood on some days, one for each pair of record and day.

        Before the birth there is no birth date, no number and no name but the mother's.
        """
        listed = entry.tolist()
        is_unborn = self.true_born[entry] > day
        is_new = self.true_born[entry] + _NUMBER_DAYS > day
        return Register(
            child=self.child[entry],
            forename=_filled([self.forename[each] for each in listed], (is_unborn, "Unborn")),
            surname=[self.surname[each] for each in listed],
            born=np.where(is_unborn, NONE, self.born[entry]),
            true_born=self.true_born[entry],
            sex=_filled([self.sex[each] for each in listed], (is_unborn, "U")),
            postcode=[self.postcode[each] for each in listed],
            nhs=_filled([self.nhs[each] for each in listed], (is_new, "")),
            upn=[self.upn[each] for each in listed],
        )


def _filled(texts: list[str], *fillers: tuple[Bools, str]) -> list[str]:
    """The texts with a filler wherever its mask is true; the last filler counts."""
    found = list(texts)
    for mask, filler in fillers:
        for each in np.flatnonzero(mask).tolist():
            found[each] = filler
    return found


def _known_as(rng: np.random.Generator, forenames: list[str], share: float) -> list[str]:
    """Some called by the short form of their name, where it has one."""
    is_short = chance(rng, share, len(forenames)).tolist()
    return [name.KNOWN_AS.get(each, each) if short else each for each, short in zip(forenames, is_short, strict=True)]


def _slipped(rng: np.random.Generator, texts: list[str]) -> list[str]:
    """Names with one slip of the keyboard in one of forty: two letters changed over, one lost, doubled or mistaken."""
    found = list(texts)
    for each in np.flatnonzero(chance(rng, _TYPO, len(texts))).tolist():
        text = found[each]
        at = int(rng.integers(1, max(2, len(text) - 1)))
        before, here, after = text[:at], text[at], text[at + 1 :]
        other = _KEYBOARD[(_KEYBOARD.find(here.lower()) + 1) % len(_KEYBOARD)]
        slips = (
            before + after[:1] + here + after[1:],
            before + after,
            before + here * 2 + after,
            before + other + after,
        )
        found[each] = slips[int(rng.integers(0, len(slips)))]
    return found


def _day_and_month_swapped(born: Ints) -> Ints:
    """3 July for 7 March, where both are dates."""
    dates = born.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]")
    month = (months - year.astype("datetime64[M]")).astype(np.int64)
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    turned = (year.astype("datetime64[M]") + np.minimum(day, 11)).astype("datetime64[D]") + month
    return np.where(day < _LAST_SWAPPABLE, turned.astype(np.int64), born)
