"""One row of `partner_event`: every id keyed, every date degraded, nothing else carried."""

import hmac
from dataclasses import dataclass, field

from lantern import contract
from lantern.partner import identity
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.key import Key

PLACE = {column: place for place, column in enumerate(contract.COLUMNS)}
"""Where each column of the contract stands in a row."""


@dataclass(frozen=True)
class EventMaker:
    """
    Turns happenings of one partner into rows of the contract.

    Privacy: this is the only place where ids become keys. Local ids are keyed with the local key,
        by kind, so that equal ids of two kinds or two partners never give equal keys.
    """

    key: Key
    partner: str
    partner_type: str
    _people: dict[Person, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def row(self, happening: Happening) -> tuple[str, ...]:
        """One cell for each column of the contract, in its order; '' is null. `extract_id` is left empty."""
        cells = list(self.of(happening.person))
        for column, cell in happening.cells.items():
            cells[PLACE[column]] = cell
        cells[PLACE["event_key"]] = self._event_key(happening.event_type, happening.record)
        cells[PLACE["event_type"]] = happening.event_type
        cells[PLACE["event_at"]] = happening.when.text
        cells[PLACE["event_time_precision"]] = happening.when.precision
        if happening.episode:
            cells[PLACE["episode_key"]] = self._keyed("episode", happening.episode)
        if happening.parent:
            cells[PLACE["parent_event_key"]] = self._event_key(*happening.parent)
        if happening.incident:
            cells[PLACE["incident_key"]] = self._keyed("incident", happening.incident)
        if happening.supersedes:
            cells[PLACE["supersedes_event_key"]] = self._event_key(happening.event_type, happening.supersedes)
        if happening.related_person:
            cells[PLACE["related_person_key"]] = self._keyed("person", happening.related_person)
        return tuple(cells)

    def of(self, person: Person) -> tuple[str, ...]:
        """What every row about a person says of them, one cell for each column of the contract."""
        known = self._people.get(person)
        if known is None:
            cells = [""] * len(PLACE)
            for column, cell in self._person_cells(person).items():
                cells[PLACE[column]] = cell
            known = self._people[person] = tuple(cells)
        return known

    def _person_cells(self, person: Person) -> dict[str, str]:
        tokens = identity.tokens(person, self.key.project_key)
        born, expected = identity.plausible_birth(person.dob), identity.plausible_birth(person.expected_dob)
        return {
            "contract_version": contract.VERSION,
            "partner_org": self.partner,
            "partner_type": self.partner_type,
            "record_status": "active",
            **{f"token_{scheme}": token or "" for scheme, token in tokens.items()},
            "local_person_key": self._keyed("person", person.local_id),
            "household_key": self._keyed("household", person.household_id) if person.household_id else "",
            "birth_month": born.isoformat()[:7] if born else "",
            "expected_birth_month": expected.isoformat()[:7] if expected and person.is_unborn else "",
            "is_unborn": "true" if person.is_unborn else "false",
            "sex": person.sex,
            "ethnic_group": person.ethnic_group,
            "disability": person.disability,
            "responsible_la": self.key.responsible_la,
        }

    def _event_key(self, event_type: str, record: str) -> str:
        return self._keyed("event", f"{event_type}|{record}")

    def _keyed(self, kind: str, text: str) -> str:
        return hmac.digest(self.key.local_key, f"{kind}|{self.partner}|{text}".encode(), "sha256").hex()
