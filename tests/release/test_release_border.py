"""What is about to be drawn is asked again, by another tool than the one that made it, before anything is spent."""

import pyarrow as pa
import pytest
from tests.release.conftest import PERIOD

from lantern import warehouse
from lantern.errors import ContractBroken
from lantern.pipeline import publication, release
from lantern.release import drawing


def released(hub, ledger):
    return release.release(hub.home, hub.partnership, ledger, PERIOD)


def kinds(ledger):
    return [entry.kind for entry in ledger.entries()]


def not_public(connection):
    connection.execute("update release_inputs.ri_contacts set source_group = 'Zebedee' where row_key = '2026-Q2-5'")


def nobody(connection):
    connection.execute("update release_inputs.ri_contacts set person_key = null where row_key = '2026-Q2-5'")


def too_dear(border):
    """Someone weighted beyond the year: the reckoning that looks at it says one more than the promise holds."""

    def beyond(plan, bounded):
        found = border(plan, bounded)
        place = found.column_names.index("kept_year")
        year = found["kept_year"].to_pylist()
        return found.set_column(
            place, "kept_year", pa.array([drawing.border_facts(plan)["kept_budget"] + 1, *year[1:]])
        )

    return beyond


@pytest.mark.parametrize("harm", [not_public, nobody])
def test_release_inputs_that_break_their_contract_are_stopped_at_the_border(ready, ledger, harm):
    """Asked again what dbt promised, before anything is spent; and no value is told."""
    with warehouse.opened(ready.home) as connection:
        harm(connection)

    with pytest.raises(ContractBroken) as refusal:
        released(ready, ledger)

    assert "Zebedee" not in str(refusal.value)
    assert kinds(ledger) == ["approve"]


def test_a_person_weighted_beyond_what_was_left_is_stopped_at_the_border(ready, ledger, monkeypatch):
    """Another tool than the one that weighted asks again whether the price is within what was left."""
    monkeypatch.setattr(drawing, "border", too_dear(drawing.border))

    with pytest.raises(ContractBroken, match="Nothing was drawn and nothing was spent"):
        released(ready, ledger)

    assert kinds(ledger) == ["approve"]


def test_without_the_border_such_a_person_would_be_drawn(ready, ledger, monkeypatch):
    """The twin: with the check off, the very same input is released."""
    monkeypatch.setattr(drawing, "border", too_dear(drawing.border))
    monkeypatch.setattr(release.quality, "check", lambda *_, **__: [])

    assert released(ready, ledger).micro > 0


def lacking_one(cells):
    """Cells without the last of them."""
    return lambda *given: cells(*given)[:-1]


def test_a_release_that_lacks_a_cell_is_not_published_and_its_sums_are_kept(ready, ledger, monkeypatch):
    """How many there have to be follows from what is asked: it is not counted from what was made."""
    with monkeypatch.context() as broken:
        broken.setattr(publication, "cells", lacking_one(publication.cells))
        with pytest.raises(ContractBroken, match=r"has_every_cell.*It was not published"):
            released(ready, ledger)
    assert kinds(ledger) == ["approve", "spend", "answer"]
    assert not (ready.home.releases / "2026-Q2-1").exists()

    assert released(ready, ledger).micro == 0
    assert kinds(ledger)[-1] == "publish"


def test_without_that_check_it_would_be_published(ready, ledger, monkeypatch):
    """The twin."""
    monkeypatch.setattr(publication, "cells", lacking_one(publication.cells))
    check = publication.quality.check
    monkeypatch.setattr(
        publication.quality,
        "check",
        lambda suite, *a, **facts: [] if suite == "released_cell" else check(suite, *a, **facts),
    )

    released(ready, ledger)

    assert kinds(ledger)[-1] == "publish"
