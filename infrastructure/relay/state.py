"""What the relay keeps in PostgreSQL: its position, what it knows of the broker, parked streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from infrastructure.relay.broker import Topic
from infrastructure.relay.publishing import Published
from infrastructure.store.database import Connection
from infrastructure.store.recorder import COLUMNS, LedgerRecorder

FOLLOWER: Final = "relay"


class KnownTopic(msgspec.Struct):
    """A topic that was published to: its id, and behind which offset each partition must end.

    The number of partitions stays what it was at first, because a stream must stay where it is.
    """

    id: str
    ends: list[int]


class Known(msgspec.Struct):
    """The broker that the relay published to last. No cluster id: whichever answers is right."""

    cluster_id: str = ""
    topics: dict[str, KnownTopic] = msgspec.field(default_factory=dict)
    parked: str = ""

    def forgotten(
        self, cluster_id: str, topics: Mapping[str, Topic], ends: Mapping[str, Sequence[int]]
    ) -> str:
        """Say how the broker that answers has forgotten what was published; empty when not."""
        if self.cluster_id and self.cluster_id != cluster_id:
            return f"cluster {cluster_id} answers, facts were published to {self.cluster_id}"
        for name, known in self.topics.items():
            if name not in topics:
                return f"topic {name} is gone"
            if known.id and topics[name].id and known.id != topics[name].id:
                return f"topic {name} was made anew"
            now = ends.get(name, known.ends)
            if any(end < wanted for end, wanted in zip(now, known.ends, strict=False)):
                return f"topic {name} ends before what was published"
        return ""

    def learn(self, published: Published, topics: Mapping[str, Topic]) -> bool:
        """Take in where records lie; False when they lie where others must have been before."""
        for (name, partition), (first, last) in published.offsets.items():
            told = topics[name]
            known = self.topics.setdefault(name, KnownTopic(told.id, [0] * told.partitions))
            if first < known.ends[partition]:
                return False
            known.ends[partition] = last + 1
        return True

    def partitions(self, topics: Mapping[str, Topic]) -> dict[str, int]:
        """Return over how many partitions each topic's streams are spread."""
        known = {name: len(topic.ends) for name, topic in self.topics.items()}
        return {name: topic.partitions for name, topic in topics.items()} | known


class _Note(msgspec.Struct):
    topics: dict[str, KnownTopic]
    parked: str


def known(conn: Connection) -> Known:
    """Return what the relay knows of its broker."""
    row = conn.execute(
        "select cluster_id, note from relay_state where relay = %s", (FOLLOWER,)
    ).fetchone()
    if row is None or not row[1]:
        return Known("" if row is None else row[0])
    note = msgspec.json.decode(row[1], type=_Note)
    return Known(row[0], note.topics, note.parked)


def remember(conn: Connection, state: Known) -> None:
    """Keep what the relay knows of its broker."""
    note = msgspec.json.encode(_Note(state.topics, state.parked)).decode()
    conn.execute(
        "insert into relay_state as r (relay, cluster_id, note) values (%s, %s, %s)"
        " on conflict (relay) do update set cluster_id = excluded.cluster_id, note = excluded.note,"
        " since = case when r.cluster_id = excluded.cluster_id then r.since"
        " else clock_timestamp() end",
        (FOLLOWER, state.cluster_id, note),
    )


def position_locked(conn: Connection) -> int:
    """Return the relay's position and hold it: a restart and a batch wait for each other."""
    row = conn.execute(
        "select notification_id from follower_position where application_name = %s for update",
        (FOLLOWER,),
    ).fetchone()
    return 0 if row is None else int(row[0])


def restart(conn: Connection, recorder: LedgerRecorder, position: int) -> None:
    """Forget the broker and publish again what lies behind a position."""
    position_locked(conn)
    conn.execute("delete from follower_position where application_name = %s", (FOLLOWER,))
    if position > 0:
        recorder.track(conn, FOLLOWER, position)
    conn.execute(
        "delete from parked_fact where follower = %s and position > %s", (FOLLOWER, position)
    )
    remember(conn, Known())


@dataclass(frozen=True, slots=True)
class Parked:
    """A fact that could not be published, or lies behind one."""

    tenant: UUID
    stream: UUID
    position: int
    error: str


def parked_streams(conn: Connection) -> set[UUID]:
    """Return the streams that wait."""
    rows = conn.execute(
        "select distinct stream from parked_fact where follower = %s", (FOLLOWER,)
    ).fetchall()
    return {row[0] for row in rows}


def park(conn: Connection, facts: Sequence[Parked]) -> None:
    """Set facts aside."""
    for fact in facts:
        conn.execute(
            "insert into parked_fact (tenant, follower, position, stream, error)"
            " values (%s, %s, %s, %s, %s) on conflict (tenant, follower, position)"
            " do update set attempts = parked_fact.attempts + 1, error = excluded.error",
            (fact.tenant, FOLLOWER, fact.position, fact.stream, fact.error[:500]),
        )


def parked_rows(conn: Connection) -> list[tuple[Any, ...]]:
    """Return the ledger's rows that wait, in order."""
    return conn.execute(
        f"select {COLUMNS} from ledger where notification_id in"
        " (select position from parked_fact where follower = %s) order by notification_id",
        (FOLLOWER,),
    ).fetchall()


def release(conn: Connection, positions: Sequence[int]) -> None:
    """Take facts off the list."""
    conn.execute(
        "delete from parked_fact where follower = %s and position = any(%s)",
        (FOLLOWER, list(positions)),
    )
