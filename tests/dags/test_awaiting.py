"""A delivery that is whole in the hub's own inbox is told of once, by a trigger that lists names and opens nothing."""

import asyncio
import json
import os
import shutil
import sys
import threading
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import CapturingLogger

from lantern import contract
from lantern.home import PROJECT, private
from lantern.intake import inbox
from lantern.partnership import Partnership, Schedule, read_partnership

COUNCIL, POLICE = "riverton_council", "riverton_police"


@pytest.fixture
def awaiting(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration import awaiting

    return awaiting


def put(hub, name, *, partner=COUNCIL, whole=True):
    """A folder as a sender leaves it; the events are there before the manifest, which makes it whole."""
    folder = private(hub.home.inbox / partner) / name
    folder.mkdir()
    (folder / contract.EVENTS_PARQUET).write_bytes(b"events")
    if whole:
        (folder / contract.MANIFEST).write_text("{}")
    return folder


@asynccontextmanager
async def running(trigger):
    """
    A trigger as the triggerer runs it, and what it fires after each step.

    A step is done and then two whole looks are waited for: what fires at neither never will.
    """
    fired, looks = [], []
    look = trigger._look
    trigger._look = lambda: (look(), looks.append(1))[0]

    async def listen():
        async for event in trigger.run():
            fired.append(event.payload)  # noqa: PERF401  # each as it comes

    async def after(step=lambda: None):
        step()
        seen, before = len(looks), len(fired)
        while len(looks) < seen + 3:
            assert not task.done()
            await asyncio.sleep(0.005)
        return fired[before:]

    task = asyncio.create_task(listen())
    try:
        yield after
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def told(hub, awaiting, *steps, trigger=None):
    """How often it fires after each step, the first at its start."""
    made = trigger or awaiting.DeliveryTrigger("demo", [COUNCIL, POLICE], poke_interval=0.01)

    async def watched():
        async with running(made) as after:
            return [await after(step) for step in ((lambda: None), *steps)]

    found = asyncio.run(watched())
    assert {payload for each in found for payload in each} <= {"come"}
    return [len(each) for each in found]


def taken_up(hub):
    """What an intake does first: it gives each delivery a name of its own."""
    return lambda: inbox.waiting(hub.home, hub.partnership)


def test_each_delivery_is_told_of_once_when_it_is_whole(hub, awaiting):
    """
    in the inbox                                   told
    nothing, at the start                          no
    a folder without manifest                      no
    its manifest                                   once
    nothing new                                    no
    another partner's delivery                     once
    an intake renames both and takes neither       no
    the first sender's next, under the same name   once
    an intake takes all of them                    no
    one more                                       once
    two at a time                                  once, for one intake takes both
    """

    def finish():
        (hub.home.inbox / COUNCIL / "notices" / contract.MANIFEST).write_text("{}")

    def take():
        for each in inbox.waiting(hub.home, hub.partnership):
            inbox.remove(hub.home, each)

    assert told(
        hub,
        awaiting,
        lambda: put(hub, "notices", whole=False),
        finish,
        lambda: None,
        lambda: put(hub, "notices", partner=POLICE),
        taken_up(hub),
        lambda: put(hub, "notices"),
        take,
        lambda: put(hub, "one more"),
        lambda: (put(hub, "a"), put(hub, "b", partner=POLICE)),
    ) == [0, 0, 1, 0, 1, 0, 1, 0, 1, 1]


def test_at_its_start_it_tells_of_whatever_lies_there_and_then_no_more(hub, awaiting):
    """What came while no triggerer ran, and what an intake that was killed had named already."""
    put(hub, "notices")
    assert told(hub, awaiting, lambda: None) == [1, 0]

    taken_up(hub)()
    assert [inbox.is_ticket(path.name) for path in (hub.home.inbox / COUNCIL).iterdir()] == [True]
    assert told(hub, awaiting, lambda: None) == [1, 0]


def test_a_watcher_that_goes_by_names_would_tell_twice_of_what_an_intake_renames(hub, awaiting, monkeypatch):
    """The twin: the same steps, and the name in the place of the time."""

    def by_name(home, partner):
        folder = home.inbox / partner
        whole = [path for path in folder.glob("*") if (path / contract.MANIFEST).exists()]
        return awaiting.Counter((partner, path.name) for path in whole)

    monkeypatch.setattr(awaiting, "lying", by_name)

    assert told(hub, awaiting, lambda: put(hub, "notices"), taken_up(hub)) == [0, 1, 1]


def test_a_watcher_that_forgets_would_tell_of_one_delivery_again_and_again(hub, awaiting, monkeypatch):
    """The twin of telling once: with nothing remembered, each look tells."""
    monkeypatch.setattr(awaiting.Counter, "__sub__", lambda now, before: now)
    put(hub, "notices")

    assert min(told(hub, awaiting, lambda: None)) > 1


@pytest.mark.parametrize("name", ["a loose file", "a link to a delivery", "a folder of no partner's", "an inbox away"])
def test_what_no_intake_would_take_is_not_told_of(hub, awaiting, tmp_path, name):
    def drop():
        there = private(hub.home.inbox / COUNCIL)
        if name == "a loose file":
            (there / contract.MANIFEST).write_text("{}")
        elif name == "a link to a delivery":
            (there / "link").symlink_to(put(hub, "notices", partner="nobody"))
        elif name == "a folder of no partner's":
            put(hub, "notices", partner="nobody")
        else:
            shutil.rmtree(there)

    assert told(hub, awaiting, drop) == [0, 0]


def test_an_inbox_that_cannot_be_listed_is_said_once_and_holds_up_no_other(hub, awaiting):
    private(hub.home.inbox)
    (hub.home.inbox / COUNCIL).write_text("a file where the folder should be")

    made = awaiting.DeliveryTrigger("demo", [COUNCIL, POLICE], poke_interval=0.01)
    # A log of its own: which lines Airflow's lets through depends on what else ran in this process.
    made._log = log = CapturingLogger()

    assert told(hub, awaiting, lambda: put(hub, "notices", partner=POLICE), trigger=made) == [0, 1]

    (said,) = log.calls
    assert said.method_name == "warning"
    assert f"demo: the inbox of {COUNCIL} cannot be listed (NotADirectoryError)." in said.args[0] % said.args[1:]


def test_a_disk_that_is_slow_holds_up_nothing_else_in_the_triggerer(hub, awaiting):
    """Embargoes are waited for in the same loop: no look is in its thread."""
    made, threads = awaiting.DeliveryTrigger("demo", [COUNCIL], poke_interval=0.01), []
    look = made._look
    made._look = lambda: (threads.append(threading.get_ident()), look())[1]

    assert told(hub, awaiting, lambda: put(hub, "notices"), trigger=made) == [0, 1]

    assert len(threads) > 1
    assert threading.get_ident() not in threads


OPENED = []
sys.addaudithook(lambda event, about: OPENED.append(about) if event == "open" and LISTENING else None)
LISTENING = []


def opened(step):
    """What is opened while something runs, but for folders that are listed."""
    OPENED.clear()
    LISTENING.append(1)
    try:
        step()
    finally:
        LISTENING.clear()
    return [str(name) for name, _, flags in OPENED if not flags & os.O_DIRECTORY]


def test_it_opens_no_file_of_a_delivery(hub, awaiting):
    folder = put(hub, "notices")
    awaiting.lying(hub.home, COUNCIL)  # its imports open files

    assert opened(lambda: awaiting.lying(hub.home, COUNCIL)) == []

    assert {str(name) for name, _, _ in OPENED} == {str(hub.home.inbox / COUNCIL), "notices"}
    assert opened((folder / contract.MANIFEST).read_text) == [str(folder / contract.MANIFEST)]


def test_what_airflow_keeps_of_it_is_names(hub, awaiting):
    """The triggerer makes it again from these, so nothing else is known to it."""
    made = awaiting.arrivals(read_partnership("demo")).watchers[0].trigger
    place, about = made.serialize()

    again = getattr(sys.modules[place.rsplit(".", 1)[0]], place.rsplit(".", 1)[1])(**json.loads(json.dumps(about)))

    assert again.serialize() == (place, about)
    assert about["partnership"] == "demo"
    assert about["partners"] == [partner.name for partner in read_partnership("demo").partners]
    assert set(about) == {"partnership", "partners", "poke_interval"}


def changed(**entries) -> Partnership:
    return Partnership.model_validate(read_partnership("demo").model_dump() | entries)


def test_partnerships_are_watched_each_by_itself(awaiting):
    one, other = awaiting.arrivals(changed()), awaiting.arrivals(changed(name="other"))

    assert [(asset.name, [each.name for each in asset.watchers]) for asset in (one, other)] == [
        ("demo.inbox", ["demo.inbox"]),
        ("other.inbox", ["other.inbox"]),
    ]
    assert other.watchers[0].trigger.partnership == "other"


def test_an_inbox_on_a_partners_server_is_left_to_the_clock(awaiting):
    """
    partners' inboxes     watched
    the police's by URL   all but the police's
    all by URL            nobody's: the clock alone
    """
    partners = [partner.model_dump() for partner in read_partnership("demo").partners]
    away = [{**each, "inbox": f"file:///srv/{each['name']}"} for each in partners]
    of_police = [far if far["name"] == POLICE else near for near, far in zip(partners, away, strict=True)]

    some = awaiting.arrivals(changed(partners=of_police))

    names = [each["name"] for each in partners]
    assert some.watchers[0].trigger.partners == [name for name in names if name != POLICE]
    assert awaiting.clock_or_arrival(changed(partners=away)) == "0 * * * *"


def test_a_partnership_that_does_not_watch_has_its_clock_alone(awaiting):
    assert Schedule().watch is True
    assert awaiting.clock_or_arrival(changed(schedule={"watch": False, "intake": "*/5 * * * *"})) == "*/5 * * * *"
