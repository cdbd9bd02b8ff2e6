"""Any partner's table read by its mapping: a row in, the happenings it tells of out."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

from lantern import codelist
from lantern.contract import LONDON
from lantern.errors import ConfigRefused
from lantern.partner import date_format, identity, local_id, table, workbook
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, When, naive
from lantern.partner.inventory import Inventory, same_name
from lantern.partner.mapping import MERGES, PERSON_CODES, Mapping, Scope, Telling, Translation, plain, translated
from lantern.partner.mapping_file import read_mapping
from lantern.partner.workbook import MomentCell

__all__ = ["read_mapping", "source"]


def source(mapping: Mapping, files: list[Path], snapshot_at: datetime) -> Source:
    """
    Open one or more tables of one mapping.

    Raises:
        ConfigRefused: The mapping is a draft.
        DeliveryRefused: A file is no table, or lacks a column (raised as it is read).
    """
    if mapping.is_draft or mapping.to_fill:
        places = f" Marked FILL IN: {', '.join(mapping.to_fill)}." if mapping.to_fill else ""
        raise ConfigRefused(
            f"mapping: it is still a draft.{places} Nothing was made. Fill in every line marked FILL IN and take the mark "
            "away, then remove the line 'draft = true'."
        )
    inventory = Inventory()
    return Source(
        source_format=mapping.name,
        partner_type=mapping.partner_type,
        mapping_version=f"{mapping.name[:29]}-{mapping.version}",
        snapshot_at=snapshot_at,
        happenings=_happenings(mapping, files, _Reading(mapping, snapshot_at, inventory), inventory),
        inventory=inventory,
    )


def _happenings(
    mapping: Mapping, files: list[Path], reading: "_Reading", inventory: Inventory
) -> Iterator[Happening | Refused]:
    for file_number, path in enumerate(files, start=1):
        name = mapping.name if len(files) == 1 else f"{mapping.name} file {file_number}"
        inventory.files[name] = path.name
        if workbook.is_workbook(path):
            sheets = workbook.titles(path, name)
            read = mapping.sheet or next(iter(sheets), "")
            inventory.other_sheets += [each for each in sheets if not same_name(each, read)]
        found = table.rows(
            path,
            name,
            mapping.source_columns,
            sheet=mapping.sheet,
            heading_row=mapping.heading_row,
            inventory=inventory,
        )
        for number, row in found:
            where = f"{name} row {number}"
            left_out: list[str] = []
            try:
                made = reading.happenings(row, left_out)
            except UnusableError as error:
                yield Refused(error.reason, where)
                continue
            for happening in made:
                happening.where = where
                yield happening
            for reason in left_out:
                yield Refused(reason, where, is_kept=True)


class _Reading:
    """One mapping at work on rows, with what can be settled before the first of them."""

    def __init__(self, mapping: Mapping, snapshot_at: datetime, inventory: Inventory) -> None:
        self.mapping = mapping
        self.inventory = inventory
        self.exchanged = tuple(map(date_format.exchanged, mapping.when_formats))
        self.columns = frozenset(mapping.source_columns)
        self.written = DateReader(snapshot_at, mapping.when_formats, iso=False)
        self.real = DateReader(snapshot_at, ())
        self.today = snapshot_at.astimezone(LONDON).date()

    def happenings(self, row: table.Row, left_out: list[str]) -> list[Happening]:
        """
        What one row tells of; values left out of it are added to `left_out` by reason.

        Raises:
            UnusableError: The row cannot be used, or is not meant.
        """
        if not row.is_whole:
            raise UnusableError("row_shape")
        if row.broken and row.broken & self.columns:
            raise UnusableError("cell_error")
        if self.mapping.only:
            _check_scope(self.mapping.only, row)
        of_person = self._id(row, "person")
        person, record = local_id.joined(of_person), local_id.joined([*self._id(row, "record"), *of_person])
        cells = self._cells(self.mapping.constants, self.mapping.codes, row, left_out)
        who = self._person(row, person, {column: cells.pop(column, "") for column in PERSON_CODES}, left_out)
        if recorded := self._recorded(row, left_out):
            cells["recorded_at"] = recorded.text
        dated = [(telling, self._when(telling, row)) for telling in self.mapping.tellings]
        happened = [(telling, when) for telling, when in dated if when]
        if not happened:
            raise UnusableError("date_missing")
        types = {telling.event_type for telling, _ in happened}
        related = self._optional_id(row, "related_person")
        return [
            Happening(
                record=record,
                event_type=self._event_type(telling, row, person, related),
                when=when,
                person=who,
                cells=self._event_cells(telling, cells, row, left_out),
                episode=self._optional_id(row, "episode"),
                # A parent that did not happen would be a key that no event has.
                parent=(telling.parent, record) if telling.parent and telling.parent in types else None,
                incident=self._optional_id(row, "incident"),
                supersedes=self._superseded(row, of_person),
                related_person=related,
            )
            for telling, when in happened
        ]

    def _superseded(self, row: table.Row, of_person: Sequence[str]) -> str:
        """The name of the record that is put right: about the same person, unless a person has no id but the record's."""
        superseded = self._pieces(row, "supersedes")
        is_own = self.mapping.columns["person"] == self.mapping.columns["record"]
        return (
            local_id.joined([*superseded, *(superseded if is_own else of_person)])
            if local_id.optional(superseded)
            else ""
        )

    def _event_type(self, telling: Telling, row: table.Row, person: str, related: str) -> str:
        event_type = telling.event_type
        if not event_type:
            translation = telling.codes["event_type"]
            code = translation.code(row[translation.column])
            if code is None:
                raise UnusableError("event_type_unmapped")
            if not code:
                raise UnusableError("out_of_scope")
            event_type = code
        if event_type in MERGES and related in ("", person):
            raise UnusableError("related_person_same" if related else "related_person_missing")
        return event_type

    def _event_cells(
        self, telling: Telling, cells: dict[str, str], row: table.Row, left_out: list[str]
    ) -> dict[str, str]:
        own = {column: each for column, each in telling.codes.items() if column != "event_type"}
        return cells | self._cells(telling.constants, own, row, left_out) if own or telling.constants else cells

    def _cells(
        self, constants: dict[str, str], codes: dict[str, Translation], row: table.Row, left_out: list[str]
    ) -> dict[str, str]:
        cells = dict(constants)
        for column, translation in codes.items():
            if code := translated(column, translation, row[translation.column], left_out):
                cells[column] = code
        return cells

    def _person(self, row: table.Row, local_id: str, codes: dict[str, str], left_out: list[str]) -> Person:
        if "ethnicity" in self.mapping.columns:
            codes["ethnic_group"] = _known("ethnicity", _ethnic_groups(), self._cell(row, "ethnicity"), left_out)
        if "sex" in self.mapping.columns:
            codes["sex"] = _known("sex", _sexes(), self._cell(row, "sex"), left_out)
        return Person(
            local_id=local_id,
            nhs=self._number(row, "nhs", left_out),
            upn=self._number(row, "upn", left_out),
            forename=self._cell(row, "forename"),
            surname=self._cell(row, "surname"),
            dob=self._birth(row, "dob", left_out),
            expected_dob=self._birth(row, "expected_dob", left_out),
            postcode=self._cell(row, "postcode"),
            household_id=self._optional_id(row, "household"),
            **codes,
        )

    def _number(self, row: table.Row, part: str, left_out: list[str]) -> str:
        """An NHS or pupil number as it stands; one that cannot be right is counted, and gives no token."""
        text = self._cell(row, part)
        if not text:
            return ""
        if local_id.LOST_DIGITS.fullmatch(text):
            left_out.append(f"{part}_lost_digits")
            return ""
        if (identity.valid_nhs if part == "nhs" else identity.valid_upn)(text) is None:
            left_out.append(f"{part}_invalid")
        return text

    def _birth(self, row: table.Row, part: str, left_out: list[str]) -> date | None:
        text = self._cell(row, part)
        if not text:
            return None
        is_real = isinstance(text, MomentCell)
        try:
            day = naive(text, () if is_real else self.mapping.dob_formats, is_real).date()
        except UnusableError:
            left_out.append("birth_date_unreadable" if part == "dob" else "expected_birth_date_unreadable")
            return None
        if part == "dob" and day > self.today:
            left_out.append("birth_date_after_snapshot")
            return None
        return identity.plausible_birth(day)

    def _when(self, telling: Telling, row: table.Row) -> When | None:
        text = _moment(row, telling.when)
        dates = self.real if isinstance(text, MomentCell) else self.written
        try:
            return dates.required(text) if telling.is_required else dates.optional(text)
        except UnusableError as error:
            if error.reason == "date_unreadable":
                self._count_unread(text)
            raise

    def _count_unread(self, text: str) -> None:
        self.inventory.unread_dates += 1
        try:
            naive(text, self.exchanged, False)  # noqa: FBT003 - cached by position
        except UnusableError:
            return
        self.inventory.exchanged_dates += 1

    def _recorded(self, row: table.Row, left_out: list[str]) -> When | None:
        text = _moment(row, self.mapping.columns.get("recorded", ()))
        try:
            return (self.real if isinstance(text, MomentCell) else self.written).optional(text)
        except UnusableError:
            left_out.append("recorded_unreadable")
            return None

    def _cell(self, row: table.Row, part: str) -> str:
        columns = self.mapping.columns.get(part)
        return row[columns[0]] if columns else ""

    def _pieces(self, row: table.Row, part: str) -> list[str]:
        return [row[column] for column in self.mapping.columns.get(part, ())]

    def _optional_id(self, row: table.Row, part: str) -> str:
        return local_id.optional(self._pieces(row, part))

    def _id(self, row: table.Row, part: str) -> list[str]:
        return local_id.required(self._pieces(row, part), part)


def _check_scope(scope: Scope, row: table.Row) -> None:
    label = plain(row[scope.column])
    if label not in scope.accepted:
        raise UnusableError("out_of_scope" if label in scope.rejected else "scope_unknown")


def _moment(row: table.Row, columns: tuple[str, ...]) -> str:
    """A date, or a date and a time of day put together; without a date there is nothing."""
    pieces = [row[column] for column in columns]
    if not pieces or not pieces[0]:
        return ""
    if len(pieces) == 1 or not pieces[1]:
        return pieces[0]
    text = " ".join(pieces)
    return MomentCell(text) if isinstance(pieces[0], MomentCell) else text


def _known(part: str, codes: dict[str, str], text: str, left_out: list[str]) -> str:
    code = codes.get(plain(text), "")
    if text and not code:
        left_out.append(f"{part}_unmapped")
    return code


@cache
def _sexes() -> dict[str, str]:
    return {plain(code): code for code in codelist.codes("sex")}


@cache
def _ethnic_groups() -> dict[str, str]:
    """The group of each code and each label of the school census, and of each group's own name."""
    group_of = codelist.translation("ethnicity", "ethnic_group")
    names = [(label, group) for group, label in codelist.labels("ethnic_group").items()]
    names += [(label, group_of[code]) for code, label in codelist.labels("ethnicity").items()]
    return {plain(name): group for name, group in [*names, *group_of.items()]}
