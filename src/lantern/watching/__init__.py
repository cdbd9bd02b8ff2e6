"""Seeing how the hub is: for its own people, never for the board's side."""
