"""The tables of the partners that tell of worries, with the columns their systems export."""

from collections.abc import Sequence

from lantern.synthetic import sheet
from lantern.synthetic.agency import Notices
from lantern.synthetic.season import MINUTES_A_DAY

Columns = dict[str, list[object]]
"""A table on its way to a file: columns of equal length, by heading."""


def police(notices: Notices) -> Columns:
    """Public protection notices: one row per notice and person in it."""
    sexes, about = {"M": "Male", "F": "Female", "U": "Unknown"}, notices.about
    return {
        "notice_ref": [f"PPN{each}" for each in notices.incident],
        "submitted": [*sheet.minute_texts(notices.at, "%d/%m/%Y %H:%M")],
        "force_person_id": [*notices.person],
        "first_name": [*about.forename],
        "last_name": [each.upper() for each in about.surname],
        "date_of_birth": [*sheet.day_texts(about.born, "%d/%m/%Y")],
        "sex": [sexes[each] for each in about.sex],
        "home_postcode": [*about.postcode],
        "nhs_no": [*about.nhs],
        "officer_grade": [*notices.grade],
    }


def hospital(notices: Notices) -> Columns:
    """Attendances with a safeguarding flag: one row each."""
    sexes, about = {"M": "1", "F": "2", "U": "9"}, notices.about
    return {
        "AttendanceId": [f"{each}-{number}" for number, each in enumerate(notices.incident)],
        "PatientId": [*notices.person],
        "FlagRaisedAt": [*sheet.minute_texts(notices.at, "%Y-%m-%dT%H:%M:%S")],
        "NHSNumber": [f"{each[:3]} {each[3:6]} {each[6:]}".strip() for each in about.nhs],
        "GivenName": [*about.forename],
        "FamilyName": [*about.surname],
        "BirthDate": [*sheet.day_texts(about.born)],
        "SexCode": [sexes[each] for each in about.sex],
        "Postcode": [*about.postcode],
    }


def schools(notices: Notices) -> Columns:
    """Concerns passed on to the council: one row per concern and pupil."""
    about = notices.about
    return {
        "Concern ID": [f"{each}/{number}" for number, each in enumerate(notices.incident)],
        "Passed on": [*sheet.minute_texts(notices.at, "%d %b %Y %H:%M")],
        "Pupil ID": [*notices.person],
        "UPN": [*about.upn],
        "NHS number": [*about.nhs],
        "Legal surname": [*about.surname],
        "Legal forename": [*about.forename],
        "DOB": [*sheet.day_texts(about.born, "%d %b %Y")],
        "Sex": [*about.sex],
        "Post code": [each.replace(" ", "").lower() for each in about.postcode],
    }


def housing(notices: Notices) -> Columns:
    """Alerts about children in the landlord's homes: one row per alert and child."""
    about = notices.about
    return {
        "alert_no": [*notices.incident],
        "alert_date": [*sheet.day_texts(notices.at // MINUTES_A_DAY, "%d.%m.%Y")],
        "tenancy_ref": [f"TEN{each}" for each in notices.family],
        "occupant_no": [*notices.place],
        "occupant_surname": [*about.surname],
        "occupant_forename": [*about.forename],
        "occupant_dob": [*sheet.day_texts(about.born, "%d.%m.%Y")],
        "occupant_sex": [each.lower() if each != "U" else "" for each in about.sex],
        "property_postcode": [*about.postcode],
        "nhs_number": [*about.nhs],
    }


def only(columns: Columns, rows: Sequence[int]) -> Columns:
    """Some rows of a table, in the order given."""
    return {heading: [cells[each] for each in rows] for heading, cells in columns.items()}
