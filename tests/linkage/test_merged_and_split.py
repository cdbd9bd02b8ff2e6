"""What a partner says of its own records: two are one, or two after all; and what becomes of a child being born."""

from datetime import date, datetime

import pytest
import yaml
from register import Register, Sent, opened, persons

from lantern import warehouse
from lantern.home import PROJECT
from lantern.linkage import claim

MERGED, SPLIT = "PERSON_MERGED", "PERSON_SPLIT"


def said(what: str, one: str, other: str, on: int, **more: object) -> dict:
    """A partner's word on two of its records, on a day of May."""
    event = {"event_type": what, "local_person_key": one, "related_person_key": other, "event_on": date(2026, 5, on)}
    return event | {"event_key": f"{what} {one} {other} {on}"} | more


def known(*names: str, **tokens: str) -> tuple[dict, ...]:
    return tuple(
        {"local_person_key": name} | {f"token_{scheme}": each for scheme, each in tokens.items()} for name in names
    )


def council(*rows: dict, day: int = 1, name: str = "council") -> Sent:
    return Sent(name, "council", rows, day=day)


TWO, ONE = [("a",), ("b",)], [("a", "b")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([said(MERGED, "a", "b", 1)], ONE),
        ([said(MERGED, "b", "a", 1)], ONE),
        ([said(MERGED, "a", "b", 1), said(SPLIT, "b", "a", 2)], TWO),
        ([said(SPLIT, "a", "b", 2), said(MERGED, "a", "b", 1)], TWO),
        ([said(SPLIT, "a", "b", 1), said(MERGED, "a", "b", 2)], ONE),
        ([said(MERGED, "a", "b", 1), said(SPLIT, "a", "b", 1)], TWO),
        ([said(MERGED, "a", "b", 1, record_status="cancelled")], TWO),
        ([said(MERGED, "a", "a", 1)], TWO),
        ([said(MERGED, "a", "b", 1), said(MERGED, "a", "c", 2, supersedes_event_key="PERSON_MERGED a b 1")], [("a", "c"), ("b",)]),
    ],
)  # fmt: skip
def test_the_last_word_on_two_records_counts_by_when_it_happened(words, expected):
    records = known("a", "b")

    assert persons(council(*records, *words)) == expected
    assert persons(council(*reversed(words), *records)) == expected


def test_on_one_day_the_time_of_day_tells_which_word_was_the_last():
    merged = said(MERGED, "a", "b", 1, event_at=datetime(2026, 5, 1, 15))  # noqa: DTZ001 - as the warehouse keeps it
    split = said(SPLIT, "a", "b", 1, event_at=datetime(2026, 5, 1, 9))  # noqa: DTZ001

    assert persons(council(*known("a", "b"), merged, split)) == ONE


def test_a_merge_withdrawn_in_a_later_extract_is_forgotten_whichever_arrives_first():
    earlier = council(*known("a", "b"), said(MERGED, "a", "b", 1))
    withdrawn = Sent("changes", "council", (said(MERGED, "a", "b", 1, record_status="cancelled"),), day=2, mode="delta")

    assert persons(earlier, withdrawn) == TWO
    assert persons(withdrawn, earlier) == TWO
    assert persons(earlier) == ONE


def test_records_merged_one_after_another_are_one_even_where_the_one_between_is_gone():
    """Of `b` nothing is left at the source but the two merges that name it."""
    words = (said(MERGED, "b", "a", 1), said(MERGED, "c", "b", 2))

    assert persons(council(*known("a", "c"), *words)) == [("a", "b", "c")]


def test_a_split_keeps_two_records_apart_though_they_share_a_name_and_a_home():
    """Twins whom somebody had merged: the council has looked, and its word is stronger than any description."""
    rows = known("a", "b", ndp1="x", ndp2="y")

    assert persons(council(*rows)) == ONE
    assert persons(council(*rows, said(SPLIT, "a", "b", 1))) == TWO


def test_what_is_split_is_not_joined_again_through_a_third():
    rows = (*known("a", ndp1="x"), *known("b", ndp2="y"))
    police = Sent("police", "police", known("p", ndp1="x", ndp2="y"))

    assert persons(council(*rows), police) == [("a", "b", "p")]
    assert persons(council(*rows, said(SPLIT, "a", "b", 1)), police) == [("a", "p"), ("b",)]


def test_a_merge_never_puts_two_nhs_numbers_into_one_person():
    rows = (*known("a", nhs="n1"), *known("b", nhs="n2"))

    assert persons(council(*rows, said(MERGED, "a", "b", 1))) == TWO


def test_a_merge_brings_together_all_that_its_two_records_had():
    rows = (*known("a", nhs="n1"), *known("b", ndp1="x"))
    others = Sent("h", "hospital", known("h", nhs="n1")), Sent("p", "police", known("p", ndp1="x"))

    with opened() as register:
        register.send(council(*rows, said(MERGED, "a", "b", 1)), *others).renew()

        assert register.persons() == [("a", "b", "h", "p")]
        assert [register.links()[record]["link_basis"] for record in "abhp"] == ["partner", "partner", "nhs", "ndp1"]
        assert {link["weakest_basis"] for link in register.links().values()} == {"ndp1"}


def test_a_child_expected_is_met_by_others_once_it_is_born_and_stays_the_same_record():
    """Tokens appear after birth, under the same local id; the mother is in no delivery."""
    expected = Sent("may", "council", ({"local_person_key": "child", "is_unborn": "true"},), day=1)
    born = Sent("june", "council", known("child", nhs="n1", ndp1="x"), day=2)
    hospital = Sent("hospital", "hospital", known("newborn", nhs="n1"), day=2)

    assert persons(expected, hospital) == [("child",), ("newborn",)]
    assert persons(born, expected, hospital) == [("child", "newborn")]


def test_what_a_replaced_delivery_told_joins_nobody_any_more():
    """The newer extract of the same period has no such record: it was withdrawn at the source."""
    before = Sent("june", "council", (*known("a", nhs="n1"), *known("b", ndp1="x")), day=1)
    after = Sent("july", "council", known("b", ndp1="x"), day=2)
    others = Sent("police", "police", known("p", nhs="n1"))

    assert persons(before, others) == [("a", "p"), ("b",)]
    assert persons(after, before, others) == [("a",), ("b",), ("p",)]


def met_through_the_police(*words: dict) -> list[tuple[str, ...]]:
    """Only the police's record holds council and school together; these are its later words on it, a day each."""
    council_and_school = council(*known("c", nhs="n1")), Sent("school", "school", known("s", ndp1="x"))
    told = Sent("police", "police", known("p", nhs="n1", ndp1="x"))
    changes = [Sent(f"changes {day}", "police", (word,), day=day, mode="delta") for day, word in enumerate(words, 2)]
    found = persons(*council_and_school, told, *changes)
    assert persons(*reversed(changes), told, *council_and_school) == found
    return found


CANCELLED = {"local_person_key": "p", "event_key": "police 0", "record_status": "cancelled"}
JOINED, APART = [("c", "p", "s")], [("c",), ("p",), ("s",)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], JOINED),
        ([CANCELLED], APART),
        ([CANCELLED | {"record_status": "duplicate"}], APART),
        ([CANCELLED, CANCELLED | {"record_status": "active"}], JOINED),
        ([CANCELLED | {"record_status": "active"}], JOINED),
        ([CANCELLED | {"event_key": "police of another day"}], JOINED),
        ([CANCELLED | {"local_person_key": "of another person"}], [*JOINED, ("of another person",)]),
    ],
)
def test_what_a_withdrawn_event_told_joins_nobody_any_more(words, expected):
    """Its last version decides; told again, it counts again, with all that any version of it knew."""
    assert met_through_the_police(*words) == expected


def test_an_event_withdrawn_takes_nothing_from_what_another_event_told():
    again = {"local_person_key": "p", "event_key": "police 1", "token_nhs": "n1"}

    assert met_through_the_police(again, CANCELLED) == [("c", "p"), ("s",)]


def test_were_each_row_asked_alone_a_withdrawn_event_would_join_on(monkeypatch):
    """The twin: its first version, still active, speaks."""
    monkeypatch.setattr(claim, "_WITHDRAWN", f"{claim._WITHDRAWN} and false")

    assert met_through_the_police(CANCELLED) == JOINED


def in_force_by_the_models_own_tests():
    path = PROJECT / "dbt_project" / "models" / "staging" / "stg_partner__deliveries.yml"
    for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]:
        given = next(each for each in test["given"] if "delivery" in each["input"])
        yield pytest.param(_cells(given["rows"]), _cells(test["expect"]["rows"]), id=test["name"])


def _cells(text: str) -> list[dict]:
    header, *lines = [line.split(",") for line in text.strip().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_there_are_drawn_tables_of_deliveries_in_force():
    assert len(list(in_force_by_the_models_own_tests())) >= 4


@pytest.mark.parametrize(("given", "expected"), list(in_force_by_the_models_own_tests()))
def test_deliveries_in_force_are_those_of_the_staging_model(given, expected):
    """One rule, asked before dbt runs and in dbt: both are held to the same drawn tables."""
    with warehouse.in_memory() as connection:
        register = Register(connection)
        for row in given:
            snapshot = row.get("snapshot_at") or row["snapshot_on"]
            register.connection.execute(
                "insert into raw.delivery (delivery_id, partner, source_format, mode, period_from, period_to, snapshot_at) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                [*(row[name] for name in ("delivery_id", "partner", "source_format", "mode", "period_from", "period_to")), snapshot],
            )  # fmt: skip
        claim.gather(connection, with_supporting=False)
        found = connection.execute("select delivery_id from delivery_in_force order by all").fetchall()

    assert [row[0] for row in found] == sorted(row["delivery_id"] for row in expected)
