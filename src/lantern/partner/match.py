"""How many of a partner's records can be linked to others, and what the rest lack."""

from collections import Counter
from dataclasses import dataclass
from itertools import compress

from lantern import codelist
from lantern.partner.mapping import MERGES
from lantern.partner.plural import counted

_PATTERNS_SHOWN = 12


@dataclass(frozen=True)
class Match:
    """
    Tokens made, counted event by event; a merge or a split tells of two ids and is not among them.

    `by_scheme` holds every scheme; `unmatched` counts the events without any token by the parts their
    source lacks, such as (`birth date empty`, `postcode not usable`).

    Privacy: counts and names of parts; it stays at the partner.
    """

    events: int
    by_scheme: dict[str, int]
    unmatched: dict[tuple[str, ...], int]

    @property
    def without_token(self) -> int:
        """Events that can be linked with nothing but this partner's own records."""
        return sum(self.unmatched.values())

    def lines(self) -> list[str]:
        """The account in words, one line each."""
        if not self.events:
            return [
                "Tokens: none is needed. Each record tells that two of your own ids are one person, or are two again."
            ]
        labels = codelist.labels("token_scheme")
        of_all = f"(of {counted(self.events, 'event')})"
        told = [f"Tokens by which a person can be linked to other partners' records {of_all}:"]
        told += [
            f"  {scheme:<5} {_share(count, self.events)}  {labels[scheme]}" for scheme, count in self.by_scheme.items()
        ]
        told += [
            f"  none  {_share(self.without_token, self.events)}  no token at all ({counted(self.without_token, 'event')})"
        ]
        if self.unmatched:
            told += ["", "What the records without any token lack:"]
            shown = sorted(self.unmatched.items(), key=lambda each: (-each[1], each[0]))
            told += [
                f"  {_share(count, self.events)}  {', '.join(lacking)}" for lacking, count in shown[:_PATTERNS_SHOWN]
            ]
            if len(shown) > _PATTERNS_SHOWN:
                rest = sum(count for _, count in shown[_PATTERNS_SHOWN:])
                told += [f"  {_share(rest, self.events)}  {counted(len(shown) - _PATTERNS_SHOWN, 'other pattern')}"]
        return told

    def as_dict(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "tokens": self.by_scheme,
            "without_token": self.without_token,
            "unmatched": [{"lacking": list(lacking), "events": count} for lacking, count in self.unmatched.items()],
        }


def match_of(columns: dict[str, list[str]], unmatched: Counter[tuple[str, ...]]) -> Match:
    """
    What can be linked.

    Args:
        columns: The cells of every column of the contract; '' is null.
        unmatched: The events without any token, by what `identity.lacking` says of their person.
    """
    are_people = [event_type not in MERGES for event_type in columns["event_type"]]
    by_scheme = {
        scheme: sum(map(bool, compress(columns[f"token_{scheme}"], are_people)))
        for scheme in codelist.codes("token_scheme")
    }
    return Match(sum(are_people), by_scheme, dict(unmatched))


def _share(count: int, events: int) -> str:
    return f"{100 * count / events:5.1f}%"
