"""The door: HTTP and the command line. Thin; rules live in the domain."""
