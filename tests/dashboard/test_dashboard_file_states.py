"""What a reader sees when the released file is missing, broken or replaced."""

import logging
import re

import duckdb
import pytest
from invented_release import Plan, write

TOPICS = ("at_a_glance", "speed", "by_source", "how_sure", "definitions")
NOTICE = "This page cannot be shown just now."


@pytest.mark.parametrize("topic", TOPICS)
def test_no_file_yet_is_a_zero_state_and_not_an_error(tmp_path, monkeypatch, open_page, topic):
    monkeypatch.setenv("LANTERN_RELEASED", str(tmp_path / "none.duckdb"))

    opened = open_page(topic)

    assert opened.exceptions == []
    assert "Nothing has been published yet." in opened.text
    assert NOTICE not in opened.text


@pytest.mark.parametrize("topic", TOPICS)
def test_a_broken_file_gives_a_plain_notice_and_the_log_no_value(tmp_path, monkeypatch, open_page, caplog, topic):
    path = tmp_path / "broken-canary.duckdb"
    path.write_bytes(b"not a database, canary" * 500)
    monkeypatch.setenv("LANTERN_RELEASED", str(path))

    with caplog.at_level(logging.DEBUG, logger="lantern.dashboard"):
        opened = open_page(topic)

    assert opened.exceptions == []
    assert NOTICE in opened.text
    assert opened.charts == []
    assert not re.search(r"\d", opened.text)
    assert "canary" not in opened.everything
    logged = " ".join(record.getMessage() for record in caplog.records if record.name == "lantern.dashboard")
    assert "IOException" in logged
    assert "canary" not in logged
    assert not any(record.exc_info for record in caplog.records if record.name == "lantern.dashboard")


def test_a_file_without_the_expected_tables_gives_the_same_notice(tmp_path, monkeypatch, open_page):
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table cell (canary integer)")
    monkeypatch.setenv("LANTERN_RELEASED", str(path))

    opened = open_page("speed")

    assert opened.exceptions == []
    assert NOTICE in opened.text


def test_a_setting_that_is_missing_is_a_fault_and_not_nothing_published(monkeypatch, open_page):
    monkeypatch.delenv("LANTERN_RELEASED", raising=False)

    opened = open_page("speed")

    assert NOTICE in opened.text
    assert "Nothing has been published yet" not in opened.text


def test_a_new_release_is_seen_once_its_file_is_renamed_over_the_old_one(released, open_page, tmp_path):
    path = released(Plan(quarters=8))
    assert "About 84%" in open_page("speed").text

    write(tmp_path / "next.duckdb", Plan(revised=True)).replace(path)

    assert "About 85%" in open_page("speed").text


def test_reading_leaves_no_lock_behind(released, open_page):
    path = released()
    open_page("speed")

    with duckdb.connect(str(path)) as writer:
        assert writer.table("release").count("*").fetchone() == (8,)
