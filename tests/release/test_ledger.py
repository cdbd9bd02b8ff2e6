"""The ledger: spent before drawn, never twice for one thing, never beyond the year. In either store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.release.ledger_line import OFFICER, answer, approve, filled, plan_of, publish, spend

from lantern.errors import BudgetExhausted, LanternError, LedgerRefused, ReleaseRefused
from lantern.period import Quarter
from lantern.release.entry import Entry, dearest_window, spent_in
from lantern.release.folder import plan_of as plan_read
from lantern.release.ledger import Ledger

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def ledger(store, hub):
    opened = Ledger(hub.home, hub.partnership)
    yield opened
    opened.close()


def test_a_plan_nobody_approved_cannot_be_spent_on(ledger):
    with pytest.raises(ReleaseRefused, match="has not been approved, or was altered since"):
        spend(ledger)

    assert ledger.entries() == []


def test_an_altered_plan_is_not_the_approved_one(ledger):
    approve(ledger, plan="a" * 64)

    with pytest.raises(ReleaseRefused, match="altered since"):
        spend(ledger, plan="b" * 64)


def test_the_last_decision_on_a_plan_counts(ledger):
    approve(ledger)
    approve(ledger, approved=False)

    with pytest.raises(ReleaseRefused):
        spend(ledger)


@pytest.mark.parametrize(("by", "reason"), [("Somebody Else", "why not"), (OFFICER, "  ")])
def test_only_a_named_approver_with_a_reason_decides(ledger, by, reason):
    with pytest.raises(ReleaseRefused, match="Nothing was recorded"):
        ledger.decide(period="2026-Q2", plan_digest="a" * 64, approved=True, by=by, reason=reason)


def test_a_spend_says_what_each_part_may_cost_and_adds_it_up(ledger):
    approve(ledger)

    paid = spend(ledger, charges={"contacts": 60_000, "contacts.lost": 6_000})

    assert (paid.micro, paid.charges) == (66_000, {"contacts": 60_000, "contacts.lost": 6_000})
    assert ledger.entries()[-1] == paid


def test_a_part_costs_a_year_its_dearest_draw_and_parts_add_up(ledger):
    """
    A person's budget holds for a part over any four quarters: its draws there share one cost.

    quarter      2025-Q3  2025-Q4  2026-Q1  2026-Q2   the year
    contacts      50,000   50,000   50,000   60,000     60,000
    referrals     20,000   20,000   10,000   10,000     20,000
    question 1               9,000                       9,000
    question 2                       7,000               7,000
    """
    draws = {
        "2025-Q3": {"contacts": 50_000, "referrals": 20_000},
        "2025-Q4": {"contacts": 50_000, "referrals": 20_000, "question 1": 9_000},
        "2026-Q1": {"contacts": 50_000, "referrals": 10_000, "question 2": 7_000},
        "2026-Q2": {"contacts": 60_000, "referrals": 10_000},
    }
    for period, charges in draws.items():
        approve(ledger)
        spend(ledger, period=period, charges=charges)

    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 96_000


def test_of_populations_the_dearest_counts_and_not_their_sum(ledger):
    """
    A person pays in one population alone within a year. A part without a population's name is of children.

    part              2026-Q1  2026-Q2   the year
    contacts           60,000   50,000     60,000
    referrals          30,000   40,000     40,000    children  100,000
    adults:concerns    90,000   95,000     95,000    adults     95,000
    """
    draws = {
        "2026-Q1": {"contacts": 60_000, "referrals": 30_000, "adults:concerns": 90_000},
        "2026-Q2": {"contacts": 50_000, "referrals": 40_000, "adults:concerns": 95_000},
    }
    micros = []
    for period, charges in draws.items():
        approve(ledger)
        micros.append(spend(ledger, period=period, charges=charges).micro)

    assert micros == [90_000, 95_000]
    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 100_000
    approve(ledger)
    spend(ledger, charges={"adults:question": 5_000})
    for part in ("adults:question 2", "question 2"):
        approve(ledger)
        with pytest.raises(BudgetExhausted, match="would cost 100,001 micro-rho of 100,000"):
            spend(ledger, charges={part: 1})


def test_a_spend_from_before_parts_had_names_counts_in_every_population():
    """Nobody who paid for it is on record, so nobody can be left out elsewhere."""
    nameless = Entry(1, "spend", "2026-Q1", "", "", 40_000, {}, "", "")
    adults = Entry(2, "spend", "2026-Q2", "", "", 50_000, {"charges": {"adults:concerns": 50_000}}, "", "")

    assert spent_in([nameless, adults], Quarter.parse("2025-Q3")) == 90_000


def test_any_four_quarters_in_a_row_cost_no_more_than_the_year(ledger):
    """
    A spend that fits its calendar year but not some other run of four quarters is refused.

    quarter   2025-Q2  2025-Q3  2025-Q4  2026-Q1  2026-Q2
    one        25,000   25,000   25,000   25,000
    asked                                     +1
    """
    for period in ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"):
        approve(ledger)
        spend(ledger, period=period, charges={f"one {period}": 25_000})

    approve(ledger)
    with pytest.raises(BudgetExhausted, match=r"the year from 2025-Q2 would cost 100,001 micro-rho of 100,000"):
        spend(ledger, period="2026-Q1", charges={"another": 1})
    approve(ledger)
    spend(ledger, period="2026-Q2", charges={"one 2026-Q2": 25_000})

    approve(ledger)
    with pytest.raises(BudgetExhausted, match="Nothing was drawn"):
        spend(ledger, period="2025-Q3", charges={"another": 1})


def test_a_refused_spend_leaves_the_ledger_as_it_was(ledger):
    approve(ledger)
    spend(ledger, charges={"one": 99_999})
    approve(ledger)
    before = ledger.entries()

    with pytest.raises(BudgetExhausted, match="would cost 100,001"):
        spend(ledger, charges={"two": 2})

    assert ledger.entries() == before


@pytest.mark.parametrize("charges", [{"one": 0}, {"one": -1}, {"one": 5, "two": -60_000}, {"one": 1.5}, {"one": True}])
def test_nothing_is_ever_given_back(ledger, charges):
    approve(ledger)

    with pytest.raises(ReleaseRefused, match="nothing is ever given back"):
        spend(ledger, charges=charges)


def test_a_year_is_paid_for_in_one_unit(ledger, hub):
    """A micro-epsilon is no micro-rho: until a year has passed, the promise keeps its family."""
    approve(ledger)
    spend(ledger, period="2026-Q2", charges={"contacts": 50_000})
    privacy = hub.partnership.privacy.model_copy(update={"definition": "pure"})
    other = Ledger(hub.home, hub.partnership.model_copy(update={"privacy": privacy}))
    approve(other)

    with pytest.raises(ReleaseRefused, match="paid for in another unit"):
        spend(other, period="2027-Q1", charges={"contacts": 1})
    assert spend(other, period="2027-Q2", charges={"contacts": 1}).body["unit"] == "micro-epsilon"
    other.close()


def test_one_approval_pays_for_one_spend(ledger):
    """A run that ended between spend and draw has used its approval: a person decides whether to pay again."""
    approve(ledger)
    spend(ledger)

    with pytest.raises(ReleaseRefused, match="its approval has been used"):
        spend(ledger)

    approve(ledger)
    assert spend(ledger).micro == 25_000


def test_a_period_that_was_drawn_cannot_be_charged_again(ledger):
    approve(ledger)
    answer(ledger, spend(ledger))
    approve(ledger)

    with pytest.raises(ReleaseRefused, match="has been drawn already"):
        spend(ledger)


def test_of_two_runs_that_draw_one_quarter_the_first_answer_stays(ledger):
    """A run was taken for dead, and its quarter approved and paid for again: its late answer is the one that is kept."""
    approve(ledger)
    slow = spend(ledger)
    approve(ledger)
    quick = spend(ledger)
    kept = answer(ledger, quick)

    with pytest.raises(ReleaseRefused, match="thrown away unseen"):
        answer(ledger, slow)

    assert [each for each in ledger.entries() if each.kind == "answer"] == [kept]


def test_an_answer_nobody_paid_for_is_not_kept(ledger):
    approve(ledger)
    paid = spend(ledger)

    with pytest.raises(LedgerRefused, match="was not paid for"):
        answer(ledger, Entry(**(vars(paid) | {"mac": "0" * 64})))


def test_an_answer_holds_the_plan_it_was_drawn_by(ledger):
    """The catalogue may change: what was drawn is read by what was planned then."""
    approve(ledger)

    kept = answer(ledger, spend(ledger))

    assert plan_read(kept.body["plan"]) == plan_of()
    assert kept.body["answers"] == {"contacts": [1, 2, -3], "contacts.lost": [0]}


def test_a_publication_is_recorded_once(ledger):
    approve(ledger)
    kept = answer(ledger, spend(ledger))

    assert publish(ledger, kept) == publish(ledger, kept)
    assert [each.kind for each in ledger.entries()] == ["approve", "spend", "answer", "publish"]


def brute_force(entries, first):
    """The year's cost by the definition: of each part its dearest draw, added up by population; the dearest counts."""
    window = [str(first.plus(place)) for place in range(4)]
    names = {name for each in entries for name in each.charges}
    dearest = {
        name: max((each.charges.get(name, 0) for each in entries if each.period in window), default=0) for name in names
    }
    return max(
        sum(micro for name, micro in dearest.items() if name.startswith("adults:")),
        sum(micro for name, micro in dearest.items() if not name.startswith("adults:")),
    )


CHARGES = st.dictionaries(
    st.sampled_from(["contacts", "contacts.lost", "referrals", "adults:concerns", "adults:concerns.lost"]),
    st.integers(1, 60_000),
    min_size=1,
)
PERIODS = st.integers(0, 9).map(lambda place: Quarter(2024, 1).plus(place))


@given(st.lists(st.tuples(PERIODS, CHARGES), max_size=12), PERIODS, CHARGES)
def test_the_dearest_year_is_the_dearest_by_brute_force(draws, period, charges):
    entries = [
        Entry(place, "spend", str(when), "", "", sum(each.values()), {"charges": each}, "", "")
        for place, (when, each) in enumerate(draws)
    ]
    asked = Entry(99, "spend", str(period), "", "", sum(charges.values()), {"charges": charges}, "", "")

    cost, start = dearest_window(entries, period, charges)

    years = {period.plus(-back): brute_force([*entries, asked], period.plus(-back)) for back in range(4)}
    assert cost == years[start] == max(years.values())


def test_the_place_of_a_ledger_is_told_without_a_password(ledger, store):
    expected = "ledger.sqlite" if store == "sqlite" else "lantern:***@127.0.0.1"

    assert expected in ledger.place
    assert "not-a-secret" not in ledger.place


def test_every_refusal_has_an_exit_code_of_its_own():
    codes = [kind.exit_code for kind in LanternError.__subclasses__()]

    assert len(codes) == len(set(codes)) == 7
    assert LanternError.exit_code not in codes


def test_a_full_ledger_is_read_back_as_it_was_written(ledger, hub):
    filled(ledger)
    ledger.close()
    again = Ledger(hub.home, hub.partnership)

    assert [each.kind for each in again.entries()] == ["approve", "spend", "answer", "publish"] * 4
    again.close()
