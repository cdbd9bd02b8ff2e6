"""The same questions about adults at risk, whose figures are planned and paid for apart."""

import question

question.show("adults", "Adults")
