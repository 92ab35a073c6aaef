"""From files to the register: read, check, stage, commit as one fact."""
