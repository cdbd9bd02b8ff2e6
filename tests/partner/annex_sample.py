"""Drawn lists of an inspection, saved as a workbook or as CSV files: what the tests of Annex A share."""

import csv
from contextlib import suppress
from datetime import datetime

from openpyxl import Workbook
from partner_drawing import SINCE, SNAPSHOT, drawn

from lantern.partner.delivery import deliver

CONTACTS = """
    Child Unique ID | Gender  | Ethnicity | Date of Birth | Age of Child (Years) | Date of Contact | Contact Source
    ----------------+---------+-----------+---------------+----------------------+-----------------+-------------------------
    P1              | a) Male | a) WBRI   | 02/03/2015    | 11                   | 01/07/2026      | q) 6: Police
    P2              | F       |           |               |                      | 02/07/2026      | i) 3C: Health services
    P2              | F       |           |               |                      | 03/07/2026      | somebody
"""
EARLY_HELP = """
    Child Unique ID | Assessment start date | Assessment completion date | Organisation completing assessment
    ----------------+-----------------------+----------------------------+-----------------------------------
    P1              | 01/02/2026            | 01/03/2026                 | An organisation
"""
REFERRALS = """
    Child Unique ID | Gender | Date of referral | Referral Source    | Referral NFA? | Number of Referrals in Last 12 Months
    ----------------+--------+------------------+--------------------+---------------+--------------------------------------
    P1              | a) Male| 02/01/2026       | 1A: Individual     | b) No         | 0
    P1              | a) Male| 02/06/2026       | School             | No            | 1
    P2              | F      | 05/07/2026       | m) 4: Housing      | a) Yes        | 0
"""
ASSESSMENTS = """
    Child Unique ID | Does the Child have a Disability | Continuous Assessment Start Date | Child Seen During Continuous Assessment | Continuous Assessment Date of Authorisation
    ----------------+----------------------------------+----------------------------------+-----------------------------------------+--------------------------------------------
    P1              | b) No                            | 03/01/2026                       | a) Yes                                  | 20/02/2026
    P1              | b) No                            | 03/06/2026                       | a) Yes                                  |
    P3              | a) Yes                           | 04/06/2026                       | a) Yes                                  |
"""
ENQUIRIES = """
    Child Unique ID | Strategy discussion initiating Section 47 Enquiry Start Date | Was an Initial Child Protection Conference deemed unnecessary? | Date of Initial Child Protection Conference | Did the Initial Child Protection Conference Result in a Child Protection Plan
    ----------------+--------------------------------------------------------------+----------------------------------------------------------------+---------------------------------------------+------------------------------------------------------------------------------
    P1              | 04/01/2026                                                   | b) No                                                          | 25/01/2026                                  | a) Yes
    P2              | 06/07/2026                                                   | a) Yes                                                         |                                             |
"""
CHILDREN_IN_NEED = """
    Child Unique ID | CIN Start Date | Primary Need Code     | CIN Closure Date | Reason for Closure  | Case Status
    ----------------+----------------+-----------------------+------------------+---------------------+------------------
    P1              | 02/01/2026     | N1 - Abuse or neglect | 01/05/2026       | RC8 - Case closed   | e) Closed episode
    P3              | 01/09/2019     | N4                    | 01/06/2026       | moved away          | e) Closed episode
"""
PLANS = """
    Child Unique ID | Child Protection Plan Start Date | Initial Category of Abuse | Latest Category of Abuse  | Date of latest review conference | Child Protection Plan End Date | Total Number of previous Child Protection Plans
    ----------------+----------------------------------+---------------------------+---------------------------+----------------------------------+--------------------------------+------------------------------------------------
    P1              | 25/01/2026                       | a) Neglect                | e) Multiple/not recommended | 20/03/2026                     | 20/04/2026                     | 2
"""
CARE = """
    Child Unique ID | Date Started to be Looked After | Date Ceased to be Looked After | Placement postcode
    ----------------+---------------------------------+--------------------------------+-------------------
    P3              | 01/06/2026                      |                                | ZX1 1AA
    P4              | 01/06/2024                      | 01/07/2026                     | ZX1 1AA
"""
LISTS = {
    "List 1": CONTACTS, "List 2": EARLY_HELP, "List 3": REFERRALS, "List 4": ASSESSMENTS, "List 5": ENQUIRIES,
    "List 6": CHILDREN_IN_NEED, "List 7": PLANS, "List 8": CARE,
}  # fmt: skip


def workbook(path, lists, *, above=0, dates=True):
    """Drawn lists as sheets, with real date cells, and title rows above the headings."""
    book = Workbook()
    book.active.title = "Guidance"
    book.active.append(["Child level data", "as at the day of the call"])
    for name, drawing in lists.items():
        sheet = book.create_sheet(name)
        for _ in range(above):
            sheet.append(["Inspection of a council's services", "Annex A"])
        headings, rows = drawn(drawing)
        sheet.append(headings)
        for row in rows:
            sheet.append([as_cell(cell) if dates else cell for cell in row])
    book.save(path)
    return path


def as_cell(text):
    if text.count("/") == 2 and text[:1].isdigit():
        with suppress(ValueError):
            return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a date without a place
        return text
    return int(text) if text.isdecimal() else text or None


def folder(path, lists, form="List_{}"):
    path.mkdir()
    for name, drawing in lists.items():
        with (path / f"{form.format(name.split()[-1])}.csv").open("w", newline="") as stream:
            headings, rows = drawn(drawing)
            csv.writer(stream).writerows([headings, *rows])
    return path


def delivered(files, key_file, out):
    """Deliver files as the lists of one council."""
    return deliver(list(files), "annex_a", "riverton_council", key_file, out, snapshot_at=SNAPSHOT, period_from=SINCE)
