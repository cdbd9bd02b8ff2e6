"""The pack printed from an invented released file, in all its forms."""

import io
import re
import sys
from functools import cached_property
from pathlib import Path

import docx
import duckdb
import pypdf

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))
from invented_release import DASHBOARD

sys.path.insert(0, str(DASHBOARD))

PERIOD = "2026-Q2"
# Figures the invented file may lack: (statistic, span, value, lower, upper, figure, from, to, grade, sentence).
MORE = [
    ("count", "quarter", 3_950, 3_900, 4_000, "3,950", "3,900", "4,000", "use", "About 3,950 contacts (likely 3,900 to 4,000)."),
    ("median", "quarter", 1, 0, 1, "1 working day", "the same day", "1", "use", "Half of contacts were decided within 1 working day (likely the same day to 1)."),
    ("p90", "quarter", 4, 3, 6, "4 working days", "3", "6", "care", "9 in 10 contacts were decided within 4 working days (likely 3 to 6)."),
    ("share", "year", 79, 77, 81, "79%", "77%", "81%", "use", "Over these four quarters: about 79% of contacts were decided within 1 working day. The likely range is 77% to 81%."),
]  # fmt: skip
BANNED = (
    "confidence", "credible interval", "differential privacy", "perturbed", "epsilon", "privacy loss", "budget",
    "percentage points", "significant", "suppressed", "redacted", "hidden", "censored", "cohort", "median", "p50",
    "p90", "kaplan", "survival", "hazard", "conversion rate", "breach", "failed", "poor", "data subject", "outlier",
    "spike", "trend", "throughput", "anonymous", "guaranteed", "accurate", "best", "worst", "bottom", "soared",
    "as many as", "needs to improve", "wrong", "fake", "none", "nan", "inf", "null", "±", "league", "rank",
)  # fmt: skip
# Our best figure is what the dot is called; no source is.
ALLOWED = ("our best figure",)


class Printed:
    """A pack in all its forms: the pieces, the PDF and the DOCX."""

    def __init__(self, path: Path, period: str = PERIOD):
        import released
        from pack.binding import pack_of, release_of

        self.path = path
        snapshot = released.load(path)
        self.pack = pack_of(snapshot, release_of(snapshot, period))

    @cached_property
    def pdf_bytes(self) -> bytes:
        from pack.pdf import pdf

        return pdf(self.pack)

    @cached_property
    def docx_bytes(self) -> bytes:
        from pack.document import docx_of

        return docx_of(self.pack)

    @cached_property
    def pdf(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(self.pdf_bytes))

    @cached_property
    def docx(self) -> docx.document.Document:
        return docx.Document(io.BytesIO(self.docx_bytes))

    @cached_property
    def pages(self) -> list[str]:
        """The text layer of each page, its lines joined."""
        return [flat(page.extract_text()) for page in self.pdf.pages]

    @cached_property
    def docx_text(self) -> str:
        """All text of the DOCX, in reading order of its parts, with the foot."""
        body = self.docx.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")
        foot = self.docx.sections[0].footer.paragraphs
        return flat(" ".join([*(text.text for text in body), *(line.text for line in foot)]))


def flat(text: str) -> str:
    """A text with every run of blanks as one."""
    return re.sub(r"\s+", " ", text)


def texts(pack) -> list[str]:
    """Every text of a pack's pieces, alt texts among them."""
    from pack.block import pieces

    found = [page.title for page in pack.pages]
    found += [text for page in pack.pages for piece in pieces(page) for text in _texts(piece)]
    return [text for text in found if text]


def _texts(piece) -> list[str]:
    from pack.block import Heading, Items, Marks, Paragraph, Picture, Table

    match piece:
        case Heading(text):
            return [text]
        case Paragraph(text, opening):
            return [opening, text]
        case Marks(marks, text):
            return [*(mark.word for mark in marks), text]
        case Items(items):
            return [text for item in items for text in _texts(item)]
        case Picture(_, alt):
            return [alt]
        case Table(caption, header, rows, _, notes):
            return [caption, *header, *(getattr(cell, "word", cell) for row in rows for cell in row), *notes]
    raise TypeError(type(piece))


def add_more(path: Path) -> None:
    """Give the newest release's first measure a count, two points in time and a year."""
    with duckdb.connect(str(path)) as connection:
        pattern = connection.sql(
            "select * from cell where release_id = '2026-Q2-1' and measure_id = 'T_CONTACT_DECISION' "
            "and breakdown = 'all' and statistic = 'share' and span = 'quarter'"
        )
        names, row = pattern.columns, pattern.fetchone()
        for statistic, span, value, lower, upper, figure, low, high, grade, sentence in MORE:
            changed = dict(zip(names, row, strict=True)) | {
                "statistic": statistic,
                "span": span,
                "value": value,
                "lower": lower,
                "upper": upper,
                "figure_text": figure,
                "lower_text": low,
                "upper_text": high,
                "grade": grade,
                "change": "unknown",
                "reason": "no_year_before",
                "sentence": sentence,
                "change_sentence": "",
            }
            marks = ", ".join("?" for _ in changed)
            connection.execute(
                f"insert or replace into cell ({', '.join(changed)}) values ({marks})", list(changed.values())
            )


def banned_in(text):
    for allowed in ALLOWED:
        text = text.lower().replace(allowed, "")
    return [word for word in BANNED if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text.lower())]
