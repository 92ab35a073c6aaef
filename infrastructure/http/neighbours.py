"""Which hosts may be spoken to without encryption."""


def is_near(host: str) -> bool:
    """Tell whether what is said to this host stays on this machine's own networks.

    A name without a dot is a neighbour in a container network. Everything else is far away, and
    a password that goes there in the clear is everybody's.
    """
    return host in {"127.0.0.1", "::1"} or bool(host and "." not in host and ":" not in host)
