"""Who is one person by the written rules, in plain Python: slow, and written without looking at the SQL."""

from collections import defaultdict
from datetime import datetime, time
from itertools import combinations

from register import Sent

SCHEMES = ("partner", "nhs", "upn", "ndp1", "ndp2", "ndp4")
NUMBERS = ("nhs", "upn")
DESCRIPTIVE = ("ndp1", "ndp2", "ndp4")


def partitions(deliveries: list[Sent], most: int = 20) -> dict[str, list[tuple[str, ...]]]:
    """The persons after each scheme, as sorted tuples of records, by the scheme's name; `alone` is before any."""
    standing = [each for each in deliveries if not any(_replaces(later, each) for later in deliveries)]
    everyone = {row["local_person_key"] for each in deliveries for row in each.rows}
    merged, split = _declared(standing)
    everyone |= {record for pair in (*merged, *split) for record in pair}
    tokens = _identities(standing)
    partner = {row["local_person_key"]: each.partner for each in deliveries for row in each.rows}
    groups = [frozenset([record]) for record in everyone]
    found = {"alone": _sorted(groups)}
    for scheme in SCHEMES:
        if scheme == "partner":
            claims = [set(pair) for pair in merged]
        else:
            holders = defaultdict(set)
            for record, known in tokens.items():
                if known.get(scheme):
                    holders[known[scheme]].add(record)
            claims = [each for each in holders.values() if scheme in NUMBERS or len(each) <= most]
        groups = _joined(groups, claims, tokens, split, partner if scheme == "ndp1" else {})
        found[scheme] = _sorted(groups)
    return found


def _sorted(groups) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(group)) for group in groups)


def _replaces(later: Sent, earlier: Sent) -> bool:
    if (later.partner, later.source_format) != (earlier.partner, earlier.source_format) or later.mode != "full":
        return False
    ends = min(later.snapshot_at.date(), earlier.snapshot_at.date())
    shared = (ends - max(later.since, earlier.since)).days + 1
    whole = (earlier.snapshot_at.date() - earlier.since).days + 1
    return 2 * shared > whole and (later.snapshot_at, later.name) > (earlier.snapshot_at, earlier.name)


def _identities(deliveries: list[Sent]) -> dict[str, dict[str, str]]:
    """Each token from the newest delivery that has one for the record, and there from its latest event; a withdrawn event tells nothing."""
    withdrawn = _withdrawn(deliveries)
    best: dict[tuple[str, str], tuple] = {}
    for each in deliveries:
        for event in each.events:
            if event["record_status"] != "active" or (event["local_person_key"], event["event_key"]) in withdrawn:
                continue
            for name, token in event.items():
                if name.startswith("token_") and token:
                    place = (event["local_person_key"], name.removeprefix("token_"))
                    mine = (each.snapshot_at, each.name, event["event_on"], token)
                    best[place] = max(best.get(place, mine), mine)
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for (record, scheme), (*_, token) in best.items():
        known[record][scheme] = token
    return known


def _withdrawn(deliveries: list[Sent]) -> set[tuple[str, str]]:
    """The events, by record and key, that none of the rows of the newest delivery with them calls active."""
    newest: dict[tuple[str, str], tuple] = {}
    for each in sorted(deliveries, key=lambda sent: (sent.snapshot_at, sent.name)):
        for event in each.events:
            place, is_active = (event["local_person_key"], event["event_key"]), event["record_status"] == "active"
            name, was_active = newest.get(place, (each.name, False))
            newest[place] = (each.name, is_active or (name == each.name and was_active))
    return {place for place, (_, is_active) in newest.items() if not is_active}


def _declared(deliveries: list[Sent]) -> tuple[set, set]:
    """The pairs a partner calls one, and the pairs it calls two: by its latest word on each."""
    versions: dict[tuple, tuple] = {}
    for each in deliveries:
        for event in each.events:
            other = event.get("related_person_key")
            if not event["event_type"].startswith("PERSON_") or not other or other == event["local_person_key"]:
                continue
            pair = tuple(sorted((event["local_person_key"], other)))
            version = (each.snapshot_at, each.name, event)
            place = (each.partner, event["event_key"], pair)
            if place not in versions or version[:2] > versions[place][:2]:
                versions[place] = version
    words: dict[tuple, tuple] = {}
    for (partner, key, pair), (at, name, event) in versions.items():
        replaced = any(
            who == partner and newer.get("supersedes_event_key") == key and newer["event_key"] != key and later >= at
            for (who, _, _), (later, _, newer) in versions.items()
        )
        if event["record_status"] == "active" and not replaced:
            happened = event.get("event_at") or datetime.combine(event["event_on"], time())
            word = (event["event_on"], happened, at, name, event["event_type"])
            words[pair] = max(words.get(pair, word), word)
    said = {pair: word[-1] for pair, word in words.items()}
    return (
        {pair for pair, word in said.items() if word == "PERSON_MERGED"},
        {pair for pair, word in said.items() if word == "PERSON_SPLIT"},
    )


def _joined(groups, claims, tokens, split, partner):
    """Groups after one scheme: each claim, then each whole of claims, is dropped where it is doubtful."""
    of = {record: group for group in groups for record in group}
    good = []
    for holders in claims:
        touched = {of[record] for record in holders}
        if (
            len(touched) > 1
            and not _is_doubtful(touched, tokens, split)
            and not _are_twins(holders, of, tokens, partner)
        ):
            good.append(touched)
    wholes = [set(each) for each in good]
    for _ in wholes:
        for one, other in combinations(wholes, 2):
            if one & other and one is not other:
                one.update(other)
                other.clear()
    kept = list(groups)
    for whole in filter(None, wholes):
        if not _is_doubtful(whole, tokens, split):
            kept = [group for group in kept if group not in whole] + [frozenset().union(*whole)]
    return kept


def _is_doubtful(groups, tokens, split) -> bool:
    records = frozenset().union(*groups)
    two = any(len({tokens[each].get(number) for each in records if each in tokens} - {None}) > 1 for number in NUMBERS)
    return two or any(records.issuperset(pair) for pair in split)


def _are_twins(holders, of, tokens, partner) -> bool:
    """One partner has two of the holders apart, under one name and home but two forenames."""
    for who in {partner.get(record) for record in holders} - {None}:
        own = [record for record in holders if partner.get(record) == who]
        forenames = {tokens[record].get("ndp4") for record in own} - {None}
        if len({of[record] for record in own}) > 1 and len(forenames) > 1:
            return True
    return False
