"""What the store raises; the only place that knows the driver's errors."""

import psycopg


class Unavailable(Exception):
    """The store is away or overloaded; nothing was lost, ask again shortly."""


class CommitUnknown(Exception):
    """The connection ended around COMMIT: the command may or may not be in the ledger."""


class UnsafeReading(Exception):
    """The ledger cannot be followed here without the danger of skipping a fact."""


class SchemaMismatch(Exception):
    """The database is not at the version that this release needs."""


def is_connection_loss(error: Exception) -> bool:
    """Say whether the server or the way to it went away (against: the server said no)."""
    if isinstance(error, psycopg.errors.OperationalError):
        return True
    return isinstance(error, psycopg.InterfaceError)
