"""Connections to inboxes that are not right: told in our words, never with a secret or a host."""

import traceback

import pytest
from tests.intake.fetching import COUNCIL, collect, made, with_inbox
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import LanternError

pytestmark = pytest.mark.usefixtures("unhurried")
SECRET = "only-the-hub-may-know-this"


def refusal(place) -> str:
    with pytest.raises(LanternError) as refused:
        collect(place.hub)
    shown = traceback.format_exception(refused.value)
    assert not [line for line in shown if "exception" in line], "the library's own words would be shown too"
    return str(refused.value)


@pytest.mark.parametrize("place", ["s3"], indirect=True)
@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"password": SECRET}, "does not let the connection's account in"),
        ({"login": "AKIAUNKNOWNUNKNOWN00", "password": SECRET}, "does not let the connection's account in"),
        ({"login": "", "password": ""}, "has no access key and secret"),
    ],
)
def test_a_wrong_key_of_s3_is_told_without_it(place, about, told, capsys, caplog):
    place.connect(**about)

    text = refusal(place)

    assert told in text
    said = capsys.readouterr()
    for secret in (SECRET, place.server.access_key, place.server.endpoint):
        assert secret not in text + said.out + said.err + caplog.text


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_bucket_that_does_not_exist_is_told_apart_from_an_empty_one(place):
    assert collect(place.hub) == 0

    place.name_inbox("s3://council_s3@no-such-bucket/drop")

    assert "its folder or bucket" in refusal(place)


def sftp_refusals(server):
    """What is wrong with a connection, and what is told of it."""
    return {
        "key of another": ({"extra": {"key_file": str(server.key("another"))}}, "account in, or not do this"),
        "no such key": ({"extra": {"key_file": "/nowhere/key"}}, "key file, does not exist"),
        "no key": ({"extra": {"key_file": str(server.public_path("user"))}}, "is not a private key"),
        "nothing": ({"extra": {"key_file": None}}, "no login with a password or 'key_file'"),
        "password": ({"password": SECRET, "extra": {"key_file": None}}, "account in, or not do this"),
        "host key of another": ({"extra": {"host_key": server.public("another")}}, "is not the one in the connection"),
        "no host key": ({"extra": {"host_key": None}}, "has no 'host_key'"),
        "two host keys": ({"extra": {"host_key": f"{server.public('host')}\n* x y"}}, "has no 'host_key'"),
        "another host": ({"host": "localhost"}, "leads to another host"),
    }


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_an_sftp_connection_that_is_not_right_is_refused_without_its_secrets(place, capsys, caplog):
    place.put(made(place.hub, place.root.parent / "made"), "sent")
    cases = sftp_refusals(place.server)
    assert len(cases) == 9
    for name, (about, told) in cases.items():
        place.connect(**about)

        text = refusal(place)

        assert told in text, name
        said = capsys.readouterr()
        for secret in (SECRET, str(place.server.folder), "/nowhere", place.server.public("host"), "127.0.0.1"):
            assert secret not in text + said.out + said.err + caplog.text, name
    place.connect()
    assert collect(place.hub) == 1


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_server_is_not_asked_who_it_is_only_where_that_was_said(place):
    place.put(made(place.hub, place.root.parent / "made"), "sent")
    place.connect(extra={"host_key": None, "no_host_key_check": True})

    assert collect(place.hub) == 1


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_left_alone_the_provider_would_trust_any_server(place):
    """The twin: without a word of ours, a connection without a host key opens."""
    place.connect(extra={"host_key": None})
    from airflow.sdk.io import get_fs

    files = get_fs("sftp", "council_sftp", {"skip_instance_cache": True})

    assert files.isdir(str(place.root))


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_connection_that_was_never_made_is_named_as_missing(place, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_COUNCIL_SFTP")

    assert "the Airflow connection it names does not exist" in refusal(place)


DEAD, MISSING = "the place of the test, stopped", "file:///nowhere/mounted"


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize(
    ("inboxes", "code"),
    [((MISSING, None), 10), ((DEAD, None), 15), ((DEAD, MISSING), 10)],
    ids=["not there", "does not answer", "one of each"],
)
def test_a_code_that_says_try_again_is_given_only_where_waiting_helps(place, inboxes, code, monkeypatch):
    """What a timer goes by that starts it by hand: an inbox that is named wrongly is never there later."""
    place.server.stop()
    for partner, url in zip((COUNCIL, "riverton_police"), inboxes, strict=True):
        place.hub.partnership = with_inbox(place.hub.partnership, url and url.replace(DEAD, place.url), partner)
    monkeypatch.setattr("lantern.partnership.read_partnership", lambda _: place.hub.partnership)

    done = CliRunner().invoke(app, ["intake"])

    assert done.exit_code == code, done.output
    assert done.output.count("inbox of") == sum(url is not None for url in inboxes)
