"""An erasure request tells of persons by the very keys their deliveries carry, and by nothing else."""

import json

import pyarrow.parquet as pq
import pytest
from partner_drawing import write_drawn
from typer.testing import CliRunner

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import erasure_request
from lantern.partner.cli import app
from lantern.partner.erasure_request import KEYS, ErasureRequest

PEOPLE = """
pers_person_id | pers_forename | pers_surname | pers_dob   | pers_sex | pers_upn
---------------+---------------+--------------+------------+----------+--------------
P1             | Ada           | Lovelace     | 2015-12-10 | F        |
P2             | Alan          | Turing       | 2016-06-23 | M        | B801200005001
"""
CONTACTS = """
cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code
----------------+----------------+---------------------+-------------------------
C1              | P1             | 2026-05-05 09:30:00 | 6
C2              | P2             | 2026-05-06 10:00:00 | 6
"""
NAMES = ("Ada", "Lovelace", "Alan", "Turing", "B801200005001", "2015-12-10", "P1", "P2")


@pytest.fixture
def delivered(council, tmp_path):
    """The keys each person has in a delivery, by the surname's token."""
    made = council(ssd_person=PEOPLE, ssd_contacts=CONTACTS)
    rows = pq.read_table(made.folder / "events.parquet").select(KEYS).to_pylist()
    found = {row["local_person_key"]: {name: cell for name, cell in row.items() if cell} for row in rows}
    assert len(found) == 2
    return list(found.values())


def test_by_the_partners_own_files_it_has_the_keys_of_the_deliveries(delivered, tmp_path, key_file):
    made = erasure_request.make([tmp_path / "ssd"], "riverton_council", key_file, source_format="ssd")

    assert sorted(made.persons, key=str) == sorted(delivered, key=str)


def test_of_the_partners_own_files_only_the_persons_that_are_named(delivered, tmp_path, key_file):
    (tmp_path / "ids.txt").write_text("P2\n\nP2\n")

    made = erasure_request.make(
        [tmp_path / "ssd"], "riverton_council", key_file, source_format="ssd", persons=tmp_path / "ids.txt"
    )

    assert list(made.persons) == [each for each in delivered if "token_upn" in each]
    assert len(made.persons) == 1


def by_ids(tmp_path, key_file, text, *more):
    (tmp_path / "ids.txt").write_text(text)
    arguments = ["erasure-request", str(tmp_path / "ssd"), "--as", "ssd", "--partner", "riverton_council"]
    arguments += ["--key-file", str(key_file), "--out", str(tmp_path / "requests")]
    return CliRunner().invoke(app, [*arguments, "--persons", str(tmp_path / "ids.txt"), *more])


def test_a_request_that_leaves_out_somebody_who_was_asked_for_is_refused_and_says_which_line(
    delivered, tmp_path, key_file
):
    result = by_ids(tmp_path, key_file, "P2\n\n9999999\n")

    assert isinstance(result.exception, DeliveryRefused)
    assert "1 of 2 ids were found. Not found: line 3." in str(result.exception)
    assert "9999999" not in str(result.exception) + result.output
    assert not (tmp_path / "requests").exists()


@pytest.mark.parametrize(("text", "more"), [("P2\n\n9999999\n", ["--missing-ok"]), ("P2\n\nP2\n", [])])
def test_the_found_are_asked_for_where_that_is_said_or_nobody_is_missing(delivered, tmp_path, key_file, text, more):
    """The twin: it is the one who is missing that is refused, not the list."""
    result = by_ids(tmp_path, key_file, text, *more)

    assert result.exit_code == 0, result.exception
    assert "1 person: erasure-" in result.stdout
    assert ("1 of 2 ids were found. Not found: line 3." in result.stdout) == bool(more)
    assert len(list((tmp_path / "requests").iterdir())) == 1


def test_many_missing_ids_are_counted_and_the_first_lines_named(delivered, tmp_path, key_file):
    result = by_ids(tmp_path, key_file, "P1\n" + "".join(f"N{number}\n" for number in range(30)))

    assert "1 of 31 ids were found. Not found: line 2, line 3," in str(result.exception)
    assert "line 21 and 10 more." in str(result.exception)


def test_a_row_of_the_table_that_tells_of_nobody_is_not_passed_over(tmp_path, key_file):
    table = write_drawn(
        tmp_path / "some.csv",
        """
        person_id | forename
        ----------+---------
        P1        |
                  | Ada
        """,
    )

    with pytest.raises(DeliveryRefused, match=r"1 of 2 rows tell of a person\. Not found: row 3\."):
        erasure_request.make([table], "riverton_council", key_file)
    said: list[str] = []
    assert len(erasure_request.make([table], "riverton_council", key_file, missing=said.append).persons) == 1
    assert len(said) == 1


def test_by_a_table_of_persons_it_has_the_same_keys(delivered, tmp_path, key_file):
    table = write_drawn(
        tmp_path / "persons.csv",
        """
        person_id | forename | surname  | dob        | sex | upn
        ----------+----------+----------+------------+-----+--------------
        P1        | Ada      | Lovelace | 2015-12-10 | F   |
        P2        | Alan     | Turing   | 2016-06-23 | m   | B801200005001
        """,
    )

    made = erasure_request.make([table], "riverton_council", key_file)

    assert sorted(made.persons, key=str) == sorted(delivered, key=str)


def test_local_ids_alone_or_names_alone_are_enough(tmp_path, key_file):
    ids = write_drawn(tmp_path / "ids.csv", "person_id\n---\nP1\nP2")
    names = write_drawn(
        tmp_path / "names.csv",
        """
        forename | surname  | dob
        ---------+----------+-----------
        Ada      | Lovelace | 2015-12-10
        """,
    )

    by_id = erasure_request.make([ids], "riverton_council", key_file)
    by_name = erasure_request.make([names], "riverton_council", key_file)

    assert [set(each) for each in by_id.persons] == [{"local_person_key"}] * 2
    assert [set(each) for each in by_name.persons] == [{"token_ndp2"}]


def test_the_command_writes_a_file_for_this_user_alone_with_no_name_or_number_in_it(delivered, tmp_path, key_file):
    arguments = ["erasure-request", str(tmp_path / "ssd"), "--as", "ssd", "--partner", "riverton_council"]
    result = CliRunner().invoke(app, [*arguments, "--key-file", str(key_file), "--out", str(tmp_path / "requests")])

    assert result.exit_code == 0
    (path,) = (tmp_path / "requests").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text()
    assert [name for name in NAMES if name in text] == []
    assert ErasureRequest.read(path).digest[:12] in path.name
    assert "2 persons" in result.stdout


@pytest.mark.parametrize(
    "change", ["another person's key", "a person less", "an entry more", "cut short", "a name", "none"]
)
def test_a_request_that_was_changed_is_refused(delivered, tmp_path, key_file, change):
    made = erasure_request.make([tmp_path / "ssd"], "riverton_council", key_file, source_format="ssd")
    path = made.write(tmp_path)
    entries = json.loads(path.read_text())
    if change == "another person's key":
        entries["persons"][0]["local_person_key"] = "0" * 64
    elif change == "a person less":
        entries["persons"].pop()
    elif change == "an entry more":
        entries["more"] = 1
    elif change == "a name":
        entries["persons"][0]["token_ndp2"] = "Lovelace"
    path.write_text(json.dumps(entries)[: -20 if change == "cut short" else None])

    if change == "none":  # the twin: it is the change that is refused, not the file
        assert ErasureRequest.read(path) == made
        return
    with pytest.raises(DeliveryRefused, match="was changed on the way"):
        ErasureRequest.read(path)


def test_a_column_that_is_not_known_a_day_in_another_form_and_nobody_are_refused(tmp_path, key_file):
    for name, drawing, words in (
        ("a", "person_id | address\n---+---\nP1 | here", "1 column that are none of"),
        ("b", "person_id | dob\n---+---\nP1 | 10/12/2015", "row 2: 'dob' is not a day"),
        ("c", "forename\n---\nAda", "nobody was found"),
    ):
        with pytest.raises(DeliveryRefused, match=words):
            erasure_request.make([write_drawn(tmp_path / f"{name}.csv", drawing)], "riverton_council", key_file)
    with pytest.raises(ConfigRefused, match="--partner"):
        erasure_request.make([], "Riverton Council", key_file)
