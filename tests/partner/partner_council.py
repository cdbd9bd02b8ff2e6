"""
A council's own tables read the plain way, without the tool: what its facts are, and its inspection lists made from them.
"""

import csv
import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from partner_facts import Fact

WORDS = {
    "Neglect": "NEG",
    "Emotional": "EMO",
    "Physical": "PHY",
    "Sexual": "SAB",
    "Multiple: Neglect, Emotional": "NEG;EMO",
}
"""Words of the invented council, and what they are by hand."""
FLAGS = {"NEW_REFERRAL": "assessment", "EXISTING_REFERRAL": "existing_case", "CP_ENQUIRY": "strategy_s47", "NFA": "nfa",
         "ADVICE": "advice", "OLA_CP": "ola_transfer"}  # fmt: skip


def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Every CSV of a folder, by name."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def in_code_order(codes) -> str:
    """Factors as the list orders them: by number, then letter."""
    return ";".join(sorted(set(codes), key=lambda code: (int(re.match(r"\d+", code)[0]), code)))


def facts_in(ssd: dict[str, list[dict[str, str]]]) -> set[Fact]:
    """The facts of a council's tables as they stand there, each column named."""
    facts = facts_of_lives(ssd)
    referred = {row["cine_referral_id"]: row["cine_referral_date"][:10] for row in ssd["ssd_cin_episodes"]}
    for row in ssd["ssd_cin_episodes"]:
        child, on = row["cine_person_id"], row["cine_referral_date"][:10]
        facts.add(("referral", child, on, row["cine_referral_source_code"], row["cine_cin_primary_need_code"],
                   row["cine_referral_nfa"] == "Y"))  # fmt: skip
        if row["cine_close_date"]:
            facts.add(("closure", child, on, row["cine_close_date"][:10], row["cine_close_reason"]))
    factors = {
        row["cinf_assessment_id"]: in_code_order(json.loads(row["cinf_assessment_factors_json"]))
        for row in ssd["ssd_assessment_factors"]
    }
    for row in ssd["ssd_cin_assessments"]:
        done = row["cina_assessment_auth_date"][:10]
        facts.add(("assessment", row["cina_person_id"], referred[row["cina_referral_id"]],
                   row["cina_assessment_start_date"][:10], done, factors[row["cina_assessment_id"]] if done else ""))  # fmt: skip
    held = {row["icpc_s47_enquiry_id"]: row["icpc_icpc_date"][:10] for row in ssd["ssd_initial_cp_conference"]}
    for row in ssd["ssd_s47_enquiry"]:
        conference = held.get(row["s47e_s47_enquiry_id"])
        start = row["s47e_s47_start_date"][:10]
        facts.add(
            ("s47", row["s47e_person_id"], referred[row["s47e_referral_id"]], start, "", *filter(None, [conference]))
        )
        if row["s47e_s47_end_date"]:
            flag = {"Y": "true", "N": "false", "": ""}[row["s47e_s47_nfa"]]
            facts.add(("s47 end", row["s47e_person_id"], start, row["s47e_s47_end_date"][:10], flag))
    starts = Counter()
    for row in sorted(ssd["ssd_cp_plans"], key=lambda each: each["cppl_cp_plan_start_date"]):
        child, end = row["cppl_person_id"], row["cppl_cp_plan_end_date"][:10]
        first, latest = (WORDS[row[f"cppl_cp_plan_{which}_category"]] for which in ("initial", "latest"))
        facts.add(
            (
                "cpp",
                child,
                row["cppl_cp_plan_start_date"][:10],
                first,
                str(starts[child] or ""),
                end,
                latest if end else "",
            )
        )
        starts[child] += 1
    for row in ssd["ssd_early_help_episodes"]:
        facts.add(
            (
                "early help",
                row["earl_person_id"],
                row["earl_episode_start_date"][:10],
                row["earl_episode_end_date"][:10],
            )
        )
    for row in ssd["ssd_contacts"]:
        decided = row["x_cont_decision_dttm"]
        # The flags come first; after them the comment may break the blob.
        flag = next(iter(re.findall(r'"(\w+)":"Y"', row["cont_contact_outcome_json"].split('"COMMENTS"')[0])), "")
        facts.add(("contact", row["cont_person_id"], london(row["cont_contact_date"]), row["cont_contact_source_code"],
                   decided[:10], FLAGS.get(flag, "other") if decided else ""))  # fmt: skip
    return facts


def facts_of_lives(ssd: dict[str, list[dict[str, str]]]) -> set[Fact]:
    """Births of children who were expected first, deaths, and what few councils keep."""
    facts: set[Fact] = set()
    for row in ssd["ssd_person"]:
        if row["pers_dob"] and row["pers_expected_dob"]:
            facts.add(("birth", row["pers_person_id"], row["pers_dob"][:7]))
        if row.get("pers_death_date"):
            facts.add(("death", row["pers_person_id"], row["pers_death_date"][:10]))
    for row in ssd.get("ssd_cin_plans", []):
        days = (row[f"cinp_cin_plan_{end}_date"][:10] for end in ("start", "end"))
        facts.add(("plan", row["cinp_person_id"], *days))
    for row in ssd.get("ssd_missing", []):
        ended = row["miss_missing_episode_end_date"][:10]
        facts.add(("missing", row["miss_person_id"], london(row["miss_missing_episode_start_date"]), ended))
    for period in {row["clae_cla_id"] for row in ssd.get("ssd_cla_episodes", [])}:
        episodes = [row for row in ssd["ssd_cla_episodes"] if row["clae_cla_id"] == period]
        last = max(episodes, key=lambda row: row["clae_cla_episode_start_date"])
        goes_on = last["clae_cla_episode_ceased_reason"] == "X1"
        ended = "" if goes_on else last["clae_cla_episode_ceased_date"]
        facts.add(("care", last["clae_person_id"], min(row["clae_cla_episode_start_date"] for row in episodes), ended))
    return facts


def london(text: str) -> str:
    """A local time as the contract writes it. Summer time ran from the last Sunday of March to that of October, 1 a.m."""
    at = datetime.fromisoformat(text)
    sundays = [max(day for day in range(25, 32) if date(at.year, month, day).weekday() == 6) for month in (3, 10)]
    begins, ends = (datetime(at.year, month, day, 1) for month, day in zip((3, 10), sundays, strict=True))  # noqa: DTZ001
    return f"{at.isoformat(timespec='seconds')}{'+01:00' if begins <= at < ends else '+00:00'}"


HEADINGS = {
    "List 1": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)", "Date of Contact",
               "Contact Source"],
    "List 3": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)", "Date of referral",
               "Referral Source", "Referral NFA?", "Number of Referrals in Last 12 Months", "Allocated Team",
               "Allocated Worker"],
    "List 4": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)",
               "Does the Child have a Disability", "Continuous Assessment Start Date",
               "Child Seen During Continuous Assessment", "Continuous Assessment Date of Authorisation"],
    "List 5": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth",
               "Strategy discussion initiating Section 47 Enquiry Start Date",
               "Was an Initial Child Protection Conference deemed unnecessary?",
               "Date of Initial Child Protection Conference"],
    "List 6": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "CIN Start Date", "Primary Need Code",
               "CIN Closure Date", "Reason for Closure", "Case Status"],
    "List 7": ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Child Protection Plan Start Date",
               "Initial Category of Abuse", "Latest Category of Abuse", "Child Protection Plan End Date",
               "Total Number of previous Child Protection Plans"],
}  # fmt: skip
"""The headings of Ofsted's template that an invented workbook needs, in their order."""


def inspection_lists(ssd: dict[str, list[dict[str, str]]], path: Path) -> Path:
    """The same council's Annex A workbook, filled from its tables, with real date cells."""
    book = Workbook()
    book.remove(book.active)
    born = {row["pers_person_id"]: day(row["pers_dob"] or row["pers_expected_dob"]) for row in ssd["ssd_person"]}
    sexes = {row["pers_person_id"]: {"M": "a) Male", "F": "b) Female"}.get(row["pers_sex"], "c) Not stated/recorded")
             for row in ssd["ssd_person"]}  # fmt: skip

    def who(child: str) -> dict[str, object]:
        return {"Child Unique ID": child, "Gender": sexes[child], "Date of Birth": born[child]}

    for name, rows in _rows_of(ssd).items():
        sheet = book.create_sheet(name)
        sheet.append(HEADINGS[name])
        for child, cells in rows:
            known = who(child) | cells
            assert set(known) <= set(HEADINGS[name])
            sheet.append([known.get(heading) for heading in HEADINGS[name]])
    book.save(path)
    return path


def day(text: str) -> date | None:
    """A date cell."""
    return date.fromisoformat(text[:10]) if text else None


def _rows_of(ssd: dict[str, list[dict[str, str]]]) -> dict[str, list[tuple[str, dict[str, object]]]]:
    held = {row["icpc_s47_enquiry_id"]: day(row["icpc_icpc_date"]) for row in ssd["ssd_initial_cp_conference"]}
    starts = Counter()
    plans = []
    for row in sorted(ssd["ssd_cp_plans"], key=lambda each: each["cppl_cp_plan_start_date"]):
        plans.append((row["cppl_person_id"], {
            "Child Protection Plan Start Date": day(row["cppl_cp_plan_start_date"]),
            "Child Protection Plan End Date": day(row["cppl_cp_plan_end_date"]),
            "Initial Category of Abuse": row["cppl_cp_plan_initial_category"],
            "Latest Category of Abuse": row["cppl_cp_plan_latest_category"],
            "Total Number of previous Child Protection Plans": starts[row["cppl_person_id"]],
        }))  # fmt: skip
        starts[row["cppl_person_id"]] += 1
    return {
        "List 1": [(row["cont_person_id"], {"Date of Contact": day(row["cont_contact_date"]),
                    "Contact Source": row["cont_contact_source_code"]}) for row in ssd["ssd_contacts"]],
        "List 3": [(row["cine_person_id"], {"Date of referral": day(row["cine_referral_date"]),
                    "Referral Source": f"a) {row['cine_referral_source_code']}",
                    "Referral NFA?": "a) Yes" if row["cine_referral_nfa"] == "Y" else "b) No"})
                   for row in ssd["ssd_cin_episodes"]],
        "List 4": [(row["cina_person_id"], {"Continuous Assessment Start Date": day(row["cina_assessment_start_date"]),
                    "Continuous Assessment Date of Authorisation": day(row["cina_assessment_auth_date"])})
                   for row in ssd["ssd_cin_assessments"]],
        "List 5": [(row["s47e_person_id"], {
                    "Strategy discussion initiating Section 47 Enquiry Start Date": day(row["s47e_s47_start_date"]),
                    "Was an Initial Child Protection Conference deemed unnecessary?": row["s47e_s47_nfa"],
                    "Date of Initial Child Protection Conference": held.get(row["s47e_s47_enquiry_id"])})
                   for row in ssd["ssd_s47_enquiry"]],
        "List 6": [(row["cine_person_id"], {"CIN Start Date": day(row["cine_referral_date"]),
                    "Primary Need Code": f"{row['cine_cin_primary_need_code']} - as in the list",
                    "CIN Closure Date": day(row["cine_close_date"]),
                    "Reason for Closure": f"{row['cine_close_reason']} - as in the list" if row["cine_close_reason"] else ""})
                   for row in ssd["ssd_cin_episodes"]],
        "List 7": plans,
    }  # fmt: skip
