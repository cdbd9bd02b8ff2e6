"""Keys that were not drawn by a keyed hash are seen, and honest ones are let be."""

import secrets
from math import comb

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import keyed
from tests.intake.sending import arrival_of, contacts, verdicts

from lantern import contract
from lantern.intake import randomness, scan

WEAK = {
    "a number with noughts before it": lambda number: f"{number:064x}",
    "a number with noughts after it": lambda number: f"{number:04d}".ljust(64, "0"),
    "a counter behind a long prefix": lambda number: keyed("prefix")[:56] + f"{number:08x}",
    "a counter before a long suffix": lambda number: f"{number:08x}" + keyed("suffix")[:56],
    "eight letters of the alphabet": lambda number: "".join("01234567"[int(digit, 16) % 8] for digit in keyed(number)),
    "letters written as their codes": lambda number: f"case-{number:05d}-riverton-2026".encode().hex().ljust(64, "0"),
    "digits only": lambda number: f"{int(keyed(number), 16):080d}"[-64:].replace("9", "8"),
}


def test_the_table_of_weak_keys_is_there():
    assert len(WEAK) == 7


@pytest.mark.parametrize("name", WEAK)
@pytest.mark.parametrize("column", ["event_key", "token_upn", "household_key"])
def test_a_thousand_weak_keys_in_any_column_are_seen(hub, tmp_path, name, column):
    events = [event | {column: WEAK[name](number)} for number, event in enumerate(contacts(hub, 1000))]

    found = randomness.breaches(scan.read(arrival_of(events, tmp_path)))

    assert [(breach.rule, breach.column, breach.severity) for breach in found] == [("looks_random", column, "critical")]


def test_a_delivery_of_weak_keys_is_refused(hub):
    hub.deliver([event | {"episode_key": f"{number:064x}"} for number, event in enumerate(contacts(hub))])

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert "looks_random: column 'episode_key'" in verdict.line


def test_ten_thousand_honest_deliveries_raise_no_alarm():
    """Drawn from the system's own source of chance: 10,000 columns of a hundred keys."""
    keys = np.array([secrets.token_hex(32) for _ in range(1_000_000)])

    alarms = [part for part in np.split(keys, 10_000) if not _lets_be(pa.array(part))]

    assert len(alarms) == 0


def _lets_be(keys: pa.Array) -> bool:
    return randomness.uses_many_digits(keys) and randomness.ends_differ(keys)


def test_the_stated_chance_of_a_false_alarm_is_what_the_rules_come_to():
    """By the union bound: a key that misses seven of sixteen digits, and two of 10,000 with sixteen digits in common."""
    few = comb(16, randomness.FEWEST_DIGITS - 1) * ((randomness.FEWEST_DIGITS - 1) / 16) ** 64
    same = 2 * comb(randomness.SAMPLE, 2) / 16**randomness.END

    assert few == pytest.approx(1.2e-12, rel=0.1)
    assert same == pytest.approx(5.4e-12, rel=0.1)
    assert 500_000 * few + len(contract.KEYED) * same < 1e-6
    most = scan.MAX_DISTINCT_BYTES // 64
    assert 8_000_000 < most < 8_500_000
    assert most * few + len(contract.KEYED) * same < 1e-5


def test_a_sample_of_many_keys_is_spread_over_all_of_them(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(randomness, "SAMPLE", 50)
    events = contacts(hub, 1000)
    for number, event in enumerate(events[500:]):
        event["event_key"] = keyed("prefix")[:56] + f"{number:08x}"

    (found,) = randomness.breaches(scan.read(arrival_of(events, tmp_path)))

    assert found.column == "event_key"


def test_one_padded_number_among_a_thousand_keys_is_seen_where_no_sample_looks(hub, tmp_path, monkeypatch):
    """The number is an invented one of the NHS's test range. The twin: the sample alone would not have seen it."""
    events = contacts(hub, 1000)
    for number, event in enumerate(events):
        event["token_nhs"] = keyed("nhs", number)
    events[501]["token_nhs"] = "9434765919".zfill(64)
    columns = scan.read(arrival_of(events, tmp_path))
    monkeypatch.setattr(randomness, "SAMPLE", 50)

    (found,) = randomness.breaches(columns)

    assert found.column == "token_nhs"
    monkeypatch.setattr(randomness, "uses_many_digits", lambda keys: True)
    assert randomness.breaches(columns) == []


def test_digits_are_counted_as_a_set_of_letters_counts_them():
    """The oracle is Python's own set, for keys of every alphabet from one digit to sixteen, over several batches."""
    drawn = [
        "".join(keyed(number)[int(digit, 16) % (number % 16 + 1)] for digit in keyed("k", number))
        for number in range(800)
    ]
    few = [key for key in drawn if len(set(key)) < randomness.FEWEST_DIGITS]
    assert 100 < len(few) < 700
    for key in drawn:
        assert randomness.uses_many_digits(pa.array([key])) == (key not in few)
