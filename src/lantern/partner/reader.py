"""Which reader opens which source format: the one list a new format is added to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from lantern import contract
from lantern.contract import LONDON
from lantern.errors import ConfigRefused
from lantern.partner import adult_safeguarding, annex_a, cin_census, mapped, ssd
from lantern.partner.happening import Source
from lantern.partner.inventory import is_among
from lantern.partner.mapping_file import read_mapping


@dataclass(frozen=True)
class Request:
    """What the sender asks to be read; `given_snapshot` is None where the sender left it to the source."""

    files: list[Path]
    snapshot_at: datetime
    given_snapshot: datetime | None
    period_from: date | None
    leave_out: tuple[str, ...] = ()


def _since_told(
    read: Callable[[list[Path], datetime, tuple[str, ...]], Source], what: str
) -> Callable[[Request], Source]:
    """A reader of files that do not say since when they are whole: the sender must."""

    def opened(request: Request) -> Source:
        if request.period_from is None:
            raise ConfigRefused(
                f"--from: {what} do not say since when they hold every record, and this option is missing. "
                "Nothing was made. Give that day, such as --from 2020-04-01; an older case that is still open does "
                "not make it earlier."
            )
        return read(request.files, request.snapshot_at, request.leave_out)

    return opened


READERS: dict[str, Callable[[Request], Source]] = {
    ssd.FORMAT: _since_told(ssd.source, "ssd tables"),
    cin_census.FORMAT: lambda request: cin_census.source(request.files, request.given_snapshot),
    annex_a.FORMAT: _since_told(annex_a.source, "the lists of annex_a"),
    adult_safeguarding.FORMAT: _since_told(adult_safeguarding.source, "concerns and enquiries"),
}
"""Formats with a reader of their own; every other name is a mapping of one table."""

NOT_CARRIED = {cin_census.FORMAT: ("S47_ENDED",), annex_a.FORMAT: ("CONTACT_DECIDED", "EH_ENDED", "S47_ENDED")}
"""Ends that no file of a format can tell, of what it tells the start of."""


def open_source(
    files: list[Path],
    source_format: str,
    snapshot_at: datetime | None,
    period_from: date | None,
    leave_out: tuple[str, ...] = (),
) -> Source:
    """
    Open a partner's files with the reader of their format.

    `leave_out` names files and sheets that are no table of a format of several tables, and are meant to lie there.

    Raises:
        ConfigRefused: a file or an option is missing, or the format is not known.
        DeliveryRefused: a file is not what was agreed.
    """
    if not files or not all(path.exists() for path in files):
        raise ConfigRefused("FILE: none is named, or one does not exist. Nothing was made. Name the files to read.")
    if snapshot_at is not None and snapshot_at.tzinfo is None:
        snapshot_at = snapshot_at.replace(tzinfo=LONDON)
    now = datetime.now(LONDON).replace(microsecond=0)
    request = Request(files, snapshot_at or now, snapshot_at, period_from, leave_out)
    reader = READERS.get(source_format)
    if leave_out and (reader is None or source_format == cin_census.FORMAT):
        raise ConfigRefused(
            "--leave-out: this format has one table, and every file named is read. Nothing was made. Name only the files to read."
        )
    if reader is None:
        mapping = read_mapping(source_format)
        source = mapped.source(mapping, request.files, request.snapshot_at)
        told = {event_type for telling in mapping.tellings for event_type in telling.event_types}
        ends = {contract.ENDED_BY[event_type] for event_type in told & set(contract.ENDED_BY)}
        source = replace(source, not_carried=tuple(sorted(ends - told)))
    else:
        source = reader(request)
        source = replace(source, not_carried=NOT_CARRIED.get(source_format, source.not_carried))
        _check_left_out(source, leave_out)
    return replace(source, period_from=period_from) if period_from else source


def _check_left_out(source: Source, leave_out: tuple[str, ...]) -> None:
    if any(not any(is_among(there, (name,)) for there in source.inventory.left_out) for name in leave_out):
        raise ConfigRefused(
            "--leave-out: a name given there is of no file or sheet that is there. Nothing was made. Write it as it is listed."
        )
