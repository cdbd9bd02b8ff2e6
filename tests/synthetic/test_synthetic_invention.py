"""The invented partnership has the figures of a real one, and no one real in it."""

from collections import Counter
from datetime import date, datetime

import pytest
from stdnum.gb import nhs, upn

from lantern.errors import ConfigRefused
from lantern.period import working_days_between
from lantern.synthetic import invent
from lantern.synthetic.season import Season, day_number


@pytest.fixture(scope="session")
def ssd(invented):
    folder = invented.folder / "riverton_council" / "ssd"
    return {path.stem: invented.rows("riverton_council", "ssd", path.name) for path in folder.glob("*.csv")}


@pytest.mark.parametrize(
    ("what", "low", "high"),
    [
        ("referrals a year", 300, 390),
        ("contacts for each referral", 4.6, 5.0),
        ("re-referrals within 12 months, %", 18, 26),
        ("decided within 1 working day, %", 82, 88),
        ("no further action at referral, %", 4.5, 8.5),
        ("assessed within 45 working days, %", 82, 88),
        ("enquiries to referrals, %", 31, 41),
        ("conferences to enquiries, %", 25, 39),
        ("contacts on open cases, %", 3.5, 4.5),
        ("never decided, %", 0.05, 1.5),
        ("adult concerns a year", 210, 250),
        ("enquiries to adult concerns, %", 24, 34),
    ],
)
def test_the_figures_are_those_published_for_england_within_a_stated_tolerance(invented, what, low, high):
    """The size of a tenth of a council: chance alone moves a share by two or three points; adult concerns, fewer still, by four."""
    truth = invented.truth
    quiet = truth.contacts - truth.contacts_on_open_cases
    figures = {
        "referrals a year": truth.referrals / 3.5,
        "contacts for each referral": truth.contacts / truth.referrals,
        "re-referrals within 12 months, %": 100 * truth.re_referrals / truth.referrals_with_lookback,
        "decided within 1 working day, %": 100 * truth.contacts_decided_within_1_working_day / quiet,
        "no further action at referral, %": 100 * truth.referrals_no_further_action / truth.referrals,
        "assessed within 45 working days, %": 100
        * truth.assessments_within_45_working_days
        / truth.assessments_authorised,
        "enquiries to referrals, %": 100 * truth.enquiries / truth.referrals,
        "conferences to enquiries, %": 100 * truth.conferences / truth.enquiries,
        "contacts on open cases, %": 100 * truth.contacts_on_open_cases / truth.contacts,
        "never decided, %": 100 * truth.contacts_undecided / truth.contacts,
        "adult concerns a year": truth.adult_concerns / 3.5,
        "enquiries to adult concerns, %": 100 * truth.adult_enquiries / truth.adult_concerns,
    }

    assert low <= figures[what] <= high


def test_assessments_crowd_before_the_limit(invented, ssd):
    """Quartiles near 19, 34 and 44 working days, and 18 % in the last five days before 45."""
    referred = {
        row["cine_referral_id"]: date.fromisoformat(row["cine_referral_date"]) for row in ssd["ssd_cin_episodes"]
    }
    days = sorted(
        working_days_between(referred[row["cina_referral_id"]], date.fromisoformat(row["cina_assessment_auth_date"]))
        for row in ssd["ssd_cin_assessments"]
        if row["cina_assessment_auth_date"]
    )

    quartiles = [days[len(days) * quarter // 4] for quarter in (1, 2, 3)]
    crowded = sum(40 < day <= 45 for day in days) / len(days)

    assert quartiles == pytest.approx([19, 34, 44], abs=3)
    assert 0.14 < crowded < 0.22


def test_no_child_is_referred_while_an_earlier_referral_is_open(ssd):
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in ssd["ssd_cin_episodes"]:
        closed = row["cine_close_date"] or "9999-12-31"
        spans.setdefault(row["cine_person_id"], []).append((row["cine_referral_date"], closed))

    pairs = [pair for child in spans.values() for pair in zip(sorted(child), sorted(child)[1:], strict=False)]

    assert len(pairs) > 50
    assert all(later[0] > earlier[1] for earlier, later in pairs)


def test_a_decision_never_comes_before_its_contact_and_some_are_open_at_the_snapshot(invented, ssd):
    truth = invented.truth
    contacts = ssd["ssd_contacts"]
    undecided = [row for row in contacts if not row["x_cont_decision_dttm"]]

    assert len(undecided) == truth.contacts_undecided > 0
    assert all(row["x_cont_decision_dttm"] > row["cont_contact_date"] for row in contacts if row not in undecided)
    assert max(row["x_cont_decision_dttm"] for row in contacts) <= "2026-09-30 23:59:59"
    assert any(not row["cine_close_date"] for row in ssd["ssd_cin_episodes"])
    assert any(not row["cina_assessment_auth_date"] for row in ssd["ssd_cin_assessments"])


def test_contacts_come_on_working_days_mostly_and_from_the_police_most(ssd):
    contacts = ssd["ssd_contacts"]
    weekend = sum(datetime.fromisoformat(row["cont_contact_date"]).weekday() >= 5 for row in contacts)
    sources = Counter(row["cont_contact_source_code"] for row in contacts)

    assert weekend / len(contacts) < 0.1
    assert sources.most_common(1)[0][0] == "6"
    assert sources["2A"] > sources["4"]


def test_every_number_checks_and_none_can_be_real(ssd):
    """NHS numbers from the range for tests; pupil numbers of establishments below 1000."""
    people = ssd["ssd_person"]
    numbers = [row["pers_single_unique_id"] for row in people if row["pers_single_unique_id"]]
    pupils = [row["pers_upn"] for row in people if row["pers_upn"]]

    assert len(numbers) > 500 < len(pupils)
    assert all(nhs.is_valid(number) and number.startswith("999") for number in numbers)
    assert all(upn.is_valid(number) and number[4:8] < "1000" for number in pupils)
    assert len(set(numbers)) == len(numbers)
    assert len(set(pupils)) == len(pupils)
    assert all(row["addr_postcode"].startswith("ZX") for row in ssd["ssd_address"])


def test_every_folder_says_that_all_in_it_is_invented(invented):
    folders = [invented.folder, *(path for path in invented.folder.iterdir() if path.is_dir())]

    assert len(folders) == 10
    assert all("is invented" in (path / "README.txt").read_text() for path in folders)


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path):
    def made(name: str, seed: int) -> dict[str, bytes]:
        invent(tmp_path / name, seed=seed, referrals_a_year=40, with_defects=True)
        return {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}

    first, same, other = made("a", 1), made("b", 1), made("c", 2)

    assert len(first) == 42
    assert first == same
    assert first.keys() == other.keys()
    assert first != other


def test_other_dates_can_be_invented(tmp_path):
    snapshot = datetime(2025, 3, 31, 23, 59, 59)  # noqa: DTZ001 - London time, as the option takes it

    truth = invent(tmp_path, referrals_a_year=60, first_day=date(2024, 2, 29), snapshot=snapshot)

    assert truth.contacts > 0
    assert sorted(path.name for path in (tmp_path / "riverton_council" / "cin_census").iterdir()) == [
        "CIN_2024.xml",
        "CIN_2025.xml",
    ]


def test_a_council_too_small_to_invent_is_refused(tmp_path):
    with pytest.raises(ConfigRefused, match="at least 40 referrals a year"):
        invent(tmp_path, referrals_a_year=5)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [("2023-04-03", 45, "2023-06-12"), ("2022-12-19", 15, "2023-01-12"), ("2023-04-06", 1, "2023-04-11")],
)
def test_working_days_in_arrays_are_those_of_the_calendar(start, count, end):
    import numpy as np

    season = Season.over(date(2022, 12, 1), date(2023, 6, 30))
    first, last = (np.array([day_number(date.fromisoformat(day))]) for day in (start, end))

    assert season.add(first, np.array([count])).tolist() == last.tolist()
    assert season.between(first, last).tolist() == [count]
    assert working_days_between(date.fromisoformat(start), date.fromisoformat(end)) == count


def test_brothers_and_sisters_of_one_incident_have_one_priority_and_the_truth_counts_them(invented, ssd):
    """Told of by one source at one minute under one family; an open case has no priority."""
    family = {row["fami_person_id"]: row["fami_family_id"] for row in ssd["ssd_family"]}
    told: dict[tuple[str, str, str], set[str]] = {}
    together: Counter[tuple[str, str, str]] = Counter()
    for row in ssd["ssd_contacts"]:
        if row["x_cont_priority"]:
            key = family[row["cont_person_id"]], row["cont_contact_date"], row["cont_contact_source_code"]
            told.setdefault(key, set()).add(row["x_cont_priority"])
            together[key] += 1
    counted = Counter(row["x_cont_priority"].lower() for row in ssd["ssd_contacts"] if row["x_cont_priority"])

    assert sum(count > 1 for count in together.values()) > 100
    assert all(len(found) == 1 for found in told.values())
    assert counted == invented.truth.contacts_by_priority
    assert 0 < invented.truth.priorities_lowered < sum(counted.values())
