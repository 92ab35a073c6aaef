"""Value objects that more than one aggregate needs."""
