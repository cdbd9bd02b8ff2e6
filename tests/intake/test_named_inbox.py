"""`inbox` in a partnership's file: which URLs it may hold, and whose."""

import json
import re
import tomllib
from urllib.parse import urlsplit

import pytest
import yaml
from tests.intake.fetching import with_inbox

from lantern.errors import ConfigRefused
from lantern.home import PROJECT
from lantern.partnership import read_partnership

SECRET = "hunter2hunter2"


def read_with(tmp_path, **inboxes):
    """The demo's partnership, read from a file that names these inboxes."""
    text = (PROJECT / "partnerships" / "demo.toml").read_text(encoding="utf-8")
    for partner, url in inboxes.items():
        line = f'name = "riverton_{partner}"\n'
        assert line in text
        text = text.replace(line, f'{line}inbox = "{url}"\n')
    (tmp_path / "demo.toml").write_text(text, encoding="utf-8")
    return read_partnership("demo", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "s3://police_s3@deliveries/riverton/police",
        "s3://police_s3@deliveries",
        "sftp://police_sftp@sftp.police.example/outgoing/",
        "sftp://police_sftp@192.0.2.7",
        "file:///srv/drop/police",
    ],
)
def test_a_partners_inbox_may_be_a_folder_a_bucket_or_a_server(tmp_path, url):
    assert read_with(tmp_path, police=url).partner("riverton_police").inbox == url


@pytest.mark.parametrize(
    "url",
    [
        f"sftp://police:{SECRET}@sftp.police.example/out",
        f"s3://{SECRET}:{SECRET}@deliveries/x",
        f"s3://police@deliveries/x?secret={SECRET}",
        "sftp://sftp.police.example/out",
        "sftp://police@sftp.police.example:2222/out",
        "ftp://police@sftp.police.example/out",
        "https://police@sftp.police.example/out",
        "file://police@host/srv",
        "file:///",
        "file:///srv/../etc",
        "file:///srv/./drop",
        "srv/drop",
        "sftp://police@host/a b",
        "sftp://police@host//a",
        "",
    ],
)
def test_any_other_url_is_refused_and_not_repeated(tmp_path, url):
    with pytest.raises(ConfigRefused, match="s3://connection@bucket/folder") as refused:
        read_with(tmp_path, police=url)

    assert SECRET not in str(refused.value)
    assert "police.example" not in str(refused.value)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("file:///srv/drop", "file:///srv/drop"),
        ("file:///srv/drop/", "file:///srv/drop"),
        ("file:///srv/drop", "file:///srv/drop/police"),
        ("s3://one@deliveries", "s3://one@deliveries/police"),
    ],
)
def test_no_partners_inbox_lies_in_anothers(tmp_path, outer, inner):
    """Who sent a delivery is known from where it lies."""
    with pytest.raises(ConfigRefused, match="is, or lies in, that of another"):
        read_with(tmp_path, council=outer, police=inner)


def test_inboxes_side_by_side_are_two(tmp_path):
    found = read_with(tmp_path, council="file:///srv/drop", police="file:///srv/drop-police")

    assert len({partner.inbox for partner in found.partners if partner.inbox}) == 2
    assert with_inbox(found, "file:///srv/other").partner("riverton_council").inbox == "file:///srv/other"


def examples(language):
    text = (PROJECT / "docs" / "production.md").read_text(encoding="utf-8")
    return re.findall(rf"(?s)```{language}\n(.*?)```", text.split("## Deliveries fetched")[1].split("\n## ")[0])


def test_the_examples_in_the_documents_are_ones_that_work(tmp_path):
    """Each URL is one a partnership may hold, with a connection that is shown; the override adds only to the scheduler."""
    (inboxes,) = map(tomllib.loads, examples("toml"))
    (connections,) = map(json.loads, examples("json"))
    (override,) = map(yaml.safe_load, examples("yaml"))
    urls = {each["name"].removeprefix("riverton_"): each["inbox"] for each in inboxes["partners"]}

    found = read_with(tmp_path, **urls)

    named = [urlsplit(partner.inbox).username for partner in found.partners if partner.inbox]
    assert sorted(filter(None, named)) == sorted(connections)
    assert list(override["services"]) == ["airflow-scheduler"]
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    own = compose["services"]["airflow-scheduler"]["networks"]
    assert override["services"]["airflow-scheduler"]["networks"] == [*own, "partners"]
    assert "no_host_key_check" not in connections["police"]["extra"]
