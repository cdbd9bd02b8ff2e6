"""Worlds that differ by rows of any kind are told alike to whoever asks, but for the noise."""

import json

import pyarrow as pa
import pytest
from inquired import FAULTS, SMALL, charges, kept, run, written

from lantern.privacy import answer, bounding, inquiry

TEXT = pa.string()


def agencies(*found):
    return pa.table(
        {"child": pa.array([child for child, _ in found], TEXT), "agency": pa.array([key for _, key in found], TEXT)}
    )


FEW = [(f"c{number}", ("police", "schools")[number % 2]) for number in range(40)]
WORLDS = {
    "as it was": agencies(*FEW),
    "a child whose agency is not listed": agencies(*FEW, ("odd", "housing")),
    "a child without an agency": agencies(*FEW, ("odd", None)),
    "a row of nobody": agencies(*FEW, (None, "police")),
    "a child with many rows": agencies(*FEW, *[("odd", "police")] * 30),
    "a child whose agency is no text": agencies(*FEW).set_column(
        1, "agency", pa.Array.from_buffers(TEXT, 40, pa.array([b"\xff"] * 40).buffers())
    ),
    "that child alone": agencies(("odd", "housing")),
    "nobody alone": agencies((None, None)),
    "no row": agencies(),
}


def outcome(folder, table):
    """All that whoever asks is told but the noised numbers: exit code, words, what is answered, and what it cost."""
    path = kept(folder / "events.parquet", table)
    said = run(path, "--workload", "-", "--rho", "0.04", "--json", given=SMALL)
    shape = (
        [(each["question"], each["ask"], each["keys"]) for each in json.loads(said.stdout)["answers"]]
        if said.stdout
        else []
    )
    found = said.exit_code, str(said.exception), said.stderr, shape, charges(path)
    path.with_name("events.parquet.allowance").unlink()
    return found


@pytest.fixture
def ten_rows_each(monkeypatch, tmp_path):
    plan = answer.plan(inquiry.read(written(tmp_path, SMALL)), "zcdp", 40_000)
    monkeypatch.setattr(bounding, "_FURTHEST", 100 * max(part.row_cost for part in plan.tables[0].parts) + 1)


@pytest.mark.usefixtures("ten_rows_each")
def test_whoever_asks_cannot_see_but_for_noise_what_is_in_the_rows(tmp_path):
    """Exit code, every word, the keys answered for and the price are the same in worlds that differ by rows of any kind."""
    found = {world: outcome(tmp_path, table) for world, table in WORLDS.items()}

    code, refusal, words, shape, charged = found["as it was"]
    assert (code, refusal, charged) == (0, "None", [(40_000, 1)])
    assert "Charged: 0.04 rho" in words
    assert [keys for *_, keys in shape] == [{}, *({"agency": key} for key in ("police", "schools", "health", "other"))]
    assert [world for world, each in found.items() if each != found["as it was"]] == []


@pytest.mark.usefixtures("ten_rows_each")
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("a key stops the answer", ["a child whose agency is not listed", "that child alone"]),
        ("many stop the answer", ["a child with many rows"]),
    ],
)
def test_a_refusal_for_what_is_in_the_rows_would_be_seen(tmp_path, monkeypatch, fault, seen):
    """The twin."""
    monkeypatch.setattr(answer, *FAULTS[fault])

    usual = outcome(tmp_path, WORLDS["as it was"])

    assert usual[0] == 0
    assert [world for world in seen if outcome(tmp_path, WORLDS[world]) != usual] == seen


@pytest.mark.parametrize("trouble", [MemoryError(), ValueError("housing"), KeyError("housing")])
def test_what_cannot_be_counted_was_paid_for_and_nothing_is_said_of_why(tmp_path, monkeypatch, trouble):
    """A fault of ours, or a machine too small: whatever it is, it reads alike, and cannot be had for nothing."""

    def fails(*_):
        raise trouble

    monkeypatch.setattr(answer, "count", fails)

    said = outcome(tmp_path, WORLDS["as it was"])

    assert said[1].startswith(
        "lantern answer: the table could not be counted. The price is spent, and nothing was drawn."
    )
    assert "housing" not in str(said)
    assert (said[3], said[4]) == ([], [(40_000, 0)])
