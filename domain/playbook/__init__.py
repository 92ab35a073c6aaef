"""Playbook: the sequence of contacts that a stage starts, in versions."""
