"""How many contacts become a referral."""

import question

question.show("right_help", "Right help")
