"""The Standard Safeguarding Dataset: a council's tables, read into happenings."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from lantern import codelist
from lantern.errors import DeliveryRefused
from lantern.partner import identity, table
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import LONDON, DateReader, UnusableError
from lantern.partner.ssd_record import TABLES, Council, RowReader

FORMAT = "ssd"
MAPPING_VERSION = "ssd-1.4.5"
_PERSON = "ssd_person"
_ASIDE = ("ssd_address", "ssd_family", "ssd_assessment_factors")
_PLANS = "ssd_cp_plans"


def source(files: list[Path], snapshot_at: datetime) -> Source:
    """Open the tables: files named as the standard names them, or one folder of them."""
    tables = _tables(files)
    return Source(
        source_format=FORMAT,
        partner_type="csc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at,
        happenings=_happenings(tables, DateReader(snapshot_at)),
        period_to=snapshot_at.astimezone(LONDON).date(),
    )


def _tables(files: list[Path]) -> dict[str, Path]:
    is_folder = len(files) == 1 and files[0].is_dir()
    listed = sorted(files[0].iterdir()) if is_folder else files
    by_stem = {path.stem.lower(): path for path in listed if path.suffix.lower() == ".csv"}
    known = {name: by_stem[name] for name in (_PERSON, *_ASIDE, *TABLES) if name in by_stem}
    if not is_folder and len(known) < len(files):
        raise DeliveryRefused(
            f"ssd: {len(files) - len(known)} of {len(files)} files are not CSV files named "
            f"{', '.join((_PERSON, *_ASIDE, *TABLES))}. "
            "Nothing was made. Leave them out, or name them as the standard does."
        )
    if _PERSON not in known or not set(known) & set(TABLES):
        raise DeliveryRefused(
            f"ssd: {_PERSON}.csv and at least one of {', '.join(TABLES)} are needed. Nothing was made. Add them."
        )
    return known


def _happenings(tables: dict[str, Path], dates: DateReader) -> Iterator[Happening | Refused]:
    council = Council(dates)
    postcodes = _column(tables, "ssd_address", "addr_person_id", "addr_postcode")
    families = _column(tables, "ssd_family", "fami_person_id", "fami_family_id")
    council.factors = _column(tables, "ssd_assessment_factors", "cinf_assessment_id", "cinf_assessment_factors_json")
    for number, row in table.rows(tables[_PERSON], _PERSON, ["pers_person_id"]):
        if row["pers_person_id"]:
            person = _person(row, council, postcodes, families)
            council.people[person.local_id] = person
        yield from _left_out(council, _PERSON, number)
    if _PLANS in tables:
        council.plans = _plan_starts(tables[_PLANS], dates)
    for name, (read, required) in TABLES.items():
        if name in tables:
            for number, row in table.rows(tables[name], name, required):
                yield from _row(read, row, council, f"{name} row {number}")
                yield from _left_out(council, name, number)


def _row(read: RowReader, row: table.Row, council: Council, where: str) -> Iterator[Happening | Refused]:
    if not row.is_whole:
        yield Refused("row_shape", where)
        return
    try:
        made = read(row, council)
    except UnusableError as error:
        council.left_out.clear()
        yield Refused(error.reason, where)
        return
    for happening in made:
        happening.where = where
        yield happening


def _plan_starts(path: Path, dates: DateReader) -> dict[str, list[date]]:
    starts: dict[str, list[date]] = {}
    for _, row in table.rows(path, _PLANS, TABLES[_PLANS][1]):
        with suppress(UnusableError):
            day = dates.required(row["cppl_cp_plan_start_date"]).day
            starts.setdefault(row["cppl_person_id"], []).append(day)
    return starts


def _left_out(council: Council, name: str, number: int) -> Iterator[Refused]:
    for reason in council.left_out:
        yield Refused(reason, f"{name} row {number}", is_kept=True)
    council.left_out.clear()


def _column(tables: dict[str, Path], name: str, key: str, column: str) -> dict[str, str]:
    if name not in tables:
        return {}
    return {row[key]: row[column] for _, row in table.rows(tables[name], name, [key, column]) if row[column]}


def _person(row: table.Row, council: Council, postcodes: dict[str, str], families: dict[str, str]) -> Person:
    local_id = row["pers_person_id"]
    for column, valid in (("pers_single_unique_id", identity.valid_nhs), ("pers_upn", identity.valid_upn)):
        if row[column] and valid(row[column]) is None:
            council.left_out.append("upn_invalid" if column == "pers_upn" else "nhs_invalid")
    ethnicity = council.code(row["pers_ethnicity"], "ethnicity")
    return Person(
        local_id=local_id,
        nhs=row["pers_single_unique_id"] or row["pers_common_child_id"],
        upn=row["pers_upn"],
        forename=row["pers_forename"],
        surname=row["pers_surname"],
        dob=_birth(row["pers_dob"], council),
        expected_dob=_birth(row["pers_expected_dob"], council),
        sex=council.code(row["pers_sex"][:1], "sex"),
        postcode=postcodes.get(local_id, ""),
        ethnic_group=codelist.translation("ethnicity", "ethnic_group").get(ethnicity, ""),
        household_id=families.get(local_id, ""),
    )


def _birth(text: str, council: Council) -> date | None:
    try:
        return identity.plausible_birth(council.dates.birth(text))
    except UnusableError:
        council.left_out.append("birth_date_unreadable")
        return None
