"""Builds everything from the settings; owns it and closes it."""
