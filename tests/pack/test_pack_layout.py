"""How the pack lies on paper: a question whole on one page, no label over another, one way to write a share."""

import io
import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import docx
import pypdf
import pytest
from docx.oxml.ns import qn
from invented_release import DASHBOARD, Plan, whole
from PIL import ImageFont
from printed import flat, texts

FONT = str(DASHBOARD / "static" / "LiberationSans-Regular.ttf")
SVG = "{http://www.w3.org/2000/svg}"


def squeezed(text):
    return re.sub(r"\s", "", text)


def answers(pack):
    """What belongs to one figure: from its sentence to what it cannot tell, with every picture and table of it."""
    from pack.block import Page, Picture, Together, pieces

    found = []
    for page in pack.pages:
        for block in page.blocks:
            if isinstance(block, Together):
                alone = replace(pack, pages=(Page("", (block,)),))
                alts = {piece.alt for piece in pieces(alone.pages[0]) if isinstance(piece, Picture)}
                said = [text for text in texts(alone) if text not in alts]
                if any("What this cannot tell you" in text for text in said):
                    found.append(said)
    return found


def torn(wanted, pages):
    """The answers that no single page holds."""
    layers = [squeezed(page) for page in pages]
    return [said[0] for said in wanted if not any(all(squeezed(text) in layer for text in said) for layer in layers)]


def loosened(pack):
    """The same pack with nothing kept together."""
    from pack.block import Together

    def inside(block):
        return block.pieces if isinstance(block, Together) else (block,)

    pages = (replace(page, blocks=tuple(p for block in page.blocks for p in inside(block))) for page in pack.pages)
    return replace(pack, pages=tuple(pages))


@pytest.mark.parametrize(("plan", "count", "most"), [(whole(), 13, 8), (Plan(), 3, 3)], ids=["whole", "few"])
def test_every_figure_is_on_one_page_with_its_pictures_and_what_it_cannot_tell(print_pack, plan, count, most):
    printed = print_pack(plan)
    wanted = answers(printed.pack)

    assert len(wanted) == count
    assert torn(wanted, printed.pages) == []
    assert len(printed.pages) <= most


def test_a_pack_that_keeps_nothing_together_would_be_noticed(print_pack):
    from pack.pdf import pdf

    pack = print_pack(whole()).pack

    pages = [flat(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf(loosened(pack)))).pages]

    assert torn(answers(pack), pages) != []


def kept(document):
    """Of each answer in the word processor's file: whether all of it, to the line before its last, is bound to what follows."""
    found, inside = [], None
    for paragraph in document.element.body.iter(qn("w:p")):
        text = "".join(paragraph.itertext())
        if text.startswith("About ") and text.endswith("%.") and inside is None:
            inside = []
        if text.startswith("What this cannot tell you:") and inside is not None:
            found.append(all(inside))
            inside = None
        if inside is not None:
            inside.append(paragraph.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None)
    return found


def test_a_word_processor_too_is_told_to_keep_a_figure_with_its_pictures(print_pack):
    """Twin: of a pack that keeps nothing together, none is bound."""
    from pack.document import docx_of

    printed = print_pack()

    assert kept(printed.docx) == [True] * 3
    assert kept(docx.Document(io.BytesIO(docx_of(loosened(printed.pack))))) == [False] * 3


def boxes(svg):
    """Each text of a drawing with the room it takes: (text, left, top, right, bottom)."""
    found = []

    def walk(element, x, y):
        for shift in re.findall(r"translate\(([-\d.]+)[, ]([-\d.]+)\)", element.get("transform", "")):
            x, y = x + float(shift[0]), y + float(shift[1])
        if element.tag == f"{SVG}text" and element.get("opacity") != "0":
            size = float(element.get("font-size").removesuffix("px"))
            lines = [line.text or "" for line in element.findall(f"{SVG}tspan")] or [element.text or ""]
            steps = [float(line.get("dy", 0)) for line in element.findall(f"{SVG}tspan")] or [0.0]
            width = max(ImageFont.truetype(FONT, size).getlength(line) for line in lines)
            left = x - {"start": 0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
            if any(lines):
                found.append((" ".join(lines), left, y - 0.8 * size, left + width, y + sum(steps) + 0.2 * size))
        for child in element:
            walk(child, x, y)

    walk(ET.fromstring(svg), 0.0, 0.0)
    return found


def touching(svg):
    """The pairs of texts that lie over one another."""
    return [
        (one[0], other[0])
        for one, other in combinations(boxes(svg), 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) > max(one[2], other[2])
    ]


def drawings(pack):
    from pack import picture
    from pack.block import Picture, pieces

    found = [piece for page in pack.pages for piece in pieces(page) if isinstance(piece, Picture)]
    return [(picture.svg(each.chart, picture.PART), each.alt) for each in found]


def test_no_text_of_a_picture_lies_over_another(print_pack):
    """Labels of rows, of quarters, of days and of figures, "Not shown" and the limit."""
    found = drawings(print_pack(whole()).pack)

    assert len(found) == 17
    assert sum(len(boxes(svg)) for svg, _ in found) > 170
    assert {alt: touching(svg) for svg, alt in found if touching(svg)} == {}


def test_labels_of_two_lines_in_rows_made_for_one_would_be_noticed(print_pack, monkeypatch):
    import released
    from pack import answer, picture

    printed = print_pack(whole())
    known = released.load(printed.path)
    monkeypatch.setattr(answer, "LABEL_WIDTH", 18)
    monkeypatch.setattr(picture, "LINE", 0)
    waiting = answer.page(known, known.latest, "waiting")

    assert any(touching(svg) for svg, _ in drawings(replace(printed.pack, pages=(waiting,))))


@pytest.mark.parametrize("plan", [Plan(), whole()], ids=["few", "whole"])
def test_a_share_is_written_without_a_blank_before_its_sign(print_pack, plan):
    printed = print_pack(plan)
    said = [*texts(printed.pack), *printed.pages]

    assert len(re.findall(r"\d%", " ".join(said))) > 100
    assert [text for text in said if re.search(r"\d\s%", text)] == []
    assert re.search(r"\d\s%", "SG1f (28.9 % in 2024-25)")
