"""A pack as an A4 PDF that a screen reader can read (PDF/UA-1); equal packs give equal bytes."""

import json
from pathlib import Path
from typing import Any

import typst

import marks
from pack import picture
from pack.block import Beside, Heading, Items, Mark, Marks, Pack, Page, Paragraph, Picture, Piece, Table, Together

TEMPLATE = Path(__file__).with_name("template.typ")
OVERFULL = "does not fit"
PICTURE_PPI = 144


class Overfull(Exception):
    """Something that must stay on one page is larger than a page."""


def pdf(pack: Pack) -> bytes:
    """
    Print a pack.

    Args:
        pack: What to print.

    Returns:
        The file's bytes. No day of making, no name of a machine and no font of this machine is in it.

    Raises:
        Overfull: a picture with its table, or the first page, is longer than a page.
    """
    try:
        made: bytes = _compiled(pack, pdf_standards=["ua-1"])
    except typst.TypstError as failure:
        if OVERFULL in str(failure):
            raise Overfull from failure
        raise
    return made


def pictures(pack: Pack) -> list[bytes]:
    """Print a pack as pictures (PNG), one of each page."""
    made = _compiled(pack, format="png", ppi=PICTURE_PPI)
    return made if isinstance(made, list) else [made]


def _compiled(pack: Pack, **more: Any) -> Any:
    """Typeset a pack from the one template, into whatever form."""
    found = {
        "title": pack.title,
        "author": pack.author,
        "published_on": [pack.published_on.year, pack.published_on.month, pack.published_on.day],
        "foot": pack.foot,
        "font": picture.FONT,
        "pages": [_page(page) for page in pack.pages],
        "shapes": {name: marks.svg(name) for name in ("use", "care", "none", "up", "down", "flat", "unknown")},
    }
    return typst.compile(
        TEMPLATE,
        font_paths=[picture.FONTS],
        ignore_system_fonts=True,
        sys_inputs={"pack": json.dumps(found)},
        **more,
    )


def _page(page: Page) -> dict[str, Any]:
    return {"title": page.title, "is_new_sheet": page.is_new_sheet, "blocks": [_block(block) for block in page.blocks]}


def _block(block: Piece | Together) -> dict[str, Any]:
    if isinstance(block, Together):
        return {"kind": "together", "blocks": [_block(piece) for piece in block.pieces]}
    return {"kind": type(block).__name__.lower(), **_piece(block)}


def _piece(piece: Piece) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind of piece
    match piece:
        case Heading(text):
            return {"text": text}
        case Paragraph(text, opening, style, mark):
            return {"text": text, "opening": opening, "style": style, "shape": mark.shape if mark else ""}
        case Marks(found, text):
            return {"marks": [_cell(mark) for mark in found], "text": text}
        case Items(items, is_small):
            return {"items": [_piece(item) for item in items], "small": is_small}
        case Picture(chart, alt_text):
            return {"svg": picture.svg(chart), "alt": alt_text}
        case Beside(drawn, table):
            return {"svg": picture.svg(drawn.chart, picture.PART), "alt": drawn.alt, "table": _piece(table)}
        case Table(caption, header, rows, widths, notes):
            cells = [[_cell(cell) for cell in row] for row in rows]
            return {"caption": caption, "header": header, "rows": cells, "widths": widths, "notes": notes}


def _cell(cell: str | Mark) -> dict[str, str]:
    return {"shape": cell.shape, "text": cell.word} if isinstance(cell, Mark) else {"shape": "", "text": cell}
