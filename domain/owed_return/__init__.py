"""OwedReturn: a report that a school owes an authority by a day, and who made it."""
