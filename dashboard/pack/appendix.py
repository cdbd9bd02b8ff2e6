"""The last pages of a pack: how sure the figures are, what was counted, and the release statement."""

import re

import words
from pack.block import Heading, Items, Page, Paragraph, Piece, Table, grade
from released import Measure, Release, Released

BOLD = re.compile(r"\*\*(.+?)\*\*\s*(.*)", re.DOTALL)


def pages(snapshot: Released, release: Release) -> tuple[Page, ...]:
    """Put the last pages together."""
    return how_sure(snapshot), definitions(snapshot), statement(release)


def how_sure(snapshot: Released) -> Page:
    """Say in plain words what the small random amount does, and what the marks mean."""
    marks = Table(
        "What the marks mean",
        ("Mark", "Meaning"),
        tuple((grade(name), meaning) for name, meaning in words.GRADE_MEANS.items()),
        (12, 38),
    )
    return Page(
        "How sure are we?",
        (
            Paragraph(words.BANNER, style="banner"),
            Paragraph(words.HOW_SURE),
            Paragraph(words.HOW_LIKELY),
            marks,
            Paragraph("In the pictures a box is the likely range, and the dot in it is our best figure."),
            Paragraph("A full dot means Use. A dot with a white middle means Use with care."),
            Heading("What is protected"),
            Paragraph(f"What is not shown is whether one {snapshot.partnership.unit} is counted."),
            Paragraph(words.PLEASE_DO_NOT),
        ),
    )


def definitions(snapshot: Released) -> Page:
    """Say of each measure what is counted and where its definition comes from."""
    return Page("What is counted", tuple(piece for measure in snapshot.measures for piece in _definition(measure)))


def _definition(measure: Measure) -> tuple[Piece, ...]:
    return (
        Heading(measure.title),
        Paragraph(measure.definition),
        Paragraph(
            f"{measure.source}. Definition {measure.measure_id}, version {measure.version}.", "Where this comes from:"
        ),
    )


def statement(release: Release) -> Page:
    """
    Print what the release says of itself, word for word.

    It is written as paragraphs with a blank line between, some lines starting with "- " and some
    words in bold; whatever else it holds is printed as it is.
    """
    blocks: list[Piece] = []
    for part in re.split(r"\n\s*\n", release.statement.strip()):
        lines = part.strip().splitlines()
        if lines[0].startswith("# "):
            blocks.append(Heading(lines[0].removeprefix("# ")))
            lines = lines[1:]
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append(Items(tuple(_paragraph(line.removeprefix("- ")) for line in lines)))
        elif lines:
            blocks.append(_paragraph(" ".join(lines)))
    return Page("For specialists: the release statement", tuple(blocks))


def _paragraph(text: str) -> Paragraph:
    bold = BOLD.fullmatch(text)
    return Paragraph(bold[2], bold[1]) if bold else Paragraph(text)
