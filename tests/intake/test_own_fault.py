"""What fails in the hub's own work is told to the hub: nothing is refused, and the delivery waits."""

import errno

import duckdb
import pyarrow as pa
import pytest
from tests.conftest import empty_hub
from tests.intake.sending import CANARY, contacts, verdicts

from lantern.errors import LanternError, StoreBusy
from lantern.intake import acceptance, arrival, content, dating, scan
from lantern.pipeline import intake, judgement

OWN = [
    #  where it fails, with what                                       what the hub is told
    ("the process that reads is not started", OSError(errno.EAGAIN, CANARY), StoreBusy),
    ("the text is mapped", OSError(errno.ENOMEM, CANARY), StoreBusy),
    ("the cells are looked at", MemoryError(CANARY), StoreBusy),
    ("the cells are looked at", pa.ArrowMemoryError(CANARY), StoreBusy),
    ("equal rows are looked for", duckdb.OutOfMemoryException(CANARY), StoreBusy),
    ("it is named", MemoryError(CANARY), StoreBusy),
    ("dates are read", duckdb.IOException(CANARY), StoreBusy),
    ("it is judged", OSError(errno.ENOSPC, CANARY), StoreBusy),
    ("it is judged", LookupError(CANARY), LanternError),
    ("it is made fit to keep", ValueError(CANARY), LanternError),
]
PLACES = {
    "the process that reads is not started": (arrival.subprocess, "run"),
    "the text is mapped": (arrival.Arrival, "column"),
    "the cells are looked at": (scan, "read"),
    "equal rows are looked for": (content, "repeats"),
    "it is named": (content, "delivery_id"),
    "dates are read": (dating, "dates"),
    "it is judged": (judgement, "judge"),
    "it is made fit to keep": (acceptance, "keepable"),
}
NAMES = [f"{where}: {type(how).__name__}" for where, how, _ in OWN]


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """A hub in whose inbox one delivery waits, for all tests here: each leaves it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(tmp_path_factory.mktemp("waiting") / "home"))
        hub = empty_hub()
        hub.deliver(contacts(hub))
        yield hub


def fails(patch, where: str, how: Exception) -> None:
    def failing(*_given, **_named):
        raise how

    patch.setattr(*PLACES[where], failing)


def left(hub) -> list[str]:
    folders = (hub.home.accepted, hub.home.quarantine, hub.home.work, hub.home.reports)
    return [path.name for folder in folders for path in folder.rglob("*")]


@pytest.mark.parametrize(("where", "how", "told"), OWN, ids=NAMES)
def test_what_fails_in_the_hubs_own_work_refuses_nothing_and_the_delivery_waits(waiting, monkeypatch, where, how, told):
    fails(monkeypatch, where, how)

    with pytest.raises(LanternError) as trouble:
        verdicts(waiting)

    assert type(trouble.value) is told
    assert type(how).__name__ in str(trouble.value)
    assert "waits in the inbox" in str(trouble.value)
    assert CANARY not in str(trouble.value)
    assert left(waiting) == []
    assert len(list(waiting.home.inbox.glob("*/*/manifest.json"))) == 1


def test_what_waited_is_accepted_once_the_hub_is_well_and_nothing_else_was_held_up(hub, monkeypatch):
    """The first of two deliveries meets a fault of the program; the second does not; then neither."""
    hub.deliver(contacts(hub, 20))
    hub.deliver(contacts(hub, 21))
    first, second = intake.waiting(hub.home, hub.partnership)
    with monkeypatch.context() as patch:
        fails(patch, "it is judged", LookupError())
        with pytest.raises(LanternError, match="fault of this program and not of the sender"):
            intake.receive(hub.home, hub.partnership, first)

    assert intake.receive(hub.home, hub.partnership, second).outcome == "accepted"
    assert intake.receive(hub.home, hub.partnership, first).outcome == "accepted"
    assert sorted(intake.load(hub.home).values()) == [20, 21]


@pytest.mark.parametrize("how", [LookupError(CANARY), OSError(CANARY), pa.ArrowInvalid(CANARY)])
def test_a_surprise_while_foreign_bytes_are_read_is_still_a_refusal(hub, monkeypatch, how):
    """An error of Arrow's that no system gave a number is about the file."""
    hub.deliver(contacts(hub))
    fails(monkeypatch, "the cells are looked at", how)

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert CANARY not in verdict.reason


def test_with_all_of_it_taken_for_foreign_bytes_the_sender_would_be_blamed(hub, monkeypatch):
    """The twin: one guard around reading and judging, as it once was."""
    judge = intake._judge

    def all_foreign(*given):
        with intake._foreign_bytes():
            return judge(*given)

    monkeypatch.setattr(intake, "_judge", all_foreign)
    fails(monkeypatch, "dates are read", duckdb.IOException())
    hub.deliver(contacts(hub))

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert list(hub.home.inbox.glob("*/*")) == []
