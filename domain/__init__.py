"""What a school knows and decides. Pure: no database, no network, no clock."""
