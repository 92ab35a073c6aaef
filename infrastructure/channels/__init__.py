"""How messages leave the house: one protocol, and one adapter per provider."""
