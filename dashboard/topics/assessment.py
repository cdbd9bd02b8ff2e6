"""Whether assessments are finished in time."""

import question

question.show("assessment", "Assessment")
