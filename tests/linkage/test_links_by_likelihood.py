"""Joining by likelihood: only where the agreement names its clause, and under the same refusals."""

import subprocess
import sys

import pytest
from pydantic import ValidationError
from register import BY_EXACT_AGREEMENT, BY_LIKELIHOOD, drawn, opened, persons

from lantern.errors import ConfigRefused
from lantern.linkage import likelihood
from lantern.partnership import Linkage, read_partnerships

CASES = {
    "a misspelt surname of one sound is met where nothing speaks against it": (
        """
                 | nhs | ndp1 | ndp3
        council  | n1  | x    | s
        police   |     | x2   | s
        """,
        [("council", "police")],
    ),
    "two different NHS numbers speak against it": (
        """
                 | nhs | ndp3
        council  | n1  | s
        hospital | n2  | s
        """,
        [("council",), ("hospital",)],
    ),
    "two records of one partner are two people until it merges them": (
        """
                 | ndp3
        school 1 | s
        school 2 | s
        """,
        [("school 1",), ("school 2",)],
    ),
    "whom a partner knows beside the other is not the other": (
        """
                 | nhs | ndp3
        school 1 | n1  |
        council 1| n1  | s
        school 2 |     | s
        """,
        [("council 1", "school 1"), ("school 2",)],
    ),
    "who is as likely to be either of two is neither": (
        """
                 | nhs | ndp3
        council  | n1  | s
        hospital | n2  | s
        police   |     | s
        """,
        [("council",), ("hospital",), ("police",)],
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_records_are_joined_by_likelihood(sentence):
    text, expected = CASES[sentence]

    assert persons(*drawn(text), rules=BY_LIKELIHOOD) == expected
    assert len(persons(*drawn(text), rules=BY_EXACT_AGREEMENT)) >= len(expected)


def test_without_the_agreement_the_first_of_them_is_not_joined():
    text, _ = CASES["a misspelt surname of one sound is met where nothing speaks against it"]

    assert persons(*drawn(text)) == [("council",), ("police",)]


def test_a_probable_link_says_so_and_is_the_weakest():
    text, _ = CASES["a misspelt surname of one sound is met where nothing speaks against it"]
    with opened(BY_LIKELIHOOD) as register:
        register.send(*drawn(text)).renew()
        links = register.links()

        assert {link["link_basis"] for link in links.values()} == {"probable"}
        assert register.persons("person_key_without_weakest") == [("council",), ("police",)]
        assert register.renew() == 0
        assert register.links() == links


def test_a_threshold_above_what_the_evidence_bears_joins_nobody():
    """The odds are 1 to 25,000 before, and 3 million times that after: more than 99 in 100, fewer than 999 in 1,000."""
    text, _ = CASES["a misspelt surname of one sound is met where nothing speaks against it"]
    strict = Linkage(probabilistic=True, agreement="clause 7", threshold=0.999)

    assert persons(*drawn(text), rules=strict) == [("council",), ("police",)]


def test_without_its_caution_it_would_join_a_stranger(monkeypatch):
    """The twin: a child of one school would become another child of it."""
    text, expected = CASES["whom a partner knows beside the other is not the other"]
    without_caution = likelihood._PROPOSED.replace("and not list_has_any(met.partners, met_too.partners)", "")
    assert without_caution != likelihood._PROPOSED
    monkeypatch.setattr(likelihood, "_PROPOSED", without_caution)

    assert persons(*drawn(text), rules=BY_LIKELIHOOD) != expected


def test_likelihood_needs_a_clause_of_the_agreement():
    with pytest.raises(ValidationError, match="name the clause"):
        Linkage(probabilistic=True)
    with pytest.raises(ValidationError, match=r"greater than or equal to 0\.9"):
        Linkage(probabilistic=True, agreement="clause 7", threshold=0.5)


def test_no_partnership_links_by_likelihood_unless_its_file_says_so():
    found = read_partnerships()

    assert found
    assert not any(each.linkage.probabilistic for each in found)


@pytest.mark.parametrize(("rules", "is_there"), [("Linkage()", False), ("BY_LIKELIHOOD", True)])
def test_splink_is_imported_only_where_it_is_agreed(rules, is_there):
    script = (
        "import sys; sys.path.insert(0, 'tests/linkage')\n"
        "from lantern.partnership import Linkage\n"
        "from register import BY_LIKELIHOOD, drawn, persons\n"
        f"persons(*drawn('| ndp3\\ncouncil | s\\npolice | s'), rules={rules})\n"
        "print('splink' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == f"{is_there}\n"
    assert done.stderr == ""


def test_without_splink_it_is_refused_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    text, _ = CASES["a misspelt surname of one sound is met where nothing speaks against it"]

    with pytest.raises(ConfigRefused, match="Nothing was linked"):
        persons(*drawn(text), rules=BY_LIKELIHOOD)


def test_likelihood_opens_no_socket(monkeypatch):
    """Neither a model nor a word about us is fetched or sent."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket", refuse)
    text, expected = CASES["a misspelt surname of one sound is met where nothing speaks against it"]

    assert persons(*drawn(text), rules=BY_LIKELIHOOD) == expected
