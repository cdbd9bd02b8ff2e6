"""The statement is read by people who are not specialists, and every number in it is the plan's or the ledger's."""

import re
from dataclasses import replace

import pytest
from tests.release.test_verification import drawn, facts

from lantern.privacy import mechanism
from lantern.release.card import NOT_COVERED, ONE_ALLOWANCE, bounds_words, rows_words, unit_words
from lantern.release.folder import terms_of
from lantern.release.statement import statement

WORDS_A_SENTENCE = 16
"""On the average; the plain-language guides of public bodies ask for 15 to 20."""


@pytest.fixture
def plan():
    return drawn(0)[0]


@pytest.fixture
def terms(hub):
    return terms_of(hub.partnership)


def test_it_says_whose_presence_is_hidden_and_within_what_bound(plan, terms):
    said = " ".join(statement(plan, facts(plan), terms).split())

    assert len(plan.tables) == 5
    for table in plan.tables:
        assert f"{unit_words(table)} {rows_words(table.kept.rows_a_year)}" in said
    assert f"what a person adds is worth at most so many of each: {bounds_words(plan)}." in said


def test_it_says_that_a_child_and_an_adult_share_one_allowance_where_both_are_counted(plan, terms):
    children = replace(plan, tables=plan.tables[:2])

    assert plan.populations == ("children", "adults")
    assert ONE_ALLOWANCE in statement(plan, facts(plan), terms)
    assert "; or, among adults: concerns about adults" in bounds_words(plan)
    assert ONE_ALLOWANCE not in statement(children, facts(children), terms)
    assert "adults" not in bounds_words(children)


def test_it_says_what_a_release_and_a_year_and_a_childhood_cost(plan, terms):
    """One release may cost as much as the year; no four quarters cost more."""
    said = " ".join(statement(plan, facts(plan), terms).split())
    year = mechanism.epsilon(terms.family, terms.micro_per_year, terms.delta)
    childhood = mechanism.epsilon(terms.family, 18 * terms.micro_per_year, terms.delta)

    assert "may use all of it in one release" in said
    assert "Nobody uses more than all of it in any four quarters" in said
    assert f"({year:.2f}, 1e-06) for any four quarters" in said
    assert f"({childhood:.2f}, 1e-06) for 18 years" in said
    assert f"{terms.micro_per_year:,} millionths of rho" in said


def test_it_takes_what_was_spent_from_the_ledger_and_not_from_the_plan(plan, terms):
    spent = replace(facts(plan), micro=41_000, year_micro=73_000)

    said = statement(plan, spent, terms)

    assert "41,000" in said
    assert "73,000" in said


def test_it_says_everything_that_is_not_covered(plan, terms):
    said = statement(plan, facts(plan), terms)

    assert len(NOT_COVERED) >= 6
    assert all(sentence in said for sentence in NOT_COVERED.values())


def test_it_names_who_approved_and_why(plan, terms):
    said = statement(plan, facts(plan), terms)

    assert "Invented Privacy Officer: A test, invented like everything in it." in said


def sentences(text: str) -> list[str]:
    body = [line for line in text.splitlines() if not line.startswith(("#", "Plan ", "In the words of", "("))]
    return [each for each in re.split(r"(?<=[.:])\s+", " ".join(body)) if each.split()]


def test_its_sentences_are_short(plan, terms):
    found = sentences(statement(plan, facts(plan), terms))
    lengths = [len(each.split()) for each in found]

    assert len(found) >= 25
    assert sum(lengths) / len(lengths) <= WORDS_A_SENTENCE
    assert max(lengths) <= 2 * WORDS_A_SENTENCE


def test_a_longer_sentence_would_be_noticed(plan, terms):
    """The twin."""
    text = statement(plan, facts(plan), terms) + " word" * 40 + "."

    assert max(len(each.split()) for each in sentences(text)) > 2 * WORDS_A_SENTENCE


def test_a_pure_promise_is_said_in_epsilon(plan, terms):
    pure = replace(plan, family="pure")

    said = statement(pure, facts(plan), replace(terms, family="pure"))

    assert "millionths of epsilon" in said
    assert "0) for any four quarters" in said
