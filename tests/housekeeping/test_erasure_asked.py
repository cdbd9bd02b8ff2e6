"""What may be asked to be erased, by whom, and what of it is remembered."""

from dataclasses import replace

import pyarrow as pa
import pytest
from tests.conftest import keyed
from tests.housekeeping.invented_persons import (
    LATER,
    POLICE,
    council_events,
    people_loaded,
    police_events,
    request_of,
    send,
)
from tests.intake.sending import verdicts

from lantern import secret, warehouse
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.home import Home
from lantern.housekeeping import erasure, logbook, rebuild
from lantern.intake import rekeying, suppression
from lantern.linkage import person

WHO = {"by": "Invented Privacy Officer", "reason": "the persons asked for it"}


def test_a_key_that_somebody_else_has_too_is_not_on_the_list(hub_before):
    """A number typed into another child's record by mistake: that child is not left out for ever after."""
    other = council_events(hub_before, [100])[0] | {"token_nhs": keyed("nhs", 2), "token_upn": keyed("upn", 100)}
    of_two = police_events(hub_before, [2])[0] | {"token_upn": keyed("upn", 2)}
    hub_before.deliver([other], mode="delta", snapshot_at=LATER)
    hub_before.deliver([of_two], **POLICE, mode="delta", snapshot_at=LATER)
    assert [each.outcome for each in verdicts(hub_before)] == ["accepted", "accepted"]

    found = erasure.find(hub_before.home, hub_before.partnership, request_of([2], "police"))

    # Two pupil numbers on one NHS number: linkage refuses the join, and both hold the NHS number.
    assert "upn" in found.entries["kind"].to_pylist()
    shared = suppression.digests(
        hub_before.home, "nhs", pa.array([hub_key_of(hub_before.home, "token_nhs", keyed("nhs", 2))])
    )
    assert not set(shared.to_pylist()) & set(found.entries["digest"].to_pylist())


def hub_key_of(home: Home, name: str, key: str) -> str:
    keys = pa.array([key]).dictionary_encode()
    again = rekeying.rekeyed(name, keys, hub_key=secret.key(home, "hub"), partner="riverton_council")
    return again.cast(pa.string())[0].as_py()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"partner": "riverton_nobody"}, DeliveryRefused),
        ({"key_check": "e" * 64}, DeliveryRefused),
        ({"canary": "e" * 64}, DeliveryRefused),
        ({"key_id": "other"}, DeliveryRefused),
    ],
)
def test_a_request_of_no_partner_or_under_another_key_changes_nothing(hub_before, change, refusal):
    with pytest.raises(refusal, match="Nothing was erased"):
        erasure.erase(hub_before.home, hub_before.partnership, replace(request_of(), **change), **WHO)

    assert logbook.entries(hub_before.home) == []
    assert people_loaded(hub_before.home) == 119


def test_asking_renames_no_person_under_whose_name_something_was_built_or_paid(hub_before):
    """A delivery that has come since the build joins records for the answer alone; the twin keeps the links."""
    joining = police_events(hub_before, [61])[0] | {"token_nhs": keyed("nhs", 59)}
    hub_before.deliver([joining], **POLICE, mode="delta", snapshot_at=LATER)
    assert [each.outcome for each in verdicts(hub_before)] == ["accepted"]
    built = links(hub_before.home)

    found = erasure.find(hub_before.home, hub_before.partnership, request_of([59]))

    assert found.records == 3
    assert links(hub_before.home) == built
    person.link(hub_before.home, hub_before.partnership.linkage)
    assert links(hub_before.home) != built


def links(home: Home) -> list[tuple[str, str]]:
    with warehouse.opened(home, read_only=True) as connection:
        return connection.execute(
            "select local_person_key, person_key from linkage.person_link order by all"
        ).fetchall()


def test_a_new_hub_is_told_of_the_erased_before_anything_is_delivered(hub):
    done = erasure.erase(hub.home, hub.partnership, request_of(), **WHO)
    assert (done.found.not_found, done.removed.events, rebuild.rebuild(hub.home, hub.partnership).deliveries) == (
        20,
        0,
        0,
    )

    send(hub)

    assert people_loaded(hub.home) == 40 + 60  # by the council's ids alone


def test_an_erasure_says_who_and_why(hub_before):
    with pytest.raises(ConfigRefused, match="Say who decides, and why"):
        erasure.erase(hub_before.home, hub_before.partnership, request_of(), by="Somebody", reason=" ")
