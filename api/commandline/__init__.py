"""The `anseo` command and the supervisor of roles."""
