"""The list of planted slips, gone through one by one: so many are in the files, so many are found, and where."""

import dataclasses
import math
import shutil
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.synthetic.conftest import FORMATS, SNAPSHOT

from lantern import secret
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused
from lantern.intake import verification
from lantern.partner import identity
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key, read_key
from lantern.synthetic.defect import DEFECTS


def of_list(fate: str) -> list[tuple[str, str]]:
    return [(each.name, each.partner) for each in DEFECTS if each.fate == fate]


def noted(partnership, name: str, partner: str) -> list[dict[str, str]]:
    """Where the truth says that a slip is."""
    found = partnership.rows("truth", "defects.csv")
    return [row for row in found if (row["defect"], row["partner"]) == (name, partner)]


def accounts(partnership, partner: str, file: str):
    """The accounts of the deliveries a file is in, by file; the tables of a council are one delivery."""
    (files,) = [each for where, each in FORMATS if where == partner and Path(file).match(each)]
    return partnership.delivered(partner, files)


def test_every_slip_of_the_list_is_planted_and_the_truth_counts_it(planted):
    """And no other: the list is what says which there are."""
    found = planted.rows("truth", "defects.csv")
    listed = {(each.name, each.partner, each.fate, each.reason) for each in DEFECTS}

    assert len(listed) == len(DEFECTS) == 28
    assert {(row["defect"], row["partner"], row["fate"], row["reason"]) for row in found} == listed
    assert planted.truth.defects == Counter(row["defect"] for row in found)


@pytest.mark.parametrize(("name", "partner"), [*of_list("dropped"), *of_list("left_out")])
def test_a_slip_the_partners_tool_must_catch_is_in_its_account_by_reason_and_row(planted, name, partner):
    """As many as were planted, and in those rows: neither one too few nor one too many."""
    rows = noted(planted, name, partner)
    for file in {row["file"] for row in rows}:
        outcome = accounts(planted, partner, file).outcome
        (reason,), (fate,) = {row["reason"] for row in rows}, {row["fate"] for row in rows}
        stem = Path(file).stem if outcome.source_format == "ssd" else outcome.source_format
        entries = outcome.dropped if fate == "dropped" else outcome.kept_without
        told = {each.where.split(",")[0].removeprefix(f"{stem} row ") for each in entries if each.reason == reason}

        # A contact decided twice is also a receipt told twice, which a repeated row is told by.
        others = (
            {row["record"] for row in noted(planted, "two_decisions", partner)} if name == "duplicate_row" else set()
        )

        assert told - others == {row["record"] for row in rows if row["file"] == file} != set()


@pytest.mark.parametrize(("name", "partner"), [*of_list("dropped"), *of_list("left_out")])
def test_without_slips_no_account_has_their_reason(invented, name, partner):
    """The twin: what the test before finds is what was planted, not what is there anyway."""
    reason = next(each.reason for each in DEFECTS if (each.name, each.partner) == (name, partner))
    found = [invented.delivered(*each).outcome for each in FORMATS if each[0] == partner]

    assert found
    assert all(reason not in {**each.rows_refused, **each.left_out} for each in found)


def test_a_slip_changes_its_own_record_and_nothing_else(planted, invented):
    """Row by row: the tables with slips are those without, but for the rows the truth names."""
    for partner, file in (("riverton_police", "police_notices.csv"), ("riverton_schools", "concerns.csv")):
        clean, slipped = invented.rows(partner, file), planted.rows(partner, file)
        changed = {str(at + 2) for at, row in enumerate(slipped) if at >= len(clean) or row != clean[at]}
        named = {row["record"] for row in planted.rows("truth", "defects.csv") if row["file"] == file}

        assert changed
        assert changed == {record for record in named if record.isdecimal()}


# What the tool tells of as it is, for the hub to see.


def told(partnership, name: str, partner: str, files: str):
    return partnership.delivered(partner, files), len(noted(partnership, name, partner))


def test_a_time_in_the_hour_that_comes_twice_is_good_to_the_hour(planted, invented):
    files = "riverton_police", "police_notices.csv"
    hours = [
        sum(each["event_time_precision"] == "hour" for each in p.delivered(*files).events) for p in (planted, invented)
    ]

    assert hours[0] - hours[1] == len(noted(planted, "clock_overlap", "riverton_police")) > 0


def test_a_file_of_dates_pretending_to_be_times_is_good_to_the_day(planted):
    delivered, count = told(planted, "midnight_times", "riverton_schools", "concerns_academy.xlsx")

    assert Counter(each["event_time_precision"] for each in delivered.events) == {"day": count}
    assert all(
        each["event_time_precision"] == "minute"
        for each in accounts(planted, "riverton_schools", "concerns.csv").events
    )


def test_a_pupil_number_in_small_letters_gives_a_token_like_any_other(planted):
    written = [row["UPN"] for row in planted.rows("riverton_schools", "concerns.csv")]
    tokens = [each["token_upn"] for each in accounts(planted, "riverton_schools", "concerns.csv").events]

    assert sum(upn != upn.upper() for upn in written) == len(noted(planted, "upn_lower_case", "riverton_schools")) > 0
    assert tokens.count(None) == written.count("")
    assert len(set(tokens) - {None}) == len({upn.upper() for upn in written} - {""})


@pytest.mark.parametrize("partner", ["riverton_council", "riverton_police", "riverton_hospital"])
def test_every_merge_and_every_split_is_told_of(planted, partner):
    delivered = planted.delivered(partner, "person_merges.csv")

    assert len(delivered.of("PERSON_MERGED")) == len(noted(planted, "merged", partner)) > 0
    assert len(delivered.of("PERSON_SPLIT")) == len(noted(planted, "split", partner)) > 0


def test_the_police_tell_of_more_from_the_day_they_changed_what_they_tell(planted):
    """A step between two years' first months that no other partner has: in standard errors of the logarithm."""
    (row,) = noted(planted, "broader_definition", "riverton_police")
    since = date.fromisoformat(row["record"].removeprefix("from "))
    years = [(since.replace(year=since.year - back), date(2026 - back, 9, 30)) for back in (0, 1)]

    def grown(partner, file):
        days = [date.fromisoformat(e["event_at"][:10]) for e in planted.delivered(partner, file).events]
        now, before = (sum(first <= day <= last for day in days) for first, last in years)
        assert before > 50
        return math.log(now / before) / math.sqrt(1 / now + 1 / before)

    assert grown("riverton_police", "police_notices.csv") > 3
    assert abs(grown("riverton_schools", "concerns.csv")) < 3


def test_a_month_never_delivered_is_a_gap_between_two_deliveries(planted):
    (row,) = noted(planted, "missing_month", "riverton_housing")
    early, late = (planted.delivered(*each) for each in FORMATS if each[0] == "riverton_housing")
    days = {each["event_at"] for each in (*early.events, *late.events)}

    assert row["record"] == "2024-12"
    assert max(each["event_at"] for each in early.events) < "2024-12-01"
    assert late.manifest.period_from == "2025-01-01"
    assert len(days) > 30
    assert not any(day.startswith("2024-12") for day in days)


def test_a_late_correction_stands_in_the_second_delivery_under_the_same_key(planted):
    early, late = (planted.delivered(*each) for each in FORMATS if each[0] == "riverton_housing")
    first = {each["event_key"]: each["event_at"] for each in early.events}
    again = {each["event_key"]: each["event_at"] for each in late.events if each["event_key"] in first}

    assert len(again) == len(noted(planted, "late_correction", "riverton_housing")) > 0
    assert all(day > first[key] for key, day in again.items())


@pytest.fixture(scope="module")
def council(planted):
    return planted.delivered("riverton_council", "ssd/*.csv")


def test_a_decision_before_its_receipt_is_told_of_as_it_is(planted, council):
    """The hub leaves such a contact out of the measure; a day's clock skew cannot explain it."""
    received = {each["event_key"]: datetime.fromisoformat(each["event_at"]) for each in council.of("CONTACT_RECEIVED")}
    early = [
        received[each["parent_event_key"]] - datetime.fromisoformat(each["event_at"])
        for each in council.of("CONTACT_DECIDED")
        if datetime.fromisoformat(each["event_at"]) < received[each["parent_event_key"]]
    ]

    assert len(early) == len(noted(planted, "decision_before_receipt", "riverton_council")) > 0
    assert min(early).total_seconds() > 24 * 3_600


def test_quotation_marks_in_a_comment_cost_no_outcome(planted, council):
    rows = planted.rows("riverton_council", "ssd", "ssd_contacts.csv")
    quoted = [rows[int(row["record"]) - 2] for row in noted(planted, "quoted_comment", "riverton_council")]

    assert len(quoted) > 20
    assert all('said "all fine"' in row["cont_contact_outcome_json"] for row in quoted)
    assert all(each["outcome_code"] for each in council.of("CONTACT_DECIDED"))


def test_a_referral_on_an_open_case_lies_within_another_of_the_same_child(planted, council):
    closed = {each["episode_key"]: each["event_at"] for each in council.of("CASE_CLOSED")}
    spans = defaultdict(list)
    for each in council.of("REFERRAL_RECEIVED"):
        spans[each["local_person_key"]].append((each["event_at"], closed.get(each["episode_key"], "9999")))
    pairs = [pair for found in spans.values() for pair in zip(sorted(found), sorted(found)[1:], strict=False)]

    assert len(pairs) > 50
    assert sum(later[0] < earlier[1] for earlier, later in pairs) == len(
        noted(planted, "referral_on_open_case", "riverton_council")
    )


def test_a_case_spans_the_eighteenth_birthday_where_the_truth_says_so(planted):
    ssd = {name: planted.rows("riverton_council", "ssd", f"ssd_{name}.csv") for name in ("person", "cin_episodes")}
    born = {row["pers_person_id"]: row["pers_dob"] for row in ssd["person"]}
    cases = [
        ssd["cin_episodes"][int(row["record"]) - 2] for row in noted(planted, "turned_eighteen", "riverton_council")
    ]
    spans = [
        row["cine_referral_date"] < f"{int(dob[:4]) + 18}{dob[4:]}" <= (row["cine_close_date"] or "9999")
        for row in cases
        if (dob := born[row["cine_person_id"]]) > "1901"
    ]

    assert len(spans) > 2
    assert sum(spans) >= len(spans) - 1  # a birth date may be swapped


def test_a_child_moved_to_another_council_is_a_closure_of_its_own_kind(planted, council):
    codes = Counter(each["closure_code"] for each in council.of("CASE_CLOSED"))

    assert codes["RC5"] == len(noted(planted, "moved_away", "riverton_council")) > 0


def test_an_enquiry_that_ended_in_silence_has_neither_conference_nor_a_reason_for_none(planted, council):
    held = {each["parent_event_key"] for each in council.of("ICPC_HELD")}
    silent = [
        each
        for each in council.of("S47_ENDED")
        if each["flag_not_required"] is None and each["parent_event_key"] not in held
    ]

    assert len(silent) == len(noted(planted, "silent_enquiry", "riverton_council")) > 0


def test_a_child_told_of_unborn_and_born_since_is_one_record_with_its_birth(planted, council):
    people = planted.rows("riverton_council", "ssd", "ssd_person.csv")
    born = [people[int(row["record"]) - 2] for row in noted(planted, "unborn_later_born", "riverton_council")]

    assert len(born) > 50
    assert all(row["pers_dob"] and row["pers_expected_dob"] for row in born)
    assert len(council.of("BIRTH")) == sum(row["pers_dob"] > "1901" for row in born)


# What no hub takes, and so no demo sends.


def police(partnership, key: Path, out: Path) -> Path:
    files = [partnership.folder / "riverton_police" / "police_notices.csv"]
    made = deliver(files, "police_notice", "riverton_police", key, out, snapshot_at=SNAPSHOT)
    assert made.folder
    return made.folder


def trusting(hub, key: Path) -> None:
    secret.trust(hub.home, read_key(key).line)


def test_a_delivery_under_another_projects_key_is_refused_and_one_under_ours_is_not(planted, hub, tmp_path):
    new_key(tmp_path / "other.toml", "demo", "E06999999", "demo-2026")
    trusting(hub, planted.key("riverton_police"))

    with pytest.raises(DeliveryRefused, match="made under a project key this hub does not know"):
        verification.read_manifest(
            hub.home, hub.partnership, "riverton_police", police(planted, tmp_path / "other.toml", tmp_path)
        )

    ours = police(planted, planted.key("riverton_police"), tmp_path)
    assert verification.read_manifest(hub.home, hub.partnership, "riverton_police", ours).rows > 0


def test_a_delivery_by_a_tool_whose_normaliser_is_a_version_behind_is_refused(planted, hub, tmp_path, monkeypatch):
    """It names the same key, and its tokens of the published list differ: nobody of it could be linked."""
    join_key(planted.key("riverton_police"), tmp_path / "older.toml")
    trusting(hub, tmp_path / "older.toml")
    with monkeypatch.context() as older:
        older.setattr(identity, "NORMALISATION", "norm_v0")
        made = police(planted, tmp_path / "older.toml", tmp_path)
    shutil.copytree(made, tmp_path / "sent")
    said = dataclasses.replace(Manifest.read(made), normalisation=Manifest.normalisation)
    said.write(tmp_path / "sent")

    with pytest.raises(DeliveryRefused, match="normalises names differently"):
        verification.read_manifest(hub.home, hub.partnership, "riverton_police", tmp_path / "sent")
