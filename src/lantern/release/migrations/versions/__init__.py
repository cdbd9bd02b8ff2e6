"""One module for each change of the ledger's tables. None ever takes a line away."""
