"""How many wait at the end of a quarter, and for how long."""

import question

question.show("waiting", "Waiting")
