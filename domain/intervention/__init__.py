"""InterventionInstance: one student's way through the stages of one rule set in one school year."""
