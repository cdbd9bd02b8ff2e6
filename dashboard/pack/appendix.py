"""What is looked up in a pack: how sure its figures are, what the marks mean and which definitions were used."""

import words
from pack.block import Items, Mark, Page, Paragraph, Table, Together, grade
from record import Release
from released import Released


def how_sure(snapshot: Released) -> Page:
    """Say in plain words what the small random amount does, and what each mark means."""
    sure = words.HOW_SURES[words.population(snapshot.measures)]
    meanings = (
        *((grade(name), meaning) for name, meaning in words.GRADE_MEANS.items()),
        *((Mark(name, words.CHANGES[name]), meaning) for name, meaning in words.CHANGE_MEANS.items()),
    )
    marks = Table("What the marks mean", ("Mark", "Meaning"), meanings, (12, 48))
    said = (Paragraph(f"{sure} {words.HOW_LIKELY}"), Together((marks,)), Paragraph(words.BOX_AND_DOT))
    return Page("How sure are we?", said, is_new_sheet=False)


def definitions(snapshot: Released, release: Release) -> Page:
    """Name the definition of each measure, where it comes from, and where the release's statement is."""
    used = tuple(
        Paragraph(f"{measure.measure_id}, version {measure.version}. {measure.source}.", f"{measure.title}:")
        for measure in snapshot.measures
    )
    where = Paragraph(f"The statement of release {release.release_id} is on the page How sure of the dashboard.")
    return Page("Where the definitions come from", (Together((Items(used, is_small=True), where)),), is_new_sheet=False)
