"""Any sound tables of a council, and the inspection lists made of them, are told again from their events."""

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partner_council import facts_in, inspection_lists
from partner_facts import child_keys, facts_of, of_kind

from lantern.partner.delivery import deliver
from lantern.partner.key import new_key

PARTNER = "riverton_council"
SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59)  # noqa: DTZ001 - a partner writes London time
SINCE = date(2020, 4, 1)
CHILDREN = ("P1", "P2", "P3")
WORDS = ("Neglect", "Emotional", "Physical", "Sexual", "Multiple: Neglect, Emotional")
HEADINGS = {
    "ssd_person": "pers_person_id pers_dob pers_expected_dob pers_death_date pers_sex",
    "ssd_contacts": "cont_contact_id cont_person_id cont_contact_date cont_contact_source_code cont_contact_outcome_json "
    "x_cont_decision_dttm",
    "ssd_cin_episodes": "cine_referral_id cine_person_id cine_referral_date cine_referral_source_code "
    "cine_cin_primary_need_code cine_referral_nfa cine_close_date cine_close_reason",
    "ssd_cin_assessments": "cina_assessment_id cina_person_id cina_referral_id cina_assessment_start_date "
    "cina_assessment_auth_date",
    "ssd_assessment_factors": "cinf_assessment_id cinf_assessment_factors_json",
    "ssd_s47_enquiry": "s47e_s47_enquiry_id s47e_person_id s47e_referral_id s47e_s47_start_date s47e_s47_end_date s47e_s47_nfa",
    "ssd_initial_cp_conference": "icpc_icpc_id icpc_person_id icpc_s47_enquiry_id icpc_icpc_date",
    "ssd_cp_plans": "cppl_cp_plan_id cppl_person_id cppl_cp_plan_start_date cppl_cp_plan_end_date "
    "cppl_cp_plan_initial_category cppl_cp_plan_latest_category",
    "ssd_cin_plans": "cinp_cin_plan_id cinp_person_id cinp_cin_plan_start_date cinp_cin_plan_end_date",
    "ssd_early_help_episodes": "earl_episode_id earl_person_id earl_episode_start_date earl_episode_end_date",
    "ssd_missing": "miss_table_id miss_person_id miss_missing_episode_start_date miss_missing_episode_end_date "
    "miss_missing_episode_type",
    "ssd_cla_episodes": "clae_cla_episode_id clae_person_id clae_cla_id clae_cla_episode_start_date "
    "clae_cla_episode_ceased_date clae_cla_episode_ceased_reason",
}


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key.toml"
    new_key(path, "demo", "E06999999", "demo-2026")
    return path


class Draw:
    """Values of rows, drawn one after another."""

    def __init__(self, draw) -> None:
        self.draw = draw

    def one(self, *values: str) -> str:
        return self.draw(st.sampled_from(values))

    def count(self) -> range:
        return range(self.draw(st.integers(0, 3)))

    def day(self, first: date = date(2021, 1, 1), most: int = 1_500) -> date:
        return first + timedelta(days=self.draw(st.integers(0, most)))

    def end(self, start: date) -> str:
        return self.one("", (start + timedelta(days=self.draw(st.integers(0, 500)))).isoformat())

    def time(self, day: date) -> str:
        return f"{day} {self.draw(st.integers(7, 21)):02}:{self.draw(st.integers(1, 59)):02}:00"


@st.composite
def councils(draw):
    """A council's tables with rows in any order; a referral has a day of its own, as inspection lists must name it so."""
    of = Draw(draw)
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in HEADINGS}
    for child in CHILDREN:
        dob = of.one("", "2019-02-03")
        rows["ssd_person"].append(
            (child, dob, of.one("", "2019-02-10"), of.one("", "2026-08-01"), of.one("M", "F", "U"))
        )
        for number in of.count():
            contact(of, rows, f"C{child}{number}", child)
        days = draw(st.lists(st.integers(0, 1_200), max_size=2, unique=True))
        for number, offset in enumerate(days):
            referral(of, rows, f"R{child}{number}", child, date(2021, 1, 1) + timedelta(days=offset))
        for number in of.count():
            others(of, rows, f"{child}{number}", child)
    return {
        name: [dict(zip(HEADINGS[name].split(), map(str, row), strict=True)) for row in draw(st.permutations(found))]
        for name, found in rows.items()
    }


def contact(of: Draw, rows, name: str, child: str) -> None:
    day = of.day()
    flag = of.one("NFA", "CP_ENQUIRY", "ADVICE")
    comment = of.one("", 'he said "stop"', "it's all right")
    decided = of.one("", of.time(day + timedelta(days=1)))
    blob = f'{{"{flag}":"Y","COMMENTS":"{comment}"}}' if decided else ""
    rows["ssd_contacts"].append((name, child, of.time(day), of.one("6", "2A", "10"), blob, decided))


def referral(of: Draw, rows, name: str, child: str, day: date) -> None:
    closed = of.end(day)
    reason = of.one("RC8", "RC1") if closed else ""
    rows["ssd_cin_episodes"].append(
        (name, child, day, of.one("1A", "5D", "10"), of.one("N1", "N0"), of.one("Y", "N"), closed, reason)
    )
    if of.one("yes", "no") == "yes":
        done = of.end(day)
        rows["ssd_cin_assessments"].append((f"A{name}", child, name, day, done))
        rows["ssd_assessment_factors"].append((f"A{name}", json.dumps([of.one("1A", "18B", "24A"), "2B"])))
    if of.one("yes", "no") == "yes":
        ended = of.end(day)
        held = of.one("", (day + timedelta(days=9)).isoformat())
        rows["ssd_s47_enquiry"].append((f"S{name}", child, name, day, ended, of.one("Y", "N", "") if ended else ""))
        if held:
            rows["ssd_initial_cp_conference"].append((f"I{name}", child, f"S{name}", held))


def others(of: Draw, rows, name: str, child: str) -> None:
    day = of.day()
    taken = {row[2] for row in rows["ssd_cp_plans"] if row[1] == child}
    if day not in taken:
        words = of.one(*WORDS)
        rows["ssd_cp_plans"].append((f"L{name}", child, day, of.end(day), words, words))
    rows["ssd_cin_plans"].append((f"N{name}", child, day, of.end(day)))
    rows["ssd_early_help_episodes"].append((f"E{name}", child, day, of.end(day)))
    rows["ssd_missing"].append((f"M{name}", child, of.time(day), of.end(day), "M"))
    moved = day + timedelta(days=30)
    rows["ssd_cla_episodes"].append((f"X{name}", child, f"K{name}", day, moved, "X1"))
    rows["ssd_cla_episodes"].append((f"Y{name}", child, f"K{name}", moved, of.end(moved), of.one("E4A", "X1")))


def told(files: list[Path], source_format: str, key: Path, out: Path):
    outcome = deliver(files, source_format, PARTNER, key, out, snapshot_at=SNAPSHOT, period_from=SINCE)
    return outcome, facts_of(outcome, child_keys(key, PARTNER, set(CHILDREN)))


def is_worth_telling(council) -> bool:
    return any(rows for name, rows in council.items() if name not in ("ssd_person", "ssd_assessment_factors"))


@settings(max_examples=60, deadline=None)
@given(councils().filter(is_worth_telling))
def test_any_sound_tables_are_told_again_from_their_events(tmp_path_factory, key, council):
    folder = tmp_path_factory.mktemp("tables")
    (folder / "ssd").mkdir()
    for name, rows in council.items():
        with (folder / "ssd" / f"{name}.csv").open("w", newline="") as stream:
            lines = csv.DictWriter(stream, HEADINGS[name].split())
            lines.writeheader()
            lines.writerows(rows)

    outcome, facts = told([folder / "ssd"], "ssd", key, folder / "out")

    assert (outcome.rows_refused, outcome.left_out) == ({}, {})
    assert facts == facts_in(council)


@settings(max_examples=15, deadline=None)
@given(councils().filter(lambda council: council["ssd_cin_episodes"] or council["ssd_contacts"]))
def test_any_sound_lists_are_told_again_from_their_events(tmp_path_factory, key, council):
    """As far as lists go: whole days, no decision, no factors, no end of an enquiry; what is alike is one."""
    folder = tmp_path_factory.mktemp("lists")
    expected = set()
    for fact in facts_in(council):
        match fact:
            case ("contact", child, at, source, *_):
                expected.add(("contact", child, at[:10], source, "", ""))
            case ("assessment", child, referred, start, done, _):
                expected.add(("assessment", child, referred, start, done, ""))
            case ("cpp", child, start, category, earlier, *rest):
                # Lists say how many earlier plans there were, even if none.
                expected.add(("cpp", child, start, category, earlier or "0", *rest))
            case ("referral" | "closure", *_):
                expected.add(fact)

    outcome, facts = told([inspection_lists(council, folder / "lists.xlsx")], "annex_a", key, folder / "out")

    assert set(outcome.rows_refused) <= {"repeated_record"}
    assert of_kind(facts, "contact", "assessment", "referral", "closure", "cpp") == expected
    held = {(fact[1], day) for fact in of_kind(facts, "s47") for day in fact[5:]}
    assert held == {(row["icpc_person_id"], row["icpc_icpc_date"]) for row in council["ssd_initial_cp_conference"]}
