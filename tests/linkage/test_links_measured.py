"""How good the links are: figures worked out by hand, and those of an invented partnership."""

import pyarrow as pa
import pytest
from register import drawn, opened

from lantern.linkage import quality

SENT = """
           | nhs | upn | ndp1 | ndp4
council 1  | n1  | u1  | x    |
council 2  | n2  |     | y    |
council 3  |     |     | w    | z
police 1   |     |     | x    |
police 2   |     |     | y    |
police 3   |     |     |      | z
police 4   |     |     |      |
hospital 2 | n3  |     | y    |
"""
TRUTH = {
    "council 1": "ada",
    "police 1": "ada",
    "council 2": "bea",
    "police 2": "bea",
    "council 3": "cyd",
    "police 3": "dot",
    "police 4": "cyd",
    "hospital 2": "eve",
}


@pytest.fixture
def register():
    with opened() as found:
        found.send(*drawn(SENT)).renew()
        yield found


def test_what_is_known_without_the_truth_is_counted(register):
    found = quality.known_of(register.connection)

    by_partner = {each.group: each for each in found.coverage if each.kind == "partner"}
    council, police = by_partner["council"], by_partner["police"]
    assert (council.records, council.nhs, council.upn, council.described) == (3, 2 / 3, 1 / 3, 1)
    assert (police.records, police.nhs, police.described, police.met) == (4, 0, 3 / 4, 2 / 4)
    assert found.records == 8
    assert found.persons == {"person_key": 6, "person_key_without_weakest": 7, "person_key_by_number": 8}
    assert found.persons_met == 2
    assert found.bases == {"alone": 4, "ndp1": 2, "ndp4": 2}
    assert found.too_common == {"ndp1": 0, "ndp2": 0, "ndp4": 0}
    assert found.refused == {"nhs": 0, "upn": 0, "ndp1": 1, "ndp2": 0, "ndp4": 0}


def test_a_token_of_too_many_records_is_counted_as_such(register):
    rows = [{"local_person_key": f"school {place}", "token_ndp1": "unknown"} for place in range(21)]
    events = [each | {"record_status": "active", "delivery_id": "council"} for each in rows]
    register.connection.register("more", pa.Table.from_pylist(events))
    register.connection.execute("insert into raw.partner_event by name from more")
    register.renew()

    assert quality.known_of(register.connection).too_common["ndp1"] == 1


def test_pairs_are_compared_with_the_truth_over_all_and_by_group(register):
    truth = pa.table({"local_person_key": list(TRUTH), "true_person": list(TRUTH.values())})

    found = {(each.kind, each.group): each for each in quality.against_of(register.connection, truth)}

    # True: ada's two, bea's two, cyd's two. Found: ada's two, and cyd with dot.
    whole = found["all", "all"]
    assert (whole.true_pairs, whole.found_pairs, whole.right_pairs) == (3, 2, 1)
    assert (whole.precision, whole.recall) == (1 / 2, 1 / 3)
    without = found["without the weakest links", "all"]
    assert (without.precision, without.recall) == (1, 1 / 3)
    assert found["by number alone", "all"].precision is None
    assert found["NHS number known to", "one"].recall == 1 / 2
    assert found["NHS number known to", "neither"].precision == 0
    assert found["partners", "council and police"].true_pairs == 3
    assert found["reach", "between partners"].true_pairs == 3


def test_groups_add_up_to_all_pairs(register):
    truth = pa.table({"local_person_key": list(TRUTH), "true_person": list(TRUTH.values())})
    found = quality.against_of(register.connection, truth)
    kinds = {each.kind for each in found} - {"without the weakest links", "by number alone"}

    assert len(kinds) == 7
    for kind in kinds:
        own = [each for each in found if each.kind == kind]
        assert sum(each.true_pairs for each in own) == 3, kind
        assert sum(each.found_pairs for each in own) == 2, kind
