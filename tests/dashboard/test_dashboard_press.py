"""The pack that a page offers: that of `lantern pack`, of figures that stand, for someone who may still read."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from invented_release import Plan, write
from test_dashboard_access import COMPLETE

import access
import frame
import press
import words

RELEASE = "2026-Q2-1"
FEW = {"quarters": 1, "measures": ("T_CONTACT_DECISION",)}


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Put a release in place, by rename as a hub does."""
    path = tmp_path / "released.duckdb"
    monkeypatch.setenv("LANTERN_RELEASED", str(path))

    def publish(**more):
        write(tmp_path / "part.duckdb", Plan(**FEW | more)).replace(path)
        return path

    return publish


def test_the_pack_of_a_page_is_the_command_s_and_is_printed_once(published):
    import released
    from pack.binding import pack_of, release_of
    from pack.pdf import pdf

    snapshot = released.load(published())

    found = press.pack(RELEASE, "pdf")

    assert found == pdf(pack_of(snapshot, release_of(snapshot, "2026-Q2")))
    assert press.pack(RELEASE, "pdf") is found


@pytest.mark.parametrize(
    ("more", "asked"),
    [({"withdrawn": ((2026, 2),)}, RELEASE), ({"revised": True}, RELEASE), ({}, "2026-Q3-1"), ({}, "../../x")],
    ids=["withdrawn", "replaced", "never published", "no release"],
)
def test_there_is_no_pack_of_what_does_not_stand(published, monkeypatch, more, asked):
    """Twin: for what stands the printing is reached, which is made to end here."""
    published(**more)
    monkeypatch.setattr(press, "_printed", lambda *_: b"reached")

    with pytest.raises(press.NotPrinted, match="no longer published"):
        press.pack(asked, "pdf")

    stands = "2026-Q2-2" if more.get("revised") else RELEASE
    assert "withdrawn" in more or press.pack(stands, "pdf") == b"reached"


def test_where_nothing_is_published_there_is_no_pack(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTERN_RELEASED", str(tmp_path / "released.duckdb"))

    with pytest.raises(press.NotPrinted):
        press.pack(RELEASE, "pdf")


def test_a_reader_whose_sign_in_has_ended_is_given_no_pack(published, monkeypatch):
    published()
    monkeypatch.setattr(press, "_printed", lambda *_: b"reached")
    allowed = access.Access.of(COMPLETE)
    claims = {"is_logged_in": True, "iat": time.time() - 60, "sub": "a", "roles": ["board-reader"]}
    ended, reads = claims | {"exp": time.time() - 1}, claims | {"exp": time.time() + 600}

    assert frame.printed(RELEASE, "pdf", lambda: access.may_still_read(allowed, reads)) == b"reached"
    assert frame.printed(RELEASE, "pdf", lambda: access.may_still_read(None, {})) == b"reached"
    with pytest.raises(press.NotPrinted):
        frame.printed(RELEASE, "pdf", lambda: access.may_still_read(allowed, ended))


def test_what_goes_wrong_in_printing_is_told_to_nobody_but_by_its_kind(published, monkeypatch, caplog):
    published()

    def fail(*_):
        raise ValueError("About 84% at /somewhere")

    monkeypatch.setattr(press, "_printed", fail)
    with pytest.raises(press.NotPrinted) as refused:
        frame.printed(RELEASE, "pdf", lambda: True)

    assert "84" not in str(refused.value)
    assert refused.value.__suppress_context__
    assert caplog.messages == ["a pack cannot be printed: ValueError"]


@pytest.fixture
def hanging(tmp_path, monkeypatch):
    """A printing process that says it has begun and hangs for as long as a file is there."""
    begun, hangs, program = tmp_path / "begun", tmp_path / "hangs", tmp_path / "printer"
    program.write_text(f"#!/bin/sh\ntouch {begun}\nwhile [ -e {hangs} ]; do sleep 0.1; done\n")
    program.chmod(0o700)
    hangs.touch()
    monkeypatch.setattr(sys, "executable", str(program))
    yield begun, hangs
    hangs.unlink(missing_ok=True)


def test_a_printer_that_hangs_is_ended_and_the_next_reader_is_served(published, hanging, monkeypatch):
    published()
    begun, _ = hanging
    monkeypatch.setattr(press, "PATIENCE", 1)

    with pytest.raises(press.NotPrinted, match="could not be printed"):
        press.pack(RELEASE, "pdf")

    assert begun.exists()
    assert not press._one_at_a_time.locked()
    monkeypatch.setattr(press, "_printed", lambda *_: b"reached")
    assert press.pack(RELEASE, "pdf") == b"reached"


def test_without_a_limit_it_would_keep_every_other_reader_waiting(published, hanging, monkeypatch):
    """The twin: until somebody ends it."""
    published()
    begun, hangs = hanging
    monkeypatch.setattr(press, "PATIENCE", None)
    with ThreadPoolExecutor(1) as readers:
        waits = readers.submit(press.pack, RELEASE, "pdf")
        while not begun.exists():
            time.sleep(0.05)
        time.sleep(1.5)
        held = press._one_at_a_time.locked(), waits.done()
        hangs.unlink()

    assert held == (True, False)
    assert isinstance(waits.exception(), press.NotPrinted)


def test_a_machine_that_cannot_print_says_whom_to_ask(published, open_page, monkeypatch):
    published()
    monkeypatch.setattr(press, "can_print", lambda: False)

    opened = open_page("at_a_glance")

    assert words.NO_PACK in opened.text
    assert words.WHAT_THE_PACK_IS not in opened.text
