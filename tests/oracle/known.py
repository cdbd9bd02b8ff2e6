"""What a hub knows on the agreed day, put in order for the oracle: who, what, when."""

from collections import defaultdict
from datetime import date
from functools import cache, cached_property

import event as told
from event import Event, happened_on

Who = tuple[str | None, str | None]
"""A person as one authority knows them."""

ADULTHOOD = 18


class Known:
    """The events in force up to the agreed day, by type, by person and by key."""

    def __init__(self, events: list[Event]) -> None:
        self.delivered = events
        self.agreed = told.agreed_day(events)
        self.history_from = told.history_day(events)
        self.in_force = told.in_force(events)
        self.by_type: dict[str, list[Event]] = defaultdict(list)
        for event in self.in_force:
            if happened_on(event) <= self.agreed:
                self.by_type[str(event["event_type"])].append(event)

    @cached_property
    def contacts_from(self) -> date:
        """The day since when every council tells of all contacts: a census has none."""
        formats = told.code_list("source_format")
        carried = [
            event for event in self.delivered if formats[str(event["source_format"])]["carries_contacts"] == "true"
        ]
        return told.history_day(carried)

    @cached_property
    def reached(self) -> dict[str, date]:
        """How far each partner's latest delivery reaches."""
        return told.reached(self.delivered)

    @cached_property
    def histories(self) -> dict[str, date]:
        """The day since when each partner tells of all."""
        return told.histories(self.delivered)

    @cached_property
    def partner_types(self) -> dict[str, str]:
        """What kind of partner each is that delivered anything."""
        return {str(event["partner"]): str(event["partner_type"]) for event in self.delivered}

    def of_council(self, event_type: str) -> list[Event]:
        """What children's social care told of."""
        return [event for event in self.by_type[event_type] if event["partner_type"] == told.COUNCIL]

    def once_a_day(self, event_type: str) -> list[Event]:
        """What councils told of, once for each person and day: formats tell of the same thing twice."""
        kept: dict[tuple[Who, date], Event] = {}
        for event in self.of_council(event_type):
            key = who(event), happened_on(event)
            if key not in kept or _rank(event) < _rank(kept[key]):
                kept[key] = event
        return sorted(kept.values(), key=happened_on)

    def by_parent(self, event_type: str) -> dict[tuple[Who, str | None], list[Event]]:
        """What followed, by the person and the key of what it followed; the first comes first."""
        found = defaultdict(list)
        for event in sorted(self.by_type[event_type], key=told.first_told):
            found[who(event), event["parent_event_key"]].append(event)
        return found

    @cache  # noqa: B019 -- there is one hub in a run
    def days(self, event_type: str) -> dict[str | None, list[date]]:
        """The days on which something happened to each person, whoever told of it."""
        found = defaultdict(list)
        for event in self.by_type[event_type]:
            found[event["person"]].append(happened_on(event))
        return defaultdict(list, {person: sorted(days) for person, days in found.items()})

    @cached_property
    def adult_from(self) -> dict[str | None, date]:
        """Each person's 18th birthday: the first day of its month, of the earliest month any partner told."""
        months: dict[str | None, str] = {}
        for event in self.in_force:
            month = event.get("birth_month") or event.get("expected_birth_month")
            if month:
                months[event["person"]] = min(month, months.get(event["person"], month))
        return {person: date(int(month[:4]) + ADULTHOOD, int(month[5:7]), 1) for person, month in months.items()}

    @cached_property
    def moved(self) -> dict[str | None, list[date]]:
        """The days on which a person's case was closed because another authority took it over."""
        found = defaultdict(list)
        for event in self.by_type["CASE_CLOSED"]:
            if event.get("closure_code") == "RC5":
                found[event["person"]].append(happened_on(event))
        return found


def who(event: Event) -> Who:
    """Whom an event is about, at the authority that told of it."""
    return event["partner"], event["person"]


def _rank(event: Event) -> tuple[int, str]:
    return told.preference(event["source_format"]), str(event["event_key"])
