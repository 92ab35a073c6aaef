"""Looks that are made together: of one tenant, on one day, of one kind, at some schools."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import structlog

from infrastructure.runtime.agenda import Due
from infrastructure.runtime.gathering import by
from infrastructure.store.database import Database
from infrastructure.store.errors import Unavailable

log = structlog.get_logger()
T = TypeVar("T")
SCHOOLS: Final = 20  # at a time: of a thousand pupils each, their year is some ten megabytes
_TAKE: Final = (
    "select name from unnest(%s::text[]) name"
    " where pg_try_advisory_lock(hashtextextended(name, 7268))"
)


def lots(due: Sequence[Due], schools: int = SCHOOLS) -> Iterator[list[Due]]:
    """Yield looks that can be made together, each school's in the order in which they are due."""
    waiting = list(due)
    while waiting:
        seen = set[object]()
        first: list[Due] = []
        later: list[Due] = []
        for one in waiting:
            school = one.tenant, one.school.school
            (later if school in seen else first).append(one)
            seen.add(school)
        for several in by(first, lambda one: (one.tenant, one.kind, one.on, one.over)).values():
            for at in range(0, len(several), schools):
                yield several[at : at + schools]
        waiting = later


@contextmanager
def alone(database: Database, lot: Sequence[Due]) -> Iterator[list[Due]]:
    """Hold the locks of schools, where nobody does, on one session of their own.

    Yields the looks at those schools; who is left out is due again. A lost session gives the locks
    back by itself. Two looks at once would still add nothing twice, for the interventions decide;
    the lock saves the work.
    """
    names = [f"evaluate {due.tenant} {due.school.school}" for due in lot]
    session = database.session()
    try:
        taken = {name for (name,) in session.execute(_TAKE, (names,)).fetchall()}
        yield [due for due, name in zip(lot, names, strict=True) if name in taken]
    finally:
        session.close()


class Failed(NamedTuple):
    """A look that could not be made."""

    due: Due
    error: Exception


def each_that_can(
    lot: Sequence[Due], make: Callable[[Sequence[Due]], list[T]]
) -> Iterator[list[T] | Failed]:
    """Make looks together; where that fails, one after the other, and yield those that still fail.

    What a lot had stored before it failed is found again under the same command ids. A store that
    is away is nobody's fault, and is raised.
    """
    if not lot:
        return
    try:
        done: list[T] | Failed = make(lot)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  a fault at one school must not stop the others
        if len(lot) > 1:
            for one in lot:
                yield from each_that_can([one], make)
            return
        school, kind = str(lot[0].school.school), str(lot[0].kind)
        log.warning("look failed", school=school, kind=kind, error=type(error).__name__)
        done = Failed(lot[0], error)
    yield done
