"""Odd addresses: whatever stands in them, a reader meets a page that is known, and no word of the software."""

import http.client
import random
import re
import sys
import time
from urllib.parse import quote, urlencode

import pytest
from invented_release import DASHBOARD, ROOT, Plan, write
from sign_in import ADDRESSES, pages_of
from streamlit.testing.v1 import AppTest
from tests.servers import free_port
from websockets.exceptions import ConnectionClosed

sys.path[:0] = [str(DASHBOARD), str(ROOT / "benchmarks")]
from viewer import Viewer  # noqa: E402

SEED = 20260720
VALUES = 10_000
AT_ONCE, TYPED = 50, 8
"""Controls drawn in one run of a page, each with a value of its own from the address."""
TELLING = re.compile(rb"Traceback|File \"|site-packages|/released|\.duckdb|Exception|line \d+")
CODES = ("police", "health", "2026-Q2", "all")
PIECES = (
    *(
        "' or 1=1 --",
        '"; drop table cell; --',
        "${7*7}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "<img src=x onerror=1>",
    ),
    *("../../etc/passwd", "..\\..\\", "/work", "file:///etc/passwd", "%00", "\x00", "\x1b[31m", "\r\nSet-Cookie: a=b"),
    *(
        "[]",
        "['police','health']",
        '{"$ne": null}',
        "null",
        "None",
        "NaN",
        "inf",
        "-1",
        "1e999",
        "0x10",
        "true",
        "",
        " ",
    ),
    *(
        "Police",
        "POLICE",
        "police ",
        " police",
        "police\n",
        "p\u043elice",
        "po\u200blice",
        "2026-Q5",
        "2026-q2",
        "2026",
        "all,all",
    ),
    *(
        "ü" * 300,
        "\U0001f3f4" * 50,
        "\u202egnp",
        "\ud7ff",
        "a" * 400,
        "🚸",
        "=cmd|' /C calc'!A0",
        "%",
        "%%%",
        "%zz",
        "&",
        "#",
        "?",
    ),
)


def odd_values(count):
    """Seeded values: pieces that were trouble elsewhere, whole, joined and cut; a real code only by itself."""
    chance = random.Random(SEED)
    found = []
    while len(found) < count:
        pieces = chance.choices(PIECES + CODES, k=chance.choice((1, 1, 2, 3)))
        value = "".join(pieces)
        if chance.random() < 0.3:
            value = value[: chance.randrange(len(value) + 1)]
        if chance.random() < 0.2:
            value += chr(chance.randrange(1, 0xD7FF))
        found.append(value)
    return ["a" * 50_000, *found[1:]]


def drawn_controls():
    """A page of nothing but controls, each of the closed list that the board's pages use."""
    import streamlit as st

    from frame import choose

    codes = ("all", "police", "health", "2026-Q2")
    labels = {"all": "All sources", "police": "Police", "health": "Health", "2026-Q2": "April to June 2026"}
    keys = [key for key in st.query_params if key.startswith("q")]
    st.session_state["chosen"] = [choose(f"Source {key}", key, codes, labels) for key in keys]


def chosen_from(values):
    """What each value chooses, AT_ONCE to a drawing; a reader who has typed many addresses makes way for the next."""
    found = []
    for first in range(0, len(values), AT_ONCE):
        if first % (TYPED * AT_ONCE) == 0:
            app = AppTest.from_function(drawn_controls, default_timeout=120)
        some = values[first : first + AT_ONCE]
        app.query_params.clear()
        app.query_params.update({f"q{first + place}": value for place, value in enumerate(some)})
        app.run()
        assert [exception.message for exception in app.exception] == []
        assert len(app.session_state["chosen"]) == len(some)
        found += app.session_state["chosen"]
    return found


def test_ten_thousand_odd_values_choose_what_is_on_the_list_or_the_default():
    values = odd_values(VALUES)
    assert len(set(values)) > VALUES / 5
    by_label = {"All sources": "all", "Police": "police", "Health": "health", "April to June 2026": "2026-Q2"}

    found = chosen_from(values)

    assert len(found) == VALUES
    strays = [value[:40] for value, code in zip(values, found, strict=True) if code != by_label.get(value, "all")]
    assert strays == []


def test_a_value_on_the_list_is_taken():
    """The twin: the address is read at all."""
    assert chosen_from(["Police", "nobody", "April to June 2026"]) == ["police", "all", "2026-Q2"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    log = place / "log"
    with pages_of(write(place / "released.duckdb", Plan()), free_port(), log, {}, place) as (address, _):
        yield address, log


def said_in(log, before=0):
    return log.read_bytes()[before:]


def test_odd_paths_are_answered_and_no_answer_tells_of_the_machine(site):
    address, log = site
    chance = random.Random(SEED)
    paths = [
        quote(value[:2000], safe=chance.choice(("", "/", "/.?&=#%")), errors="replace") for value in odd_values(300)
    ]
    paths += [
        f"{name}/{path}"
        for name, path in zip(("static", "app/static", "media", "component", "_stcore"), paths, strict=False)
    ]
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    answers = set()

    for path in paths:
        connection.request("GET", "/" + path.replace(" ", "%20"))
        answer = connection.getresponse()
        body = answer.read()
        answers.add(answer.status)
        assert not TELLING.search(body), path
    connection.close()

    assert len(paths) > 300
    assert 200 in answers
    assert max(answers) < 500, sorted(answers)
    assert b"Traceback" not in said_in(log)


def test_odd_pages_and_queries_are_drawn_as_a_known_page(site):
    """Over the socket, as a browser asks: an unknown page is the first page, an odd value the default."""
    address, log = site
    values = odd_values(40)
    with Viewer(address) as viewer:
        home = viewer.ask()
        assert set(home.pages) == {"", *ADDRESSES} - {"at_a_glance"}
        for value in values:
            drawn = viewer.ask(value if value not in ADDRESSES else "x", urlencode({"period": value}, errors="replace"))
            assert drawn.exceptions == 0
            assert drawn.headings == home.headings, value
        known = 0
        for topic, value in zip(ADDRESSES, values, strict=False):
            drawn = viewer.ask(
                topic, urlencode([("period", value), ("source", value), ("area", value)], errors="replace")
            )
            known += drawn.is_known
            assert drawn.exceptions == 0
            assert drawn.headings
            assert not any(TELLING.search(each) for each in drawn.data)

    assert known == len(ADDRESSES) - 1, "the first page has no name of its own"
    assert b"Traceback" not in said_in(log)


def test_bytes_that_are_no_message_tell_the_sender_nothing(site):
    address, _ = site
    with Viewer(address) as viewer:
        viewer.ask()
        viewer.send(b"\xff" * 40)
        told = b""
        until = time.monotonic() + 2
        while time.monotonic() < until:
            try:
                told += viewer.receive(timeout=0.5)
            except (TimeoutError, ConnectionClosed):
                break

    assert not TELLING.search(told)
    with Viewer(address) as again:
        assert again.ask().exceptions == 0


def test_an_address_that_tells_would_be_noticed():
    """The twin of the search: what a traceback, a path and a type look like."""
    for telling in (b'  File "/opt/dashboard/app.py", line 3', b"duckdb.IOException: x", b"/released/released.duckdb"):
        assert TELLING.search(telling)
