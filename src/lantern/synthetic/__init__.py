"""An invented partnership: families who never were, with the habits of real data."""

from lantern.synthetic.invention import FIRST_DAY, invent
from lantern.synthetic.truth import Truth

__all__ = ["FIRST_DAY", "Truth", "invent"]
