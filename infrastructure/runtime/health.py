"""How the machine stands: how far each follower has come, and what waits or is stuck."""

from dataclasses import dataclass
from typing import Any, Final

from infrastructure.clock import school_now
from infrastructure.imports.sync_plans import failing
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.reacting import tracking_of
from infrastructure.seal.store import FOLLOWER as SEAL
from infrastructure.settings import Settings
from infrastructure.store import hazards, reads
from infrastructure.store.database import Connection
from infrastructure.store.hazards import (
    BLOCKED_SECONDS,
    STALL_SECONDS,
    Alarm,
    Maintenance,
    Stall,
)
from infrastructure.store.recorder import bound
from processmanagers.all import PROCESS_MANAGERS
from projections import due_steps, message_lists, outbox
from projections.all import READ_MODELS
from projections.kit import Query

OWN: Final = (
    *(checkpoint_of(model) for model in READ_MODELS),
    *(tracking_of(manager) for manager in PROCESS_MANAGERS),
)
# Shown with its lag also where it never ran. It holds nobody up, so it makes nothing unready.
LISTED: Final = (*OWN, SEAL)
# The age of the oldest fact that a follower has not seen says more than a count of positions:
# positions have gaps, and a thousand facts of one second are no trouble.
_FOLLOWERS: Final = (
    "select f.name, coalesce(p.notification_id, 0), coalesce((select"
    " extract(epoch from clock_timestamp() - l.recorded_at) from ledger l"
    " where l.notification_id > coalesce(p.notification_id, 0)"
    " order by l.notification_id limit 1), 0)::float8"
    " from (select unnest(%s::text[]) as name"
    " union select application_name from follower_position) f"
    " left join follower_position p on p.application_name = f.name order by f.name"
)
_HEAD: Final = "select coalesce(max(notification_id), 0) from ledger"
_PARKED: Final = "select follower, count(*) from parked_fact group by follower order by follower"
# The whole outbox is never looked at: the first thousand tell whether something is stuck.
_OLDEST: Final = Query(
    "outbox",
    "select coalesce(max(extract(epoch from clock_timestamp() - l.recorded_at)), 0)::float8"
    " from (select tenant, key from {outbox} limit 1000) o join ledger l"
    " on l.originator_id = o.key::uuid and l.originator_version = 1 and l.tenant = o.tenant",
)
_UNKNOWN: Final = Query(
    "queue", "select count(*) from {queue} where action = 'SETTLE_MESSAGE' and needs_person"
)


# The published service level: a person has seen to it before it is a quarter of an hour old.
UNKNOWN_SECONDS: Final = 15 * 60.0


@dataclass(frozen=True, slots=True)
class Follower:
    """One follower's place. `own` ones belong to this release and must keep up."""

    name: str
    position: int
    lag: int
    behind_seconds: float
    own: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One look at the machine."""

    head: int
    followers: tuple[Follower, ...]
    parked: dict[str, int]
    outbox_waiting: int
    outbox_oldest_seconds: float
    outcomes_unknown: int
    unknown_oldest_seconds: float
    steps_due: int
    bound: int
    stall: Stall | None
    blocked: tuple[Maintenance, ...]
    alarms: tuple[Alarm, ...]
    syncs_failing: int

    def late(self, seconds: float) -> tuple[str, ...]:
        """Return the followers of this release that have been behind for longer than this."""
        return tuple(f.name for f in self.followers if f.own and f.behind_seconds > seconds)

    @property
    def stalled_seconds(self) -> float:
        """How long a committed fact has waited for a session that holds the readers back."""
        return self.stall.seconds if self.stall else 0.0

    @property
    def blocked_seconds(self) -> float:
        """How long somebody's lock on the ledger's table has stopped appends."""
        return max((work.seconds for work in self.blocked), default=0.0)

    @property
    def hazards(self) -> tuple[str, ...]:
        """Name what a person should look at; `anseo doctor` says of the store what to do.

        An outcome that nobody knows stands in the list of unknown messages, where it is settled.
        """
        found = [alarm.kind for alarm in self.alarms]
        if self.stalled_seconds > STALL_SECONDS:
            found.append("readers-stand-still")
        if self.blocked_seconds > BLOCKED_SECONDS:
            found.append("appends-blocked")
        if self.unknown_oldest_seconds > UNKNOWN_SECONDS:
            found.append("outcome-unknown-too-long")
        return tuple(dict.fromkeys(found))


def look(conn: Connection) -> Standing:
    """Look at the machine, in a worker's transaction."""
    head = int(_one(conn, _HEAD))
    places = conn.execute(_FOLLOWERS, (list(LISTED),)).fetchall()
    return Standing(
        head=head,
        followers=tuple(
            Follower(name, int(at), max(head - int(at), 0), float(behind), name in OWN)
            for name, at, behind in places
        ),
        parked={name: int(count) for name, count in conn.execute(_PARKED).fetchall()},
        outbox_waiting=reads.count(conn, outbox.WAITING, {}),
        outbox_oldest_seconds=float(reads.fetch(conn, _OLDEST, {})[0][0]),
        outcomes_unknown=reads.count(conn, _UNKNOWN, {}),
        unknown_oldest_seconds=float(reads.fetch(conn, message_lists.OLDEST_UNKNOWN, {})[0][0]),
        steps_due=reads.count(conn, due_steps.WAITING, {"now": school_now(conn)}),
        bound=bound(conn),
        stall=hazards.stalled(conn),
        blocked=tuple(work for work in hazards.maintenance(conn) if work.blocks),
        alarms=tuple(hazards.alarms(conn)),
        syncs_failing=failing(conn),
    )


def stuck(conn: Connection, settings: Settings) -> tuple[int, int]:
    """Count the messages that wait for too long, and those whose provider is silent for too long.

    The same that the list of stuck messages shows, of all tenants together.
    """
    limits = {
        "waiting": 60 * settings.stuck_after_minutes,
        "silent": 60 * settings.silent_after_minutes,
        "never": list(message_lists.NEVER_REPORT),
    }
    waiting, silent = reads.fetch(conn, message_lists.HOW_MANY_STUCK, limits)[0]
    return int(waiting), int(silent)


def _one(conn: Connection, query: str) -> Any:
    row = conn.execute(query).fetchone()
    return row[0] if row else 0
