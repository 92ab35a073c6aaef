"""Facts in, commands out. Stateless: what looks like memory is the state of an aggregate."""
