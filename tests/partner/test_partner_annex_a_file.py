"""The lists of an inspection as files: sheets or CSV, however they are titled, and what is refused."""

import zipfile

import pytest
from annex_sample import CONTACTS, LISTS, REFERRALS, delivered, folder, workbook
from openpyxl import Workbook
from partner_drawing import events_of, told

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import annex_list, bundle
from lantern.partner.delivery import deliver


@pytest.fixture
def inspected(tmp_path, key_file):
    """Deliver files as lists of one council."""
    return lambda *files: delivered(files, key_file, tmp_path / "out")


def test_a_workbook_and_a_folder_of_csv_files_tell_the_same(tmp_path, inspected):
    """Dates as cells or as text, titles above the headings, files or sheets: the same events."""
    made = [
        told(events_of(inspected(path)), "event_key", "event_type", "event_at", "birth_month", "parent_event_key")
        for path in (
            workbook(tmp_path / "cells.xlsx", LISTS),
            workbook(tmp_path / "texts.xlsx", LISTS, above=3, dates=False),
            folder(tmp_path / "lists", LISTS),
            folder(tmp_path / "named", LISTS, "Annex A List {} final"),
        )
    ]

    assert len(made[0]) > 20
    assert made[0] == made[1] == made[2] == made[3]


def test_single_csv_files_can_be_named(tmp_path, inspected):
    lists = folder(tmp_path / "lists", {"List 1": CONTACTS, "List 3": REFERRALS})

    assert inspected(*sorted(lists.iterdir())).rows == 3 + 4


def test_headings_are_matched_whatever_their_case_spaces_and_marks(tmp_path, inspected):
    shouted = CONTACTS.replace("Child Unique ID", "CHILD  unique_id").replace(
        "Date of Contact", "date of\u00a0contact:"
    )

    outcome = inspected(workbook(tmp_path / "lists.xlsx", {"1. Contacts": shouted}))

    assert outcome.rows == 3


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("01/07/2026", "soon", "date_unreadable"),
        ("01/07/2026", "", "date_missing"),
        ("01/07/2026", "45845", "date_unreadable"),
        ("01/07/2026", "#REF!", "date_unreadable"),
        ("01/07/2026", "01/07/2027", "date_after_snapshot"),
        ("01/07/2026", "07/13/2026", "date_unreadable"),
        ("P1 ", " ", "person_missing"),
        ("P1 ", "#N/A", "person_missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_the_row_of_the_sheet(tmp_path, inspected, before, after, reason):
    """Row 4: two titles stand above the headings. A serial number is not taken for a date."""
    lists = {"List 1": CONTACTS.replace(before, after, 1)}

    outcome = inspected(workbook(tmp_path / "lists.xlsx", lists, above=2))

    assert outcome.refused == [(reason, "List 1 row 4")]
    assert outcome.rows == 2
    assert "45845" not in outcome.report()


def test_the_day_since_when_the_lists_are_whole_must_be_given(tmp_path, key_file):
    with pytest.raises(ConfigRefused, match="the lists of annex_a do not say since when"):
        deliver([workbook(tmp_path / "a.xlsx", LISTS)], "annex_a", "riverton_council", key_file, tmp_path / "out")


def other_book(path):
    book = Workbook()
    book.active.append(["something else"])
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: workbook(path / "a.xlsx", {"List 1": "Child Unique ID | Gender\n---\nP1 | M"}),
         "annex_a List 1: columns missing: Date of Contact"),
        (lambda path: workbook(path / "a.xlsx", {"List 1": "Child Unique ID | Date of Contact | date of contact\n---\nP1 | 1 | 2"}),
         "annex_a List 1: columns that stand twice: Date of Contact"),
        (lambda path: workbook(path / "a.xlsx", {"List 1": CONTACTS, "Contacts": CONTACTS}), "list_1 is there twice"),
        (lambda path: other_book(path / "a.xlsx"), "'Sheet': no table of this format has that name"),
        (lambda path: workbook(path / "a.xlsx", {"List 1": "Child Unique ID | Date of Contact\n---"}), "not one list has a row"),
    ],
)  # fmt: skip
def test_lists_that_are_not_what_was_agreed_are_refused_by_name(tmp_path, inspected, make, message):
    with pytest.raises(DeliveryRefused, match=message):
        inspected(make(tmp_path))

    assert not (tmp_path / "out").exists()


def test_what_is_no_table_is_passed_over_in_a_folder_and_refused_when_it_is_named(tmp_path, inspected):
    """Inspectors' folders are full of other files; one that might be a list is another matter, see the inventory."""
    lists = folder(tmp_path / "lists", {"List 1": CONTACTS})
    (lists / "List 2.pdf").write_bytes(b"%PDF")
    (lists / "~$List 3.xlsx").write_bytes(b"open elsewhere")

    assert inspected(lists).rows == 3
    (lists / "~$List 3.xlsx").unlink()
    with pytest.raises(DeliveryRefused, match="List 2: it is a program's own file"):
        inspected(*sorted(lists.iterdir()))


def test_a_workbook_that_would_swell_or_reach_out_is_refused(tmp_path, inspected):
    """The guards are the workbook's own; here it is shown that a bundle is never opened without them."""
    good = workbook(tmp_path / "good.xlsx", LISTS)
    doctype, bomb = tmp_path / "doctype.xlsx", tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(doctype, "w") as target:
        for member in source.infolist():
            text = source.read(member)
            if member.filename == "xl/workbook.xml":
                text = b'<!DOCTYPE workbook [<!ENTITY a "b">]>' + text
            target.writestr(member.filename, text)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", b" " * 50_000_000)

    for path in (doctype, bomb):
        with pytest.raises(DeliveryRefused, match="as an Excel workbook it cannot be read"):
            inspected(path)


def test_the_names_of_the_lists_do_not_overlap():
    """A sheet is one list: none of the ways a list is called begins another's."""
    from lantern.partner.annex_a import _TITLES

    ways = [(name, bundle.plain(way)) for name, listed in _TITLES.items() for way in listed]

    assert len(ways) > 20
    assert len({way for _, way in ways}) == len(ways)
    assert bundle.plain("Child Unique ID") in {bundle.plain(way) for way in annex_list.PERSON["child"]}
