"""The last page of a pack: how sure the figures are, what the marks mean and which definitions were used."""

import words
from pack.block import Heading, Page, Paragraph, Table, grade
from record import Release
from released import Released


def page(snapshot: Released, release: Release) -> Page:
    """Say in plain words what the small random amount does, what the marks mean, and what each figure is defined by."""
    marks = Table(
        "What the marks mean",
        ("Mark", "Meaning"),
        tuple((grade(name), meaning) for name, meaning in words.GRADE_MEANS.items()),
        (12, 38),
    )
    used = tuple(
        (measure.title, f"{measure.measure_id}, version {measure.version}", measure.source)
        for measure in snapshot.measures
    )
    definitions = Table(
        "Definitions used", ("What is counted", "Definition", "Where this comes from"), used, (58, 66, 50)
    )
    return Page(
        "How sure are we?",
        (
            Paragraph(words.HOW_SURE),
            Paragraph(words.HOW_LIKELY),
            marks,
            Paragraph(words.BOX_AND_DOT),
            Heading("What is protected"),
            Paragraph(f"What is not shown is whether one {snapshot.partnership.unit} is counted."),
            definitions,
            Paragraph(f"The statement of release {release.release_id} is on the page How sure of the dashboard."),
        ),
        is_new_sheet=False,
    )
