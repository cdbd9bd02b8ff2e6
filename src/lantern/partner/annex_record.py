"""The lists of Annex A, one reader each: a row in, happenings out. All are dates without times."""

from collections.abc import Callable

from lantern.partner.annex_list import Lists, named
from lantern.partner.bundle import Names
from lantern.partner.happening import Happening
from lantern.partner.outcome import code_in_front, true_false, yes_no
from lantern.partner.table import Row

_MOST_PLANS = 20


def _contact(row: Row, lists: Lists) -> list[Happening]:
    """Received only: no list has the decision on a contact."""
    person, received = lists.person(row), lists.dates.required(row["contacted"])
    source = lists.source(row["source"])
    name = lists.name(row, person, "contact", received.text, source)
    return [Happening(name, "CONTACT_RECEIVED", received, person, {"source_category": source}, f"contact|{name}")]


def _early_help(row: Row, lists: Lists) -> list[Happening]:
    """The start alone: the list ends the assessment, not the help."""
    person, started = lists.person(row), lists.dates.required(row["started"])
    name = lists.name(row, person, "early_help", started.text)
    return [Happening(name, "EH_STARTED", started, person, {}, f"early_help|{name}")]


def _referral(row: Row, lists: Lists) -> list[Happening]:
    person, received = lists.person(row), lists.dates.required(row["referred"])
    cells = {
        "source_category": lists.source(row["source"]),
        "need_code": lists.needs.get((person.local_id, received.day), ""),
    }
    name = lists.name(row, person, "referral", received.day.isoformat())
    episode = f"referral|{name}"
    made = [Happening(name, "REFERRAL_RECEIVED", received, person, cells, episode)]
    if yes_no(row["nfa"]):
        parent = ("REFERRAL_RECEIVED", name)
        made.append(Happening(name, "REFERRAL_DECIDED", received, person, {"outcome_code": "nfa"}, episode, parent))
    return made


def _assessment(row: Row, lists: Lists) -> list[Happening]:
    person, started = lists.person(row), lists.dates.required(row["started"])
    authorised = lists.dates.optional(row["authorised"])
    name = lists.name(row, person, "assessment", started.text)
    episode, parent = lists.under(person, started.day)
    made = [Happening(name, "ASSESSMENT_STARTED", started, person, {}, episode, parent)]
    if authorised:
        after = ("ASSESSMENT_STARTED", name)
        made.append(Happening(name, "ASSESSMENT_AUTHORISED", authorised, person, {}, episode, after))
    return made


def _enquiry(row: Row, lists: Lists) -> list[Happening]:
    person, started = lists.person(row), lists.dates.required(row["started"])
    held = lists.dates.optional(row["held"])
    needless = true_false(row["needless"])
    cells = {"flag_not_required": needless} if needless else {}
    name = lists.name(row, person, "s47", started.text)
    episode, parent = lists.under(person, started.day)
    made = [Happening(name, "S47_STARTED", started, person, cells, episode, parent)]
    if held and lists.led_to.get((person.local_id, held.day), started.day) != started.day:
        lists.left_out.append("conference_told_twice")
    elif held:
        conference = named(person, "icpc", held.text)
        made.append(Happening(conference, "ICPC_HELD", held, person, {}, episode, ("S47_STARTED", name)))
    return made


def _child_in_need(row: Row, lists: Lists) -> list[Happening]:
    """The closure of a case; its need was given to the referral."""
    person, started = lists.person(row), lists.dates.required(row["started"])
    closed = lists.dates.optional(row["closed"])
    for column, code_list in (("need", "need"), ("reason", "closure_reason")):
        if code_in_front(row[column], code_list) is None:
            lists.left_out.append(f"{code_list}_unmapped")
    if not closed:
        return []
    episode, parent = lists.under(person, started.day)
    cells = {"closure_code": code_in_front(row["reason"], "closure_reason") or ""}
    name = lists.name(row, person, "case", started.text)
    return [Happening(name, "CASE_CLOSED", closed, person, cells, episode, parent)]


def _protection_plan(row: Row, lists: Lists) -> list[Happening]:
    person, started = lists.person(row), lists.dates.required(row["started"])
    ended, reviewed = lists.dates.optional(row["ended"]), lists.dates.optional(row["reviewed"])
    before = row["before"]
    is_count = before.isdecimal() and int(before) <= _MOST_PLANS
    if not is_count:
        lists.left_out.append("previous_plans_unreadable")
    cells = lists.abuse(row["first"]) | ({"n_previous_plans": str(int(before))} if is_count else {})
    name = lists.name(row, person, "cpp", started.text)
    episode, parent = lists.under(person, started.day)
    after = ("CPP_STARTED", name)
    made = [Happening(name, "CPP_STARTED", started, person, cells, episode, parent)]
    if reviewed:
        review = f"{name}|{reviewed.text}"
        made.append(Happening(review, "CPP_REVIEWED", reviewed, person, {}, episode, after))
    if ended:
        made.append(Happening(name, "CPP_ENDED", ended, person, lists.abuse(row["latest"]), episode, after))
    return made


def _care(row: Row, lists: Lists) -> list[Happening]:
    person, started = lists.person(row), lists.dates.required(row["started"])
    ended = lists.dates.optional(row["ended"])
    name = lists.name(row, person, "care", started.text)
    made = [Happening(name, "CARE_STARTED", started, person)]
    if ended:
        made.append(Happening(name, "CARE_ENDED", ended, person, parent=("CARE_STARTED", name)))
    return made


RowReader = Callable[[Row, Lists], list[Happening]]

LISTS: dict[str, tuple[Names, tuple[str, ...], RowReader]] = {
    "list_1": (
        {"contacted": ("Date of Contact", "Contact Date"), "source": ("Contact Source", "Source of Contact")},
        ("contacted",),
        _contact,
    ),
    "list_2": ({"started": ("Assessment start date", "Early Help Assessment start date")}, ("started",), _early_help),
    "list_3": (
        {
            "referred": ("Date of referral", "Referral Date"),
            "source": ("Referral Source", "Source of Referral"),
            "nfa": ("Referral NFA?", "NFA?", "Referral No Further Action?"),
        },
        ("referred",),
        _referral,
    ),
    "list_4": (
        {
            "started": ("Continuous Assessment Start Date", "Assessment Start Date"),
            "authorised": ("Continuous Assessment Date of Authorisation", "Assessment Authorisation Date"),
        },
        ("started",),
        _assessment,
    ),
    "list_5": (
        {
            "started": (
                "Strategy discussion initiating Section 47 Enquiry Start Date",
                "Strategy discussion initiating s47 Enquiry Start Date",
                "Section 47 Enquiry Start Date",
            ),
            "needless": (
                "Was an Initial Child Protection Conference deemed unnecessary?",
                "Was an ICPC deemed unnecessary?",
            ),
            "held": ("Date of Initial Child Protection Conference", "Date of ICPC"),
        },
        ("started",),
        _enquiry,
    ),
    "list_6": (
        {
            "started": ("CIN Start Date",),
            "need": ("Primary Need Code", "Primary Need"),
            "closed": ("CIN Closure Date",),
            "reason": ("Reason for Closure", "CIN Reason for Closure"),
        },
        ("started",),
        _child_in_need,
    ),
    "list_7": (
        {
            "started": ("Child Protection Plan Start Date", "CP Plan Start Date", "CPP Start Date"),
            "ended": ("Child Protection Plan End Date", "CP Plan End Date", "CPP End Date"),
            "first": ("Initial Category of Abuse",),
            "latest": ("Latest Category of Abuse",),
            "reviewed": ("Date of latest review conference",),
            "before": (
                "Number of Previous Child Protection Plans",
                "Total Number of previous Child Protection Plans",
                "Total Number of previous CP Plans",
            ),
        },
        ("started",),
        _protection_plan,
    ),
    "list_8": (
        {"started": ("Date Started to be Looked After",), "ended": ("Date Ceased to be Looked After",)},
        ("started",),
        _care,
    ),
}
"""Each list with its columns, those it cannot do without, and its reader."""
