"""Adult social care: what concerns and enquiries become, and what is refused."""

import csv

import pytest
from openpyxl import Workbook
from partner_drawing import SINCE, SNAPSHOT, drawn, events_of, told, write_drawn

from lantern import codelist
from lantern.contract import Manifest
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner.delivery import deliver

CONCERNS = """
    concern_id | person_id | nhs_number   | forename | surname      | date_of_birth | sex    | ethnicity     | postcode | received_at      | source         | decided_at       | decision
    -----------+-----------+--------------+----------+--------------+---------------+--------+---------------+----------+------------------+----------------+------------------+---------------------------
    K1         | A1        | 943 476 5919 | Zebedee  | Quillfeather | 03/02/1940    | Male   | White British | ZX9 7QQ  | 01/07/2026 09:30 | District nurse | 02/07/2026 16:00 | Section 42 enquiry
    K2         | A2        |              | Wilhel   | Quillfeather | 03/02/1950    | Female | MWBA          | ZX9 7QQ  | 02/07/2026 09:30 | Police         | 04/07/2026 10:00 | Information and advice
    K3         | A3        |              |          |              |               |        |               |          | 03/07/2026 09:30 | a passer-by    |                  |
    K4         | A1        |              |          |              |               |        |               |          | 04/07/2026 09:30 |                | 05/07/2026 10:00 | something local
    K5         | A1        |              |          |              |               |        |               |          | 05/07/2026 09:30 | Care home      |                  | NFA
"""
ENQUIRIES = """
    enquiry_id | person_id | concern_id | started_at | ended_at   | enquiry_type        | risk_types                        | risk_source               | risk_location    | risk_outcome  | wishes_outcome     | lacked_capacity | supported
    -----------+-----------+------------+------------+------------+---------------------+-----------------------------------+---------------------------+------------------+---------------+--------------------+-----------------+----------
    E1         | A1        | K1         | 03/07/2026 | 20/08/2026 | Section 42          | Neglect; Financial abuse          | Service provider          | Care home - nursing | Risk reduced | Partially achieved | Yes             | Advocate
    E2         | A2        |            | 05/07/2026 | 21/08/2026 | Non-statutory       | Domestic abuse                    | Relative                  | Own home         | Risk removed  |                    | No              |
    E3         | A3        |            | 06/07/2026 |            | Section 42          | Physical                          |                           |                  |               |                    |                 |
    E4         | A2        |            | 07/07/2026 | 22/08/2026 |                     | Neglect; Haunting                 | Not known                 | Care home        |               | No                 | Yes             |
"""


def book(path, **sheets):
    made = Workbook()
    made.remove(made.active)
    for name, drawing in sheets.items():
        sheet = made.create_sheet(name)
        headings, rows = drawn(drawing)
        for cells in (headings, *rows):
            sheet.append(cells)
    made.save(path)
    return path


@pytest.fixture
def safeguarded(tmp_path, key_file):
    """Deliver drawn tables of one adult social care service."""

    def make(concerns=CONCERNS, enquiries=ENQUIRIES):
        files = [
            write_drawn(tmp_path / "asc" / f"{name}.csv", drawing)
            for name, drawing in (("concerns", concerns), ("enquiries", enquiries))
            if drawing
        ]
        return delivered(files, key_file, tmp_path / "out")

    return make


def delivered(files, key_file, out):
    return deliver(
        files, "adult_safeguarding", "riverton_adults", key_file, out, snapshot_at=SNAPSHOT, period_from=SINCE
    )


def test_concerns_and_enquiries_become_the_events_of_the_adult_pathway(safeguarded):
    outcome = safeguarded()

    assert told(events_of(outcome), "event_type", "event_at", "source_category", "outcome_code") == [
        ("CONCERN_DECIDED", "2026-07-02T16:00:00+01:00", "3F", "s42"),
        ("CONCERN_DECIDED", "2026-07-04T10:00:00+01:00", "6", "advice"),
        ("CONCERN_DECIDED", "2026-07-05T10:00:00+01:00", "10", "other"),
        ("CONCERN_RECEIVED", "2026-07-01T09:30:00+01:00", "3F", ""),
        ("CONCERN_RECEIVED", "2026-07-02T09:30:00+01:00", "6", ""),
        ("CONCERN_RECEIVED", "2026-07-03T09:30:00+01:00", "10", ""),
        ("CONCERN_RECEIVED", "2026-07-04T09:30:00+01:00", "10", ""),
        ("CONCERN_RECEIVED", "2026-07-05T09:30:00+01:00", "8", ""),
        ("ENQUIRY_CONCLUDED", "2026-08-20", "", "s42"),
        ("ENQUIRY_CONCLUDED", "2026-08-21", "", "other_enquiry"),
        ("ENQUIRY_CONCLUDED", "2026-08-22", "", ""),
        ("ENQUIRY_STARTED", "2026-07-03", "", "s42"),
        ("ENQUIRY_STARTED", "2026-07-05", "", "other_enquiry"),
        ("ENQUIRY_STARTED", "2026-07-06", "", "s42"),
        ("ENQUIRY_STARTED", "2026-07-07", "", ""),
    ]
    assert outcome.rows_refused == {}
    assert outcome.left_out == {
        "decision_undated": 1,
        "decision_unmapped": 1,
        "enquiry_type_missing": 1,
        "risk_location_unmapped": 1,
        "risk_outcome_missing": 1,
        "risk_source_unmapped": 1,
        "risk_type_unmapped": 1,
        "source_missing": 1,
        "source_unmapped": 1,
        "support_missing": 1,
        "wishes_outcome_unmapped": 1,
    }


def test_what_is_known_when_an_enquiry_is_concluded_is_coded(safeguarded):
    """A cell that is empty is not recorded, and stays in the denominator; a label that says too little gives no code."""
    columns = ("risk_types", "risk_source", "risk_location", "risk_outcome", "wishes_outcome", "capacity")

    concluded = [event for event in events_of(safeguarded()) if event["event_type"] == "ENQUIRY_CONCLUDED"]

    assert told(concluded, "event_at", *columns) == [
        ("2026-08-20", "financial;neglect", "provider", "nursing_home", "reduced", "partly", "lacked_supported"),
        ("2026-08-21", "domestic", "known", "own_home", "removed", "not_recorded", "had"),
        ("2026-08-22", "neglect", "", "", "", "", "lacked_unsupported"),
    ]


def test_an_enquiry_is_under_its_concern(safeguarded):
    events = events_of(safeguarded())
    enquiry = next(event for event in events if event["event_at"] == "2026-07-03")
    concern = next(event for event in events if event["event_at"].startswith("2026-07-01"))

    assert enquiry["parent_event_key"] == concern["event_key"]
    assert enquiry["episode_key"] == concern["episode_key"]


def test_an_adult_named_in_one_table_is_the_same_adult_in_the_other(safeguarded):
    events = events_of(safeguarded())
    adults = {event["local_person_key"]: event for event in events}

    assert len(adults) == 3
    assert told(adults.values(), "sex", "birth_month", "ethnic_group") == [
        ("", "", ""),
        ("F", "1950-02", "mixed"),
        ("M", "1940-02", "white"),
    ]
    assert (
        sum(bool(event["token_nhs"]) for event in events)
        == sum(event["birth_month"] == "1940-02" for event in events)
        > 3
    )


def test_one_concern_about_two_adults_is_two_events_of_one_incident(safeguarded):
    """When a care home fails, each adult is told of."""
    concerns = """
    concern_id | person_id | received_at | source
    -----------+-----------+-------------+-------
    K1         | A1        | 01/07/2026  | Police
    K1         | A2        | 01/07/2026  | Police
    K2         | A1        | 02/07/2026  | Police
    """

    events = events_of(safeguarded(concerns, None))

    assert len({event["event_key"] for event in events}) == 3
    incidents = [event["incident_key"] for event in events if event["incident_key"]]
    assert len(incidents) == 2
    assert len(set(incidents)) == 1


def test_a_workbook_of_two_sheets_and_two_csv_files_tell_the_same(tmp_path, key_file, safeguarded):
    columns = ("event_key", "event_type", "event_at", "parent_event_key", "risk_types")

    path = book(tmp_path / "asc.xlsx", **{"Safeguarding Concerns": CONCERNS, "Safeguarding Enquiries": ENQUIRIES})
    from_book = events_of(delivered([path], key_file, tmp_path / "out"))

    assert len(from_book) == 15
    assert told(from_book, *columns) == told(events_of(safeguarded()), *columns)


def test_headings_as_systems_write_them_are_matched(safeguarded):
    concerns = CONCERNS.replace("concern_id", "Concern Reference").replace("received_at", "Date concern received")
    concerns = concerns.replace("person_id", "Service User ID").replace("decided_at", "Date of decision")

    assert safeguarded(concerns, None).rows == 8


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("01/07/2026 09:30", "yesterday", "date_unreadable"),
        ("01/07/2026 09:30", "01/07/2027 09:30", "date_after_snapshot"),
        ("02/07/2026 16:00", "soon", "date_unreadable"),
        ("K1 ", " ", "record_id_missing"),
        ("A1 ", " ", "person_missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_its_row(safeguarded, before, after, reason):
    """A decision that cannot be read refuses the concern: without it, it would look undecided."""
    outcome = safeguarded(CONCERNS.replace(before, after, 1), None)

    assert outcome.refused == [(reason, "concerns row 2")]
    assert "yesterday" not in outcome.report()


def test_nothing_that_names_an_adult_leaves(safeguarded):
    outcome = safeguarded()
    words = (
        "Quillfeather",
        "Zebedee",
        "943",
        "ZX9",
        "1940-02-03",
        "03/02/1940",
        "passer",
        "Haunting",
        "something local",
    )

    cells = {cell for event in events_of(outcome) for name, cell in event.items() if not name.endswith("_key")}
    cells -= {event[f"token_{scheme}"] for event in events_of(outcome) for scheme in codelist.codes("token_scheme")}

    assert len(cells) > 30
    assert not [word for word in words for cell in cells if word in cell]
    assert not [word for word in words if word in outcome.report()]


def test_the_manifest_is_adult_social_cares(safeguarded):
    manifest = Manifest.read(safeguarded().folder)

    assert (manifest.partner_type, manifest.source_format) == ("asc", "adult_safeguarding")
    assert manifest.period_from == SINCE.isoformat()


def test_the_day_since_when_the_tables_are_whole_must_be_given(tmp_path, key_file):
    path = write_drawn(tmp_path / "concerns.csv", CONCERNS)

    with pytest.raises(ConfigRefused, match="concerns and enquiries do not say since when"):
        deliver([path], "adult_safeguarding", "riverton_adults", key_file, tmp_path / "out")


def test_a_table_without_an_agreed_column_is_refused_by_the_columns_name(safeguarded):
    with pytest.raises(DeliveryRefused, match="adult_safeguarding concerns: columns missing: received_at"):
        safeguarded(CONCERNS.replace("received_at", "heard_of"), None)


def test_the_round_trip_tells_every_concern_and_enquiry_again(tmp_path, key_file, safeguarded):
    """Read straight from the files by their columns, the days, the decisions and the types are the events'."""
    outcome = safeguarded()
    with (tmp_path / "asc" / "concerns.csv").open(newline="") as stream:
        concerns = list(csv.DictReader(stream))
    with (tmp_path / "asc" / "enquiries.csv").open(newline="") as stream:
        enquiries = list(csv.DictReader(stream))

    def iso(text):
        day, month, year = text[:10].split("/")
        return f"{year}-{month}-{day}"

    events = events_of(outcome)
    days = {kind: [event["event_at"][:10] for event in events if event["event_type"] == kind] for kind in (
        "CONCERN_RECEIVED", "CONCERN_DECIDED", "ENQUIRY_STARTED", "ENQUIRY_CONCLUDED")}  # fmt: skip
    assert sorted(days["CONCERN_RECEIVED"]) == sorted(iso(row["received_at"]) for row in concerns)
    assert sorted(days["CONCERN_DECIDED"]) == sorted(iso(row["decided_at"]) for row in concerns if row["decided_at"])
    assert sorted(days["ENQUIRY_STARTED"]) == sorted(iso(row["started_at"]) for row in enquiries)
    assert sorted(days["ENQUIRY_CONCLUDED"]) == sorted(iso(row["ended_at"]) for row in enquiries if row["ended_at"])
