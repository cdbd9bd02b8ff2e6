"""
Prompts: what a board could ask next, and whom.

They ask for what people know, never for who is to blame, and give no reason for a figure. They
are fixed words: no figure decides which of them is printed.
"""

from typing import NamedTuple


class Prompt(NamedTuple):
    """Whom to ask, and what."""

    whom: str
    question: str


EVERYONE = Prompt("Of each figure, ask everyone at the table", "What do we know that could explain it?")
"""True of every figure, so it stands on the first page and not below each question."""
PROMPTS = {
    "speed": (
        Prompt("the front door's manager", "What do the contacts that wait longest wait for?"),
        Prompt("partners who send contacts", "Do you hear what was decided, in time to act on it?"),
    ),
    "assessment": (
        Prompt("the manager of assessments", "What do we know about assessments that go on after the limit?"),
        Prompt("partners who are asked for information", "What would help you to answer sooner?"),
    ),
    "coming_back": (
        Prompt("the front door's manager", "When a child comes back, how do we use what was known the last time?"),
        Prompt("partners who offer help early", "What was offered after the first time, and was it taken up?"),
    ),
    "right_help": (
        Prompt("the front door's manager", "What help is found for a child whose contact does not become a referral?"),
        Prompt("partners who send contacts", "Is it clear to you when to contact us, and whom else to ask?"),
    ),
    "waiting": (
        Prompt("the front door's manager", "Who looks at what has waited longest, and how often?"),
        Prompt("the manager of assessments", "What would have to happen for the oldest ones to be closed?"),
    ),
    "across": (
        Prompt("partners who know the same children", "When did you last speak with each other before the referral?"),
        Prompt("the front door's manager", "How do we learn that another partner has told of the child before?"),
    ),
    "adults": (
        Prompt(
            "the manager of adult safeguarding", "What happens for a person whose concern does not become an enquiry?"
        ),
        Prompt("partners who raise concerns", "Do you hear what was decided, and does the person?"),
    ),
}


def prompts(page: str) -> tuple[Prompt, ...]:
    """Return the prompts of a page of the catalogue; of a new page there is none but EVERYONE's."""
    return PROMPTS.get(page, ())
