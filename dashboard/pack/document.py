"""A pack as a DOCX, for those who must edit; equal packs give equal bytes."""

import zipfile
from datetime import datetime, time
from io import BytesIO
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Written

from pack import picture
from pack.block import Heading, Items, Mark, Marks, Pack, Paragraph, Picture, Piece, Table, Together, parts

FONT = "Arial"
LANGUAGE = "en-GB"
INK = RGBColor(0x0B, 0x0C, 0x0C)
WIDTH = Mm(176)
SMALL = Pt(9)
# A zip keeps a time for each part; the first it can hold says nothing of when this one was made.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def docx_of(pack: Pack) -> bytes:
    """
    Write a pack as a document for a word processor.

    Args:
        pack: What to write.

    Returns:
        The file's bytes: headings that are headings, tables with a header row, alt text on every picture.
    """
    document = docx.Document()
    _prepare(document, pack)
    for place, page in enumerate(pack.pages):
        heading = document.add_heading(page.title, level=1)
        heading.paragraph_format.page_break_before = place > 0 and page.is_new_sheet
        for block in page.blocks:
            before = len(document.element.body)
            for piece in parts(block):
                _add(document, piece)
            if isinstance(block, Together):
                _keep_together(document, before)
    written = BytesIO()
    document.save(written)
    return _without_times(written)


def _keep_together(document: Document, first: int) -> None:
    """Bind what was added since to what follows it, so that no page ends within; all but its last piece."""
    added = list(document.element.body)[first - 1 : -2]  # the section's own settings stay the last of all
    for element in added:
        for paragraph in element.iter(qn("w:p")):
            written = Written(paragraph, document)
            written.paragraph_format.keep_with_next = True


def _prepare(document: Document, pack: Pack) -> None:
    """Set the paper, the fonts, the language, who it is by and the line under each page."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(17)
    section.top_margin, section.bottom_margin = Mm(13), Mm(18)
    section.header_distance = section.footer_distance = Mm(8)
    for name, size in (("Normal", 10.5), ("Heading 1", 17), ("Heading 2", 12), ("Caption", 9.5), ("List Bullet", 10.5)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), INK
        style.paragraph_format.space_after = Pt(4)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in [key for key in fonts.keys() if key.endswith("Theme")]:  # noqa: SIM118 - lxml: attributes' names
            del fonts.attrib[theme]
        fonts.set(qn("w:hAnsi"), FONT)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
    said = document.core_properties
    said.title, said.author, said.language = pack.title, pack.author, LANGUAGE
    said.created = said.modified = datetime.combine(pack.published_on, time())
    said.last_modified_by, said.comments, said.revision = pack.author, "", 1
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{pack.foot} · Page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")
    document.styles["Footer"].font.size = Pt(9)


def _field(paragraph: Any, instruction: str) -> None:
    """Add a number that the word processor works out."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    paragraph._p.append(field)  # noqa: SLF001 - the library has no fields
    run = paragraph.add_run("1")
    field.append(run._r)  # noqa: SLF001


def _add(document: Document, piece: Piece) -> None:
    match piece:
        case Heading(text):
            document.add_heading(text, level=2)
        case Paragraph():
            _paragraph(document.add_paragraph(), piece)
        case Marks(marks, text):
            said = " · ".join(mark.word for mark in marks)
            document.add_paragraph(f"{said}{'. ' if text[:1].isupper() else ' '}{text}".strip())
        case Items(items, is_small):
            for item in items:
                written = document.add_paragraph(style="List Bullet")
                _paragraph(written, item)
                for run in written.runs if is_small else ():
                    run.font.size = SMALL
        case Picture(chart, alt_text):
            shape = document.add_picture(BytesIO(picture.png(chart)), width=WIDTH)
            shape._inline.docPr.set("descr", alt_text)  # noqa: SLF001 - the library has no alt text
            document.paragraphs[-1].paragraph_format.keep_with_next = True
        case Table():
            _table(document, piece)


def _paragraph(written: Any, paragraph: Paragraph) -> None:
    if paragraph.opening:
        written.add_run(paragraph.opening).bold = True
        written.add_run(" ")
    run = written.add_run(paragraph.text)
    if paragraph.style == "lead":
        run.bold, run.font.size = True, Pt(11.5)


def _table(document: Document, table: Table) -> None:
    caption = document.add_paragraph(table.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    drawn = document.add_table(rows=1 + len(table.rows), cols=len(table.header), style="Table Grid")
    # A header row that says it is one is read out with each cell, and is printed again on a new page.
    header = OxmlElement("w:tblHeader")
    drawn.rows[0]._tr.get_or_add_trPr().append(header)  # noqa: SLF001 - the library has no header rows
    texts = [list(table.header), *([_text(cell) for cell in row] for row in table.rows)]
    # Some word processors go by the columns' widths, some by the cells'.
    drawn.autofit = False
    widths = [WIDTH * share // sum(table.widths) for share in table.widths]
    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = width
    # All cells at once: asking the table for one of them looks through all of them.
    for place, (row, found) in enumerate(zip(drawn.rows, texts, strict=True)):
        for cell, text, width in zip(row.cells, found, widths, strict=True):
            cell.text = text
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = 0
            for run in cell.paragraphs[0].runs:
                run.font.size, run.bold = SMALL, place == 0
    for note in table.notes:
        document.add_paragraph(note).runs[0].font.size = SMALL
    document.add_paragraph().paragraph_format.space_after = 0


def _text(cell: str | Mark) -> str:
    return cell.word if isinstance(cell, Mark) else cell


def _without_times(written: BytesIO) -> bytes:
    """Pack the parts again, in their order, with no time of making."""
    again = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, NO_TIME), old.read(name), zipfile.ZIP_DEFLATED)
    return again.getvalue()
