"""How many referrals come back."""

import question

question.show("coming_back", "Coming back")
