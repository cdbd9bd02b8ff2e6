"""What of a source was read: a table that is missing, misnamed or empty is seen before anything is sent."""

import pytest
from annex_sample import CONTACTS, REFERRALS, workbook
from openpyxl import Workbook
from partner_drawing import SINCE, SNAPSHOT, events_of, write_drawn

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import inventory, ssd
from lantern.partner.delivery import deliver

PEOPLE = "pers_person_id\n---\nP1\nP2"
SSD_CONTACTS = "cont_contact_id | cont_person_id | cont_contact_date\n---\nC1 | P1 | 2026-07-01\nC2 | P2 | 2026-07-02"
EARLY_HELP = "earl_episode_id | earl_person_id | earl_episode_start_date\n---"


@pytest.fixture
def made(tmp_path, key_file):
    """Deliver files or a folder of a format of several tables."""

    def making(source, source_format, *leave_out, **more):
        terms = {"snapshot_at": SNAPSHOT, "period_from": SINCE, "leave_out": leave_out} | more
        return deliver([source], source_format, "riverton_council", key_file, tmp_path / "out", **terms)

    return making


@pytest.fixture
def tables(tmp_path):
    """A folder with the tables of a council that sends people, contacts and an empty table of early help."""
    folder = tmp_path / "ssd"
    for name, drawing in (
        ("ssd_person", PEOPLE), ("ssd_contacts", SSD_CONTACTS), ("ssd_early_help_episodes", EARLY_HELP)
    ):  # fmt: skip
        write_drawn(folder / f"{name}.csv", drawing)
    return folder


def test_the_account_says_of_each_table_what_was_read_and_what_is_not_there(tables, made):
    (tables / "ssd_cla_visits.csv").write_text("clav_casenote_id\n1\n")

    outcome = made(tables, "ssd", dry_run=True)

    assert outcome.inventory.read == {"ssd_person": 2, "ssd_contacts": 2, "ssd_early_help_episodes": 0}
    assert {*outcome.inventory.read, *outcome.inventory.missing} == set(ssd._NAMES)
    page = outcome.report()
    assert "  ssd_contacts             2 rows\n" in page
    assert "ssd_early_help_episodes  0 rows, nothing stands under its headings" in page
    assert "Not there: ssd_address, ssd_family, " in page
    assert "a full delivery takes back what an earlier one told of it." in page
    assert "Not read, since no event is made of it: ssd_cla_visits." in page


@pytest.mark.parametrize(
    ("name", "asked"),
    [("ssd_contact.csv", ""), ("ssd_cin_episode.csv", " (is it ssd_cin_episodes?)"), ("Extra.xlsx", ""), ("n.txt", "")],
)
def test_a_file_of_the_folder_that_is_no_table_is_refused_by_its_name(tables, made, tmp_path, name, asked):
    """A misnamed table left aside in silence would be withdrawn at the hub."""
    (tables / name).write_text("a,b\n")

    with pytest.raises(DeliveryRefused, match="no table of this format has that name") as refusal:
        made(tables, "ssd")

    assert f"ssd: '{name}'{asked}: " in str(refusal.value)
    assert f'--leave-out "{name}"' in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_meant_to_lie_there_is_left_out_by_name_and_said(tables, made):
    (tables / "Notes to self.csv").write_text("a,b\n")

    outcome = made(tables, "ssd", "notes to  self.CSV")

    assert outcome.rows == 2
    assert outcome.inventory.left_out == ("Notes to self.csv",)
    assert "Not read, since you left it out: Notes to self.csv." in outcome.report()


def test_without_that_look_a_misnamed_table_would_be_missed(tables, made, monkeypatch):
    """The twin: the contacts of a file named in the singular are nowhere in what is made."""
    write_drawn(tables / "ssd_cin_plan.csv", "cinp_cin_plan_id | cinp_person_id\n---\nX | P1")
    monkeypatch.setattr(ssd, "refuse_strangers", lambda *_: None)

    assert {event["event_type"] for event in events_of(made(tables, "ssd"))} == {"CONTACT_RECEIVED"}


@pytest.mark.parametrize(("title", "asked"), [("Referals", " (is it List 3?)"), ("Sheet2", "")])
def test_a_sheet_that_is_no_list_is_refused_by_its_title(tmp_path, made, title, asked):
    path = workbook(tmp_path / "lists.xlsx", {"List 1": CONTACTS, title: REFERRALS})

    with pytest.raises(DeliveryRefused, match=f"annex_a: '{title}'") as refusal:
        made(path, "annex_a")

    assert made(path, "annex_a", title).inventory.missing[1] == "List 3"
    assert f"'{title}'{asked}: no table" in str(refusal.value)


def test_a_list_with_its_number_is_known_whatever_else_its_title_says(tmp_path, made):
    path = workbook(tmp_path / "lists.xlsx", {"List 1": CONTACTS, "List 3 referals": REFERRALS})

    assert made(path, "annex_a").inventory.read == {"List 1": 3, "List 3": 3}


def test_an_empty_sheet_and_a_page_of_guidance_hide_nothing(tmp_path, made):
    """Excel adds the one, the inspectors' template has the other."""
    from openpyxl import load_workbook

    path = workbook(tmp_path / "lists.xlsx", {"List 1": CONTACTS})
    book = load_workbook(path)
    book.create_sheet("Sheet2")
    book.save(path)

    outcome = made(path, "annex_a")

    assert outcome.rows == 3
    assert outcome.inventory.unused == ("Guidance",)
    assert "Not there: List 2, List 3, List 4, List 5, List 6, List 7, List 8. What they tell" in outcome.report()


def test_lists_of_the_inspection_of_which_no_event_is_made_are_known(tmp_path, made):
    lists = {"List 1": CONTACTS, "List 9": "Child Unique ID\n---\nP1", "List 10": "Child Unique ID\n---\nP1"}

    assert made(workbook(tmp_path / "a.xlsx", lists), "annex_a").inventory.unused == ("Guidance", "List 9", "List 10")


def test_the_other_sheets_of_a_workbook_read_by_a_mapping_are_told(tmp_path, key_file):
    book = Workbook()
    book.active.title = "July"
    book.active.append(["alert_no", "alert_date", "tenancy_ref", "occupant_no", "occupant_surname", "occupant_forename",
                        "occupant_dob", "occupant_sex", "property_postcode", "nhs_number"])  # fmt: skip
    book.active.append([1, "03.07.2026", "T1", 1, "Boole", "Ada", "10.12.2015", "f", "ZX1 1AA", None])
    book.create_sheet("August")
    book.save(tmp_path / "a.xlsx")

    outcome = deliver(
        [tmp_path / "a.xlsx"], "housing_alert", "riverton_housing", key_file, tmp_path / "out", snapshot_at=SNAPSHOT
    )

    assert "  housing_alert (a.xlsx)  1 row\n" in outcome.report()
    assert "Not read, since the mapping names one sheet of a workbook: August." in outcome.report()


@pytest.mark.parametrize(("count", "said"), [(1, "1 row"), (2, "2 rows"), (0, "0 rows")])
def test_a_count_and_its_noun_agree(count, said):
    found = inventory.Inventory()
    list(found.counting("t", range(count)))

    assert f"  t  {said}" in "\n".join(found.lines())


def test_places_of_a_census_are_not_said_to_be_rows():
    assert "row" not in inventory.Inventory(unit="child").where
    assert "headings included" in inventory.Inventory().where


def test_a_name_with_a_control_character_is_shown_without_it(tables, made):
    (tables / "ssd\x1b[31m.csv").write_text("a\n")

    with pytest.raises(DeliveryRefused) as refusal:
        made(tables, "ssd")

    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize("again", ["SSD_contacts.csv", "more/ssd_contacts.csv"])
def test_a_table_that_is_there_twice_is_refused_and_none_of_the_two_is_dropped(tables, tmp_path, key_file, again):
    """The second would have replaced the first, and a full delivery would have withdrawn what the first told."""
    second = tables / again if "/" not in again else tmp_path / again
    write_drawn(second, SSD_CONTACTS)
    files = [tables] if "/" not in again else [*sorted(tables.iterdir()), second]

    with pytest.raises(DeliveryRefused, match="ssd_contacts is there twice"):
        deliver(files, "ssd", "riverton_council", key_file, tmp_path / "out", snapshot_at=SNAPSHOT, period_from=SINCE)


def test_a_name_to_leave_out_that_is_of_nothing_there_is_refused(tables, made):
    """A slip of the keyboard would send what was meant to stay."""
    with pytest.raises(ConfigRefused, match="--leave-out: a name given there is of no file"):
        made(tables, "ssd", "ssd_contactz.csv")


def test_nothing_can_be_left_out_of_a_format_that_reads_every_file(tables, made):
    with pytest.raises(ConfigRefused, match="--leave-out: this format has one table"):
        made(tables / "ssd_person.csv", "police_notice", "ssd_person.csv")


def test_a_delivery_is_its_makers_alone(tables, made):
    folder = made(tables, "ssd").folder

    assert folder.stat().st_mode & 0o777 == 0o700
