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


EVERYONE = Prompt("Everyone at the table", "What do we know that could explain this figure?")
PROMPTS = {
    "speed": (
        Prompt("The front door's manager", "What do the contacts that wait longest wait for?"),
        Prompt("Partners who send contacts", "Do you hear what was decided, in time to act on it?"),
    ),
    "assessment": (
        Prompt("The manager of assessments", "What do we know about assessments that go on after the limit?"),
        Prompt("Partners who are asked for information", "What would help you to answer sooner?"),
    ),
    "coming_back": (
        Prompt("The front door's manager", "When a child comes back, how do we use what was known the last time?"),
        Prompt("Partners who offer help early", "What was offered after the first time, and was it taken up?"),
    ),
    "right_help": (
        Prompt("The front door's manager", "What help is found for a child whose contact does not become a referral?"),
        Prompt("Partners who send contacts", "Is it clear to you when to contact us, and whom else to ask?"),
    ),
    "waiting": (
        Prompt("The front door's manager", "Who looks at what has waited longest, and how often?"),
        Prompt("The manager of assessments", "What would have to happen for the oldest ones to be closed?"),
    ),
    "across": (
        Prompt("Partners who know the same children", "When did you last speak with each other before the referral?"),
        Prompt("The front door's manager", "How do we learn that another partner has told of the child before?"),
    ),
    "adults": (
        Prompt(
            "The manager of adult safeguarding", "What happens for a person whose concern does not become an enquiry?"
        ),
        Prompt("Partners who raise concerns", "Do you hear what was decided, and does the person?"),
    ),
}


def prompts(page: str) -> tuple[Prompt, ...]:
    """Return the prompts of a page of the catalogue; there is always one."""
    return (*PROMPTS.get(page, ()), EVERYONE)
