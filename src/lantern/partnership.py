"""A partnership's own file: its partners, its privacy allowance and who may approve."""

import re
import tomllib
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from lantern.errors import ConfigRefused
from lantern.home import PROJECT
from lantern.period import Quarter

_FOLDER = r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)"
_INBOX = re.compile(rf"((s3|sftp)://[A-Za-z0-9_]+@[A-Za-z0-9][A-Za-z0-9.-]*{_FOLDER}*|file://{_FOLDER}+)/?")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


def _checked_cron(text: str) -> str:
    from croniter import croniter  # type: ignore[import-untyped]  # comes with Airflow, which reads it in the same way

    if not croniter.is_valid(text):
        raise ValueError("it is five fields of cron, as in '0 * * * *' for every full hour")
    return text


Cron = Annotated[str, Field(pattern=r"^([0-9*][0-9*,/-]*)( [0-9*][0-9*,/-]*){4}$"), AfterValidator(_checked_cron)]
Address = Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$")]
_MOST_MICRO_RHO = 1_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Privacy(_Strict):
    """
    The promise, in whole millionths of rho (`zcdp`) or of epsilon (`pure`), over any four quarters in a row.

    Whole numbers, so that twenty spends of a tenth are two and not 2.0000000000000004.
    """

    unit: Literal["person"]
    definition: Literal["zcdp", "pure"]
    micro_per_year: Annotated[int, Field(ge=1_000, le=10_000_000)]
    delta_exponent: Annotated[int, Field(ge=6, le=12)]

    @model_validator(mode="after")
    def _rho_is_at_most_one(self) -> "Privacy":
        if self.definition == "zcdp" and self.micro_per_year > _MOST_MICRO_RHO:
            raise ValueError("a rho above 1 a year hides little: micro_per_year is at most 1000000 for zcdp")
        return self

    @property
    def delta(self) -> float:
        """The delta at which epsilon is quoted."""
        return float(10**-self.delta_exponent)


class Expected(_Strict):
    """
    Public volumes a quarter, by base table: errors are foretold from them, figures never are.

    A table without one is not released; contacts and referrals always are.
    """

    contacts: Annotated[int, Field(gt=0)]
    referrals: Annotated[int, Field(gt=0)]
    waiting: Annotated[int, Field(gt=0)] | None = None
    first_notices: Annotated[int, Field(gt=0)] | None = None
    concerns: Annotated[int, Field(gt=0)] | None = None

    @property
    def volumes(self) -> dict[str, int]:
        """Base table to rows a quarter, of those that are released."""
        return {name: rows for name, rows in self.model_dump().items() if rows is not None}


class Publication(_Strict):
    """
    When a quarter may be released, and by whom it must be approved.

    `revisions_per_period` is how often a published quarter may be drawn again for what arrived late. What was drawn is shown
    `publish_after_days` working days later, at the time of day `publish_at` in Europe/London; without either, at once.
    """

    first_period: Annotated[str, Field(pattern=r"^20\d\d-Q[1-4]$")]
    embargo_days: Annotated[int, Field(ge=0, le=120)]
    revisions_per_period: Annotated[int, Field(ge=0, le=4)] = 1
    approvers: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    publish_after_days: Annotated[int, Field(ge=0, le=60)] = 0
    publish_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None

    @property
    def first(self) -> Quarter:
        """The first quarter that may be released."""
        return Quarter.parse(self.first_period)


class Quarantine(_Strict):
    """How many days rows that were held back are kept before they are removed."""

    days: Annotated[int, Field(ge=1, le=90)] = 28


class Retention(_Strict):
    """
    How many months events are kept, by the day they happened: `months` of any partner, `partners` of those whose sharing agreement
    says otherwise. Absent, nothing is removed for its age, and `lantern status` says so.

    Two years at the least: a release looks a year back from a quarter that may still be revised.
    """

    months: Annotated[int, Field(ge=24, le=600)] | None = None
    partners: dict[Name, Annotated[int, Field(ge=24, le=600)]] = {}

    def months_of(self, partner: str) -> int | None:
        """How long a partner's events are kept; None for as long as the hub exists."""
        return self.partners.get(partner, self.months)


class Schedule(_Strict):
    """
    When work begins by the clock of Europe/London, as cron has it: minute, hour, day of the month, month, day of the week.

    With `watch`, intake also begins when a delivery is whole in an inbox of the hub's own. All else begins when what it waits for is made.
    """

    intake: Cron = "0 * * * *"
    watch: bool = True
    housekeeping: Cron = "30 3 * * *"


class Linkage(_Strict):
    """
    How records of different partners may be joined; absent, by exact agreement alone.

    `probabilistic` also joins by likelihood, which compares encoded fields: the sharing agreement must allow it, and
    `agreement` names its clause. `threshold` is the least probability of being one person that joins.
    """

    probabilistic: bool = False
    agreement: Annotated[str, Field(min_length=3)] | None = None
    threshold: Annotated[float, Field(ge=0.9, lt=1)] = 0.99

    @model_validator(mode="after")
    def _likelihood_needs_a_clause(self) -> "Linkage":
        if self.probabilistic and self.agreement is None:
            raise ValueError(
                "probabilistic linkage compares encoded fields: name the clause of the sharing agreement that "
                "allows it as 'agreement', or leave it off"
            )
        return self


class Alerts(_Strict):
    """
    Who is told when something is wrong with the hub; absent, `lantern doctor` alone says it.

    The connections are ids of Airflow connections, of type `smtp` and `http`, which alone hold what is secret. A quarter that has been
    ripe for `approval_days` with nobody's decision is told of.
    """

    email_connection: Name | None = None
    email_to: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    webhook_connection: Name | None = None
    approval_days: Annotated[int, Field(ge=1, le=120)] = 7

    @model_validator(mode="after")
    def _a_letter_has_a_server_and_a_reader(self) -> "Alerts":
        if (self.email_connection is None) != (not self.email_to):
            raise ValueError("email_connection and email_to go together: set both, or neither")
        return self


class Partner(_Strict):
    """
    An organisation that sends deliveries. `formats` is in order of preference.

    `inbox` says where its deliveries are fetched from; absent, it puts them into the hub's own
    folder. `connection` is the id of an Airflow connection, which alone holds what is secret. It is late when `every_days`
    and `grace_days` have gone by since the last delivery that was accepted; without the first, it never is.
    """

    name: Name
    title: str
    partner_type: Name
    formats: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]
    inbox: str | None = None
    every_days: Annotated[int, Field(ge=1, le=400)] | None = None
    grace_days: Annotated[int, Field(ge=0, le=120)] = 2

    @field_validator("inbox")
    @classmethod
    def _inbox_has_an_agreed_form(cls, inbox: str | None) -> str | None:
        if inbox is not None and not _INBOX.fullmatch(inbox):
            raise ValueError(
                "it is s3://connection@bucket/folder, sftp://connection@host/folder or file:///folder, in plain "
                "letters and figures. User names, passwords and ports belong in the Airflow connection"
            )
        return inbox


class Partnership(_Strict):
    """One partnership: the only place a partner, an allowance or an approver is written."""

    name: Name
    title: str
    basis: str
    responsible_la: Annotated[str, Field(pattern=r"^[EWSN]\d{8}$")]
    privacy: Privacy
    expected: Expected
    release: Publication
    linkage: Linkage = Linkage()
    quarantine: Quarantine = Quarantine()
    retention: Retention = Retention()
    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    partners: Annotated[tuple[Partner, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _partners_differ(self) -> "Partnership":
        names = [partner.name for partner in self.partners]
        if len(names) != len(set(names)):
            raise ValueError("two partners have one name")
        return self

    @model_validator(mode="after")
    def _retention_names_partners(self) -> "Partnership":
        if set(self.retention.partners) - {partner.name for partner in self.partners}:
            raise ValueError("[retention.partners] names one that is no partner here")
        return self

    @model_validator(mode="after")
    def _inboxes_differ(self) -> "Partnership":
        # Who sent a delivery is known from where it lies: no inbox may lie in another.
        inboxes = sorted(f"{partner.inbox.rstrip('/')}/" for partner in self.partners if partner.inbox)
        if any(inner.startswith(outer) for outer, inner in pairwise(inboxes)):
            raise ValueError("the inbox of one partner is, or lies in, that of another")
        return self

    def partner(self, name: str) -> Partner | None:
        """The partner called so, if it is one of this partnership."""
        return next((each for each in self.partners if each.name == name), None)


_FORMS = {
    r"^[a-z][a-z0-9_]{1,39}$": "it is written in small letters, digits and _, like example_council",
    r"^20\d\d-Q[1-4]$": "it is written like 2025-Q1",
}
_WORDS = {"too_short": "at least one is needed", "missing": "it is missing", "extra_forbidden": "no such entry"}
_ENTRIES = {entry for part in (Partnership, Publication, Alerts, Partner) for entry in part.model_fields}


def read_partnership(name: str, folder: Path = PROJECT / "partnerships") -> Partnership:
    """
    Read `partnerships/<name>.toml` and check all of it before anything runs.

    Raises:
        ConfigRefused: naming each entry that is missing, unknown or out of range.
    """
    path = folder / f"{name}.toml"
    try:
        found = Partnership.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        there = ", ".join(sorted(each.stem for each in folder.glob("*.toml"))) or "none"
        told = f"partnerships/{name}.toml: there is no such partnership; there are: {there}. Nothing was done."
        raise ConfigRefused(told) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise ConfigRefused(
            f"partnerships/{name}.toml, {place[0] if place else 'a line'}: it cannot be read from there on. Nothing was done. "
            "Look there, and on the line above, for a quote or a bracket that is missing."
        ) from None
    except ValidationError as error:
        wrong = f"{'; '.join(map(_told, error.errors()))}. Nothing was done. Mend the file and try again."
        raise ConfigRefused(f"partnerships/{name}.toml: {wrong}") from None
    if found.name != name:
        raise ConfigRefused(f"partnerships/{name}.toml: it calls itself '{found.name}'. Nothing was done.")
    return found


def _told(error: ErrorDetails) -> str:
    """Which entry is wrong, partners counted from 1, and in what, for whoever wrote it."""
    place = [str(each + 1) if isinstance(each, int) else each for each in error["loc"]] or ["the file"]
    told = (
        _FORMS.get(error["ctx"]["pattern"]) if error["type"] == "string_pattern_mismatch" else _WORDS.get(error["type"])
    )
    close = get_close_matches(place[-1], _ENTRIES, 1) if error["type"] == "extra_forbidden" else []
    asked = f"; did you mean {close[0]}?" if close else ""
    return f"{'.'.join(place).replace('partners.', 'partner ')}: {told or error['msg']}{asked}"


def read_partnerships(folder: Path = PROJECT / "partnerships") -> tuple[Partnership, ...]:
    """Every partnership of this hub, by name."""
    return tuple(read_partnership(path.stem, folder) for path in sorted(folder.glob("*.toml")))
