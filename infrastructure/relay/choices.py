"""From where to publish again: who said so and why, and how the relay stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infrastructure.relay import state
from infrastructure.relay.state import FOLLOWER, Known
from infrastructure.store.database import Connection
from infrastructure.store.recorder import LedgerRecorder, bound

ITSELF: Final = "the relay itself"
_LAST: Final = 20


class NoSuchPosition(ValueError):
    """The ledger does not reach so far."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision to publish again."""

    chosen_at: datetime
    chosen_by: str
    reason: str
    from_position: int
    was_at: int
    cluster_id: str
    parked: str


@dataclass(frozen=True, slots=True)
class ParkedStream:
    """A stream of which nothing goes out until it is tried again."""

    stream: str
    facts: int
    first: int
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the relay stands by its own stored account; the broker is not asked."""

    position: int
    head: int
    lag: int
    cluster_id: str
    parked: str
    topics: dict[str, list[int]]
    parked_streams: list[ParkedStream]
    choices: list[Choice]


def restart(
    conn: Connection, recorder: LedgerRecorder, position: int, *, by: str, reason: str
) -> Choice:
    """Publish again what lies behind a position, and keep who wanted it and why.

    Raises:
        NoSuchPosition: nothing has changed.
    """
    head = bound(conn)
    if not 0 <= position <= head:
        raise NoSuchPosition(f"position {position} is not between 0 and {head}")
    was_at, known = state.position_locked(conn), state.known(conn)
    state.restart(conn, recorder, position)
    row = conn.execute(
        "insert into relay_choice (chosen_by, reason, from_position, was_at, cluster_id, parked)"
        " values (%s, %s, %s, %s, %s, %s) returning chosen_at",
        (by, reason, position, was_at, known.cluster_id, known.parked),
    ).fetchone()
    assert row is not None  # noqa: S101  an insert that returns has a row
    return Choice(row[0], by, reason, position, was_at, known.cluster_id, known.parked)


def status(conn: Connection, recorder: LedgerRecorder) -> Status:
    """Return how the relay stands."""
    known: Known = state.known(conn)
    position, head = recorder.position_of(conn, FOLLOWER) or 0, bound(conn)
    return Status(
        position=position,
        head=head,
        lag=max(0, head - position),
        cluster_id=known.cluster_id,
        parked=known.parked,
        topics={name: topic.ends for name, topic in known.topics.items()},
        parked_streams=_parked_streams(conn),
        choices=list(choices(conn)),
    )


def _parked_streams(conn: Connection) -> list[ParkedStream]:
    rows = conn.execute(
        "select stream, count(*), min(position), max(attempts),"
        " (array_agg(error order by position))[1] from parked_fact where follower = %s"
        " group by tenant, stream order by 3",
        (FOLLOWER,),
    ).fetchall()
    return [ParkedStream(str(row[0]), *row[1:]) for row in rows]


def choices(conn: Connection) -> Sequence[Choice]:
    """Return the latest decisions, the newest first."""
    rows = conn.execute(
        "select chosen_at, chosen_by, reason, from_position, was_at, cluster_id, parked"
        " from relay_choice order by number desc limit %s",
        (_LAST,),
    ).fetchall()
    return [Choice(*row) for row in rows]
