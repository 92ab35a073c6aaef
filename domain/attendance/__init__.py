"""Register arithmetic: codes, school days, a pupil's line in the register, metrics, rule sets."""
