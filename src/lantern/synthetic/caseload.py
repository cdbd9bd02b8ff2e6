"""Everyone on the invented council's list, and the contacts and cases it has of them."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import Ints
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.merge import Merge, enter
from lantern.synthetic.population import Population
from lantern.synthetic.register import Habits, Register

COUNCIL = "riverton_council"
_HABITS = Habits(nhs=0.80, upn=1.0, known_as=0.05, placeholder=0.003)
_TWICE = 0.02
"""Share of those who come back and were never referred that have two records (assumed)."""


@dataclass(frozen=True)
class Records:
    """
    The council's own ids for children, contacts and referrals, and whom it has on its list.

    `register` has one entry per record of a person and `id_of` its id; `entry_of` is the entry of each
    child of the population that it knows (else -1), and `of_contact` the one of each contact, which for
    someone entered twice can be another. `log` are merges and splits, by entry.
    """

    people: Population
    contacts: Contacts
    cases: Cases
    register: Register
    id_of: list[str]
    entry_of: Ints
    of_contact: Ints
    first_seen: Ints
    log: list[Merge]

    @classmethod
    def of(
        cls, rng: np.random.Generator, people: Population, contacts: Contacts, cases: Cases, snapshot: int
    ) -> "Records":
        """Enter everyone who is in a contact or a referral; some who only ever had contacts are entered twice."""
        is_alone = ~np.isin(contacts.child, cases.child)
        alone = enter(
            rng, people, contacts.child[is_alone], contacts.received_day[is_alone], twice=_TWICE, last_day=snapshot
        )
        others = np.setdiff1d(np.concatenate([contacts.child, cases.child]), alone.child)
        child = np.concatenate([alone.child, others])
        entry_of = np.full(len(people), -1)
        entry_of[child[::-1]] = np.arange(len(child))[::-1]  # of two entries the first one is the child's own
        of_contact = entry_of[contacts.child]
        of_contact[is_alone] = alone.of_row
        is_forgotten = np.concatenate([alone.is_forgotten, np.zeros(len(others), dtype=bool)])
        entries = np.concatenate([of_contact, entry_of[cases.child]])
        days = np.concatenate([contacts.received_day, cases.referred])
        first, seen = np.full(len(child), 10**6), np.zeros(len(child), dtype=np.int64)
        np.minimum.at(first, entries, days)
        np.maximum.at(seen, entries, days)
        ids = 100_000 + rng.permutation(9 * len(people))[: len(child)]
        return cls(
            people=people,
            contacts=contacts,
            cases=cases,
            register=Register.of(rng, people, _HABITS, child, seen, is_forgotten),
            id_of=[str(each) for each in ids.tolist()],
            entry_of=entry_of,
            of_contact=of_contact,
            first_seen=first,
            log=list(alone.log),
        )

    def ids(self, child: Ints) -> list[str]:
        """The ids of some children."""
        return [self.id_of[each] for each in self.entry_of[child].tolist()]

    @property
    def known(self) -> dict[str, int]:
        """Every id, with the child it stands for."""
        return dict(zip(self.id_of, self.register.child.tolist(), strict=True))
