"""Who is erased is gone from every store and does not come back; what was released and spent stays as it was."""

import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext

import pyarrow as pa
import pytest
from tests.conftest import THOROUGH, Hub, keyed
from tests.housekeeping.conftest import (
    SECOND,
    contents,
    copy_of,
    empty_home,
    release_quarter,
    write_inputs_of_real_persons,
)
from tests.housekeeping.invented_persons import (
    ERASED,
    GONE,
    LATER,
    PERSONS,
    POLICE,
    cells,
    council_events,
    hub_keys,
    people_loaded,
    police_events,
    request_of,
    send,
    sent_keys,
)
from tests.intake.sending import verdicts
from tests.leak import found_in

from lantern import secret, warehouse
from lantern.errors import ContractBroken
from lantern.home import Home
from lantern.housekeeping import backup, erasure, logbook, rebuild, removal, restoration
from lantern.intake import rekeying, suppression
from lantern.linkage import person
from lantern.pipeline import intake

WHO = {"by": "Invented Privacy Officer", "reason": "the persons asked for it"}


@pytest.fixture(scope="module")
def erased(before, tmp_path_factory) -> Hub:
    """The same hub without twenty of them: with what a killed run left about, which goes too."""
    hub = copy_of(before, tmp_path_factory.mktemp("erased"))
    aside = hub.home.base / "secure" / "aside" / "20260101T000000000000Z"
    for folder in (aside, hub.home.spill, hub.home.work / "left"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "left.duckdb").write_text(" ".join(sent_keys(ERASED)))
    (hub.home.accepted / "left.part").write_text(" ".join(sent_keys(ERASED)))
    hub.home.analyst.parent.mkdir(parents=True, exist_ok=True)
    hub.home.analyst.write_text(" ".join(hub_keys(hub.home, ERASED)))
    done = erasure.erase(hub.home, hub.partnership, request_of(), **WHO)
    # Nineteen of the council's, since one of its rows is held and so in no warehouse, and their records at the police.
    assert (done.found.asked, done.found.not_found, done.found.records, done.found.partners) == (20, 1, 38, 2)
    assert (done.removed.events, done.removed.deliveries, done.removed.held) == (38, 2, 1)
    assert done.removed.spends > 0
    return hub


@pytest.fixture
def hub_after(erased, tmp_path) -> Hub:
    """The same with the others loaded again."""
    hub = Hub(Home(shutil.copytree(erased.home.root, tmp_path / "home"), "demo"), erased.partnership, sent=99)
    intake.load(hub.home)
    return hub


def test_no_key_of_an_erased_person_is_left_in_any_store_or_in_any_byte(erased, before):
    theirs = sent_keys(ERASED) | hub_keys(erased.home, ERASED)

    assert found_in(erased.home.base, theirs) == []
    assert hub_keys(erased.home, GONE) & cells(erased.home) == set()
    assert len(hub_keys(before.hub.home, GONE) & cells(before.hub.home)) > 80


def test_everyone_else_is_as_before(erased, before):
    others = [each for each in PERSONS if each not in ERASED]

    assert hub_keys(before.hub.home, others) & cells(before.hub.home) == hub_keys(erased.home, others) & cells(
        erased.home
    )


def test_the_spends_of_others_stay_and_those_of_the_erased_leave_no_trace_in_the_file(erased, before):
    def told(home):
        with warehouse.encrypted(home, home.spent, read_only=True) as store:
            (free,) = store.execute(
                "select free_blocks from pragma_database_size() where database_name = 'wh'"
            ).fetchone()
            rows = store.execute(
                "select draw, local_person_key, part, pico from record inner join spend using (draw, person)"
            )
            return free, {row for row in rows.fetchall() if row[1] not in hub_keys(home, ERASED)}

    free, left = told(erased.home)

    assert free == 0
    assert len(left) > 50
    assert left == told(before.hub.home)[1]


def test_ledger_and_releases_are_not_touched(erased, before):
    for name in ("released", "ledger", "anchor"):
        assert contents(erased.home.base / name) == contents(before.hub.home.base / name) != {}


def test_a_replay_is_known_and_not_loaded(hub_after):
    assert send(hub_after) == ["already_accepted", "already_accepted"]

    assert people_loaded(hub_after.home) == 81


def test_a_later_delivery_of_any_partner_is_loaded_without_them(hub_after):
    """As the partner's tool sends it, new snapshot and all; by its key, its number or its name."""
    hub_after.deliver(council_events(hub_after), snapshot_at=LATER)
    strangers = [
        event | {"local_person_key": keyed("renamed", each)} for each, event in enumerate(police_events(hub_after))
    ]
    hub_after.deliver(strangers, **POLICE, snapshot_at=LATER)

    assert [each.line.split(".")[0] for each in verdicts(hub_after)] == [
        "riverton_council ssd 2023-07-01 to 2026-09-30: accepted, 60 events",
        "riverton_police police_notice 2023-07-01 to 2026-09-30: accepted, 60 events",
    ]
    loaded = intake.load(hub_after.home)
    assert sorted(loaded.values()) == [40, 41]
    with warehouse.opened(hub_after.home, read_only=True) as connection:
        told = connection.execute("select rows_sent = rows_loaded + rows_held from raw.delivery").fetchall()
    assert told == [(True,)] * 4
    assert hub_keys(hub_after.home, GONE) & cells(hub_after.home) == set()


def test_without_the_list_they_would_all_be_back(hub_after, monkeypatch):
    """The twin."""
    monkeypatch.setattr(suppression, "listed", lambda _: suppression.SCHEMA.empty_table())
    hub_after.deliver(council_events(hub_after), snapshot_at=LATER)
    verdicts(hub_after)

    assert list(intake.load(hub_after.home).values()) == [60]


@pytest.mark.parametrize(
    ("row", "is_dropped"),
    [
        ({"token_nhs": keyed("nhs", 2)}, True),
        ({"token_ndp2": keyed("ndp2", 2)}, True),
        ({"token_ndp4": keyed("ndp4", 2)}, True),
        ({"token_ndp2": keyed("ndp2", 2), "token_upn": keyed("upn", 2)}, True),
        ({"token_ndp2": keyed("ndp2", 2), "token_nhs": keyed("nhs", "of another")}, False),
        ({"token_ndp2": keyed("ndp2", 4), "token_nhs": keyed("nhs", "not known then")}, True),
        ({"token_ndp1": keyed("ndp1", 2)}, False),
        ({}, False),
    ],
    ids=[
        "number",
        "name",
        "address",
        "another kind of number",
        "contradicted",
        "no number was known",
        "initial",
        "none",
    ],
)
def test_a_record_of_a_new_partner_is_told_by_its_number_or_by_a_name_that_no_number_contradicts(
    erased, row, is_dropped
):
    event = dict.fromkeys(("related_person_key", "token_nhs", "token_upn", "token_ndp1", "token_ndp2", "token_ndp4"))
    event |= row | {"local_person_key": keyed("new", "record")}
    again = rekeying.rekey(
        pa.table({name: pa.array([event.get(name)], pa.string()) for name in rekeying.contract.KEYED}),
        hub_key=secret.key(erased.home, "hub"),
        partner="riverton_schools",
    ).append_column("row", pa.array([0]))

    kept, _ = suppression.without(erased.home, again, pa.table({"row": pa.array([], pa.int64())}))

    assert (len(kept) == 0) == is_dropped


def test_the_list_holds_digests_that_only_the_hub_can_make(erased):
    listed = suppression.listed(erased.home)

    assert len(listed) > 80
    assert all(len(each) == 64 for each in listed["digest"].to_pylist())
    assert set(listed["digest"].to_pylist()) & (sent_keys(ERASED) | hub_keys(erased.home, ERASED)) == set()
    assert suppression.path(erased.home).stat().st_mode & 0o077 == 0


def test_who_decided_when_and_why_is_in_the_log_and_no_key_of_a_person(erased):
    begun, done = logbook.entries(erased.home)

    assert (begun["state"], done["state"], done["what"]) == ("begun", "done", "erase")
    assert (done["by"], done["reason"], done["about"]) == (*WHO.values(), request_of().digest)
    assert begun["at"] <= done["at"]
    assert logbook.unfinished(erased.home) == []
    text = logbook.path(erased.home).read_text()
    assert not [key for key in sent_keys(ERASED) | hub_keys(erased.home, ERASED) if key in text]


def test_an_older_backup_is_restored_without_them(erased, before, tmp_path):
    """The stores of before the erasure, with the ledger's backup of after it."""
    after = backup.backup(erased.home, before.key, tmp_path / "new", tmp_path / "new")
    home = empty_home(before, tmp_path)

    done = restoration.restore(home, before.key, before.backed_up.hub, after.ledger)

    assert done.lines == 4
    assert hub_keys(home, GONE) & cells(home) == set()
    rebuild.reload(home)
    assert people_loaded(home) == 81
    assert contents(home.base / "released") == contents(erased.home.base / "released")
    assert logbook.entries(home) == logbook.entries(erased.home)


def test_a_restore_that_did_not_look_at_the_list_would_bring_them_back(erased, before, tmp_path, monkeypatch):
    """The twin."""
    after = backup.backup(erased.home, before.key, tmp_path / "new", tmp_path / "new")
    home = empty_home(before, tmp_path)
    monkeypatch.setattr(removal, "carry_out", lambda _: removal.Removed())

    restoration.restore(home, before.key, before.backed_up.hub, after.ledger)

    assert len(hub_keys(home, GONE) & cells(home)) > 80


def test_the_next_quarter_is_released_and_the_year_is_charged_as_before(hub_after):
    person.link(hub_after.home)
    write_inputs_of_real_persons(hub_after)

    head = release_quarter(hub_after.home, hub_after.partnership, SECOND)

    assert head.startswith("8:")
    assert (hub_after.home.releases / "2026-Q2-1").is_dir()


def test_it_waits_for_a_release_that_runs_which_would_write_down_again_what_they_spent(hub_before):
    with ThreadPoolExecutor(1) as pool:
        with hub_before.home.between_releases():
            erasing = pool.submit(erasure.erase, hub_before.home, hub_before.partnership, request_of(), **WHO)
            assert wait([erasing], 3).done == set()
        assert erasing.result(60).removed.spends > 0


def test_without_that_lock_they_are_forgotten_while_a_release_holds_what_it_is_to_write(hub_before, monkeypatch):
    """The twin."""
    with hub_before.home.between_releases(), ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(Home, "between_releases", nullcontext)
        erasing = pool.submit(erasure.erase, hub_before.home, hub_before.partnership, request_of(), **WHO)
        assert erasing.result(60).removed.spends > 0


def test_a_list_that_cannot_be_read_lets_nothing_in(hub_after):
    suppression.path(hub_after.home).write_text("kind\n")
    hub_after.deliver(council_events(hub_after), snapshot_at=LATER)

    with pytest.raises(ContractBroken, match="list of who was erased cannot be read"):
        verdicts(hub_after)
    with pytest.raises(ContractBroken, match="list of who was erased cannot be read"):
        rebuild.reload(hub_after.home)


@pytest.mark.skipif(not THOROUGH, reason="a whole build: with LANTERN_THOROUGH=1")
def test_the_warehouse_is_made_anew_without_them_and_every_test_passes(hub_after):
    done = rebuild.rebuild(hub_after.home, hub_after.partnership)

    assert (done.deliveries, [path.name for path in done.aside]) == (2, ["warehouse.duckdb"])
    assert hub_keys(hub_after.home, GONE) & cells(hub_after.home) == set()
    assert found_in(hub_after.home.base, hub_keys(hub_after.home, GONE)) == []
