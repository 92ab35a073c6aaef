"""Message: one thing said to one guardian, and what became of it."""
