"""Drafts for a partnership's data protection officer, from its file, the catalogue and the contract: never from a row."""

import re
from collections.abc import Mapping
from typing import Any

from lantern import codelist, contract
from lantern.partnership import Partner, Partnership
from lantern.privacy import mechanism, workload
from lantern.release.card import CHILDHOOD_YEARS, NOISE, NOT_COVERED, PARAMETER, cost
from lantern.release.folder import terms_of

PAPERS = {"dpia-draft": "dpia.md.j2", "data-sharing-schedule": "schedule.md.j2"}
"""Name of a paper to its template."""

_OPEN = re.compile(r"\[to be completed: ([^\]]+)\]")


def drafts(partnership: Partnership) -> dict[str, str]:
    """
    Every paper as Markdown, by name, with what is left to a person listed on top of each.

    Privacy: the file, the catalogue and the contract alone are read; no home is opened, no row is counted.
    """
    known = facts(partnership)
    return {name: _rendered(template, known) for name, template in PAPERS.items()}


def open_points(paper: str) -> list[str]:
    """What is marked `[to be completed: ...]` in a paper, each once, in its order."""
    return list(dict.fromkeys(_OPEN.findall(paper)))


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
        "senders": [_sender(each) for each in partnership.partners],
        "keyed": [field.name for field in contract.FIELDS if field.keyed],
        "coded": [(field.name, field.codes) for field in contract.FIELDS if field.codes],
        "plain": [field.name for field in contract.FIELDS if not field.keyed and not field.codes],
        "required": [field.name for field in contract.FIELDS if field.required],
    }


def _sender(partner: Partner) -> Mapping[str, Any]:
    """One partner: whose it is, and each format it sends with what the format is; a mapping of its own has no line in the list."""
    described = codelist.translation("source_format", "description")
    own = "a table of the partner's own, by a mapping kept at the partner"
    return {
        "title": partner.title,
        "name": partner.name,
        "kind": codelist.labels("partner_type").get(partner.partner_type, partner.partner_type),
        "formats": [(name, described.get(name, own).removesuffix(".")) for name in partner.formats],
        "way": f"fetched by the hub from {partner.inbox}"
        if partner.inbox
        else "put by the partner into its own folder at the hub",
    }


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
