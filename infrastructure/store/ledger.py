"""The one write path: look up the command, load, decide, append, answer, commit."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import msgspec
import psycopg

from domain.kernel import facts
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command, Consulted
from domain.kernel.recorded import Recorded
from domain.kernel.refusals import CommandReused, Conflict, NotFound, Refusal
from domain.kernel.world import World
from domain.shared.calendar import SchoolCalendar
from infrastructure.clock import school_now
from infrastructure.store import recorder
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable

Calendars = Callable[[Connection, UUID, Sequence[UUID]], Mapping[UUID, SchoolCalendar]]
A = TypeVar("A", bound=Aggregate[Any, Any])
_PATIENCE_SECONDS: Final = 15.0
_LOCK: Final = (
    "select case when x then pg_advisory_xact_lock(a, b)"
    " else pg_advisory_xact_lock_shared(a, b) end"
    " from unnest(%s::int[], %s::int[], %s::bool[]) with ordinality as u (a, b, x, n) order by n"
)


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted command; `position` is 0 when nothing new had to be said."""

    stream: UUID
    version: int
    position: int
    facts: int


@dataclass(frozen=True, slots=True)
class Intent:
    """A command with who asks and why. Without an id each attempt counts as a new wish."""

    tenant: UUID
    command: Command
    actor: str
    command_id: UUID
    cause: UUID | None = None
    correlation: UUID | None = None
    expecting: int | None = None

    @property
    def body_hash(self) -> bytes:
        """The fingerprint by which a re-used command id is told from a repeated command."""
        body = msgspec.json.encode(self.command)
        return sha256(type(self.command).__name__.encode() + b"\0" + body).digest()


Outcome = Receipt | Refusal


@dataclass(slots=True)
class _Stream:
    tenant: UUID | None
    version: int
    rows: list[tuple[str, int, bytes]]
    state: Aggregate[Any, Any] | None = None

    def as_a(self, cls: type[Aggregate[Any, Any]]) -> Aggregate[Any, Any]:
        if self.state is None:
            self.state = cls.replay(facts.read(*row) for row in self.rows)
        return self.state


class Ledger:
    """Executes commands. `calendars` answers what the world of a decision needs to know."""

    def __init__(
        self,
        database: Database,
        aggregates: Mapping[str, type[Aggregate[Any, Any]]],
        calendars: Calendars,
    ) -> None:
        self.database = database
        self._aggregates = aggregates
        self.recorder = recorder.LedgerRecorder(database.url)
        self._calendars = calendars

    def close(self) -> None:
        """Close what the recorder opened; the database belongs to the caller."""
        self.recorder.datastore.close()

    def execute(
        self,
        command: Command,
        *,
        tenant: UUID,
        by: str,
        command_id: UUID | None = None,
        expecting: int | None = None,
        correlation: UUID | None = None,
    ) -> Receipt:
        """Execute one command durably and return its receipt.

        Raises:
            Refusal: the rules, or an expected version, say no; nothing was stored.
            Unavailable: PostgreSQL stayed away; the same command id may be sent again safely.
        """
        intent = Intent(tenant, command, by, command_id or uuid4(), None, correlation, expecting)
        outcome = self.execute_many([intent])[0]
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def execute_many(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Execute commands in one transaction; each succeeds or is refused alone.

        A lost connection is met by asking again under the same command ids: when our own commit
        had reached the server, the stored answers are found, and no conflict is reported.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        wait = 0.05
        while True:
            try:
                with self.database.worker() as conn:
                    return self.within(conn, intents)
            except (Unavailable, psycopg.errors.UniqueViolation) as error:
                # A unique violation is a writer that took neither our stream lock nor our command
                # id's row first: reading again decides whether it was our own commit.
                if time.monotonic() + wait > deadline:
                    if isinstance(error, Unavailable):
                        raise
                    raise Conflict from error
            time.sleep(wait)
            wait = min(wait * 2, 1.0)

    def within(self, conn: Connection, intents: Sequence[Intent]) -> list[Outcome]:
        """Decide and append inside the caller's transaction (reactions, ticks, imports)."""
        if not intents:
            return []
        _lock_streams(conn, intents)
        answers = _known_answers(conn, intents)
        streams = _load(conn, intents)
        now = school_now(conn)
        batch = _Batch(now, streams, self._aggregates, self._worlds(conn, intents))
        outcomes = [
            _repeat(intent, answers[intent.tenant, intent.command_id])
            if (intent.tenant, intent.command_id) in answers
            else batch.decide(intent)
            for intent in intents
        ]
        positions = self.recorder.append(conn, batch.fresh)
        return batch.answer(conn, outcomes, positions)

    def load(self, conn: Connection, cls: type[A], stream: UUID) -> A:
        """Return the present state of one stream."""
        rows = conn.execute(
            "select topic, event_version, state from ledger where originator_id = %s"
            " order by originator_version",
            (stream,),
        ).fetchall()
        return cls.replay(facts.read(*row) for row in rows)

    def history(self, conn: Connection, stream: UUID) -> list[Recorded]:
        """Return one stream's facts in order."""
        rows = conn.execute(
            f"select {recorder.COLUMNS} from ledger where originator_id = %s"
            " order by originator_version",
            (stream,),
        ).fetchall()
        return [recorder.open_row(row) for row in rows]

    def _worlds(
        self, conn: Connection, intents: Sequence[Intent]
    ) -> Mapping[UUID, Mapping[UUID, SchoolCalendar]]:
        schools: dict[UUID, set[UUID]] = {}
        for intent in intents:
            schools.setdefault(intent.tenant, set()).update(intent.command.schools)
        return {
            tenant: self._calendars(conn, tenant, sorted(wanted)) if wanted else {}
            for tenant, wanted in schools.items()
        }


class _Batch:
    """Decisions of one transaction: later commands see the facts of earlier ones."""

    def __init__(
        self,
        now: datetime,
        streams: dict[UUID, _Stream],
        aggregates: Mapping[str, type[Aggregate[Any, Any]]],
        calendars: Mapping[UUID, Mapping[UUID, SchoolCalendar]],
    ) -> None:
        self.now = now
        self.streams = streams
        self.aggregates = aggregates
        self.calendars = calendars
        self.fresh: list[recorder.Fresh] = []
        self._ends: list[tuple[int, Intent, Receipt]] = []
        self._here: dict[tuple[UUID, UUID], tuple[bytes, Receipt]] = {}

    def decide(self, intent: Intent) -> Outcome:
        """Return a receipt without its position, or the refusal."""
        again = self._here.get((intent.tenant, intent.command_id))
        if again is not None:
            return again[1] if again[0] == intent.body_hash else CommandReused()
        try:
            receipt = self._decide(intent)
        except Refusal as refusal:
            return refusal
        self._here[intent.tenant, intent.command_id] = (intent.body_hash, receipt)
        self._ends.append((len(self.fresh), intent, receipt))
        return receipt

    def _decide(self, intent: Intent) -> Receipt:
        command = intent.command
        stream = self.streams[command.stream]
        if stream.tenant not in {None, intent.tenant}:
            raise NotFound
        if intent.expecting is not None and intent.expecting != stream.version:
            raise Conflict(expected=intent.expecting, version=stream.version)
        world = World(
            now=self.now,
            actor=intent.actor,
            calendars=self.calendars[intent.tenant],
            consulted={c.stream: self._consulted(intent.tenant, c) for c in command.consults},
        )
        state = stream.as_a(self.aggregates[command.kind])
        events = state.decide(command, world)
        for event in events:
            stream.version += 1
            self.fresh.append(
                recorder.Fresh(
                    tenant=intent.tenant,
                    stream=command.stream,
                    version=stream.version,
                    event=event,
                    occurred_at=self.now,
                    actor=intent.actor,
                    command_id=intent.command_id,
                    cause=intent.cause,
                    correlation=intent.correlation or intent.command_id,
                )
            )
            state.evolve(event)
        stream.tenant = intent.tenant if events else stream.tenant
        return Receipt(command.stream, stream.version, 0, len(events))

    def _consulted(self, tenant: UUID, look: Consulted) -> Aggregate[Any, Any]:
        cls = self.aggregates[look.kind]
        stream = self.streams[look.stream]
        return stream.as_a(cls) if stream.tenant == tenant else cls()

    def answer(
        self, conn: Connection, outcomes: list[Outcome], positions: list[int]
    ) -> list[Outcome]:
        """Store each accepted command's answer beside its facts and return the outcomes."""
        final: dict[int, Receipt] = {}
        rows = []
        for end, intent, receipt in self._ends:
            position = positions[end - 1] if receipt.facts else 0
            done = Receipt(receipt.stream, receipt.version, position, receipt.facts)
            final[id(receipt)] = done
            rows.append((intent.tenant, intent.command_id, intent.body_hash, done))
        if rows:
            conn.execute(
                "insert into command_answer (tenant, command_id, body_hash, answer)"
                " select * from unnest(%s::uuid[], %s::uuid[], %s::bytea[], %s::text[])",
                (
                    [row[0] for row in rows],
                    [row[1] for row in rows],
                    [row[2] for row in rows],
                    [msgspec.json.encode(row[3]).decode() for row in rows],
                ),
            )
        return [final.get(id(o), o) if isinstance(o, Receipt) else o for o in outcomes]


def _repeat(intent: Intent, known: tuple[bytes, str]) -> Outcome:
    body_hash, answer = known
    if body_hash != intent.body_hash:
        return CommandReused()
    return msgspec.json.decode(answer, type=Receipt)


def _lock_streams(conn: Connection, intents: Sequence[Intent]) -> None:
    """Lock targets alone and consulted streams together, in one order for everybody.

    So a consulted stream cannot move between the look and the commit, and two writers of one
    stream wait for each other instead of meeting at the primary key.
    """
    wanted: dict[UUID, bool] = {}
    for intent in intents:
        for consulted in intent.command.consults:
            wanted.setdefault(consulted.stream, False)
    for intent in intents:
        wanted[intent.command.stream] = True
    keys = sorted((stream.int & 0xFFFFFFFFFFFFFFFF, alone) for stream, alone in wanted.items())
    conn.execute(
        _LOCK,
        (
            [_signed(key >> 32) for key, _ in keys],
            [_signed(key & 0xFFFFFFFF) for key, _ in keys],
            [alone for _, alone in keys],
        ),
    )


def _signed(value: int) -> int:
    return value - 0x100000000 if value >= 0x80000000 else value  # noqa: PLR2004  PostgreSQL's int


def _known_answers(
    conn: Connection, intents: Sequence[Intent]
) -> dict[tuple[UUID, UUID], tuple[bytes, str]]:
    rows = conn.execute(
        "select tenant, command_id, body_hash, answer from command_answer"
        " where tenant = any(%s) and command_id = any(%s)",
        (list({i.tenant for i in intents}), [i.command_id for i in intents]),
    ).fetchall()
    return {(row[0], row[1]): (bytes(row[2]), row[3]) for row in rows}


def _load(conn: Connection, intents: Sequence[Intent]) -> dict[UUID, _Stream]:
    wanted = {i.command.stream for i in intents}
    wanted |= {c.stream for i in intents for c in i.command.consults}
    streams = {stream: _Stream(None, 0, []) for stream in wanted}
    for row in conn.execute(
        "select originator_id, originator_version, tenant, topic, event_version, state"
        " from ledger where originator_id = any(%s) order by originator_id, originator_version",
        (list(wanted),),
    ):
        stream = streams[row[0]]
        stream.version, stream.tenant = row[1], row[2]
        stream.rows.append((row[3], row[4], row[5]))
    return streams


def unknown_names(conn: Connection) -> list[str]:
    """Return stored names and versions that this release cannot read; checked before following."""
    known = {name: facts.version_of(cls) for name, cls in facts.known_names().items()}
    rows = conn.execute("select distinct topic, event_version from ledger").fetchall()
    return sorted(f"{name}@{version}" for name, version in rows if known.get(name, 0) < version)
