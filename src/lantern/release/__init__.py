"""The governance round the core: due, planned, approved, spent, drawn, worded, published."""
