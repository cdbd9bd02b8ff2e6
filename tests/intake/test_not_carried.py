"""A source that tells of a beginning and has no place for its end says so, and the hub believes only what can be true."""

import json
import re

import pytest
from tests.conftest import Hub
from tests.intake.sending import contacts, received, verdicts
from tests.intake.travelling import manifest_of, sender

from lantern import codelist, contract, quality, warehouse
from lantern.home import PROJECT
from lantern.partner.reader import NOT_CARRIED, READERS
from lantern.pipeline import intake, judgement

PEOPLE = """
    pers_person_id
    --------------
    P1
    P2
"""
DECIDED = """
    cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | x_cont_decision_dttm
    ----------------+----------------+---------------------+--------------------------+---------------------
    C1              | P1             | 2026-05-04 09:30:00 | 6                        | 2026-05-04 15:00:00
    C2              | P2             | 2026-05-05 09:30:00 | 6                        |
"""
UNDECIDED = """
    cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code
    ----------------+----------------+---------------------+-------------------------
    C1              | P1             | 2026-05-04 09:30:00 | 6
    C2              | P2             | 2026-05-05 09:30:00 | 6
"""
SNAPSHOT = "2026-06-30T20:00:00+01:00"


def sent(hub: Hub) -> list[tuple[str]]:
    """What the register keeps of each delivery."""
    with warehouse.opened(hub.home, read_only=True) as connection:
        return connection.execute("select not_carried from raw.delivery order by all").fetchall()


@pytest.mark.parametrize(("contacts_table", "kept"), [(DECIDED, ""), (UNDECIDED, "CONTACT_DECIDED")])
def test_a_council_without_the_column_of_decisions_says_that_it_cannot_tell_of_any(hub, tmp_path, contacts_table, kept):
    """Else its contacts would look undecided for ever, and the board would read that nobody decides."""
    council = sender(hub, tmp_path, "riverton_council")

    verdict = council.send("ssd", {"ssd_person.csv": PEOPLE, "ssd_contacts.csv": contacts_table}, SNAPSHOT)

    assert verdict.outcome == "accepted"
    assert sent(hub) == [(kept,)]


def test_a_mapping_says_what_it_starts_and_cannot_end(hub, tmp_path):
    """The twin is the same table with its other column named."""
    council = sender(hub, tmp_path, "riverton_council")
    own = """
        name = "own_help"
        version = "1"
        partner_type = "csc"
        when_formats = ["%Y-%m-%d"]
        columns = { record = "id", person = "child" }
        [[events]]
        event_type = "EH_STARTED"
        when = "began"
    """
    ended = '[[events]]\nevent_type = "EH_ENDED"\nwhen = "ended"\nparent = "EH_STARTED"\n'
    found = []
    for number, text in enumerate((own, own + ended)):
        path = tmp_path / f"own{number}.toml"
        path.write_text(text, encoding="utf-8")
        table = "id | child | began | ended\n1 | P1 | 2026-05-04 | 2026-05-05"
        found.append(manifest_of(council.deliver(str(path), {"help.csv": table}, SNAPSHOT)).not_carried)

    assert found == [("EH_ENDED",), ()]


@pytest.mark.parametrize("source_format", READERS)
def test_what_a_reader_can_never_end_is_what_the_page_of_sources_does_not_name(source_format):
    """That page is compared elsewhere with the events the readers make."""
    page = (PROJECT / "docs" / "sources.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{source_format}` |") and "_STARTED`" in line]
    told = set(re.findall(r"`([A-Z0-9_]+)`", row.split("|")[3]))
    ends = {end for start, end in contract.ENDED_BY.items() if start in told}

    assert len(ends) > 1
    assert set(NOT_CARRIED.get(source_format, ())) == ends - told


def test_what_is_waited_for_and_what_it_waits_on_are_event_types_of_one_teller():
    teller = codelist.translation("event_type", "only_from")

    assert len(contract.ENDED_BY) > 10
    assert all(teller[start] == teller[end] for start, end in contract.ENDED_BY.items())


def test_a_delivery_that_tells_what_it_says_it_cannot_is_refused_with_nothing_kept(hub):
    """Believed, its manifest would take contacts out of a measure that were decided in it."""
    hub.deliver([*contacts(hub), decision(hub)], not_carried=("CONTACT_DECIDED",))

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert [(each.rule, each.column, each.count) for each in verdict.breaches if each.severity == "critical"] == [
        ("event_is_one_this_source_can_tell", "event_type", 1)
    ]
    assert intake.load(hub.home) == {}


def test_a_delivery_that_carries_what_it_tells_is_accepted(hub):
    """The twin: the same rows, and a manifest that denies another event, or none."""
    hub.deliver([*contacts(hub), decision(hub)], not_carried=("S47_ENDED",))
    hub.deliver([*contacts(hub), decision(hub)])

    assert [verdict.outcome for verdict in verdicts(hub)] == ["accepted"] * 2
    intake.load(hub.home)
    assert sent(hub) == [("",), ("S47_ENDED",)]


def test_were_the_suite_not_told_the_delivery_would_be_accepted(hub, monkeypatch):
    """The twin of the refusal."""
    check = quality.check
    monkeypatch.setattr(
        judgement.quality, "check", lambda *table, **facts: check(*table, **facts | {"not_carried": ()})
    )
    hub.deliver([*contacts(hub), decision(hub)], not_carried=("CONTACT_DECIDED",))

    assert [verdict.outcome for verdict in verdicts(hub)] == ["accepted"]


def decision(hub: Hub) -> dict[str, str | None]:
    about = {"source_category": "6", "outcome_code": "nfa"}
    return hub.event("CONTACT_DECIDED", person=1, source="c1", at="2026-05-20", **about)


@pytest.mark.parametrize(
    "entry",
    [
        "CONTACT_DECIDED",
        ["Zebedee Quillfeather"],
        ["CONTACT_RECEIVED"],
        ["CONTACT_DECIDED", "CONTACT_DECIDED"],
        ["S47_ENDED", "CONTACT_DECIDED"],
        [["CONTACT_DECIDED"]],
        [None],
        None,
        {},
    ],
)
def test_an_entry_that_is_no_ordered_list_of_ends_is_refused_and_not_repeated(hub, entry):
    folder = hub.deliver(contacts(hub))
    path = folder / contract.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"not_carried": entry}))

    (line,) = received(hub)

    assert "'not_carried' is not in the agreed form" in line
    assert "Quillfeather" not in line


def test_a_warehouse_made_before_manifests_said_it_takes_the_next_delivery(hub):
    """A hub is not emptied for one more column; what it does not know of old deliveries is nothing."""
    hub.deliver(contacts(hub))
    verdicts(hub)
    intake.load(hub.home)
    with warehouse.opened(hub.home) as connection:
        connection.execute("alter table raw.delivery drop column not_carried")

    hub.deliver(contacts(hub, 10), not_carried=("CONTACT_DECIDED",))
    verdicts(hub)

    assert list(intake.load(hub.home).values()) == [10]
    assert sent(hub) == [("CONTACT_DECIDED",), (None,)]
