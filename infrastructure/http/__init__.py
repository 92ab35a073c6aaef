"""Calls to machines of other people: providers of messages, and systems that keep registers."""
