"""How many come back."""

import question

question.show("coming_back", "Coming back")
