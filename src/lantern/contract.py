"""`partner_event` v1 and its manifest: everything a partner may send, and nothing else."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lantern import codelist
from lantern.errors import DeliveryRefused

VERSION = "1.0"
LONDON = ZoneInfo("Europe/London")
EARLIEST = "2000-01-01"
"""No event is older: earlier dates in the field are placeholders or someone's birthday."""

_HEX = r"[0-9a-f]{64}"
_NAME = r"[a-z][a-z0-9_]{1,39}"
_DAY = r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_INSTANT = _DAY + r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-](0\d|1[0-4]):[0-5]\d"
_MONTH = r"(19|20)\d\d-(0[1-9]|1[0-2])"
_ONS = r"[EWSN]\d{8}"


@dataclass(frozen=True)
class Field:
    """
    One column of `partner_event`. On the wire every column is text; an empty cell is null.

    `shape` is a full-match pattern; `codes` names a code list; a `many` column holds codes
    joined by `;`. A `keyed` column is a pseudonym: HMAC at the partner, re-keyed at the hub.
    """

    name: str
    shape: str | None = None
    codes: str | None = None
    required: bool = False
    many: bool = False
    keyed: bool = False

    @property
    def pattern(self) -> str:
        """The full-match pattern of a filled cell: a code list is a pattern too."""
        if self.codes is None:
            return self.shape or ""
        one = "|".join(re.escape(code) for code in codelist.codes(self.codes))
        return f"({one})(;({one}))*" if self.many else f"({one})"


def _keyed(name: str, *, required: bool = False) -> Field:
    return Field(name, shape=_HEX, required=required, keyed=True)


def _coded(name: str, codes: str, *, required: bool = False, many: bool = False) -> Field:
    return Field(name, codes=codes, required=required, many=many)


FIELDS: tuple[Field, ...] = (
    Field("contract_version", shape=re.escape(VERSION), required=True),
    Field("extract_id", shape=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", required=True),
    Field("partner_org", shape=_NAME, required=True),
    _coded("partner_type", "partner_type", required=True),
    _keyed("event_key", required=True),
    _keyed("supersedes_event_key"),
    _coded("record_status", "record_status", required=True),
    _coded("event_type", "event_type", required=True),
    Field("event_at", shape=f"({_DAY}|{_INSTANT})", required=True),
    _coded("event_time_precision", "event_time_precision", required=True),
    Field("recorded_at", shape=f"({_DAY}|{_INSTANT})"),
    *(_keyed(f"token_{scheme}") for scheme in codelist.codes("token_scheme")),
    _keyed("local_person_key", required=True),
    _keyed("related_person_key"),
    _keyed("household_key"),
    _keyed("incident_key"),
    _keyed("episode_key"),
    _keyed("parent_event_key"),
    _coded("source_category", "referral_source"),
    _coded("outcome_code", "contact_outcome"),
    _coded("priority", "priority"),
    _coded("priority_prev", "priority"),
    _coded("need_code", "need"),
    _coded("closure_code", "closure_reason"),
    _coded("abuse_codes", "abuse_category", many=True),
    _coded("factor_codes", "assessment_factor", many=True),
    _coded("risk_types", "adult_risk_type", many=True),
    _coded("risk_source", "adult_risk_source"),
    _coded("risk_location", "adult_risk_location"),
    _coded("risk_outcome", "adult_risk_outcome"),
    _coded("wishes_outcome", "adult_wishes_outcome"),
    _coded("capacity", "adult_capacity"),
    _coded("flag_not_required", "true_false"),
    _coded("flag_transfer_in", "true_false"),
    Field("n_previous_plans", shape=r"(1?\d|20)"),
    Field("birth_month", shape=_MONTH),
    Field("expected_birth_month", shape=_MONTH),
    _coded("is_unborn", "true_false", required=True),
    _coded("sex", "sex"),
    _coded("ethnic_group", "ethnic_group"),
    _coded("disability", "yes_no_unknown"),
    Field("area", shape=_ONS),
    Field("responsible_la", shape=_ONS, required=True),
    _coded("open_case", "yes_no_unknown"),
    _coded("channel", "channel"),
)
COLUMNS: tuple[str, ...] = tuple(column.name for column in FIELDS)
KEYED: tuple[str, ...] = tuple(column.name for column in FIELDS if column.keyed)

NEEDS_SOURCE = frozenset({"CONTACT_RECEIVED", "REFERRAL_RECEIVED", "CONCERN_RECEIVED", "PARTNER_NOTIFICATION"})
"""Events that say who they came from: without it no measure can count them, and the hub holds the row."""

ENDED_BY: dict[str, str] = {
    "CONTACT_RECEIVED": "CONTACT_DECIDED",
    "REFERRAL_RECEIVED": "CASE_CLOSED",
    "ASSESSMENT_STARTED": "ASSESSMENT_AUTHORISED",
    "S47_STARTED": "S47_ENDED",
    "CPP_STARTED": "CPP_ENDED",
    "CINPLAN_STARTED": "CINPLAN_ENDED",
    "EH_STARTED": "EH_ENDED",
    "CARE_STARTED": "CARE_ENDED",
    "MISSING_STARTED": "MISSING_ENDED",
    "INFO_REQUESTED": "INFO_RETURNED",
    "CONCERN_RECEIVED": "CONCERN_DECIDED",
    "ENQUIRY_STARTED": "ENQUIRY_CONCLUDED",
}
"""What is waited for once something has begun. A source that tells the one and has no place for the other says so."""

EVENTS_PARQUET, EVENTS_CSV, MANIFEST = "events.parquet", "events.csv", "manifest.json"

_MOST = 10**12
"""No count of a delivery is larger."""

_CHECK_TEXT = b"lantern key check v1"


@dataclass(frozen=True)
class Manifest:
    """
    What a delivery says of itself; written last, so its presence means the delivery is whole.

    Dates are `YYYY-MM-DD`; `snapshot_at` is the instant the extract was taken, with offset: what
    is still open then is censored there. `mode` is `full` (replaces what was sent for the
    same source and period) or `delta`. `rows_refused` counts source rows dropped, by reason.
    `canary` is what the sender's tokens of the published, invented persons come to: equal canaries
    mean one project key, one set of normalising rules and one reading of letters. `not_carried` are the
    event types that end what this source tells the start of (`ENDED_BY`) and that it has no table or column
    for: what it started is not open for ever, its end is only not told.
    """

    partner: str
    partner_type: str
    source_format: str
    mapping_version: str
    extract_id: str
    period_from: str
    period_to: str
    snapshot_at: str
    mode: Literal["full", "delta"]
    includes_open: bool
    events_file: str
    rows: int
    sha256: str
    key_id: str
    key_check: str
    canary: str
    normalisation: str = "norm_v1"
    contract_version: str = VERSION
    not_carried: tuple[str, ...] = ()
    rows_refused: dict[str, int] = field(default_factory=dict)

    @property
    def snapshot_on(self) -> date:
        """The day of the extract in England, with whatever offset its instant is written."""
        return datetime.fromisoformat(self.snapshot_at).astimezone(LONDON).date()

    def write(self, folder: Path) -> None:
        """Write `manifest.json` by rename, so that no reader ever sees half of it."""
        part = folder / f"{MANIFEST}.part"
        part.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(folder / MANIFEST)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """
        Read and check `manifest.json`; unknown, missing or ill-typed entries are refused.

        Raises:
            DeliveryRefused: naming the entry, never repeating what stood in it.
        """
        try:
            entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            entries = None
        if not isinstance(entries, dict):
            raise DeliveryRefused(
                "manifest.json: missing or not a JSON object. Nothing was loaded. Send the delivery again."
            )
        known = {each.name for each in fields(cls)}
        if set(entries) != known:
            missing = ", ".join(sorted(known - set(entries))) or "none"
            raise DeliveryRefused(
                f"manifest.json: entries missing: {missing}; unknown entries: {len(set(entries) - known)}. "
                "Nothing was loaded. Make the delivery with this version of 'lantern partner deliver'."
            )
        for name, shape in _MANIFEST_SHAPES.items():
            if not _fits(entries[name], shape):
                raise DeliveryRefused(f"manifest.json: '{name}' is not in the agreed form. Nothing was loaded.")
        return cls(**entries | {"not_carried": tuple(entries["not_carried"])})


_MANIFEST_SHAPES: dict[str, str | type] = {
    "partner": _NAME,
    "partner_type": _NAME,
    "source_format": _NAME,
    "mapping_version": r"[a-z][a-z0-9_]{1,39}(-[0-9]{1,4}(\.[0-9]{1,3}){0,2}){1,2}",
    "extract_id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "period_from": _DAY,
    "period_to": _DAY,
    "snapshot_at": _INSTANT,
    "mode": r"full|delta",
    "includes_open": bool,
    "events_file": f"{re.escape(EVENTS_PARQUET)}|{re.escape(EVENTS_CSV)}",
    "rows": int,
    "sha256": _HEX,
    "key_id": r"[a-z0-9][a-z0-9\-]{0,39}",
    "key_check": _HEX,
    "canary": _HEX,
    "normalisation": r"norm_v[1-9]",
    "contract_version": re.escape(VERSION),
    "not_carried": list,
    "rows_refused": dict,
}


def _fits(value: Any, shape: str | type) -> bool:
    if isinstance(shape, str):
        if not isinstance(value, str) or not re.fullmatch(shape, value):
            return False
        return _is_date(value) if shape in (_DAY, _INSTANT) else True
    if shape is list:
        # Each once and in one order, so that one statement is written in one way.
        return isinstance(value, list) and value == [each for each in sorted(ENDED_BY.values()) if each in value]
    if shape is dict:
        return isinstance(value, dict) and all(
            re.fullmatch(_NAME, key) and type(count) is int and 0 <= count <= _MOST for key, count in value.items()
        )
    return type(value) is shape and (type(value) is not int or 0 <= value <= _MOST)


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_check_text() -> bytes:
    """The fixed text both sides HMAC with the project key to prove, without showing it, that it is one key."""
    return _CHECK_TEXT
