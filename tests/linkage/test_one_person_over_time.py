"""Which records are one person after a later delivery has put a token right."""

import pyarrow as pa
from tests.conftest import Hub, keyed

from lantern import contract, secret, warehouse
from lantern.intake.rekeying import rekey
from lantern.linkage import person
from lantern.pipeline import intake

COUNCIL = "riverton_council"
JUNE, SEPTEMBER = "2026-06-30", "2026-09-30"


def sent(hub: Hub, snapshot: str, tokens: dict[str, dict[str, str]], source_format: str = "ssd") -> dict[str, str]:
    """Deliver a contact of each child with the tokens given; the child by the key the hub has for it."""
    events = [
        hub.event("CONTACT_RECEIVED", person=child, source=child, at="2026-01-05", source_category="6", **each)
        for child, each in tokens.items()
    ]
    hub.deliver(events, source_format=source_format, snapshot_at=f"{snapshot}T23:59:59+01:00", period_to=snapshot)
    schema = pa.schema([(name, pa.string()) for name in contract.COLUMNS])
    table = pa.Table.from_pylist(events, schema=schema)
    rekeyed = rekey(table, hub_key=secret.key(hub.home, "hub"), partner=COUNCIL)
    return dict(zip(rekeyed["local_person_key"].to_pylist(), tokens, strict=True))


def linked(hub: Hub, children: dict[str, str]) -> list[tuple[str, ...]]:
    """Everything sent is loaded and linked; who is one person."""
    for delivery in intake.waiting(hub.home, hub.partnership):
        verdict = intake.receive(hub.home, hub.partnership, delivery)
        assert verdict.outcome == "accepted", verdict.line
    intake.load(hub.home)
    person.link(hub.home)
    with warehouse.opened(hub.home, read_only=True) as connection:
        rows = connection.execute("select person_key, local_person_key from linkage.person_link").fetchall()
    groups: dict[str, list[str]] = {}
    for person_key, local_person_key in rows:
        groups.setdefault(person_key, []).append(children[local_person_key])
    return sorted(tuple(sorted(group)) for group in groups.values())


def nhs(number: int) -> dict[str, str]:
    return {"token_nhs": keyed("nhs", number)}


def test_a_corrected_nhs_number_separates_two_children_again(hub):
    """Two children's numbers were exchanged and put right: whichever delivery arrives first, the latest one counts."""
    children = sent(hub, SEPTEMBER, {"ada": nhs(1), "ben": nhs(2)})
    sent(hub, JUNE, {"ada": nhs(2), "ben": nhs(1)})

    assert linked(hub, children) == [("ada",), ("ben",)]


def test_children_under_one_nhs_number_are_one_until_the_slip_is_put_right(hub):
    """Nothing of the slip is remembered."""
    children = sent(hub, JUNE, {child: nhs(1) for child in ("ada", "ben", "cem", "dot")})
    before = linked(hub, children)

    sent(hub, SEPTEMBER, {child: nhs(number) for number, child in enumerate(("ada", "ben", "cem", "dot"))})

    assert before == [("ada", "ben", "cem", "dot")]
    assert linked(hub, children) == [("ada",), ("ben",), ("cem",), ("dot",)]


def test_a_number_the_latest_delivery_does_not_know_is_kept_from_the_one_before(hub):
    """A census has no NHS numbers; that it came last is no word on them."""
    children = sent(hub, JUNE, {"ada": nhs(1), "ada in another system": nhs(1)})
    sent(hub, SEPTEMBER, {"ada": {"token_upn": keyed("upn", 1)}}, "cin_census")

    assert linked(hub, children) == [("ada", "ada in another system")]
