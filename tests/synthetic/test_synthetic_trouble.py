"""What makes linking hard in life is in the invented records, at the rates that are assumed of real ones."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from lantern.synthetic.identifier import nhs_numbers
from lantern.synthetic.name import KNOWN_AS
from lantern.synthetic.population import populate
from lantern.synthetic.register import Habits, Register

EARLIEST, SNAPSHOT = 18_000, 20_700
YEARS = (SNAPSHOT - EARLIEST) / 365.25


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    return populate(rng, 3_000, EARLIEST, SNAPSHOT, nhs_numbers(rng, 36_000))


@pytest.fixture(scope="module")
def plain(people):
    """A register of everyone with no habits but the slips that nobody is free of, written on the last day."""
    born = np.flatnonzero(~people.is_unborn & (people.born < SNAPSHOT - 100))
    seen = np.full(len(born), SNAPSHOT)
    return Register.of(np.random.default_rng(6), people, Habits(nhs=0.92, upn=1.0), born, seen)


def test_a_name_is_mistyped_in_two_or_three_records_of_a_hundred(people, plain):
    who = plain.child.tolist()
    forenames = [people.forename[each] != written for each, written in zip(who, plain.forename, strict=True)]
    surnames = [
        written not in (people.surname[each], people.former_surname[each])
        for each, written in zip(who, plain.surname, strict=True)
    ]

    assert len(who) > 15_000
    assert 0.02 < sum(forenames) / len(who) < 0.03
    assert 0.02 < sum(surnames) / len(who) < 0.03


def test_a_birth_date_has_day_and_month_swapped_in_one_record_of_two_hundred(people, plain):
    """Only days up to the twelfth can be, so fewer show."""
    is_wrong = plain.born != people.born[plain.child]
    wrong = plain.born[is_wrong].astype("datetime64[D]").tolist()
    right = people.born[plain.child][is_wrong].astype("datetime64[D]").tolist()

    assert len(wrong) > 20
    assert 0.001 < len(wrong) / len(plain) < 0.004
    assert all((a.day, a.month, a.year) == (b.month, b.day, b.year) for a, b in zip(wrong, right, strict=True))


def test_families_move_and_children_are_renamed_as_often_as_is_assumed_a_year(people):
    moved = (people.moves <= SNAPSHOT).sum() / len(people.moves) / YEARS
    renamed = (people.renamed > 0).sum() / len(people) / YEARS

    assert 0.10 < moved < 0.15
    assert 0.01 < renamed < 0.02


def test_a_record_says_where_someone_lived_when_it_was_written(people, plain):
    """Up to two years before, a year on average: about one record of eight has an old address."""
    now = people.postcodes(plain.child, np.full(len(plain), SNAPSHOT))
    ever = people.homes[people.family[plain.child]]
    old = [written != home for written, home in zip(plain.postcode, now, strict=True)]

    assert 0.10 < sum(old) / len(old) < 0.15
    assert all(written in homes for written, homes in zip(plain.postcode, ever.tolist(), strict=True))


def test_some_are_written_down_under_an_old_surname_or_the_name_they_are_called(people):
    born = np.flatnonzero(~people.is_unborn)
    habits = Habits(nhs=0.0, known_as=0.5)
    register = Register.of(np.random.default_rng(7), people, habits, born, np.full(len(born), SNAPSHOT))
    pairs = list(zip(register.child.tolist(), register.forename, register.surname, strict=True))
    short = [
        written == KNOWN_AS[people.forename[each]] for each, written, _ in pairs if people.forename[each] in KNOWN_AS
    ]
    former = [written == people.former_surname[each] for each, _, written in pairs if people.renamed[each] > 0]

    assert 0.4 < sum(short) / len(short) < 0.55
    assert 0.1 < sum(former) / len(former) < 0.3
    assert set(register.nhs) == {""}


def test_twins_are_of_one_day_and_two_names_and_some_share_sex_and_initial(people):
    born, family = people.born, people.family
    pairs = np.flatnonzero((born[1:] == born[:-1]) & (family[1:] == family[:-1])).tolist()
    names = [(people.forename[each], people.forename[each + 1]) for each in pairs]
    same_sex = [people.sex[each] == people.sex[each + 1] for each in pairs]
    alike = [a[0] == b[0] for (a, b), same in zip(names, same_sex, strict=True) if same]

    assert 0.015 < 2 * len(pairs) / len(people) < 0.04
    assert all(a != b for a, b in names)
    assert 0.5 < sum(same_sex) / len(same_sex) < 0.8
    assert 0.1 < sum(alike) / len(alike) < 0.4


def test_no_child_under_five_has_a_pupil_number(people):
    ages = SNAPSHOT - people.born

    assert all(not people.upn[each] for each in np.flatnonzero(ages < 1_826).tolist())
    assert 0.95 < sum(bool(people.upn[each]) for each in np.flatnonzero(ages > 1_827).tolist()) / sum(ages > 1_827) < 1


@pytest.mark.parametrize(
    ("partner", "file", "column", "low", "high"),
    [
        ("riverton_police", "police_notices.csv", "nhs_no", 0.88, 0.97),
        ("riverton_hospital", "attendances.csv", "NHSNumber", 0.0, 0.10),
        ("riverton_schools", "concerns.csv", "NHS number", 0.5, 0.7),
        ("riverton_schools", "concerns.csv", "UPN", 0.05, 0.5),
        ("riverton_housing", "alerts_2025-01-01_2026-09-30.csv", "nhs_number", 0.85, 1.0),
        ("riverton_council", "ssd/ssd_person.csv", "pers_single_unique_id", 0.1, 0.3),
        ("riverton_community_health", "health_checks.csv", "NHS Number", 0.0, 0.10),
        ("riverton_adult_social_care", "concerns.csv", "nhs_number", 0.05, 0.2),
    ],
)
def test_partners_lack_numbers_as_such_partners_do(invented, partner, file, column, low, high):
    found = invented.rows(partner, file)

    assert len(found) > 20
    assert low <= sum(not row[column] for row in found) / len(found) <= high


def test_a_name_or_birth_date_is_a_filler_in_few_records(invented):
    """Each is one a partner's tool makes no token of."""
    notices = invented.rows("riverton_police", "police_notices.csv")
    fillers = Counter(
        "forename"
        if row["first_name"] in ("UNKNOWN", "BABY")
        else "surname"
        if row["last_name"] == "UNKNOWN"
        else "birth"
        if row["date_of_birth"] == "01/01/1900"
        else "none"
        for row in notices
    )

    assert min(fillers[kind] for kind in ("forename", "surname", "birth")) > 3
    assert 0.005 < 1 - fillers["none"] / len(notices) < 0.03


def test_a_child_first_told_of_unborn_keeps_its_id_and_gains_date_and_number_once_born(invented):
    """Before the birth the 0-19 service has no birth date, no NHS number and no name but the mother's."""
    told = defaultdict(list)
    for row in invented.rows("riverton_community_health", "health_checks.csv"):
        told[row["Patient ID"]].append(row)
    unborn = {key: found for key, found in told.items() if found[0]["Expected Delivery Date"]}
    later = [row for found in unborn.values() for row in found[1:] if row["Date of Birth"]]

    assert len(unborn) > 20
    assert all((found[0]["NHS Number"], found[0]["First Name"]) == ("", "Unborn") for found in unborn.values())
    assert all(not found[0]["Date of Birth"] for found in unborn.values())
    assert any(row["NHS Number"] for row in later)


def test_brothers_and_sisters_are_told_of_in_one_incident_and_one_household(invented):
    told = defaultdict(set)
    for row in invented.rows("riverton_police", "police_notices.csv"):
        told[row["notice_ref"]].add(row["force_person_id"])
    families = Counter(row["fami_family_id"] for row in invented.rows("riverton_council", "ssd", "ssd_family.csv"))

    assert sum(len(found) > 1 for found in told.values()) / len(told) > 0.15
    assert sum(count > 1 for count in families.values()) / len(families) > 0.3


def test_an_adopted_child_has_a_second_record_that_is_another_person_in_everything_but_birth(invented):
    """Another family, surname, number and true person: whoever joins the two has told a secret."""
    ssd = {name: invented.rows("riverton_council", "ssd", f"ssd_{name}.csv") for name in ("person", "cin_episodes")}
    adopted = {row["cine_person_id"] for row in ssd["cin_episodes"] if row["cine_close_reason"] == "RC1"}
    people = [row for row in invented.rows("truth", "people.csv") if row["partner"] == "riverton_council"]
    true = {row["local_id"]: row["true_person"] for row in people}
    last = max(person for person in true.values())
    second = [row for row in ssd["person"] if true[row["pers_person_id"]] == last]
    first = [row for row in ssd["person"] if row["pers_person_id"] in adopted]

    assert len(second) == 1
    assert any((row["pers_dob"], row["pers_sex"]) == (second[0]["pers_dob"], second[0]["pers_sex"]) for row in first)
    assert all(true[row["pers_person_id"]] != last for row in first)


@pytest.mark.parametrize("partner", ["riverton_council", "riverton_police", "riverton_hospital"])
def test_a_log_of_merges_joins_what_is_one_person_and_takes_apart_what_is_two(invented, partner):
    """A wrong merge is split again three weeks later; every other is of two records of one person."""
    true = {
        row["local_id"]: row["true_person"] for row in invented.rows("truth", "people.csv") if row["partner"] == partner
    }
    log = invented.rows(partner, "person_merges.csv")
    split = {(row["kept_id"], row["other_id"]): row for row in log if row["kind"] == "Split"}

    assert len(split) >= 1 < len(log)
    for row in log:
        pair = row["kept_id"], row["other_id"]
        assert (true[pair[0]] == true[pair[1]]) == (pair not in split)
    for pair, row in split.items():
        (merge,) = [each for each in log if (each["kept_id"], each["other_id"]) == pair and each["kind"] == "Merge"]
        assert day(row) - day(merge) == timedelta(days=20)


def day(row: dict[str, str]) -> date:
    of_month, month, year = map(int, row["changed_on"].split("/"))
    return date(year, month, of_month)


def test_some_are_entered_twice_and_not_all_of_them_are_found_out(invented):
    people = [row for row in invented.rows("truth", "people.csv") if row["partner"] == "riverton_police"]
    twice = len(people) - len({row["true_person"] for row in people})
    found = sum(row["kind"] == "Merge" for row in invented.rows("riverton_police", "person_merges.csv")) - 1

    assert 0 < found < twice
    assert twice / len(people) < 0.03


def test_the_truth_knows_every_local_id_of_every_partner_and_what_is_true_of_the_person(invented):
    people = invented.rows("truth", "people.csv")
    ids = defaultdict(set)
    for row in people:
        ids[row["partner"]].add(row["local_id"])
    housing = [
        f"{row['tenancy_ref']}|{row['occupant_no']}"
        for path in sorted((invented.folder / "riverton_housing").glob("*.csv"))
        for row in invented.rows("riverton_housing", path.name)
    ]
    about = {row["true_person"]: (row["ethnic_group"], row["sex"], row["birth_year"]) for row in people}

    assert len(people) == len({(row["partner"], row["local_id"]) for row in people})
    assert ids["riverton_police"] == column(invented, "riverton_police", "police_notices.csv", "force_person_id")
    assert ids["riverton_hospital"] == column(invented, "riverton_hospital", "attendances.csv", "PatientId")
    assert ids["riverton_council"] == column(invented, "riverton_council", "ssd/ssd_person.csv", "pers_person_id")
    assert ids["riverton_adult_social_care"] == column(
        invented, "riverton_adult_social_care", "concerns.csv", "person_id"
    )
    assert ids["riverton_housing"] == set(housing)
    assert {group for group, _, _ in about.values()} == {"white", "mixed", "asian", "black", "other", "unknown"}
    assert {sex for _, sex, _ in about.values()} == {"M", "F", "U"}
    assert all(1925 < int(year) < 2028 for _, _, year in about.values())


def column(invented, partner, file, heading):
    return {row[heading] for row in invented.rows(partner, file)}
