"""A plan as an earlier version wrote it is read, has the digest that was approved, and holds no later release up."""

import hashlib
import json

import pyarrow as pa
import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern.errors import ReleaseRefused
from lantern.home import PROJECT
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.privacy import plan as planned
from lantern.privacy.plan import POPULATION
from lantern.release import spent
from lantern.release.folder import plan_of
from lantern.release.ledger import Ledger
from lantern.release.spent import Payment

TEXT = (PROJECT / "tests/release/plan_of_2025_q2.json").read_text(encoding="utf-8").strip()
"""Of the invented demo, as it was released by a version whose plans had no expected loss, no population and no unsure figures."""
APPROVED = "75096621b97457971cb27c86cd3c4ccdd80e3141cb28d63595c7b67629bd9b72"
"""The digest in that release's `approval.json`."""
EARLIER = Quarter(2025, 2)
REQUEST = "1" * 64
NOBODYS = pa.table({"part": pa.array([], pa.string()), "person": [], "pico": []})
NO_RECORDS = pa.table({"person": pa.array([], pa.string()), "local_person_key": pa.array([], pa.string())})


def test_it_has_the_digest_that_was_approved_and_means_what_it_meant():
    found = plan_of(TEXT)

    assert found.digest == APPROVED == hashlib.sha256(TEXT.encode()).hexdigest()
    assert found.text == TEXT
    assert len(found.tables) == 2
    for table in found.tables:
        assert (table.expected_loss, table.population, table.unsure) == (1.0, POPULATION, ())


@pytest.mark.parametrize("forgotten", ["expected_loss", "population", "unsure"])
def test_a_field_that_is_written_though_earlier_versions_had_none_would_have_refused_it(monkeypatch, forgotten):
    """The twin: every field but one is left out where it says nothing."""
    assert set(planned._ADDED) == {"expected_loss", "population", "unsure"}
    monkeypatch.delitem(planned._ADDED, forgotten)

    with pytest.raises(ReleaseRefused, match="Use the version that made it"):
        plan_of(TEXT)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["tables"][0] | {"to_come": 1},
        lambda entry: entry["tables"][0] | {"expected_loss": 1.0},
        lambda entry: {name: part for name, part in entry["tables"][0].items() if name != "lost_allowance"},
        lambda entry: entry["tables"][0] | {"lost_allowance": "0.3"},
    ],
    ids=["a field of a version to come", "written out", "a field fewer than ever", "a number as a text"],
)
def test_what_no_version_wrote_is_refused_and_what_to_do_is_said(change):
    entry = json.loads(TEXT)
    entry["tables"][0] = change(entry)

    with pytest.raises(ReleaseRefused, match="Nothing was worked out from it"):
        plan_of(json.dumps(entry, sort_keys=True, separators=(",", ":")))


def upgraded(hub) -> Ledger:
    """A ledger in which an earlier version approved, paid for, drew and published a quarter by that plan."""
    write_release_inputs(hub)
    ledger, plan, period = Ledger(hub.home, hub.partnership), plan_of(TEXT), str(EARLIER)
    ledger.decide(period=period, plan_digest=APPROVED, approved=True, by=OFFICER, reason="a test")
    spend = ledger.spend(period=period, plan_digest=APPROVED, request_digest=REQUEST, charges=plan.charges)
    spent.record(hub.home, REQUEST, Payment(period, plan.family, NOBODYS, NO_RECORDS, frozenset()))
    answers = {
        part.name: [0] * sum(each.size for each in part.marginals) for table in plan.tables for part in table.parts
    }
    answer = ledger.keep_answer(spend=spend, plan=plan, answers=answers)
    ledger.publish(answer=answer, release_id=f"{period}-1", published_on="2025-10-20", folder_digest="2" * 64)
    return ledger


def test_a_hub_that_released_by_it_goes_on_with_the_next_quarter(hub):
    ledger = upgraded(hub)
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")

    released = release.release(hub.home, hub.partnership, ledger, PERIOD)

    assert released.release_id == "2026-Q2-1"
    earlier = json.loads((hub.home.releases / "2026-Q2-1" / "earlier.json").read_text(encoding="utf-8"))
    assert [each["quarters_back"] for each in earlier] == [4]
    assert json.dumps(earlier[0]["plan"], sort_keys=True, separators=(",", ":")) == TEXT
    ledger.close()
