"""Lantern: a safeguarding partnership sees how its front door works, and no child can be seen in it."""
