"""A partner's Excel workbook: its dates and numbers are kept exact, and an unsafe one is not opened."""

import struct
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from mapped_sample import NHS, sample_of, write_csv, write_xlsx
from partner_drawing import SNAPSHOT, events_of, told

from lantern.contract import LONDON
from lantern.errors import DeliveryRefused
from lantern.partner import mapped, table, workbook
from lantern.partner.delivery import deliver
from lantern.partner.happening import Happening
from lantern.partner.mapping_file import read_mapping

MAPPING = """
name = "own_book"
version = "1"
partner_type = "health_community"
event_type = "INFO_REQUESTED"
when_formats = ["%d/%m/%Y %H:%M"]
dob_formats = ["%d/%m/%Y"]
[columns]
record = "Ref"
person = "Child"
when = ["On", "At"]
nhs = "NHS"
dob = "Born"
"""
HEADINGS = ["Ref", "Child", "On", "At", "NHS", "Born"]


@pytest.fixture
def read(tmp_path):
    def reading(path, *, more=""):
        (tmp_path / "own.toml").write_text(more + MAPPING)
        mapping = read_mapping(str(tmp_path / "own.toml"))
        told = list(mapped.source(mapping, [path], SNAPSHOT.replace(tzinfo=LONDON)).happenings)
        happened = [each for each in told if isinstance(each, Happening)]
        return happened, [(each.reason, each.where) for each in told if not isinstance(each, Happening)]

    return reading


def rewritten(path, member, change):
    """The same workbook with one of its parts changed, as a careless or hostile program would write it."""
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    assert member in parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if name == member else content)
    return path


def test_real_dates_and_numbers_are_read_whatever_the_written_form_is(tmp_path, read):
    path = write_xlsx(
        tmp_path / "log.xlsx",
        HEADINGS,
        [
            [1, 77, datetime(2026, 7, 1, 9, 30), None, int(NHS[0]), date(2015, 2, 3)],  # noqa: DTZ001 - London time
            [2.0, "78", date(2026, 7, 2), time(10, 15), NHS[1], "03/02/2015"],
            [3, 79, date(2026, 7, 3), None, float(NHS[2]), None],
            [4, 80, "04/07/2026", time(11, 0), "9.43477E+09", None],
            [5, 81, "04/07/2026 11:00", None, None, "2015-02-03"],
        ],
    )

    happened, others = read(path)

    assert [(each.record, each.when.text, each.person.nhs, each.person.dob) for each in happened] == [
        ("1|77", "2026-07-01T09:30:00+01:00", NHS[0], date(2015, 2, 3)),
        ("2|78", "2026-07-02T10:15:00+01:00", NHS[1], date(2015, 2, 3)),
        ("3|79", "2026-07-03", NHS[2], None),
        ("5|81", "2026-07-04T11:00:00+01:00", "", None),
    ]
    # A date typed as text has to be in the form of the mapping, like its time; a real date needs no form.
    assert others == [
        ("date_unreadable", "own_book row 5"),
        ("birth_date_unreadable", "own_book row 6"),
    ]


def test_a_number_longer_than_a_spreadsheet_keeps_is_no_id(tmp_path, read):
    rows = [[1234567890123456, 77, date(2026, 7, 1)], [1, 12345678901234567890.0, date(2026, 7, 1)]]
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, rows)

    happened, others = read(path)

    assert happened == []
    assert others == [("record_id_lost_digits", "own_book row 2"), ("person_id_lost_digits", "own_book row 3")]


def test_a_sheet_is_found_by_its_name_and_titles_keep_their_row_numbers(tmp_path, read):
    path = write_xlsx(
        tmp_path / "log.xlsx",
        HEADINGS,
        [[1, 77, date(2026, 7, 1)], [], [None, 78, date(2026, 7, 1)]],
        title="Log  of July",
        above=[["Concerns"], []],
    )
    book = openpyxl.load_workbook(path)
    book.create_sheet("Read me", 0)
    book.save(path)

    happened, others = read(path, more='sheet = "log of july"\nheading_row = 3\n')

    assert [each.where for each in happened] == ["own_book row 4"]
    assert others == [("record_id_missing", "own_book row 6")]
    with pytest.raises(DeliveryRefused, match="no sheet 'March'"):
        read(path, more='sheet = "March"\n')


def test_a_sheet_that_understates_its_size_is_still_read_to_its_end(tmp_path, read):
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, [[each, each, date(2026, 7, 1)] for each in range(1, 6)])
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'ref="A1:F6"', b'ref="A1:F2"'))

    believed = openpyxl.load_workbook(path, read_only=True)
    claimed = believed.active.max_row
    believed.close()

    assert claimed == 2
    assert len(read(path)[0]) == 5


def test_a_date_out_of_range_is_a_refused_cell_and_no_warning_that_quotes_it(tmp_path, read):
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, [[1, 77, date(2026, 7, 1)]])
    serial = b"<v>46204</v>"
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(serial, b"<v>99999999</v>"))

    assert read(path) == ([], [("cell_error", "own_book row 2")])


def bomb(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/blank.bin", bytes(40_000_000))


def forged_size(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/big.bin", bytes(6_000_000))
        archive.filelist[-1].file_size = (1 << 30) + 1


def document_type(path):
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: b'<!DOCTYPE worksheet SYSTEM "x">' + xml)


def far_row(path):
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999"'))


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


def locked(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0" + struct.pack("<500x"))


def no_sheet_xml(path):
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (bomb, "more than 200 times its size"),
        (forged_size, "more than 1 GiB"),
        (document_type, "document type"),
        (far_row, "more rows than a sheet can have"),
        (cut_short, "older .xls, has a password, or is damaged"),
        (locked, "older .xls, has a password, or is damaged"),
        (no_sheet_xml, "it is damaged"),
    ],
)
def test_an_unsafe_or_broken_workbook_is_refused_without_a_cell_in_the_message(tmp_path, read, spoil, message):
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, [["ZQCANARY", "ZQCANARY", date(2026, 7, 1)]])
    spoil(path)

    with pytest.raises(DeliveryRefused, match=message) as refusal:
        read(path)

    assert "ZQCANARY" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize("spoil", [bomb, forged_size, document_type])
def test_without_the_look_into_the_archive_it_would_be_opened(tmp_path, read, spoil, monkeypatch):
    """The twin: openpyxl itself does not object, so it is our look that refuses."""
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, [["ZQCANARY", "ZQCANARY", date(2026, 7, 1)]])
    spoil(path)
    monkeypatch.setattr(workbook, "_danger", lambda _path: "")

    assert len(read(path)[0]) == 1


def test_a_file_is_a_workbook_by_what_is_in_it_not_by_its_name(tmp_path):
    headings, rows = ["a", "b"], [["1", "2"]]
    as_text, as_book = tmp_path / "t.xlsx", tmp_path / "b.csv"
    write_csv(as_text, headings, rows)
    write_xlsx(tmp_path / "b.xlsx", headings, rows).rename(as_book)

    for path in (as_text, as_book):
        assert [dict(row) for _, row in table.rows(path, "t", ["a", "b"])] == [{"a": "1", "b": "2"}]


def test_a_log_kept_as_a_workbook_makes_the_delivery_its_csv_makes(tmp_path, key_file):
    headings, rows = sample_of("school_safeguarding_log")
    book = write_xlsx(tmp_path / "log.xlsx", headings, rows)
    text = write_csv(tmp_path / "log.csv", headings, rows)

    made = [
        deliver(
            [path],
            "school_safeguarding_log",
            "riverton_schools",
            key_file,
            tmp_path / path.suffix[1:],
            snapshot_at=SNAPSHOT,
        )
        for path in (book, text)
    ]

    assert told(events_of(made[0]), "event_key", "event_at", "abuse_codes") == told(
        events_of(made[1]), "event_key", "event_at", "abuse_codes"
    )
    assert [each.rows_refused["out_of_scope"] for each in made] == [20, 20]
    assert [each.rows for each in made] == [40, 40]
