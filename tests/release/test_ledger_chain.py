"""A ledger that was altered, cut, or put back from an old copy answers nothing and permits nothing. In either store."""

import random
import shutil
import sqlite3

import pytest
from tests.conftest import THOROUGH
from tests.release.ledger_line import answer, approve, filled, publish, spend

from lantern.errors import ConfigRefused, LedgerRefused
from lantern.period import Quarter
from lantern.release import anchor, chain
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

TRIED = 1000 if THOROUGH else 250
"""Tampers of each kind of holder, and flips of one bit; `LANTERN_THOROUGH=1` tries a thousand."""

COLUMNS = ("kind", "period", "plan_digest", "request_digest", "micro", "body", "at", "mac")
TEXTS = tuple(column for column in COLUMNS if column != "micro")


@pytest.fixture
def many(hub, store):
    """A ledger of sixteen lines, closed."""
    ledger = Ledger(hub.home, hub.partnership)
    filled(ledger)
    ledger.close()
    return ledger


class SqliteFile:
    """The file, as someone who holds it may change it."""

    def __init__(self, hub):
        self.path = hub.home.ledger
        self.good = self.path.read_bytes()

    def harm(self, *statements: str) -> None:
        self.path.write_bytes(self.good)
        connection = sqlite3.connect(self.path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()


class PostgresSchema:
    """The table, as someone who holds the database may change it."""

    def __init__(self, server):
        self.server = server
        server.run("create table lantern_demo.good as select * from lantern_demo.entry")

    def harm(self, *statements: str) -> None:
        restored = ("truncate lantern_demo.entry", "insert into lantern_demo.entry select * from lantern_demo.good")
        self.server.run("set search_path = lantern_demo", *restored, *statements)


@pytest.fixture
def holder(many, store, hub, request):
    """Whoever holds the store but not the key."""
    if store == "sqlite":
        return SqliteFile(hub)
    return PostgresSchema(request.getfixturevalue("in_postgres"))


def tampers(count: int) -> list[tuple[str, ...]]:
    """Edits, swaps, deletions, copies and cut tails."""
    rng = random.Random(7)
    found = []
    for _ in range(count):
        line, other = rng.sample(range(1, 17), 2)
        column, text = rng.choice(COLUMNS), rng.choice(TEXTS)
        place = rng.randint(1, 4)
        swapped = (
            f"set seq = case seq when {line} then {-other} when {other} then {-line} end where seq in ({line}, {other})"
        )
        found.append(
            rng.choice(
                [
                    (f"update entry set {text} = {text} || 'x' where seq = {line}",),
                    (f"update entry set {text} = overlay_at({text}, {place}) where seq = {line}",),
                    (
                        f"update entry set {text} = '' where seq = {line} and {text} <> ''",
                        f"delete from entry where seq = {line} and {text} = ''",
                    ),
                    (f"update entry set micro = micro + {rng.choice([-9, -1, 1, 1000])} where seq = {line}",),
                    (f"update entry set period = '2019-Q1' where seq = {line}",),
                    (
                        f"update entry set {column} = (select {column} from entry where seq = {other}) where seq = {line}",
                        f"update entry set mac = 'x' where seq = {line}",
                    ),
                    (f"update entry {swapped}", "update entry set seq = -seq where seq < 0"),
                    (f"delete from entry where seq = {line}",),
                    (f"delete from entry where seq > {rng.randint(0, 15)}",),
                    (
                        f"delete from entry where seq = {line}",
                        f"update entry set seq = seq - 1 where seq > {line} and seq = {line} + 1",
                    ),
                    (
                        f"insert into entry select 17, kind, period, plan_digest, request_digest, -1000, body, at, mac from entry where seq = {line}",
                    ),
                    (
                        f"insert into entry select 17, kind, period, plan_digest, request_digest, micro, body, at, mac from entry where seq = {line}",
                    ),
                ]
            )
        )
    return found


def in_dialect(store: str, statement: str) -> str:
    """A character of a text exchanged for another."""
    if "overlay_at(" not in statement:
        return statement
    before, rest = statement.split("overlay_at(")
    inner, after = rest.split(")", 1)
    column, place = inner.split(", ")
    piece = "substr" if store == "sqlite" else "substring"
    return f"{before}{piece}({column}, 1, {int(place) - 1}) || '~' || {piece}({column}, {int(place) + 1}){after}"


def test_every_one_of_hundreds_of_tampers_is_found_when_the_ledger_is_next_opened(holder, store, hub):
    """Nothing is read, decided or spent on a ledger that does not hold together."""
    tried = tampers(TRIED)
    found = 0

    for statements in tried:
        holder.harm(*(in_dialect(store, each) for each in statements))
        with pytest.raises(LedgerRefused, match=r"is not what was written|is older than"):
            Ledger(hub.home, hub.partnership)
        found += 1

    assert found == TRIED
    holder.harm()
    untouched = Ledger(hub.home, hub.partnership)
    assert len(untouched.entries()) == 16
    untouched.close()


def test_a_ledger_altered_while_it_is_open_permits_nothing_more(holder, hub):
    opened = Ledger(hub.home, hub.partnership)
    opened.close()
    holder.harm("update entry set micro = 1 where kind = 'spend'")

    for use in (opened.entries, lambda: approve(opened), lambda: spend(opened)):
        with pytest.raises(LedgerRefused, match="line 2 is not what was written"):
            use()
    opened.close()


def test_without_the_chain_a_tampered_ledger_would_be_believed(holder, hub, monkeypatch):
    """The twin: every mark taken for good, and a cheaper past passes."""
    holder.harm("update entry set micro = 1, body = replace(body, '20000', '1') where kind = 'spend'")
    monkeypatch.setattr(chain.hmac, "compare_digest", lambda *_: True)

    ledger = Ledger(hub.home, hub.partnership)

    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 5_001
    ledger.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_byte_flipped_anywhere_in_the_file_changes_nothing_or_is_found(holder, hub):
    """Of hundreds of flips of one bit: of those within a line, all; of those in the unused part of a page, none matters."""
    rng = random.Random(11)
    ledger = Ledger(hub.home, hub.partnership)
    expected = ledger.entries()
    ledger.close()
    refused = 0

    for _ in range(TRIED):
        flipped = bytearray(holder.good)
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        holder.path.write_bytes(flipped)
        try:
            opened = Ledger(hub.home, hub.partnership)
        except LedgerRefused:
            refused += 1
            continue
        assert opened.entries() == expected
        opened.close()

    assert refused > TRIED // 5


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_byte_flipped_within_a_line_is_always_found(holder, hub):
    rng = random.Random(13)
    with sqlite3.connect(hub.home.ledger) as connection:
        texts = [
            value.encode()
            for row in connection.execute(f"select {', '.join(TEXTS)} from entry")
            for value in row
            if len(value) > 20
        ]
    connection.close()
    lines = [text for text in texts if holder.good.count(text) == 1]
    assert len(lines) > 20

    for _ in range(TRIED):
        text = rng.choice(lines)
        flipped = bytearray(holder.good)
        flipped[holder.good.index(text) + rng.randrange(len(text))] ^= 1 << rng.randrange(8)
        holder.path.write_bytes(flipped)
        with pytest.raises(LedgerRefused):
            Ledger(hub.home, hub.partnership)


def test_an_older_copy_of_the_ledger_is_found_out(holder, hub):
    """A backup from before the last spends holds together, and is refused all the same."""
    holder.harm("delete from entry where seq > 12")

    with pytest.raises(LedgerRefused, match="older than what has been published or spent"):
        Ledger(hub.home, hub.partnership)


def test_without_the_anchor_an_older_copy_would_give_allowance_back(holder, hub):
    """The twin: remove what is kept outside, and the old copy is taken for the whole truth."""
    holder.harm("delete from entry where seq > 4")
    (hub.home.base / "anchor" / "head.json").unlink()

    ledger = Ledger(hub.home, hub.partnership)

    assert spent_in(ledger.entries(), Quarter.parse("2026-Q2")) == 0
    ledger.close()


def test_an_older_copy_of_ledger_and_anchor_together_is_found_by_a_head_kept_elsewhere(holder, hub):
    """Whoever can restore the whole machine is stopped by one line in an officer's own files."""
    ledger = Ledger(hub.home, hub.partnership)
    kept = anchor.head_of([each.mac for each in ledger.entries()])
    ledger.close()
    ledger.verify_against(kept)
    holder.harm("delete from entry where seq > 12")
    (hub.home.base / "anchor" / "head.json").unlink()

    with pytest.raises(LedgerRefused, match="does not hold the line that was kept elsewhere"):
        ledger.verify_against(kept)
    ledger.close()


@pytest.mark.parametrize("head", ["", "16", "0:" + "a" * 64, "16:xyz", "-1:" + "a" * 64])
def test_what_is_no_head_is_said_so(many, head):
    with pytest.raises(ConfigRefused, match="it is not a head"):
        many.verify_against(head)
    many.close()


def test_a_ledger_that_lacks_a_published_releases_line_is_refused(many, hub):
    folder = hub.home.releases / "2026-Q2-1"
    folder.mkdir(parents=True)
    (folder / "release.json").write_text('{"ledger_mark": "of a ledger long gone"}')

    with pytest.raises(LedgerRefused, match="older than what has been published"):
        many.entries()
    many.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seq": "1"}', "\N{SNOWMAN}"])
def test_an_anchor_that_cannot_be_read_stops_everything(many, hub, text):
    (hub.home.base / "anchor" / "head.json").write_text(text, encoding="utf-8")

    with pytest.raises(LedgerRefused, match="its anchor, or the card of a release, cannot be read"):
        many.entries()
    many.close()


def test_another_partnerships_ledger_does_not_fit(many, hub):
    """Under one key too: the chain begins with the partnership's name."""
    other = hub.partnership.model_copy(update={"name": "elsewhere"})
    shutil.rmtree(hub.home.base / "anchor")

    with pytest.raises(LedgerRefused, match="line 1 is not what was written"):
        Ledger(hub.home, other)


def test_a_key_that_is_not_the_ledgers_reads_nothing(many, hub):
    (hub.home.secrets / "ledger.key").write_text("0" * 64)

    with pytest.raises(LedgerRefused, match="line 1 is not what was written"):
        Ledger(hub.home, hub.partnership)


def test_a_ledger_that_is_no_database_is_refused_with_what_to_do(hub):
    ledger = Ledger(hub.home, hub.partnership)
    approve(ledger)
    publish(ledger, answer(ledger, spend(ledger)))
    ledger.close()
    hub.home.ledger.write_bytes(b"not a database at all, but long enough to be one" * 40)

    with pytest.raises(LedgerRefused, match="restore the ledger from its own backup"):
        ledger.entries()
    ledger.close()
