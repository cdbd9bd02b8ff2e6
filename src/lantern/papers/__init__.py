"""Drafts of the papers an officer has to write: filled from the partnership's file, and open where only a person knows."""
