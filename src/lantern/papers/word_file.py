"""A paper as a file that word processors open: for people who finish it there."""

import io
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_LISTS = {"bullet_list": "List Bullet", "ordered_list": "List Number"}


def word_file(markdown: str) -> bytes:
    """A paper's Markdown as DOCX: headings, paragraphs, lists, quotations and tables; whatever else it had would be refused."""
    import docx

    made = docx.Document()
    for node in SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown)).children:
        _add(made, node)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _add(made: "Document", node: SyntaxTreeNode) -> None:
    if node.type == "heading":
        _write(made.add_heading(level=int(node.tag[1:])), node)
    elif node.type == "paragraph":
        _write(made.add_paragraph(), node)
    elif node.type in _LISTS:
        for item in node.children:
            _write(made.add_paragraph(style=_LISTS[node.type]), item)
    elif node.type == "blockquote":
        _write(made.add_paragraph(style="Intense Quote"), node)
    elif node.type == "table":
        _add_table(made, node)
    else:
        raise AssertionError(f"a paper has no {node.type}")


def _add_table(made: "Document", node: SyntaxTreeNode) -> None:
    rows = [row for part in node.children for row in part.children]
    table = made.add_table(len(rows), len(rows[0].children), style="Table Grid")
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, found in zip(cells.cells, row.children, strict=True):
            _write(cell.paragraphs[0], found)


def _write(to: "Paragraph", node: SyntaxTreeNode) -> None:
    """The words under a node; bold, code and line ends as they are marked, a link by its words."""
    for found in node.walk(include_self=False):
        if found.type == "text":
            above = {found.parent.type if found.parent else ""}
            to.add_run(found.content).bold = "strong" in above
        elif found.type == "code_inline":
            to.add_run(found.content).font.name = "Consolas"
        elif found.type == "softbreak":
            to.add_run(" ")
