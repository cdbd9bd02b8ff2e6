"""A concern about an adult and an enquiry, one reader each: a row in, happenings out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lantern.partner.adult_label import coded, coded_all
from lantern.partner.bundle import Names
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.source_label import source_code
from lantern.partner.table import Row

_UNKNOWN_SOURCE = "10"
_NOT_RECORDED = "not_recorded"

PERSON: Names = {
    "person": ("person_id", "Adult ID", "Service user ID", "Client ID", "Person reference"),
    "nhs": ("nhs_number", "NHS no"),
    "forename": ("forename", "First name", "Given name"),
    "surname": ("surname", "Last name", "Family name"),
    "dob": ("date_of_birth", "DOB", "Birth date"),
    "sex": ("sex", "gender"),
    "ethnicity": ("ethnicity", "ethnic_group"),
    "postcode": ("postcode", "Home postcode"),
}
"""Columns both tables may have; only the first is needed."""


@dataclass
class Register:
    """
    What the rows of one table need from the other, and what was left out of the row in hand.

    `shared` are ids of concerns and enquiries about several adults, as when a care home fails: each
    adult is told of, and one incident joins them.
    """

    dates: DateReader
    people: dict[str, Person] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)

    def person(self, row: Row) -> Person:
        """Who the row is about."""
        local_id = row["person"]
        if not local_id or "person" in row.broken:
            raise UnusableError("person_missing")
        return self.people.get(local_id) or Person(local_id=local_id)

    def code(self, column: str, text: str) -> str:
        """A code, or nothing where the label is not listed or names none."""
        code = coded(column, text)
        if text and not code:
            self.left_out.append(f"{column}_unmapped")
        return code or ""

    def incident(self, kind: str, record: str) -> str:
        """What joins the adults of one concern or enquiry; '' if there is one alone."""
        return f"{kind}|{record}" if f"{kind}|{record}" in self.shared else ""


def _id(row: Row, column: str) -> str:
    if not row[column] or column in row.broken:
        raise UnusableError("record_id_missing")
    return row[column]


def _concern(row: Row, register: Register) -> list[Happening]:
    person, concern = register.person(row), _id(row, "concern")
    received = register.dates.required(row["received"])
    # A decision that cannot be read refuses the whole concern: without it, it would look undecided.
    decided = register.dates.optional(row["decided"])
    source = coded("source", row["source"]) or source_code(row["source"])
    if not source:
        register.left_out.append("source_unmapped" if row["source"] else "source_missing")
    cells = {"source_category": source or _UNKNOWN_SOURCE}
    name, episode, incident = (
        f"{concern}|{person.local_id}",
        f"concern|{concern}",
        register.incident("concern", concern),
    )
    made = [Happening(name, "CONCERN_RECEIVED", received, person, cells, episode, incident=incident)]
    if decided:
        outcome = register.code("decision", row["decision"])
        if not row["decision"]:
            register.left_out.append("outcome_missing")
        cells = cells | {"outcome_code": outcome or "other"}
        parent = ("CONCERN_RECEIVED", name)
        made.append(Happening(name, "CONCERN_DECIDED", decided, person, cells, episode, parent, incident))
    elif row["decision"]:
        register.left_out.append("decision_undated")
    return made


def _enquiry(row: Row, register: Register) -> list[Happening]:
    person, enquiry = register.person(row), _id(row, "enquiry")
    started = register.dates.required(row["started"])
    ended = register.dates.optional(row["ended"])
    kind = {"outcome_code": register.code("enquiry_type", row["type"])}
    if not row["type"]:
        register.left_out.append("enquiry_type_missing")
    concern = row["concern"]
    name, incident = f"{enquiry}|{person.local_id}", register.incident("enquiry", enquiry)
    episode = f"concern|{concern}" if concern else f"enquiry|{enquiry}"
    parent = ("CONCERN_RECEIVED", f"{concern}|{person.local_id}") if concern else None
    made = [Happening(name, "ENQUIRY_STARTED", started, person, kind, episode, parent, incident)]
    if ended:
        cells = kind | _concluded(row, register)
        after = ("ENQUIRY_STARTED", name)
        made.append(Happening(name, "ENQUIRY_CONCLUDED", ended, person, cells, episode, after, incident))
    return made


def _concluded(row: Row, register: Register) -> dict[str, str]:
    """What is known once an enquiry is concluded. An empty cell is not recorded, and stays in every denominator."""
    types, unknown = coded_all("risk_type", row["risk_types"])
    register.left_out.extend(["risk_type_unmapped"] * unknown)
    if not row["risk_outcome"]:
        register.left_out.append("risk_outcome_missing")
    return {
        "risk_types": types,
        "risk_source": register.code("risk_source", row["risk_source"]),
        "risk_location": register.code("risk_location", row["risk_location"]),
        "risk_outcome": register.code("risk_outcome", row["risk_outcome"]),
        "wishes_outcome": register.code("wishes_outcome", row["wishes"]) or ("" if row["wishes"] else _NOT_RECORDED),
        "capacity": _capacity(row, register),
    }


def _capacity(row: Row, register: Register) -> str:
    """Whether the adult lacked capacity, and if so was supported; support that nobody recorded was not given."""
    said = register.code("capacity", row["lacked_capacity"]) if row["lacked_capacity"] else _NOT_RECORDED
    if said != "lacked":
        return said
    support = register.code("support", row["supported"])
    if not row["supported"]:
        register.left_out.append("support_missing")
    return "lacked_supported" if support == "yes" else "lacked_unsupported"


RowReader = Callable[[Row, Register], list[Happening]]

TABLES: dict[str, tuple[Names, tuple[str, ...], RowReader]] = {
    "concerns": (
        {
            "concern": ("concern_id", "Concern reference", "Concern number"),
            "received": ("received_at", "Concern received", "Date concern received", "Date received", "received_date"),
            "source": ("source", "Source of concern", "Referrer", "Raised by"),
            "decided": ("decided_at", "Decision date", "Date of decision", "decision_date"),
            "decision": ("decision", "Concern outcome", "Outcome"),
        },
        ("concern", "received"),
        _concern,
    ),
    "enquiries": (
        {
            "enquiry": ("enquiry_id", "Enquiry reference", "Enquiry number"),
            "concern": ("concern_id", "Concern reference", "Concern number"),
            "started": ("started_at", "Enquiry start date", "Start date", "start_date"),
            "ended": ("ended_at", "Enquiry end date", "End date", "Date concluded", "end_date"),
            "type": ("enquiry_type", "Type of enquiry"),
            "risk_types": ("risk_types", "Type of risk", "Types of abuse", "Type of abuse"),
            "risk_source": ("risk_source", "Source of risk"),
            "risk_location": ("risk_location", "Location of risk", "Location of abuse"),
            "risk_outcome": ("risk_outcome", "Outcome of risk", "Risk assessment outcome"),
            "wishes": ("wishes_outcome", "Making Safeguarding Personal", "MSP", "Desired outcomes achieved"),
            "lacked_capacity": ("lacked_capacity", "Lacks capacity", "Mental capacity"),
            "supported": ("supported", "Advocate", "Support provided", "Supported by advocate, family or friend"),
        },
        ("enquiry", "started"),
        _enquiry,
    ),
}
"""Each table with its columns, those it cannot do without beside the person's id, and its reader."""
