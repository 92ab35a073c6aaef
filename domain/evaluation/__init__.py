"""Evaluation: one look of the rules at one school on one day."""
