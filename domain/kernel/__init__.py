"""The few ideas that every aggregate is made of."""
