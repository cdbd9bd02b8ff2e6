"""A census as a file: what is refused before anything in it is used, and files that others wrote."""

from pathlib import Path

import pytest
from census_sample import CHILD, census

from lantern.errors import DeliveryRefused
from lantern.partner import census_file
from lantern.partner.delivery import deliver

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "cin_census"
DEEP = "<x>" * 40 + "</x>" * 40


def test_a_census_that_declares_a_document_type_is_refused(tmp_path, key_file):
    """A document type can name files of the machine, or swell until it stops."""
    path = census(tmp_path / "census.xml", CHILD, before='<!DOCTYPE x [<!ENTITY a "b">]>')

    with pytest.raises(DeliveryRefused, match="it declares a document type"):
        deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out")


@pytest.mark.parametrize(
    ("child", "before", "message"),
    [
        (CHILD, '<!DOCTYPE x [<!ENTITY a "b">]>', "declares a document type"),
        (CHILD, '<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd">', "declares a document type"),
        (CHILD.replace("P1", "&a;"), "", "cannot be read as XML"),
        (CHILD, '<?xml-stylesheet href="x.xsl"?>', "a processing instruction"),
        (CHILD.replace("<CINdetails>", "<CINdetails><?php x?>"), "", "a processing instruction"),
        (CHILD.replace("<CINdetails>", '<CINdetails><x:include xmlns:x="http://www.w3.org/2001/XInclude" href="y"/>'), "",
         "includes other files"),
        (CHILD.replace("<CINdetails>", f"<CINdetails>{DEEP}"), "", "more than 32 levels deep"),
    ],
)  # fmt: skip
def test_a_census_that_reaches_beyond_itself_or_nests_without_end_is_refused(
    tmp_path, key_file, child, before, message
):
    path = census(tmp_path / "census.xml", child, before=before)

    with pytest.raises(DeliveryRefused, match=message) as refusal:
        deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out")

    assert "cin_census, file 1: " in str(refusal.value)
    assert "Nothing was made. " in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_census_too_large_is_refused_before_it_is_read(tmp_path, key_file, monkeypatch):
    """And the twin: one byte fewer is read as usual."""
    path = census(tmp_path / "census.xml", CHILD)
    arguments = ([path], "cin_census", "riverton_council", key_file, tmp_path / "out")

    monkeypatch.setattr(census_file, "LARGEST_BYTES", path.stat().st_size - 1)
    with pytest.raises(DeliveryRefused, match="it is larger than"):
        deliver(*arguments)
    monkeypatch.setattr(census_file, "LARGEST_BYTES", path.stat().st_size)

    assert deliver(*arguments).rows == 7


def test_without_the_guard_a_deep_file_would_be_read(tmp_path, key_file, monkeypatch):
    """The twin of the depth: it is this limit that refuses."""
    monkeypatch.setattr(census_file, "DEEPEST", 64)
    path = census(tmp_path / "census.xml", CHILD.replace("<CINdetails>", f"<CINdetails>{DEEP}"))

    assert deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out").rows == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<Message>", "cannot be read as XML"),
        ("not xml", "cannot be read as XML"),
        ("<Message/>", "no Message/Children/Child"),
        ("<Message><Children><Child/></Children></Message>", "ReferenceDate is missing"),
    ],
)
def test_what_is_no_census_is_refused_with_what_to_do(tmp_path, key_file, text, message):
    (tmp_path / "census.xml").write_text(text)

    with pytest.raises(DeliveryRefused, match=message):
        deliver([tmp_path / "census.xml"], "cin_census", "riverton_council", key_file, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "rows", "reasons"),
    [
        ("BAR_cin_2022.xml", 0, {"date_before_2000 (2)"}),
        ("CIN_Census_2021.xml", 0, {"date_before_2000 (2)"}),
        ("CIN_Census_2024.xml", 10, {"date_after_snapshot"}),
    ],
)
def test_a_census_others_wrote_becomes_a_delivery_or_says_which_records_were_refused(
    tmp_path, key_file, name, rows, reasons
):
    """The two older samples date everything to 1970, the child's death to 1980: not one record can be used."""
    if not SAMPLES.is_dir():
        pytest.skip("The sample censuses of other projects are not beside this checkout (../shared/data/cin_census).")
    arguments = ([SAMPLES / name], "cin_census", "riverton_council", key_file, tmp_path / "out")

    if rows:
        outcome = deliver(*arguments)
        assert (outcome.rows, set(outcome.rows_refused)) == (rows, reasons)
    else:
        with pytest.raises(DeliveryRefused) as refusal:
            deliver(*arguments)
        assert all(reason in str(refusal.value) for reason in reasons)
        assert "child 1, referral 1" in str(refusal.value)
        assert not (tmp_path / "out").exists()
