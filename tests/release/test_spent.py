"""What persons have spent is written before anything is drawn, read for whoever they are now, and never lost in silence."""

import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from tests.release.spending import ROW, drawn, plan_of, spends_seen, write_rows

from lantern import warehouse
from lantern.errors import ContractBroken, ReleaseRefused, StoreBusy
from lantern.release import drawing, spent


def test_a_spend_is_found_by_quarter_before_and_after_and_not_a_year_away(hub):
    write_rows(hub, [("2026-Q2", "a", 1)], [("a", "a")])
    drawn(hub, "2026-Q2")

    assert spends_seen(hub, "2026-Q2") == {("a", 0): ROW + 1}
    assert spends_seen(hub, "2027-Q1") == {("a", -3): ROW + 1}
    assert spends_seen(hub, "2025-Q3") == {("a", 3): ROW + 1}
    assert spends_seen(hub, "2027-Q2") == spends_seen(hub, "2025-Q2") == {}


def test_what_was_spent_makes_the_weights_of_the_next_release_smaller(hub):
    """Two rows cost 4 of 6 rows' worth: of the next two, in the quarter before, the square root of a half is left."""
    write_rows(hub, [("2026-Q2", "a", 2), ("2026-Q1", "a", 2)], [("a", "a")])
    drawn(hub, "2026-Q2")
    later = drawing.bound(hub.home, plan_of("2026-Q1"))

    assert later.tables["contacts"].people["kept_weight"].to_pylist() == [int(1024 * 0.5**0.5)]


def test_without_the_record_the_next_release_would_take_no_account_of_it(hub):
    """The twin: the same, but nothing is recorded."""
    write_rows(hub, [("2026-Q2", "a", 2), ("2026-Q1", "a", 2)], [("a", "a")])
    drawing.bound(hub.home, plan_of("2026-Q2"))

    assert drawing.bound(hub.home, plan_of("2026-Q1")).tables["contacts"].people["kept_weight"].to_pylist() == [1024]


@pytest.mark.parametrize(
    ("family", "together"), [("zcdp", 4 * (ROW + 1) + 1), ("pure", 2 * (ROW + 1))], ids=("zcdp", "pure")
)
def test_persons_joined_since_have_spent_as_one_who_had_the_rows_of_both(hub, family, together):
    """
    Lengths add up, and a Gaussian's cost is a squared length.

    | records | then     | now      | spent by the one |
    | x, y    | two, 1 each | one   | (1 + 1)^2 = 4 rows' worth, by Laplace 2 |
    """
    write_rows(hub, [("2026-Q2", "x", 1), ("2026-Q2", "y", 1)], [("x", "x"), ("y", "y")])
    drawn(hub, "2026-Q2", family)
    write_rows(hub, [("2026-Q3", "x", 1)], [("x", "x"), ("y", "x")])

    found = spends_seen(hub, "2026-Q3", family)
    assert set(found) == {("x", -1)}
    assert together <= found["x", -1] <= together + 1


@pytest.mark.parametrize(("gone", "refused"), [(1, False), (2, True), (10, True)])
def test_a_quarter_is_refused_while_too_many_who_paid_are_not_known_any_more(hub, gone, refused):
    """Ten records paid. One erased is nothing; a changed key renames a partner's all, and would give all their allowance back."""
    known = [(str(each), str(each)) for each in range(10)]
    write_rows(hub, [("2026-Q2", name, 1) for name, _ in known], known)
    drawn(hub, "2026-Q2")
    renamed = [(f"new {name}", f"new {name}") for name, _ in known[:gone]] + known[gone:]
    write_rows(hub, [("2026-Q3", name, 1) for name, _ in renamed], renamed)

    if refused:
        with pytest.raises(ReleaseRefused, match="fewer than nine in ten"):
            drawing.bound(hub.home, plan_of("2026-Q3"))
    else:
        drawing.bound(hub.home, plan_of("2026-Q3"))


def test_without_that_guard_the_renamed_would_count_in_full_again(hub, monkeypatch):
    """The twin: a person who had used all of the year's promise has all of it again."""
    monkeypatch.setattr(spent, "_STILL_KNOWN", 0)
    write_rows(hub, [("2026-Q2", "a", 9)], [("a", "a")])
    drawn(hub, "2026-Q2")
    write_rows(hub, [("2026-Q3", "b", 1)], [("b", "b")])

    assert drawing.bound(hub.home, plan_of("2026-Q3")).tables["contacts"].people["kept_weight"].to_pylist() == [1024]


def test_each_piece_of_a_person_split_since_has_spent_all_of_it(hub):
    write_rows(hub, [("2026-Q2", "x", 1)], [("x", "x"), ("y", "x")])
    drawn(hub, "2026-Q2")
    write_rows(hub, [], [("x", "x"), ("y", "y")])

    assert spends_seen(hub, "2026-Q3") == {("x", -1): ROW + 1, ("y", -1): ROW + 1}


def test_a_person_split_and_joined_again_has_spent_it_once(hub):
    write_rows(hub, [("2026-Q2", "x", 1)], [("x", "x"), ("y", "x")])
    drawn(hub, "2026-Q2")
    write_rows(hub, [], [("x", "y"), ("y", "y")])

    assert spends_seen(hub, "2026-Q3") == {("y", -1): ROW + 1}


def test_two_draws_of_one_quarter_are_both_spent(hub):
    write_rows(hub, [("2026-Q2", "x", 1)], [("x", "x")])
    drawn(hub, "2026-Q2")
    write_rows(hub, [("2026-Q2", "x", 2)], [("x", "x")])
    drawn(hub, "2026-Q2")

    assert 5 * ROW <= spends_seen(hub, "2026-Q2")["x", 0] <= 5 * ROW + 10


def test_a_hub_whose_records_were_never_linked_takes_each_for_a_person(hub):
    write_rows(hub, [("2026-Q2", "x", 1), ("2026-Q2", "y", 1)])
    drawn(hub, "2026-Q2")

    assert spends_seen(hub, "2026-Q2") == {("x", 0): ROW + 1, ("y", 0): ROW + 1}


def test_recording_a_draw_twice_records_it_once(hub):
    write_rows(hub, [("2026-Q2", "a", 1)], [("a", "a")])
    bounded = drawn(hub, "2026-Q2")
    spent.record(hub.home, bounded.digest, bounded.payment)

    assert spends_seen(hub, "2026-Q2") == {("a", 0): ROW + 1}


def test_two_releases_got_ready_side_by_side_cannot_both_be_recorded(hub):
    """Each took the person for one who has all left: the second is refused, and then reckons anew."""
    write_rows(hub, [("2026-Q2", "a", 2), ("2026-Q1", "a", 2)], [("a", "a")])
    first, second = (drawing.bound(hub.home, plan_of(period)) for period in ("2026-Q2", "2026-Q1"))
    spent.record(hub.home, first.digest, first.payment)

    with pytest.raises(StoreBusy, match="got ready"):
        spent.record(hub.home, second.digest, second.payment)
    assert drawn(hub, "2026-Q1").tables["contacts"].people["kept_weight"].to_pylist() == [724]


def test_a_store_that_was_lost_or_put_back_from_an_old_copy_is_refused(hub):
    write_rows(hub, [("2026-Q2", "a", 1), ("2026-Q3", "a", 1)], [("a", "a")])
    draws = [drawn(hub, "2026-Q2").digest]
    old = hub.home.spent.read_bytes()
    draws.append(drawn(hub, "2026-Q3").digest)
    spent.check_whole(hub.home, draws)

    hub.home.spent.write_bytes(old)
    with pytest.raises(ContractBroken, match="1 of 2 draws"):
        spent.check_whole(hub.home, draws)
    hub.home.spent.unlink()
    with pytest.raises(ContractBroken, match="2 of 2 draws"):
        spent.check_whole(hub.home, draws)
    spent.check_whole(hub.home, [])


def test_a_quarter_under_a_promise_of_another_family_is_not_added_to(hub):
    write_rows(hub, [("2026-Q2", "a", 1), ("2027-Q2", "a", 1)], [("a", "a")])
    drawn(hub, "2026-Q2", "pure")

    with pytest.raises(ReleaseRefused, match="do not add up"):
        drawing.bound(hub.home, plan_of("2026-Q3"))
    assert drawing.bound(hub.home, plan_of("2027-Q2")).tables["contacts"].people.num_rows == 1


def test_who_is_erased_leaves_nothing_behind_and_nobody_else_loses_a_spend(hub):
    """A person with two records keeps what was spent until the last of them is erased."""
    write_rows(hub, [("2026-Q2", "x", 1), ("2026-Q2", "z", 1)], [("x", "x"), ("y", "x"), ("z", "z")])
    drawn(hub, "2026-Q2")
    write_rows(hub, [], [("y", "y"), ("z", "z")])

    assert spent.forget(hub.home, ["x"]) == 1
    assert spends_seen(hub, "2026-Q2") == {("y", 0): ROW + 1, ("z", 0): ROW + 1}
    assert spent.forget(hub.home, ["y", "never seen"]) == 1
    assert spends_seen(hub, "2026-Q2") == {("z", 0): ROW + 1}
    with warehouse.encrypted(hub.home, hub.home.spent, read_only=True) as connection:
        kept = [connection.execute(f"select * from {name}").fetchall() for name in ("spend", "record", "draw")]
    assert all(kept)
    assert not {"x", "y"} & {str(cell) for rows in kept for row in rows for cell in row}


def test_forgetting_in_a_hub_that_has_drawn_nothing_does_nothing(hub):
    assert spent.forget(hub.home, ["x"]) == 0
    assert not hub.home.spent.exists()


def test_the_store_is_encrypted_and_outlives_the_warehouse(hub):
    """The warehouse is a cache; this is not. No key stands in the file in clear."""
    person = "a-person-whose-key-is-long-enough-to-find"
    write_rows(hub, [("2026-Q2", person, 1)], [(person, person)])
    drawn(hub, "2026-Q2")
    hub.home.warehouse.unlink()
    write_rows(hub, [("2026-Q2", person, 1)], [(person, person)])

    assert spends_seen(hub, "2026-Q2") == {(person, 0): ROW + 1}
    assert person.encode() not in hub.home.spent.read_bytes()


KILLED = """
import os, signal, sys
from lantern.home import Home
from lantern import warehouse
from lantern.release import drawing, spent
from tests.release.test_spent import plan_of
home, last, line = Home.of("demo"), int(sys.argv[1]), 0
bounded = drawing.bound(home, plan_of("2026-Q2"))
def dying(frame, event, called):
    # Lines are counted over this module and the one that opens its file; at the last, the process is killed.
    global line
    if frame.f_code.co_filename in (spent.__file__, warehouse.__file__) and event == "line":
        line += 1
        if line == last:
            os.kill(os.getpid(), signal.SIGKILL)
    return dying
sys.settrace(dying)
spent.record(home, bounded.digest, bounded.payment)
sys.settrace(None)
print(line, flush=True)
"""


def record_and_die(line):
    """Record a spend in a process of its own, killed at this line: how many lines there are, if it ends before."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(line)], capture_output=True, text=True, check=False)
    assert done.returncode == (-signal.SIGKILL if not done.stdout else 0), done.stderr
    return int(done.stdout or 0)


def test_killed_at_any_line_a_spend_is_recorded_whole_or_not_at_all(hub):
    """At one line in each eighth of the recording; then the release is run again, and ends as if nothing had been."""
    write_rows(hub, [("2026-Q2", "a", 2), ("2026-Q2", "b", 1)], [("a", "a"), ("b", "b")])
    whole = {("a", 0): 4 * ROW + 2, ("b", 0): ROW + 1}
    lines = record_and_die(0)
    outcomes = []
    for line in (*range(1, lines, lines // 8), lines):
        for left in hub.home.spent.parent.glob("spent.*"):
            left.unlink()
        assert record_and_die(line) == 0
        there = spends_seen(hub, "2026-Q2") if hub.home.spent.exists() else {}
        assert there in ({}, whole)
        outcomes.append(bool(there))

        bounded = drawing.bound(hub.home, plan_of("2026-Q2"))
        spent.record(hub.home, bounded.digest, bounded.payment)
        spent.check_whole(hub.home, [bounded.digest])

    assert outcomes[0] is False
    assert outcomes[-1] is True


def test_a_million_spends_are_recorded_as_one_arrow_table(hub):
    """No row passes through Python: the store takes tables as they are."""
    people = 1_000_000
    keys = pa.array(range(people)).cast(pa.string())
    spends = pa.table(
        {
            "part": pa.repeat("contacts", people),
            "person": pa.array(range(people), pa.int32()),
            "pico": pa.repeat(ROW, people),
        }
    )
    records = pa.table({"person": pa.array(range(people), pa.int32()), "local_person_key": keys})
    spent.record(hub.home, "a draw", spent.Payment("2026-Q2", "zcdp", spends, records, frozenset()))
    write_rows(hub, [])

    assert len(spends_seen(hub, "2026-Q2")) == people
