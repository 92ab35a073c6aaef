"""What stands in for servers and providers when none are given."""
