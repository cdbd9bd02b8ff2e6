"""When something happened: a source's local date or time, read strictly."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from lantern import contract
from lantern.contract import LONDON

UK_FORMATS = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")
_USUAL = {"%d/%m/%Y": 10, "%d/%m/%Y %H:%M": 16, "%d/%m/%Y %H:%M:%S": 19}
"""Forms that most of England writes, and how long they are in full."""
_EARLIEST = date.fromisoformat(contract.EARLIEST)
_PLACEHOLDER = date(1900, 1, 1)
_CHANGE_MONTHS, _CHANGE_HOUR = (3, 10), 1


class UnusableError(Exception):
    """A source record cannot be used; `reason` says why in snake_case and holds no value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class When:
    """A date, or an instant with its offset, as the contract writes it."""

    text: str
    precision: str
    day: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DateReader:
    """
    Reads the dates of one extract.

    `formats` are strptime patterns; `iso` reads ISO 8601 as well. Nothing after `snapshot` and
    nothing before 2000 is an event: such a date is a slip, or someone's birthday.
    """

    snapshot: datetime
    formats: tuple[str, ...] = UK_FORMATS
    iso: bool = True

    def required(self, text: str) -> When:
        """The date, or a refusal of the record."""
        when = self.optional(text)
        if when is None:
            raise UnusableError("date_missing")
        return when

    def optional(self, text: str) -> When | None:
        """The date, None for an empty cell or 1900-01-01, or a refusal of the record."""
        when = _when(text, self.formats, self.iso) if text else None
        if when is None:
            return None
        if when.day < _EARLIEST:
            raise UnusableError("date_before_2000")
        last = self.snapshot
        if when.at > last if when.at else when.day > last.astimezone(LONDON).date():
            raise UnusableError("date_after_snapshot")
        return when

    def birth(self, text: str) -> date | None:
        """A birth date, or None for an empty cell; a refusal where it is not a date."""
        return naive(text, self.formats, self.iso).date() if text else None


@lru_cache(maxsize=1 << 16)
def naive(text: str, formats: tuple[str, ...], iso: bool) -> datetime:  # noqa: FBT001 - cached by position
    """A local date and time without offset; an instant with an offset is brought to London."""
    if iso:
        try:
            read = datetime.fromisoformat(text)
            return read.astimezone(LONDON) if read.tzinfo else read
        except (ValueError, OverflowError):
            pass
    for pattern in formats:
        if pattern in _USUAL and (read_at_once := _day_first(text, _USUAL[pattern])):
            return read_at_once
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - local on purpose, see _when
        except ValueError:
            continue
    raise UnusableError("date_unreadable")


def _day_first(text: str, length: int) -> datetime | None:
    """A date written out in full, turned round to ISO 8601, which is read ten times as fast; None if it is not."""
    if len(text) != length or text[2] != "/" or text[5] != "/" or text[10:11] not in ("", " "):
        return None
    # Only hours, minutes and seconds: ISO 8601 would take an offset or a fraction here, which the form does not have.
    if text[13:14] not in ("", ":") or text[16:17] not in ("", ":"):
        return None
    try:
        return datetime.fromisoformat(f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}")
    except ValueError:
        return None


@lru_cache(maxsize=1 << 16)
def _when(text: str, formats: tuple[str, ...], iso: bool) -> When | None:  # noqa: FBT001 - cached by position
    read = naive(text, formats, iso)
    if read.date() == _PLACEHOLDER:
        return None
    if read.time() == time(0):
        # Many systems give a date alone as midnight; a true midnight is lost with them, on the safe side.
        return When(read.date().isoformat(), "day", read.date())
    return instant(read)


def instant(read: datetime) -> When:
    """
    A time of day in London as an instant.

    An hour that came twice (October) takes its first offset and is only good to the hour; one
    that never was (March) refuses the record.
    """
    precision = "minute"
    at = read if read.tzinfo else read.replace(tzinfo=LONDON)
    if not read.tzinfo and read.month in _CHANGE_MONTHS and read.hour == _CHANGE_HOUR:
        first, second = at.utcoffset(), at.replace(fold=1).utcoffset()
        if first is not None and second is not None and first < second:
            raise UnusableError("time_does_not_exist")
        precision = "hour" if first != second else "minute"
    return When(at.isoformat(timespec="seconds"), precision, at.date(), at)


def end_of_day(day: date) -> datetime:
    """The last second of a day in London."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=LONDON)
