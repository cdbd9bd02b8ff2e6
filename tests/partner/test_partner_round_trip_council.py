"""A council's tables and lists go in and are told again from the events; told three ways, one council is one council."""

from datetime import date, datetime
from pathlib import Path

import pytest
from partner_council import facts_in, inspection_lists, tables
from partner_facts import child_keys, facts_of, of_kind

from lantern.partner.delivery import deliver
from lantern.partner.key import new_key
from lantern.synthetic import invent

PARTNER = "riverton_council"
SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59)  # noqa: DTZ001 - a partner writes London time
SINCE = date(2023, 7, 1)
YEAR_END = "2026-03-31"


@pytest.fixture(scope="module")
def council(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("council")
    invent(folder / "invented", referrals_a_year=200)
    new_key(folder / "key.toml", "demo", "E06999999", "demo-2026")
    return folder


@pytest.fixture(scope="module")
def ssd(council):
    return tables(council / "invented" / PARTNER / "ssd")


@pytest.fixture(scope="module")
def facts(council, ssd):
    """Deliver some files of the council as a format, and tell its facts from the events."""
    names = {row["pers_person_id"] for row in ssd["ssd_person"]}

    def told(files: list[Path], source_format: str):
        since = None if source_format == "cin_census" else SINCE
        at = None if source_format == "cin_census" else SNAPSHOT
        outcome = deliver(
            files, source_format, PARTNER, council / "key.toml", council / "out", snapshot_at=at, period_from=since
        )
        return outcome, facts_of(outcome, child_keys(council / "key.toml", PARTNER, names))

    return told


@pytest.fixture(scope="module")
def from_tables(facts, council):
    return facts([council / "invented" / PARTNER / "ssd"], "ssd")


@pytest.fixture(scope="module")
def from_lists(facts, council, ssd):
    return facts([inspection_lists(ssd, council / "annex_a.xlsx")], "annex_a")


@pytest.fixture(scope="module")
def from_census(facts, council):
    years = sorted((council / "invented" / PARTNER / "cin_census").glob("*.xml"))
    assert len(years) == 3
    return facts(years, "cin_census")


def test_the_tables_of_a_council_are_told_again_from_their_events(from_tables, ssd):
    """Every fact of every table that makes events: the same ones, and no others."""
    outcome, told = from_tables
    expected = facts_in(ssd)

    assert (outcome.rows_refused, outcome.left_out) == ({}, {})
    assert {fact[0] for fact in expected} >= {
        "referral", "closure", "assessment", "s47", "s47 end", "cpp", "early help", "contact",
    }  # fmt: skip
    assert len(expected) > 2_000
    assert told == expected


def test_the_round_trip_of_the_tables_would_notice_a_row_that_is_lost_or_changed(from_tables, ssd):
    """The twin: without one row of any table, or with one date moved, the two are no longer equal."""
    _, told = from_tables
    whole = facts_in(ssd)
    makers = ["ssd_contacts", "ssd_cin_episodes", "ssd_s47_enquiry", "ssd_cp_plans", "ssd_early_help_episodes"]

    for name in makers:
        without = ssd | {name: ssd[name][:-1]}
        if name == "ssd_cin_episodes":
            lost = ssd[name][-1]["cine_referral_id"]
            without |= {
                "ssd_cin_assessments": [row for row in ssd["ssd_cin_assessments"] if row["cina_referral_id"] != lost]
            }
            without |= {"ssd_s47_enquiry": [row for row in ssd["ssd_s47_enquiry"] if row["s47e_referral_id"] != lost]}
        assert facts_in(without) != told, name
    moved = [dict(row, cine_referral_date="2001-01-01") for row in ssd["ssd_cin_episodes"][:1]]
    assert facts_in(ssd | {"ssd_cin_episodes": [*moved, *ssd["ssd_cin_episodes"][1:]]}) != told == whole


def test_the_lists_of_an_inspection_are_told_again_from_their_events(from_lists, ssd):
    """What Annex A carries of each fact: no times of day, no decision on a contact, no factors."""
    outcome, told = from_lists
    expected = set()
    for fact in facts_in(ssd):
        match fact:
            case ("contact", child, at, source, *_):
                expected.add(("contact", child, at[:10], source, "", ""))
            case ("assessment", child, referred, start, done, _):
                expected.add(("assessment", child, referred, start, done, ""))
            case ("cpp", child, start, category, earlier, *ended):
                # A list says 0 where the table, which holds no plan before, says nothing.
                expected.add(("cpp", child, start, category, earlier or "0", *ended))
            case ("referral" | "closure", *_):
                expected.add(fact)
    needless = {"Y": "true", "N": "false", "": ""}
    flags = {
        (row["s47e_person_id"], row["s47e_s47_start_date"][:10]): row["s47e_s47_nfa"] for row in ssd["ssd_s47_enquiry"]
    }
    for _, child, referred, start, _, *held in of_kind(facts_in(ssd), "s47"):
        expected.add(("s47", child, referred, start, needless[flags[child, start]], *held))

    assert set(outcome.rows_refused) <= {"repeated_record"}
    assert outcome.left_out == {"decisions_not_in_table": 1}
    assert len(expected) > 1_500
    assert told == expected


@pytest.mark.parametrize(
    ("kind", "least", "columns"),
    [("referral", 400, 6), ("closure", 300, 5), ("assessment", 200, 5), ("s47", 30, 4), ("cpp", 5, 3)],
)
def test_one_council_told_by_tables_census_and_lists_gives_the_same_days(
    from_tables, from_census, from_lists, kind, least, columns
):
    """
    As far as each carries it, and up to the last census day: what came later is not in a census.

    Earlier plans are not compared: the census counts those before the tables begin as well, and names
    several categories by one code.
    """

    def days(told) -> set[tuple[object, ...]]:
        known = {fact[:columns] for fact in of_kind(told[1], kind)}
        place = 3 if kind in ("closure", "assessment", "s47") else 2
        return {fact for fact in known if fact[place] <= YEAR_END}

    def until_census(told) -> set[tuple[object, ...]]:
        """An end after the census day was not known to it."""
        return {tuple("" if isinstance(each, str) and YEAR_END < each < "3" and "-" in each else each for each in fact)
                for fact in days(told)}  # fmt: skip

    by_tables, by_census, by_lists = until_census(from_tables), days(from_census), until_census(from_lists)

    assert len(by_tables) > least
    assert by_tables == by_lists
    assert by_tables == by_census


def test_conferences_are_held_on_the_same_days_whoever_tells(from_tables, from_census, from_lists):
    def held(told) -> set[tuple[object, ...]]:
        return {(fact[1], day) for fact in of_kind(told[1], "s47") for day in fact[5:] if day <= YEAR_END}

    assert len(held(from_tables)) > 10
    assert held(from_tables) == held(from_lists) == held(from_census)
