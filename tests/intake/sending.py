"""Sending to a hub of the tests, and what it answers."""

from tests.conftest import Hub

from lantern.pipeline import intake

CANARY = "Zebedee Quillfeather"


def received(hub: Hub) -> list[str]:
    return [intake.receive(hub.home, hub.partnership, each).line for each in intake.waiting(hub.home, hub.partnership)]


def contacts(hub: Hub, count: int = 20) -> list[dict]:
    return [hub.contact(number) for number in range(count)]
