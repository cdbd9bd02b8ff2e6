"""What a source tells of: one thing that happened to one person, before it is keyed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from lantern.partner.identity import Person
from lantern.partner.instant import When
from lantern.partner.inventory import Inventory


@dataclass(slots=True)
class Happening:
    """
    One thing that happened to one person at one time, in the partner's own ids.

    `record` names the source record and is stable from extract to extract; with the event type
    it becomes the event key. `parent` is the event type and record of another happening.
    `cells` holds coded columns of the contract by name; `where` is its row or record number.
    `supersedes` names the record, of the same event type, that this one puts right under a new id;
    `related_person` is the other local id of a merge or a split.
    """

    record: str
    event_type: str
    when: When
    person: Person
    cells: dict[str, str] = field(default_factory=dict)
    episode: str = ""
    parent: tuple[str, str] | None = None
    incident: str = ""
    where: str = ""
    supersedes: str = ""
    related_person: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """
    A source record that was dropped, or of which one value was left out (`is_kept`).

    `reason` is snake_case; `where` says which row or record, never what stood in it.
    """

    reason: str
    where: str
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """
    An opened source: what it is, what it covers, and the happenings in it, read lazily.

    `includes_open` is False for an extract of finished work alone. Waits in it are those that ended,
    so it must not be measured as if nothing had been left out. `not_carried` are the event types that would
    end what it tells the start of, and that it has no table or column for. `inventory` says what of it was read.
    """

    source_format: str
    partner_type: str
    mapping_version: str
    snapshot_at: datetime
    happenings: Iterator[Happening | Refused]
    period_from: date | None = None
    period_to: date | None = None
    includes_open: bool = True
    not_carried: tuple[str, ...] = ()
    inventory: Inventory = field(default_factory=Inventory)
