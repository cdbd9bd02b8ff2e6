"""Adults, and what no single partner can see, worked by hand."""

from worked import says, share

THE_COUNCIL = "BIRTH | 2020-01-01 | birth | | | | | | council's child | riverton | csc | ssd"
CONCERNS = f"""
    event             | at         | key | of | outcome | risk     | wishes       | capacity         | person | council | partner_type | format
    ------------------+------------+-----+----+---------+----------+--------------+------------------+--------+---------+--------------+-------------------
    {THE_COUNCIL}
    CONCERN_RECEIVED  | 2026-04-02 | a   |    |         |          |              |                  | A      | adults  | asc          | adult_safeguarding
    CONCERN_DECIDED   | 2026-04-08 | da  | a  | s42     |          |              |                  | A      | adults  | asc          | adult_safeguarding
    ENQUIRY_STARTED   | 2026-04-10 | ea  | a  | s42     |          |              |                  | A      | adults  | asc          | adult_safeguarding
    ENQUIRY_CONCLUDED | 2026-05-01 | xa  | ea | s42     | reduced  | partly       | lacked_supported | A      | adults  | asc          | adult_safeguarding
    CONCERN_RECEIVED  | 2026-04-02 | b   |    |         |          |              |                  | B      | adults  | asc          | adult_safeguarding
    CONCERN_DECIDED   | 2026-04-09 | db  | b  | nfa     |          |              |                  | B      | adults  | asc          | adult_safeguarding
    CONCERN_RECEIVED  | 2026-07-03 | c   |    |         |          |              |                  | B      | adults  | asc          | adult_safeguarding
    ENQUIRY_CONCLUDED | 2026-06-01 | xb  |    | s42     | remained | not_achieved | had              | B      | adults  | asc          | adult_safeguarding
    ENQUIRY_CONCLUDED | 2026-06-01 | xc  |    | s42     | none     | not_recorded | not_recorded     | C      | adults  | asc          | adult_safeguarding
"""
# A: a concern on the Thursday before Easter, decided on the Wednesday after it, an enquiry 8 days after the concern.
# B: a concern of that Thursday, decided on the Thursday after as nothing to do; another on 3 July, not decided.


def test_concerns_become_enquiries_or_are_decided_otherwise():
    """8 days to the enquiry; 7 to the other decision; the third waits, 89 days so far."""
    assert says("R_CONCERN_S42", CONCERNS) == [
        ("2026-04-02", "decided_otherwise", 7),
        ("2026-04-02", "enquiry", 8),
        ("2026-07-03", "censored", 89),
    ]


def test_concerns_are_decided_in_working_days():
    """Good Friday and Easter Monday are none: 2 working days, in time, and 3."""
    assert says("T_CONCERN_DECISION", CONCERNS)[:2] == [("2026-04-02", "decided", 2), ("2026-04-02", "decided", 3)]


def test_a_second_concern_looks_back_in_calendar_months():
    """3 July: the one of 2 April is three months and a day ago: within 6. Forward it is 92 days."""
    assert says("R_RECONCERN", CONCERNS)[-1] == ("2026-07-03", 6, 12)
    assert ("2026-04-02", "concern_again", 92) in says("R_RECONCERN_SURV", CONCERNS)


def test_what_concluded_enquiries_say():
    """
    Three were concluded. A risk was found in two and reduced in one. Two people said what they wanted; one got part of
    it. One lacked capacity, of the three, and was supported.
    """
    assert share("R_RISK_REDUCED", CONCERNS) == (1, 2)
    assert share("R_MSP_ASKED", CONCERNS) == (2, 3)
    assert share("R_MSP_ACHIEVED", CONCERNS) == (1, 2)
    assert share("R_CAPACITY_LACKED", CONCERNS) == (1, 3)
    assert share("R_CAPACITY_SUPPORTED", CONCERNS) == (1, 1)


NOTICES = """
    event                | at         | key | of | person | council  | partner_type | format              | since
    ---------------------+------------+-----+----+--------+----------+--------------+---------------------+-----------
    PARTNER_NOTIFICATION | 2025-06-02 | p   |    | A      | police   | police       | police_notice       | 2024-01-01
    PARTNER_NOTIFICATION | 2026-01-05 | p2  |    | A      | police   | police       | police_notice       | 2024-01-01
    PARTNER_NOTIFICATION | 2026-06-01 | h   |    | A      | hospital | health_acute | hospital_attendance | 2024-01-01
    REFERRAL_RECEIVED    | 2026-06-01 | r   |    | A      | riverton | csc          | ssd                 | 2020-01-01
    PARTNER_NOTIFICATION | 2026-03-02 | h2  |    | B      | hospital | health_acute | hospital_attendance | 2024-01-01
    CONTACT_DECIDED      | 2026-03-12 | d   | c  | B      | riverton | csc          | ssd                 | 2020-01-01
    REFERRAL_RECEIVED    | 2024-06-03 | r2  |    | C      | riverton | csc          | ssd                 | 2020-01-01
"""
# A: the police in June and January, a hospital on the day of the referral. B: a hospital, a decision ten days later.
# C: referred in June 2024, when the police and the hospital had told of five months only.


def test_before_a_referral_one_kind_of_agency_had_told():
    """The police twice are one kind; the hospital told on the day itself. Of C nobody can say."""
    assert says("X_AGENCIES_BEFORE", NOTICES) == [("2026-06-01", "1")]
    assert share("X_TWO_AGENCIES_BEFORE", NOTICES) == (0, 1)


def test_the_first_notice_is_followed_to_the_first_decision():
    """
    A's first is of 2 June 2025, a year less a day before the referral: 364 days. January's and June's come within
    12 months of another. B's: 10 days.
    """
    assert says("X_FIRST_NOTICE", NOTICES) == [("2025-06-02", "decided", 364), ("2026-03-02", "decided", 10)]
