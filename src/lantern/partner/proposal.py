"""A mapping proposed from a sample: what each column seems to be, by its heading and by its cells."""

from dataclasses import dataclass, field
from pathlib import Path

from lantern import contract
from lantern.partner import date_format, heading, label, sample
from lantern.partner.label import Labels
from lantern.partner.mapping_file import read_mapping, shipped
from lantern.partner.plural import counted
from lantern.partner.shape import Shape, shape_of

_USUAL, _TAKEN_FOR_USUAL = "PARTNER_NOTIFICATION", "event_type: taken for a notification to the front door"
_SURE = 0.95
_HALF = 0.5
_DATE_PARTS = ("when", "recorded", "dob", "expected_dob")
_NUMBER_PARTS = ("nhs", "upn", "postcode")
_NAME_PARTS = ("forename", "surname")
_PARENTS = {"INFO_RETURNED": "INFO_REQUESTED", "EH_ENDED": "EH_STARTED"}
REQUIRED = ("record", "person", "when")


@dataclass
class Proposal:
    """
    What is proposed for one table, in the headings of that table.

    `parts` gives each part its columns; `tellings` are (event type, its date columns, its parent);
    `codes` are proposed translations by column of the contract. `missing` are required parts nothing was
    found for, `doubts` what a person has to look at, in words; neither holds a cell.
    """

    shapes: list[Shape]
    rows: int
    sheet: str
    heading_row: int
    partner_type: str
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tellings: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    codes: dict[str, Labels] = field(default_factory=dict, repr=False)
    only: Labels | None = field(default=None, repr=False)
    when_formats: list[str] = field(default_factory=list)
    dob_formats: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def used(self) -> set[str]:
        """Headings that play a part."""
        found = {each for columns in self.parts.values() for each in columns}
        found.update(each for _, columns, _ in self.tellings for each in columns)
        found.update(each.column for each in self.codes.values())
        return found | ({self.only.column} if self.only else set())

    @property
    def needs_source(self) -> bool:
        """Whether an event says who it came from, and no column was found that does; the usual event is one that says."""
        types = {event_type for event_type, _, _ in self.tellings} or {_USUAL}
        if "event_type" in self.codes:
            types = set(self.codes["event_type"].codes.values())
        return bool(types & contract.NEEDS_SOURCE) and "source_category" not in self.codes

    def shape(self, column: str) -> Shape:
        """The shape of a column by its heading."""
        return next(each for each in self.shapes if each.heading == column)


def propose(path: Path, *, sheet: str = "", heading_row: int | None = None, like: str = "") -> Proposal:
    """
    Propose a mapping for a table from its first 2,000 rows.

    Args:
        path: CSV or XLSX.
        sheet: The sheet of a workbook; the first one if empty.
        heading_row: The row of the headings; looked for among the first twenty if None.
        like: The name of a shipped mapping that tells of the same things, if it is one.

    Raises:
        DeliveryRefused: It is no table, or has no heading and no row.
    """
    found = sample.read(path, sheet=sheet, heading_row=heading_row)
    shapes = [shape_of(name, column) for name, column in found.cells.items()]
    made = Proposal(shapes, found.rows, sheet, found.heading_row, heading.partner_type(found.headings))
    made.doubts += found.doubts
    roles = _roles(shapes)
    _settle_codes(made, roles)
    _settle_ids(made, roles, found.cells)
    _settle_events(made, roles, found.cells)
    if like.partition(":")[0] in shipped():
        _follow(made, like)
    if not made.partner_type:
        made.missing.append("partner_type")
    if made.needs_source and made.partner_type not in heading.words()["source_of"]:
        made.missing.append("source_category")
    return made


def _follow(made: Proposal, like: str) -> None:
    """Take from a shipped mapping what no heading tells: whose table it is, and what a row with one date tells of."""
    model = read_mapping(like)
    made.partner_type = model.partner_type
    types = [telling.event_type for telling in model.tellings]
    if not all(types) or [event_type for event_type, _, _ in made.tellings] != [_USUAL]:
        return
    made.tellings = [(types[0], made.tellings[0][1], "")]
    made.doubts.remove(_TAKEN_FOR_USUAL)
    made.doubts += [f"{event_type}: no column with its date was found" for event_type in types[1:]]


def _roles(shapes: list[Shape]) -> dict[str, Shape]:
    """The likeliest column of each role, and no column in two; the surest pairs are settled first."""
    words = heading.words()
    scores: list[tuple[float, str, Shape]] = []
    for shape in shapes:
        for kind in ("parts", "events", "codes"):
            for role, names in words[kind].items():
                scores.append((_score(role, kind, shape, names), role, shape))
        scores.append((label.scope_score(shape), "only", shape))
        scores.append((label.score("ethnic_group", shape, words["parts"]["ethnicity"]), "ethnic_group", shape))
    found: dict[str, Shape] = {}
    taken: set[str] = set()
    for score, role, shape in sorted(scores, key=lambda each: -each[0]):
        if score > 0 and role not in found and shape.heading not in taken:
            found[role] = shape
            taken.add(shape.heading)
    return found


def _score(role: str, kind: str, shape: Shape, names: list[str]) -> float:
    """How surely a column plays a role, 0 if it cannot: the heading proposes, the cells may forbid."""
    likeness = heading.likeness(shape.heading, names)
    if heading.is_refused(shape.heading) and likeness < _SURE:
        return 0.0
    if role in _NUMBER_PARTS:
        share = float(getattr(shape, role))
        return max(likeness, _HALF) + share if share >= _HALF else likeness * (not shape.is_free_text)
    if kind == "codes" or role == "ethnicity":
        return label.score(role, shape, names)
    is_dated = kind == "events" or role in _DATE_PARTS
    if is_dated:
        return likeness if shape.is_date or not shape.filled or likeness >= _SURE else 0.0
    if role == "time":
        return likeness
    fits = not shape.is_free_text and not shape.is_date and (role in _NAME_PARTS or not shape.is_name_like)
    return likeness if fits else 0.0


def _settle_codes(made: Proposal, roles: dict[str, Shape]) -> None:
    for role in (*heading.words()["codes"], "ethnic_group"):
        if role in roles and (role != "event_type" or "related_person" in roles):
            made.codes[role] = label.labels(role, roles[role])
    if "ethnicity" in roles:
        made.codes.pop("ethnic_group", None)
    if "only" in roles:
        made.only = label.scope(roles["only"])
        if roles["only"].filled < made.rows:
            made.only.unknown.append("")
    for column, found in made.codes.items():
        if found.unknown:
            made.doubts.append(f"{column}: labels of '{found.column}' that are not understood: {len(found.unknown)}")
    if made.only and made.only.unknown:
        made.doubts.append(f"[only]: labels of '{made.only.column}' that are not understood: {len(made.only.unknown)}")


def _settle_ids(made: Proposal, roles: dict[str, Shape], cells: dict[str, list[str]]) -> None:
    """Ids; a person may be known only by a place in something else, such as a tenancy."""
    simple = (*_NUMBER_PARTS, *_NAME_PARTS, "ethnicity", "household", "incident", "related_person", "supersedes")
    made.parts.update({role: (roles[role].heading,) for role in simple if role in roles})
    record: tuple[str, ...] | None = next(
        ((roles[role].heading,) for role in ("record", "incident") if role in roles), None
    )
    if record is None and {"person", "related_person", "when"} <= set(roles):
        # A log of merges has no number of its own: the two ids and the day tell its rows apart.
        record = tuple(roles[role].heading for role in ("person", "related_person", "when"))
    place = roles["place"].heading if "place" in roles else ""
    base = next((roles[role].heading for role in ("person", "household", "record") if role in roles), "")
    if base:
        made.parts["person"] = tuple(each for each in (base, place) if each)
    elif "upn" in roles and roles["upn"].filled == made.rows:
        made.parts["person"] = (roles["upn"].heading,)
        made.doubts.append("person: no id of a person was found; the pupil number stands for one")
    else:
        made.missing.append("person")
    if not record:
        made.missing.append("record")
        return
    made.parts["record"] = record
    if not _is_unique([cells[each] for each in record]):
        # Lantern tells the rows of one record apart by whom they are about, so the id need not do so.
        made.parts.setdefault("incident", record)
        if not _is_unique([cells[each] for each in (*record, *made.parts.get("person", ()))]):
            made.doubts.append(
                f"record: '{record[0]}' stands in several rows about one person; all but one will be refused"
            )


def _is_unique(columns: list[list[str]]) -> bool:
    together = list(zip(*columns, strict=True))
    return len(set(together)) == len(together)


def _settle_events(made: Proposal, roles: dict[str, Shape], cells: dict[str, list[str]]) -> None:
    events = [role for role in heading.words()["events"] if role in roles]
    if events:
        made.codes.pop("event_type", None)
        parents = {role: _PARENTS.get(role, "") for role in events}
        made.tellings = [(role, (roles[role].heading,), parents[role] * (parents[role] in events)) for role in events]
    elif when := _when(made, roles):
        columns = tuple(each for each in (when, roles["time"].heading if "time" in roles else "") if each)
        event_type = "" if "event_type" in made.codes else _USUAL
        made.tellings = [(event_type, columns, "")]
        if event_type:
            made.doubts.append(_TAKEN_FOR_USUAL)
    else:
        made.missing.append("when")
    if "recorded" in roles:
        made.parts["recorded"] = (roles["recorded"].heading,)
    for columns in [*(each for _, each, _ in made.tellings), made.parts.get("recorded", ())]:
        _add_formats(made, columns, made.when_formats, "when_formats", cells)
    for part in ("dob", "expected_dob"):
        if part in roles:
            made.parts[part] = (roles[part].heading,)
            _add_formats(made, made.parts[part], made.dob_formats, "dob_formats", cells)


def _when(made: Proposal, roles: dict[str, Shape]) -> str:
    if "when" in roles:
        return roles["when"].heading
    taken = {shape.heading for shape in roles.values()}
    free = [each for each in made.shapes if each.is_date and each.heading not in taken]
    # Eight digits in a row may be a date and may be an id.
    dates = [each.heading for each in free if not each.pattern.isdigit() and not heading.is_refused(each.heading)]
    if len(dates) != 1:
        return ""
    made.doubts.append(f"when: '{dates[0]}' is the only other column of dates; its heading does not say so")
    return dates[0]


def _add_formats(
    made: Proposal, columns: tuple[str, ...], formats: list[str], name: str, cells: dict[str, list[str]]
) -> None:
    """The date forms of one more column; whatever is not certain about them is said aloud."""
    if not columns or made.shape(columns[0]).is_real_date:
        return
    pieces = [[each for each in pair if each] for pair in zip(*(cells[column] for column in columns), strict=True)]
    texts = [" ".join(pair) for pair, day in zip(pieces, cells[columns[0]], strict=True) if day]
    shape = shape_of(columns[0], texts)
    found = shape.formats or shape.american
    if not shape.filled:
        made.doubts.append(f"{name}: '{columns[0]}' is empty in the sample, so its form is not known")
    elif not found or date_format.disagree([*formats, *found]):
        made.missing.append(name)
        made.doubts.append(f"{name}: '{columns[0]}' is not written in one form that can be read")
    else:
        formats += [each for each in found if each not in formats]
        made.doubts += [f"{name}: {said}" for said in _date_doubts(shape, columns[0])]
        if not shape.formats:
            made.missing.append(name)


def _date_doubts(shape: Shape, column: str) -> list[str]:
    doubts = []
    if not shape.formats:
        doubts.append(f"'{column}' can only be read with the month first, as in America: ask why, then confirm it")
    elif shape.is_ambiguous:
        doubts.append(
            f"every date of '{column}' fits day first and month first; day first is written. Compare one with the source"
        )
    if shape.misread:
        are = "is" if shape.misread == 1 else "are"
        doubts.append(
            f"{counted(shape.misread, 'cell')} of {shape.filled:,} of '{column}' {are} not written so; a row without its date "
            "is refused"
        )
    if any(date_format.is_two_digit_year(each) for each in shape.formats or shape.american):
        doubts.append(f"'{column}' has years of two digits: 68 is read as 2068, 69 as 1969")
    return doubts
