"""Lantern: a safeguarding partnership sees how its front door works, and no child can be seen in it."""

import os

# Matrices here are small, and many: threads of the linear algebra library would only wait for each other, on a busy
# machine for minutes. It reads this when it is first loaded, so it is said before anything else of ours.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
