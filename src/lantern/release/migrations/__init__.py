"""How the ledger's tables came to their form: Alembic's scripts, run when a ledger is opened."""
