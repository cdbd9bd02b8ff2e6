"""The files of the printed pack: tagged for screen readers, equal for equal releases, whole or not there."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace

import duckdb
import pytest
from invented_release import DASHBOARD, Plan, write
from printed import Printed

from lantern.cli.pack import print_pack as run_pack
from lantern.errors import ContractBroken, LanternError, ReleaseRefused
from lantern.home import Home
from lantern.period import Quarter

BROUGHT_NOT = {"lantern", "airflow", "dbt", "opendp"}


@pytest.mark.parametrize(("patience", "says"), [(1, "not printed in 1 seconds"), (60, "it could not be printed")])
def test_a_printing_process_that_hangs_is_ended_and_says_so(tmp_path, monkeypatch, patience, says):
    """Its second line is the twin: with more patience it is waited for."""
    program = tmp_path / "printer"
    program.write_text("#!/bin/sh\nsleep 3\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys.modules[run_pack.__module__], "PATIENCE", patience)

    with pytest.raises(LanternError, match=says):
        run_pack(Home(tmp_path, "demo"), Quarter(2026, 2), tmp_path / "packs")


def structure(printed):
    """The tree of tags as (kind, alt text), in reading order."""
    found = []

    def walk(element):
        element = element.get_object()
        if not isinstance(element, dict):
            return
        if "/S" in element:
            found.append((str(element["/S"]).lstrip("/"), str(element.get("/Alt", ""))))
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            if not isinstance(child, int):
                walk(child)

    walk(printed.pdf.trailer["/Root"]["/StructTreeRoot"])
    return found


def test_the_pdf_says_it_is_for_everyone(print_pack):
    """PDF/UA-1: tagged, with its language, its title and the mark of the standard."""
    printed = print_pack(more=True)
    root = printed.pdf.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert printed.pdf.metadata.title == "The front door, April to June 2026"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert len(printed.pdf.outline) > 0


def test_tags_stand_in_the_order_of_the_pieces(print_pack):
    """A screen reader meets headings, pictures and tables in the order the pack was put together in."""
    from pack.block import Heading, Picture, Table, pieces

    printed = print_pack(more=True)
    wanted = []
    for page in printed.pack.pages:
        wanted.append("H1")
        kinds = {Heading: "H2", Picture: "Figure", Table: "Table"}
        wanted += [kinds[type(piece)] for piece in pieces(page) if type(piece) in kinds]

    found = [kind for kind, _ in structure(printed) if kind in {"H1", "H2", "Figure", "Table"}]

    assert wanted.count("Figure") == 5
    assert found == wanted


def test_every_picture_is_tagged_with_its_alt_text_and_every_table_with_its_header(print_pack):
    from pack.block import Picture, Table, pieces

    printed = print_pack(more=True)
    parts = [piece for page in printed.pack.pages for piece in pieces(page)]

    tags = structure(printed)

    assert [alt for kind, alt in tags if kind == "Figure"] == [part.alt for part in parts if isinstance(part, Picture)]
    headers = sum(len(part.header) for part in parts if isinstance(part, Table))
    assert sum(kind == "TH" for kind, _ in tags) == headers > 0
    assert sum(kind == "Caption" for kind, _ in tags) == sum(isinstance(part, Table) for part in parts)


def test_every_font_of_the_pdf_is_embedded(print_pack):
    printed = print_pack(more=True)
    fonts = {}
    for page in printed.pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object().get("/DescendantFonts", [font])[0].get_object()
            fonts[str(inner["/BaseFont"])] = inner["/FontDescriptor"]

    assert {name.split("+")[1] for name in fonts} == {"LiberationSans", "LiberationSans-Bold"}
    assert all({"/FontFile2", "/FontFile3"} & set(described) for described in fonts.values())


def test_the_docx_has_headings_alt_texts_and_header_rows(print_pack):
    from pack.block import Picture, Table, pieces

    printed = print_pack(more=True)
    parts = [piece for page in printed.pack.pages for piece in pieces(page)]
    styles = [paragraph.style.name for paragraph in printed.docx.paragraphs]

    assert styles.count("Heading 1") == len(printed.pack.pages)
    assert printed.docx.core_properties.title == printed.pack.title
    alts = [shape._inline.docPr.get("descr") for shape in printed.docx.inline_shapes]
    assert alts == [part.alt for part in parts if isinstance(part, Picture)]
    assert len(printed.docx.tables) == sum(isinstance(part, Table) for part in parts) > 0
    for table in printed.docx.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert all(cell.text.strip() for row in table.rows for cell in row.cells)
    assert "PAGE" in printed.docx.sections[0].footer._element.xml


def test_equal_releases_give_equal_bytes(print_pack, tmp_path):
    """Printed again from another file, in another place and at another time."""
    printed = print_pack()

    again = Printed(write(tmp_path / "again.duckdb", Plan()))

    assert again.pdf_bytes == printed.pdf_bytes
    assert again.docx_bytes == printed.docx_bytes
    assert again.pdf_bytes != print_pack(more=True).pdf_bytes


def test_the_files_hold_no_time_of_making_and_no_place(print_pack):
    printed = print_pack()

    with zipfile.ZipFile(io.BytesIO(printed.docx_bytes)) as parts:
        assert len(parts.infolist()) > 5
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert printed.docx.core_properties.created.date() == printed.pack.published_on
    assert printed.docx.core_properties.modified.date() == printed.pack.published_on
    assert printed.pdf.metadata.creation_date.date() == printed.pack.published_on
    for content in (printed.pdf_bytes, printed.docx_bytes):
        assert str(DASHBOARD).encode() not in content


def test_a_block_longer_than_a_page_is_refused_and_not_cut_off(print_pack):
    """Twin: the same table that may run over pages is printed, all of it."""
    from pack.block import Table, Together
    from pack.pdf import Overfull, pdf

    pack = print_pack().pack
    table = Table("A long table", ("Place", "Figure"), tuple((f"Place {row}", "none") for row in range(90)), (1, 1))
    first, second, *others = pack.pages

    with pytest.raises(Overfull):
        pdf(replace(pack, pages=(first, replace(second, blocks=(Together((table,)),)), *others)))
    printed = pdf(replace(pack, pages=(first, replace(second, blocks=(table,)), *others)))

    assert "Place 89" in " ".join(page.extract_text() for page in _reader(printed).pages)


def test_a_first_page_that_runs_over_is_refused(print_pack):
    from pack.block import Paragraph
    from pack.pdf import Overfull, pdf

    pack = print_pack().pack
    first, *others = pack.pages
    longer = replace(first, blocks=(*first.blocks, *(Paragraph(f"Line {row}.") for row in range(60))))

    with pytest.raises(Overfull):
        pdf(replace(pack, pages=(longer, *others)))


def test_the_command_writes_both_files_and_says_where(tmp_path):
    home = _home(tmp_path)

    written = run_pack(home, Quarter.parse("2026-Q2"), tmp_path / "out")

    assert [path.name for path in written] == ["board-pack-2026-Q2-1.pdf", "board-pack-2026-Q2-1.docx"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)
    assert written[0].read_bytes().startswith(b"%PDF-")


def test_a_quarter_that_is_not_published_is_refused_and_nothing_is_written(tmp_path):
    home = _home(tmp_path)

    with pytest.raises(ReleaseRefused) as refused:
        run_pack(home, Quarter.parse("2027-Q1"), tmp_path / "out")

    assert "Pack of 2027-Q1: this quarter is not published" in str(refused.value)
    assert "2026-Q2" in str(refused.value)
    assert "No file was written." in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_text_too_long_for_its_page_is_refused_and_nothing_is_written(tmp_path):
    home = _home(tmp_path)
    with duckdb.connect(str(home.released)) as connection:
        connection.execute("update partnership set basis = ?", ["Every child in it is invented. " * 200])

    with pytest.raises(ContractBroken, match="No file was written"):
        run_pack(home, Quarter.parse("2026-Q2"), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_pack_of_nothing_published_is_refused(tmp_path):
    with pytest.raises(ReleaseRefused, match="published: none"):
        run_pack(Home(tmp_path, "demo"), Quarter.parse("2026-Q2"), tmp_path / "out")


def test_the_printing_process_brings_nothing_of_the_hub(tmp_path):
    script = "import sys, pack.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=DASHBOARD,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(ran.stdout.split())
    assert {"pack", "typst", "docx", "altair"} <= loaded
    assert not loaded & BROUGHT_NOT


def _home(tmp_path):
    home = Home(tmp_path, "demo")
    home.released.parent.mkdir(parents=True)
    write(home.released, Plan())
    return home


def _reader(content):
    import pypdf

    return pypdf.PdfReader(io.BytesIO(content))
