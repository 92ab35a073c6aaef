"""What lies behind a position in the ledger, already in the form in which it leaves the house."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.kernel.facts import UnknownFact
from infrastructure.relay import wire
from infrastructure.relay.batches import Packed, packed
from infrastructure.relay.publishing import EARLIER
from infrastructure.relay.state import Parked
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound, open_row, read_after


class Line(NamedTuple):
    """One fact: where it stands, and its packed record, or why it cannot be read, or neither.

    The fact itself is let go of at once. A page of facts with their headers is a hundred thousand
    small objects, and walking through these costs the collector more than the facts cost us.
    """

    tenant: UUID
    stream: UUID
    position: int
    record: Packed | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the one order."""

    after: int
    head: int
    lines: Sequence[Line]

    @property
    def last(self) -> int:
        """The position of the last fact, or the one before the page when it is empty."""
        return self.lines[-1].position if self.lines else self.after


@dataclass(slots=True)
class Batch:
    """A page sorted into what is published and what is set aside."""

    lines: list[Line]
    records: list[Packed]
    parked: list[Parked]


def read(conn: Connection, after: int, limit: int, prefix: str) -> Page:
    """Return the page behind a position."""
    rows = read_after(conn, after, limit)
    lines = opened(rows, prefix)
    if len(rows) == limit:
        return Page(after, bound(conn), lines)
    return Page(after, lines[-1].position if lines else after, lines)


def opened(rows: Sequence[tuple[Any, ...]], prefix: str) -> list[Line]:
    """Return the lines of stored rows."""
    return [_opened(row, prefix) for row in rows]


def _opened(row: tuple[Any, ...], prefix: str) -> Line:
    try:
        record = wire.to_wire(open_row(row), prefix)
    except (UnknownFact, msgspec.MsgspecError) as error:
        return Line(row[0], row[1], row[3], None, repr(error))
    return Line(row[0], row[1], row[3], None if record is None else packed(record))


def sort(lines: Sequence[Line], waiting: Collection[UUID]) -> Batch:
    """Sort lines; what cannot be read, and all behind it in its stream, is set aside."""
    batch = Batch([], [], [])
    stuck = set(waiting)
    for line in lines:
        if line.error:
            batch.parked.append(Parked(line.tenant, line.stream, line.position, line.error))
            stuck.add(line.stream)
        elif line.record is None:
            continue
        elif line.stream in stuck:
            batch.parked.append(Parked(line.tenant, line.stream, line.position, EARLIER))
        else:
            batch.lines.append(line)
            batch.records.append(line.record)
    return batch
