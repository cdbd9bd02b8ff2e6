"""The Standard Safeguarding Dataset: a council's tables, read into happenings."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from lantern.contract import LONDON
from lantern.errors import DeliveryRefused
from lantern.partner import bundle, care_period, ssd_person, table
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.inventory import Inventory, is_among, refuse_strangers
from lantern.partner.ssd_record import TABLES, Council, RowReader

FORMAT = "ssd"
MAPPING_VERSION = "ssd-1.4.5"
_FACTORS, _PLANS, _CONTACTS = "ssd_assessment_factors", "ssd_cp_plans", "ssd_contacts"
_DECIDED = "x_cont_decision_dttm"
_TOLD = (*TABLES, care_period.NAME)
"""Tables that events are made of."""
_NAMES = (ssd_person.NAME, *ssd_person.ASIDE, _FACTORS, *_TOLD)
_UNUSED = (
    "ssd_care_leavers", "ssd_cin_visits", "ssd_cla_care_plan", "ssd_cla_convictions", "ssd_cla_health",
    "ssd_cla_immunisations", "ssd_cla_placement", "ssd_cla_previous_permanence", "ssd_cla_reviews",
    "ssd_cla_substance_misuse", "ssd_cla_visits", "ssd_cp_reviews", "ssd_cp_visits", "ssd_department",
    "ssd_ehcp_active_plans", "ssd_ehcp_assessment", "ssd_ehcp_named_plan", "ssd_ehcp_requests", "ssd_immigration_status",
    "ssd_involvements", "ssd_legal_status", "ssd_mother", "ssd_permanence", "ssd_pre_proceedings", "ssd_professionals",
    "ssd_s251_finance", "ssd_sdq_scores", "ssd_sen_need", "ssd_send", "ssd_version_log", "ssd_voice_of_child",
)  # fmt: skip
"""Tables of the standard of which no event is made."""
_IDS = {_CONTACTS: ("cont_contact_id", "cont_person_id"), "ssd_cin_episodes": ("cine_referral_id", "cine_person_id")}
_ENOUGH_CONTACTS = 200
"""So many contacts and not one undecided: an extract of completed work, or a front door nobody has seen yet."""


def source(files: list[Path], snapshot_at: datetime, leave_out: tuple[str, ...] = ()) -> Source:
    """Open the tables: files named as the standard names them, or one folder of them."""
    tables, inventory = _tables(files, leave_out)
    return Source(
        source_format=FORMAT,
        partner_type="csc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at,
        happenings=_happenings(tables, DateReader(snapshot_at), inventory),
        period_to=snapshot_at.astimezone(LONDON).date(),
        not_carried=() if _has_decisions(tables) else ("CONTACT_DECIDED",),
        inventory=inventory,
    )


def _has_decisions(tables: dict[str, Path]) -> bool:
    if _CONTACTS not in tables:
        return False
    return _DECIDED in table.headings_of(tables[_CONTACTS], _CONTACTS, TABLES[_CONTACTS][1])


def _tables(files: list[Path], leave_out: tuple[str, ...]) -> tuple[dict[str, Path], Inventory]:
    found: dict[str, Path] = {}
    unused, left_out, strangers = list[str](), list[str](), list[str]()
    for path in bundle.tables_in(files):
        name = path.stem.strip().lower() if path.suffix.lower() == ".csv" else ""
        if is_among(path.name, leave_out):
            left_out.append(path.name)
        elif name in found:
            raise DeliveryRefused(f"{FORMAT}: {name} is there twice. Nothing was made. Give one of the two.")
        elif name in _NAMES:
            found[name] = path
        elif name in _UNUSED:
            unused.append(name)
        else:
            strangers.append(path.name)
    missing = tuple(name for name in _NAMES if name not in found)
    refuse_strangers(
        FORMAT, strangers, dict(zip(missing, missing, strict=True)), lambda name: name.lower().removesuffix(".csv")
    )
    if ssd_person.NAME not in found or not set(found) & set(_TOLD):
        raise DeliveryRefused(
            f"ssd: {ssd_person.NAME}.csv and at least one of {', '.join(_TOLD)} are needed. Nothing was made. Add them."
        )
    return found, Inventory(missing=missing, unused=tuple(unused), left_out=tuple(left_out))


def _happenings(tables: dict[str, Path], dates: DateReader, inventory: Inventory) -> Iterator[Happening | Refused]:
    council = Council(dates)
    yield from ssd_person.read(tables, dates, council.people, inventory)
    council.factors = ssd_person.column(
        tables, _FACTORS, "cinf_assessment_id", "cinf_assessment_factors_json", inventory
    )
    council.plans = _plan_starts(tables, dates)
    council.shared = _shared(tables)
    for name, (read, required) in TABLES.items():
        if name in tables:
            rows = table.rows(tables[name], name, required, inventory=inventory)
            yield from _contacts(rows, council) if name == _CONTACTS else _records(rows, name, read, council)
    if care_period.NAME in tables:
        rows = table.rows(tables[care_period.NAME], care_period.NAME, care_period.REQUIRED, inventory=inventory)
        yield from care_period.happenings(rows, council.people, dates)


def _records(
    rows: Iterator[tuple[int, table.Row]], name: str, read: RowReader, council: Council
) -> Iterator[Happening | Refused]:
    for number, row in rows:
        where = f"{name} row {number}"
        if not row.is_whole:
            yield Refused("row_shape", where)
            continue
        try:
            made = read(row, council)
        except UnusableError as error:
            council.left_out.clear()
            yield Refused(error.reason, where)
            continue
        for happening in made:
            happening.where = where
            yield happening
        if council.left_out:
            yield from [Refused(reason, where, is_kept=True) for reason in council.left_out]
            council.left_out.clear()


def _contacts(rows: Iterator[tuple[int, table.Row]], council: Council) -> Iterator[Happening | Refused]:
    """The contacts, and once for all of them what the table cannot tell of decisions."""
    received = decided = 0
    has_column = False

    def seen() -> Iterator[tuple[int, table.Row]]:
        nonlocal has_column
        for number, row in rows:
            has_column = has_column or _DECIDED in row
            yield number, row

    for each in _records(seen(), _CONTACTS, TABLES[_CONTACTS][0], council):
        if isinstance(each, Happening):
            received += each.event_type == "CONTACT_RECEIVED"
            decided += each.event_type == "CONTACT_DECIDED"
        yield each
    if received and not has_column:
        yield Refused("decisions_not_in_table", _CONTACTS, is_kept=True)
    elif received >= _ENOUGH_CONTACTS and received == decided:
        yield Refused("no_contact_undecided", _CONTACTS, is_kept=True)


def _plan_starts(tables: dict[str, Path], dates: DateReader) -> dict[str, list[date]]:
    starts: dict[str, list[date]] = {}
    if _PLANS in tables:
        for _, row in table.rows(tables[_PLANS], _PLANS, TABLES[_PLANS][1]):
            with suppress(UnusableError):
                day = dates.required(row["cppl_cp_plan_start_date"]).day
                starts.setdefault(row["cppl_person_id"], []).append(day)
    return starts


def _shared(tables: dict[str, Path]) -> set[str]:
    """Ids that are given to more than one child: found beforehand, so that the first row of one knows it as well."""
    shared: set[str] = set()
    for name, (record, person) in _IDS.items():
        first: dict[str, str] = {}
        if name in tables:
            for _, row in table.rows(tables[name], name, TABLES[name][1]):
                if first.setdefault(row[record], row[person]) != row[person]:
                    shared.add(row[record])
    return shared
