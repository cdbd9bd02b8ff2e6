"""Who had already been in touch: what no single partner can see."""

import question

question.show("across", "Across partners")
