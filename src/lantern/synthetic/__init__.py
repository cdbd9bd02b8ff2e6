"""An invented partnership: families who never were, with the habits of real data."""

from lantern.synthetic.invention import Truth, invent

__all__ = ["Truth", "invent"]
