"""One person's records move nobody else's rows: what the promise of a release rests on, before any bound or noise."""

import pytest
from worked import warehouse

# X is the only one of whom the ambulance service told, M the only one of whom it merged records, Y the only adult.
DRAWN = """
    event                | at         | key | of | person | council   | partner_type | format              | since
    ---------------------+------------+-----+----+--------+-----------+--------------+---------------------+-----------
    PARTNER_NOTIFICATION | 2025-06-02 | p   |    | A      | police    | police       | police_notice       | 2024-01-01
    PARTNER_NOTIFICATION | 2026-01-05 | p2  |    | B      | police    | police       | police_notice       | 2024-01-01
    CONTACT_RECEIVED     | 2026-04-07 | c   |    | A      | riverton  | csc          | ssd                 | 2020-01-01
    CONTACT_DECIDED      | 2026-04-08 | d   | c  | A      | riverton  | csc          | ssd                 | 2020-01-01
    CONTACT_RECEIVED     | 2026-06-01 | c2  |    | B      | riverton  | csc          | ssd                 | 2020-01-01
    REFERRAL_RECEIVED    | 2026-06-01 | r   |    | A      | riverton  | csc          | ssd                 | 2020-01-01
    REFERRAL_RECEIVED    | 2026-06-03 | r2  |    | B      | riverton  | csc          | ssd                 | 2020-01-01
    PARTNER_NOTIFICATION | 2026-04-02 | h   |    | X      | ambulance | health_acute | ambulance_referral  | 2026-03-01
    PERSON_MERGED        | 2026-06-03 | m   |    | M      | ambulance | health_acute | person_merge        | 2026-03-01
    CONCERN_RECEIVED     | 2026-04-02 | a   |    | Y      | adults    | asc          | adult_safeguarding  | 2025-01-01
"""
PERSONS = ("A", "B", "M", "X", "Y")
TABLES = ("ri_contacts", "ri_referrals", "ri_waiting", "ri_first_notices", "ri_concerns")


@pytest.mark.parametrize("table", TABLES)
def test_without_a_person_every_row_of_the_others_is_as_it_was(table):
    """The deliveries stay, and what their manifests say."""
    query = f"select person_key, columns(* exclude (person_key)) from release_inputs.{table} order by all"
    every = warehouse().rows(DRAWN, table, query)

    assert every
    for person in PERSONS:
        theirs = [row for row in every if row[0] != person]
        assert warehouse().rows(DRAWN, table, query, without=person) == theirs, person


def test_were_it_asked_of_rows_who_tells_of_worries_one_child_would_move_every_row(monkeypatch):
    """The twin: of a partner that began in March and told of one child alone, no year is known; without the child, it is no partner."""
    compiled = warehouse()._compiled
    asked_of_rows = """notifying as (
        select distinct partner from staging.stg_partner__events where event_type = 'PARTNER_NOTIFICATION'
    ), not_asked as ("""
    monkeypatch.setattr(
        warehouse(),
        "_compiled",
        lambda node: (
            compiled(node).replace("notifying as (", asked_of_rows)
            if node["name"] == "int_days_looked_back"
            else compiled(node)
        ),
    )
    query = "select two_agencies from release_inputs.ri_referrals where person_key in ('A', 'B')"

    with_child, without = (warehouse().rows(DRAWN, "ri_referrals", query, each) for each in ("", "X"))

    assert with_child == [("not_asked",)] * 2
    assert without == [("no",)] * 2
