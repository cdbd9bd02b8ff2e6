"""What a partner asks the hub to erase: persons, by the keys its deliveries carry, and no identifier."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lantern import contract
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import table
from lantern.partner.event import PLACE, EventMaker
from lantern.partner.happening import Happening
from lantern.partner.identity import NORMALISATION, Person
from lantern.partner.key import read_key
from lantern.partner.plural import counted
from lantern.partner.reader import open_source

KEYS = ("local_person_key", *(name for name in contract.KEYED if name.startswith("token_")))
"""What is told of each person: its own record's key, and a token for each scheme it has all parts for."""

_COLUMNS = ("person_id", "nhs", "upn", "forename", "surname", "dob", "sex", "postcode")
_HEX = re.compile(r"[0-9a-f]{64}")
_FORM = 1
_MOST_BYTES = 16 * 1024 * 1024
_NAMED = 12
_PLACES_SHOWN = 20


@dataclass(frozen=True)
class ErasureRequest:
    """
    A request as it travels: one JSON file.

    `persons` has one entry per person, its keys by name, in an order that tells nothing; `key_id`, `key_check`, `canary` and
    `normalisation` are those of a delivery's manifest.
    """

    partner: str
    key_id: str
    key_check: str
    canary: str
    persons: tuple[dict[str, str], ...]
    normalisation: str = NORMALISATION
    made_at: str = ""
    form: int = _FORM

    @property
    def digest(self) -> str:
        """SHA-256 of whom it is about and from whom: by it the request is known in the hub's log."""
        said = json.dumps([self.partner, self.key_id, self.persons], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def write(self, out: Path) -> Path:
        """Write it for this user alone, under a name that tells its contents; a new file, or the same one again."""
        path = out / f"erasure-{self.partner}-{self.digest[:_NAMED]}.json"
        part = path.with_suffix(".part")
        try:
            out.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(json.dumps(asdict(self) | {"sha256": self.digest}, indent=1) + "\n")
            part.replace(path)
        except OSError:
            raise ConfigRefused(
                "--out: the request cannot be written there. Nothing was made. Choose a folder you may write to."
            ) from None
        return path

    @classmethod
    def read(cls, path: Path) -> "ErasureRequest":
        """
        Read and check a request.

        Raises:
            DeliveryRefused: It is not whole, or not in the agreed form; never what stood in it.
        """
        try:
            with path.open("rb") as stream:
                entries: dict[str, Any] = json.loads(stream.read(_MOST_BYTES))
            told = entries.pop("sha256")
            found = cls(**entries | {"persons": tuple(entries["persons"])})
            is_whole = found._is_in_form() and found.digest == told
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            is_whole = False
        if not is_whole:
            raise DeliveryRefused(
                "the erasure request: it is missing, was changed on the way, or is not in the agreed form. Nothing was erased. "
                "Ask its sender to make it again with 'lantern partner erasure-request'."
            )
        return found

    def _is_in_form(self) -> bool:
        names = (self.partner, self.key_id, self.key_check, self.canary, self.normalisation)
        return (
            self.form == _FORM
            and all(isinstance(each, str) for each in names)
            and re.fullmatch(r"[a-z][a-z0-9_]{1,39}", self.partner) is not None
            and bool(self.persons)
            and all(person and set(person) <= set(KEYS) for person in self.persons)
            and all(_HEX.fullmatch(cell) for person in self.persons for cell in person.values())
        )


def make(
    files: list[Path],
    partner: str,
    key_file: Path,
    *,
    source_format: str | None = None,
    persons: Path | None = None,
    missing: Callable[[str], None] | None = None,
) -> ErasureRequest:
    """
    Make a request of persons.

    Args:
        files: A table of the persons to erase (`person_id`, `nhs`, `upn`, `forename`, `surname`, `dob`, `sex`, `postcode`; not all
            are needed), or, with a format, the partner's own files as it delivers them.
        partner: The partner's name in the partnership.
        key_file: Its key file.
        source_format: The format of these files, as for a delivery: keys come out exactly as its deliveries carry them.
        persons: With a format: a file of the local ids of the persons to erase, one a line. Without it all are erased.
        missing: Told which of those that were asked for were not found. Without it such a request is refused: an erasure that is
            not done must not look as if it were.

    Raises:
        ConfigRefused: An option or the key file cannot be used.
        DeliveryRefused: A file is not what it should be, or somebody who was asked for is not in it, or nobody is.

    Privacy: names and numbers are read here and stop here.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", partner):
        raise ConfigRefused("--partner: a partner's name is small letters, digits and _. Nothing was made.")
    key = read_key(key_file)
    maker = EventMaker(key, partner, "")
    wanted = _wanted(persons)
    found = _listed(files) if source_format is None else _in_source(files, source_format, wanted)
    keyed: set[tuple[tuple[str, str], ...]] = set()
    places = {} if wanted is None else dict.fromkeys(wanted.values(), False)
    for place, person in found:
        keys = tuple(sorted(_keys(maker, person).items()))
        if place:
            places[place] = places.get(place, False) or bool(keys)
        keyed |= {keys} if keys else set()
    if not keyed:
        raise DeliveryRefused(
            "the erasure request: nobody was found, or nobody with an id, a number, or a name with a birth date. Nothing was "
            "made. Compare the ids, and look at the columns with --help."
        )
    _told_of_the_missing(places, "ids were found" if wanted else "rows tell of a person", missing)
    told = sorted((dict(each) for each in keyed), key=lambda person: sorted(person.values()))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return ErasureRequest(partner, key.key_id, key.check_value, key.canary, tuple(told), made_at=now)


def _keys(maker: EventMaker, person: Person) -> dict[str, str]:
    cells = dict(zip(KEYS, (maker.of(person)[PLACE[name]] for name in KEYS), strict=True))
    if not person.local_id:
        cells["local_person_key"] = ""
    return {name: cell for name, cell in cells.items() if cell}


def _told_of_the_missing(places: dict[str, bool], found: str, missing: Callable[[str], None] | None) -> None:
    """Refuse a request that leaves out somebody who was asked for, or say so where that was allowed; by place, never by id."""
    lost = [place for place, is_found in places.items() if not is_found]
    if not lost:
        return
    more = f" and {len(lost) - _PLACES_SHOWN:,} more" if len(lost) > _PLACES_SHOWN else ""
    told = (
        f"{len(places) - len(lost):,} of {len(places):,} {found}. Not found: {', '.join(lost[:_PLACES_SHOWN])}{more}."
    )
    if missing is None:
        raise DeliveryRefused(
            f"the erasure request: {told} Nothing was made. Compare them with the source of your deliveries; an id may stand there "
            "in another form. If they were never sent, ask for the others with --missing-ok."
        )
    missing(told)


def _wanted(persons: Path | None) -> dict[str, str] | None:
    """The ids that are asked for, each with the first line it stands on."""
    if persons is None:
        return None
    wanted: dict[str, str] = {}
    for number, line in enumerate(table.text_of(persons, "--persons").splitlines(), start=1):
        if line.strip():
            wanted.setdefault(line.strip(), f"line {number}")
    return wanted


def _in_source(files: list[Path], source_format: str, wanted: dict[str, str] | None) -> Iterator[tuple[str, Person]]:
    # The day of the extract and its period are of no account here.
    source = open_source(files, source_format, None, date(2000, 1, 1))
    for each in source.happenings:
        if isinstance(each, Happening) and (wanted is None or each.person.local_id in wanted):
            yield wanted[each.person.local_id] if wanted else "", each.person


def _listed(files: list[Path]) -> Iterator[tuple[str, Person]]:
    for file in files:
        for number, row in table.rows(file, "the table of persons", ()):
            if set(row) - set(_COLUMNS):
                raise DeliveryRefused(
                    f"the table of persons: it has {counted(len(set(row) - set(_COLUMNS)), 'column')} that are none of "
                    f"{', '.join(_COLUMNS)}. Nothing was made. Rename or remove them, or give your own files with --as."
                )
            person = Person(
                local_id=row["person_id"],
                nhs=row["nhs"],
                upn=row["upn"],
                forename=row["forename"],
                surname=row["surname"],
                dob=_day(row["dob"], number),
                sex=row["sex"].upper(),
                postcode=row["postcode"],
            )
            yield f"row {number}" + (f" of file {files.index(file) + 1}" if len(files) > 1 else ""), person


def _day(text: str, number: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DeliveryRefused(
            f"the table of persons: row {number}: 'dob' is not a day such as 2015-12-10. Nothing was made. Write it so."
        ) from None
