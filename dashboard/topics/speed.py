"""How quickly contacts are decided."""

import question

question.show("speed", "Speed")
