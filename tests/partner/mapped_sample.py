"""A sample table invented for any shipped mapping, in its own headings, forms and labels."""

import csv
import tomllib
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path

import openpyxl
from stdnum.gb import upn

FORENAMES = ("Ada", "Ben", "Cleo", "Dan", "Esme", "Finn", "Gwen", "Hal")
SURNAMES = ("Lovelace", "Babbage", "Turing", "Hopper", "Boole", "Noether", "Gauss")
ROWS = 60
ORDER = ("person", "household", "incident", "record", "episode", "supersedes")


def entries_of(name):
    """A shipped mapping as its TOML says it."""
    return tomllib.loads((resources.files("lantern.partner") / "mappings" / f"{name}.toml").read_text("utf-8"))


def nhs_number(seed):
    """A number of the range that is never given to anyone, with its check digit worked out here."""
    digits = f"9990{seed:05d}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else f"{digits}{check % 11}"


NHS = [number for number in map(nhs_number, range(100, 400)) if number]


def _labels(codes):
    return [label for label in codes if label not in ("column", "shared", "separator")]


def _cell(part, place, number, entries):
    child = number % 41
    moment = datetime(2026, 3, 1, 9, 5) + timedelta(days=number, minutes=7 * number)  # noqa: DTZ001 - a partner writes London time
    if part == "when":
        split = not isinstance(entries["columns"].get("when", ""), str)
        return f"{moment:%H:%M}" if place else moment.strftime(entries["when_formats"][1 if split else 0])
    if part == "recorded":
        return (moment + timedelta(hours=1)).strftime(entries["when_formats"][0])
    if part == "expected_dob":
        return ""
    return {
        "record": f"R{number}",
        "person": f"{5000 + child}",
        "incident": f"I{number // 2}",
        "household": f"H{child // 3}",
        "episode": f"R{number}",
        "related_person": f"{9000 + child}",
        "supersedes": "",
        "nhs": NHS[child] if child % 5 else "",
        "upn": _upn(child),
        "forename": FORENAMES[child % 8],
        "surname": SURNAMES[child % 7],
        "dob": (date(2010, 1, 1) + timedelta(days=97 * child)).strftime((entries.get("dob_formats") or ["%Y"])[0]),
        "postcode": f"ZX{1 + child % 9} {child % 10}AA",
        "sex": "MF"[child % 2],
        "ethnicity": ("WBRI", "APKN", "MWBC")[child % 3],
    }[part]


def _upn(child):
    body = f"801{2000 + child:04d}150{child:02d}"
    return upn.calc_check_digit(body) + body


def sample_of(name, rows=ROWS):
    """Headings and rows of an invented table for a shipped mapping."""
    entries = entries_of(name)
    table = {}

    def add(heading, make):
        table.setdefault(heading, [make(number) for number in range(rows)])

    # A column that plays two parts has the cells of the one that says more about it.
    parts = sorted(entries["columns"].items(), key=lambda each: ORDER.index(each[0]) if each[0] in ORDER else -1)
    places = {"occupant_no", "Child No", "Subject Number"}
    for part, given in parts:
        for place, heading in enumerate([given] if isinstance(given, str) else given):
            if heading in places:
                add(heading, lambda number: str(1 + number % 3))
            else:
                add(heading, lambda number, part=part, place=place: _cell(part, place, number, entries))
    for turn, event in enumerate(entries.get("events", [])):
        add(
            event["when"],
            lambda number, turn=turn: "" if turn and number % 4 == 0 else _cell("when", 0, number + 2 * turn, entries),
        )
    sections = [entries, *entries.get("events", [])]
    for codes in (each for section in sections for each in section.get("codes", {}).values()):
        labels = ["School", "Health Visitor", "Early Help"] if codes.get("shared") else _labels(codes)
        # The first labels of a list are the usual ones; with too many, a column is no longer one of labels.
        add(codes["column"], lambda number, labels=labels: labels[number % min(len(labels), 6)])
    if only := entries.get("only"):
        labels = [only["accept"][0], only["accept"][0], only["reject"][0]]
        add(only["column"], lambda number: labels[number % 3])
    return list(table), [list(cells) for cells in zip(*table.values(), strict=True)]


def write_csv(path: Path, headings, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([headings, *rows])
    return path


def write_xlsx(path: Path, headings, rows, *, title=None, above=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title or "Sheet1"
    for line in (*above, headings, *rows):
        sheet.append(line)
    book.save(path)
    return path
