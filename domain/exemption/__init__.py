"""Exemption: days on which a student's family must not be contacted by rule."""
