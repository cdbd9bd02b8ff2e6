"""Drafts for a partnership's data protection officer, from its file, the catalogue, the contract and the ledger: never from a row."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lantern import codelist, contract
from lantern.partnership import Partner, Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.privacy import mechanism, workload
from lantern.release.card import CHILDHOOD_YEARS, NOISE, NOT_COVERED, PARAMETER, cost
from lantern.release.entry import Entry, spent_in
from lantern.release.folder import terms_of
from lantern.release.notice import withdrawals

PAPERS = {
    "dpia-draft": "dpia.md.j2",
    "data-sharing-schedule": "schedule.md.j2",
    "record-of-processing": "record.md.j2",
    "privacy-notice": "notice.md.j2",
}
"""Name of a paper to its template."""

_MARK = "[to be completed: {}]"
_OPEN = re.compile(r"\[to be completed: ([^\]]+)\]")


def drafts(partnership: Partnership, entries: Sequence[Entry] = ()) -> dict[str, str]:
    """
    Every paper as Markdown, by name, with what is left to a person listed on top of each.

    Args:
        partnership: Its file.
        entries: The ledger's lines, for what was released and what that cost.

    Privacy: the file, the catalogue, the contract and the ledger alone are read; no row is counted.
    """
    known = facts(partnership) | released(entries)
    return {name: _rendered(template, known) for name, template in PAPERS.items()}


def open_points(paper: str) -> list[str]:
    """What is marked `[to be completed: ...]` in a paper, each once, in its order."""
    return list(dict.fromkeys(_OPEN.findall(paper)))


def released(entries: Sequence[Entry]) -> dict[str, Any]:
    """What was published and not taken back, and what the year to the newest quarter of it cost."""
    taken_back = withdrawals(entries)
    published = [each for each in entries if each.kind == "publish" and each.body["release_id"] not in taken_back]
    newest = max((Quarter.parse(each.period) for each in published), default=None)
    return {
        "released": [each.body for each in published],
        "year_ends_with": str(newest),
        "spent": spent_in(entries, newest.plus(1 - QUARTERS_A_YEAR)) if newest else 0,
    }


def facts(partnership: Partnership) -> dict[str, Any]:
    """What the templates are filled with."""
    terms = terms_of(partnership)
    family, micro = terms.family, terms.micro_per_year
    return {
        "partnership": partnership,
        "year": cost(terms, micro),
        "childhood": cost(terms, mechanism.composed(family, [micro] * CHILDHOOD_YEARS)),
        "childhood_years": CHILDHOOD_YEARS,
        "noise": NOISE[family],
        "parameter": PARAMETER[family],
        "not_covered": NOT_COVERED,
        "measures": workload.measures(partnership.expected.volumes),
        "senders": [_sender(each) | {"kept": _kept(partnership, each)} for each in partnership.partners],
        "keyed": [field.name for field in contract.FIELDS if field.keyed],
        "coded": [(field.name, field.codes) for field in contract.FIELDS if field.codes],
        "plain": [field.name for field in contract.FIELDS if not field.keyed and not field.codes],
        "required": [field.name for field in contract.FIELDS if field.required],
    }


def _sender(partner: Partner) -> dict[str, Any]:
    """One partner: whose it is, and each format it sends with what the format is; a mapping of its own has no line in the list."""
    described = codelist.translation("source_format", "description")
    own = "a table of the partner's own, by a mapping kept at the partner"
    return {
        "title": partner.title,
        "name": partner.name,
        "kind": codelist.labels("partner_type").get(partner.partner_type, partner.partner_type),
        "formats": [(name, described.get(name, own).removesuffix(".")) for name in partner.formats],
        "every_days": partner.every_days,
        "way": f"fetched by the hub from {partner.inbox}"
        if partner.inbox
        else "put by the partner into its own folder at the hub",
    }


def _kept(partnership: Partnership, partner: Partner) -> str:
    months = partnership.retention.months_of(partner.name)
    return f"{months} months from the day it happened" if months else _MARK.format("how long events are kept")


def _rendered(template: str, known: Mapping[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # The papers are Markdown, not HTML: what is escaped is what would break a table.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("lantern.papers"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    made = environment.get_template(template)
    body = made.render(known, points=[])
    return made.render(known, points=open_points(body))
