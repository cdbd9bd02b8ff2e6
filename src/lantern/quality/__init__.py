"""Runs an expectation suite over a table and reports rules and counts, never values."""

from lantern.quality.checkpoint import Finding, check

__all__ = ["Finding", "check"]
