"""The ledger: one table, one order, one write path."""
