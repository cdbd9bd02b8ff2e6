"""
Who may read, tried in a browser against a provider of OpenID Connect on this machine.

`sign_in.py` has the provider and the pages; a figure counts as shown if any byte of it reached the browser.
"""

import re
import time
import urllib.request
from pathlib import Path

import pytest
from invented_release import Plan, write
from playwright.sync_api import sync_playwright
from sign_in import (
    ADDRESSES,
    CLIENT_SECRET,
    COOKIE_SECRET,
    Visit,
    access_settings,
    identity_provider,
    pages_of,
    program,
    say_of,
    sentences_of,
)
from tests.servers import free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SOFTWARE = re.compile(r"Traceback|Error|Exception|duckdb|Streamlit|streamlit|/tmp|\.py|Authlib")
USER_COOKIE = "_streamlit_user"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return write(tmp_path_factory.mktemp("released") / "released.duckdb", Plan())


@pytest.fixture(scope="module")
def sentences(released):
    return sentences_of(released)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with identity_provider(tmp_path_factory.mktemp("provider") / "log") as address:
        say_of(address, "reader", roles=["board-reader"])
        say_of(address, "stranger", roles=["somebody-else"])
        yield address


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the server makes its private folder and writes its log."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def site(released, provider, place):
    port = free_port()
    settings = access_settings(place, provider, f"http://127.0.0.1:{port}")
    with pages_of(released, port, place / "log", settings, place) as (address, server):
        yield address, server


@pytest.fixture
def visit(browser, site):
    context = browser.new_context(locale="en-GB")
    yield Visit(context, site[0])
    context.close()


def test_before_signing_in_no_address_shows_a_figure(visit, sentences):
    assert len(ADDRESSES) >= 5

    for topic in ("", *ADDRESSES):
        visit.open(topic)

        assert visit.heading == "Please sign in", topic
        assert visit.page.get_by_role("button", name="Sign in").count() == 1
        assert visit.figures(sentences) == [], topic
        assert not SOFTWARE.search(visit.seen)


def test_without_the_gate_the_figures_would_have_been_found(browser, released, sentences, tmp_path):
    """The twin: the same search on the same file, open as in a demonstration on this machine."""
    port = free_port()
    with pages_of(released, port, tmp_path / "log", {}, tmp_path) as (address, _):
        context = browser.new_context()
        visit = Visit(context, address).open()
        found = visit.figures(sentences)
        is_signed_in_nowhere = visit.page.get_by_role("button", name="Sign out").count() == 0
        context.close()

    assert len(found) > 3
    assert is_signed_in_nowhere


def test_a_reader_on_the_list_reads_each_page_and_leaves_again(visit, sentences, provider):
    visit.open("speed").sign_in("reader")
    assert visit.figures(sentences) != []
    copied = visit.context.cookies()
    assert any(cookie["name"].startswith(USER_COOKIE) and cookie["httpOnly"] for cookie in copied)

    visit.open("speed")
    assert visit.heading != "Please sign in"
    visit.sign_out()
    visit.frames.clear()
    visit.open("speed")
    assert visit.heading == "Please sign in"
    assert visit.figures(sentences) == []

    # Whoever copied the cookie before has nothing of it either.
    visit.context.add_cookies(copied)
    visit.open("speed")
    assert visit.heading == "Please sign in"
    assert visit.figures(sentences) == []


def test_whoever_has_no_role_is_told_so_and_how_to_ask(visit, sentences):
    visit.open().sign_in("stranger")

    for topic in ("", "speed"):
        visit.open(topic)
        assert visit.heading == "You are signed in, but not on the list"
        assert "ask the partnership's officer" in visit.seen
        assert visit.page.get_by_role("button", name="Sign out").count() == 1
        assert visit.figures(sentences) == []
        assert not SOFTWARE.search(visit.seen)


def test_a_token_that_has_run_out_opens_nothing(visit, sentences, provider):
    """The provider's clock is a little behind: the token comes in, and is over."""
    say_of(provider, "late", roles=["board-reader"], exp=int(time.time()) - 5)
    visit.open().sign_in("late")

    assert visit.heading == "Please sign in again"
    assert visit.figures(sentences) == []


def test_a_token_that_runs_out_while_one_reads_ends_at_the_next_click(visit, sentences, provider):
    ends = int(time.time()) + 20
    say_of(provider, "brief", roles=["board-reader"], exp=ends)
    visit.open().sign_in("brief")
    assert visit.figures(sentences) != []

    time.sleep(max(0, ends + 1 - time.time()))
    visit.frames.clear()
    visit.page.get_by_role("link", name="Speed", exact=True).first.click()
    visit.page.wait_for_selector("h1:has-text('Please sign in again')", timeout=60_000)
    visit.settled()

    assert visit.figures(sentences) == []


def test_a_cookie_that_was_tampered_with_is_no_cookie(visit, sentences):
    visit.open().sign_in("stranger")
    changed = []
    for cookie in visit.context.cookies():
        if cookie["name"].startswith(USER_COOKIE):
            value = cookie["value"]
            changed.append(cookie | {"value": ("A" if value[5] != "A" else "B").join([value[:5], value[6:]])})
    assert changed
    visit.context.add_cookies(changed)

    visit.open("speed")

    assert visit.heading == "Please sign in"
    assert visit.figures(sentences) == []


def test_the_secrets_are_in_a_private_file_and_nowhere_else(site, place):
    address, server = site
    urllib.request.urlopen(f"{address}/_stcore/health", timeout=30).close()
    (written,) = place.glob("lantern-*/.streamlit/secrets.toml")

    assert CLIENT_SECRET in written.read_text(encoding="utf-8")
    assert [path.stat().st_mode & 0o777 for path in (written, written.parent, written.parent.parent)] == [
        0o600,
        0o700,
        0o700,
    ]
    process = Path("/proc") / str(server.pid)
    told = b"".join(path.read_bytes() for path in (process / "cmdline", process / "environ", place / "log"))
    for secret in (CLIENT_SECRET, COOKIE_SECRET):
        assert secret.encode() not in told


def test_the_private_file_is_gone_when_the_server_ends(released, provider, tmp_path):
    port = free_port()
    settings = access_settings(tmp_path, provider, f"http://127.0.0.1:{port}")
    with pages_of(released, port, tmp_path / "log", settings, tmp_path):
        assert len(list(tmp_path.glob("lantern-*/.streamlit/secrets.toml"))) == 1

    assert list(tmp_path.glob("lantern-*")) == []
