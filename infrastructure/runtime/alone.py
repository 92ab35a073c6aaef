"""One bad one must not take the others down: a batch, else its halves, down to the one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import psycopg

from infrastructure.store.database import Connection
from infrastructure.store.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")
# Nobody's fault: the same work may well succeed in a moment, so it is not set aside for these.
PASSING: Final = (Unavailable, psycopg.OperationalError, psycopg.errors.UniqueViolation)


def all_but_the_bad(
    conn: Connection,
    items: Sequence[T],
    do: Callable[[Sequence[T]], R],
    failed: Callable[[T, Exception], None],
) -> Iterator[R]:
    """Do a batch behind a savepoint; where that fails, its halves in their order.

    Everything stays in the caller's transaction: what succeeded and what `failed` wrote down about
    the one that fails alone commit together, or not at all. One bad one among n costs about twice
    the work of the batch, not n transactions. Exhaust the iterator before the commit.
    """
    try:
        with conn.transaction():
            done = do(items)
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001  a fault in one must not stop the others
        if len(items) == 1:
            failed(items[0], error)
            return
        half = len(items) // 2
        yield from all_but_the_bad(conn, items[:half], do, failed)
        yield from all_but_the_bad(conn, items[half:], do, failed)
    else:
        yield done
