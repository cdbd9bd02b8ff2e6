"""Invented persons whom two partners know, sent as their own tools would send them."""

from collections.abc import Iterable

import pyarrow as pa
from tests.conftest import CANARY_VALUE, CHECK, Hub, keyed
from tests.intake.sending import verdicts

from lantern import secret, warehouse
from lantern.home import Home
from lantern.intake import rekeying
from lantern.partner.erasure_request import ErasureRequest
from lantern.pipeline import intake

POLICE = {"partner": "riverton_police", "partner_type": "police", "source_format": "police_notice"}
PERSONS = range(60)
ERASED = range(20)
LATER = "2026-10-02T09:00:00+01:00"


def local_key(partner: str, person: int) -> str:
    return keyed("person", partner, person)


def tokens(person: int) -> dict[str, str]:
    """All have a name, a birth date and a home; of every fourth no number is known."""
    described = {"token_ndp2": keyed("ndp2", person), "token_ndp4": keyed("ndp4", person)}
    return described if person % 4 == 0 else described | {"token_nhs": keyed("nhs", person)}


def council_events(hub: Hub, persons: Iterable[int] = PERSONS) -> list[dict]:
    """A contact of each person."""
    return [
        hub.contact(each, **tokens(each)) | {"local_person_key": local_key("council", each), "household_key": None}
        for each in persons
    ]


def police_events(hub: Hub, persons: Iterable[int] = PERSONS) -> list[dict]:
    """A notice of each person."""
    told = {"partner_org": "riverton_police", "partner_type": "police", "source_category": "6"}
    return [
        hub.event(
            "PARTNER_NOTIFICATION",
            person=each,
            source=f"n{each}",
            at=f"2026-0{1 + each % 6}-1{each % 9}",
            **told,
            **tokens(each),
        )
        | {"local_person_key": local_key("police", each)}
        for each in persons
    ]


def send(hub: Hub, persons: Iterable[int] = PERSONS, **manifest) -> list[str]:
    """Both partners' deliveries, the council's second row to be held; how each ended."""
    of_council = council_events(hub, persons)
    of_council[1]["sex"] = "X"
    hub.deliver(of_council, **manifest)
    hub.deliver(police_events(hub, persons), **POLICE, **manifest)
    outcomes = [each.outcome for each in verdicts(hub)]
    intake.load(hub.home)
    return outcomes


def request_of(persons: Iterable[int] = ERASED, partner: str = "council") -> ErasureRequest:
    """A request by local ids, as the partner's tool would make it."""
    told = tuple({"local_person_key": local_key(partner, each)} for each in persons)
    return ErasureRequest(f"riverton_{partner}", "test", CHECK, CANARY_VALUE, told)


def sent_keys(persons: Iterable[int]) -> set[str]:
    """Every pseudonym under which a partner tells of these persons."""
    listed = list(persons)
    return {cell for each in listed for cell in tokens(each).values()} | {
        local_key(partner, each) for partner in ("council", "police") for each in listed
    }


def cells(home: Home) -> set[str]:
    """Every cell of every table of every encrypted store, decrypted: what is on the disk says nothing of it."""
    found = set()
    files = [*home.accepted.glob("*.duckdb"), *home.quarantine.glob("*.duckdb"), home.spent, home.warehouse]
    for path in (each for each in files if each.exists()):
        with warehouse.encrypted(home, path, read_only=True) as store:
            names = store.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
            for schema, name in names:
                rows = store.execute(f'select * from "{schema}"."{name}"').fetchall()
                found.update(str(cell) for row in rows for cell in row)
    return found


def people_loaded(home: Home) -> int:
    """How many partners' records of persons the warehouse tells of."""
    with warehouse.opened(home, read_only=True) as connection:
        (count,) = connection.execute("select count(distinct local_person_key) from raw.partner_event").fetchone()
    return count


def hub_keys(home: Home, persons) -> set[str]:
    """The same pseudonyms under the hub's key, worked out again here."""
    hub_key, found = secret.key(home, "hub"), set()
    for name in ("local_person_key", "token_nhs", "token_ndp2", "token_ndp4"):
        for partner in ("council", "police"):
            own = {
                "local_person_key": [local_key(partner, each) for each in persons],
                "token_nhs": [keyed("nhs", each) for each in persons],
                "token_ndp2": [keyed("ndp2", each) for each in persons],
                "token_ndp4": [keyed("ndp4", each) for each in persons],
            }[name]
            keys = pa.array(own, pa.string()).dictionary_encode()
            again = rekeying.rekeyed(name, keys, hub_key=hub_key, partner=f"riverton_{partner}")
            found.update(again.cast(pa.string()).to_pylist())
    return found


# Person 1 is known to the police alone, by name and number: the council's row, which would have linked the two, is held.
GONE = [each for each in ERASED if each != 1]
