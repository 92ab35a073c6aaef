"""What the store raises; the only place that knows the driver's errors."""

from typing import Final

import psycopg


class Unavailable(Exception):
    """The store is away or overloaded; nothing was lost, ask again shortly."""


class CommitUnknown(Exception):
    """The connection ended around COMMIT: the command may or may not be in the ledger."""


class UnsafeReading(Exception):
    """The ledger cannot be followed here without the danger of skipping a fact."""


class SchemaMismatch(Exception):
    """The database is not at the version that this release needs."""


# The server ended the session for taking too long, or became a replica: ask again elsewhere.
_ENDED: Final = (
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)


def is_connection_loss(error: Exception) -> bool:
    """Say whether the server or the way to it went away (against: the server said no)."""
    return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError, *_ENDED))
