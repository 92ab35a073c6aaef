"""Deciding a batch of commands on what was loaded for them; nothing here talks to the server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.kernel import facts
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command, Consulted, Link
from domain.kernel.facts import Event
from domain.kernel.refusals import CommandReused, Conflict, NotFound, Refusal
from domain.kernel.world import World
from domain.shared.calendar import SchoolCalendar
from domain.shared.recipients import Contact
from infrastructure.store.recorder import Answer, Fresh

Aggregates = Mapping[str, type[Aggregate[Any, Any]]]
_encode: Final = msgspec.json.Encoder().encode


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted command; `position` is 0 when nothing new had to be said."""

    stream: UUID
    version: int
    position: int
    facts: int


class Intent(msgspec.Struct, frozen=True):
    """A command with who asks and why. Without an id each attempt counts as a new wish.

    `told` is a list of the caller's own that is filled with what was decided, so that nobody has to
    read again what has just been written; it counts once the receipt is there.
    """

    tenant: UUID
    command: Command
    actor: str
    command_id: UUID
    cause: UUID | None = None
    correlation: UUID | None = None
    expecting: int | None = None
    told: list[Event] | None = None

    @property
    def body_hash(self) -> bytes:
        """The fingerprint by which a re-used command id is told from a repeated command."""
        name = type(self.command).__name__.encode()
        return sha256(name + b"\0" + _encode(self.command.wish)).digest()


Outcome = Receipt | Refusal


@dataclass(slots=True)
class Stream:
    """A stream as it was loaded, and as the commands of this batch leave it."""

    tenant: UUID | None
    version: int
    rows: list[tuple[str, int, bytes]]
    state: Aggregate[Any, Any] | None = None

    def as_a(self, cls: type[Aggregate[Any, Any]]) -> Aggregate[Any, Any]:
        """Return the state, replayed at the first look."""
        if self.state is None:
            self.state = cls.replay(facts.read(*row) for row in self.rows)
        return self.state


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found for a batch: its streams, answers given before, and what somebody holds."""

    now: datetime
    streams: Mapping[UUID, Stream]
    answers: Mapping[tuple[UUID, UUID], tuple[bytes, str]]
    busy: frozenset[UUID]

    def free(self, intent: Intent) -> bool:
        """Say whether nobody else holds a stream that the command needs."""
        if not self.busy:
            return True
        wanted = {intent.command.stream, *(c.stream for c in intent.command.consults)}
        return self.busy.isdisjoint(wanted)


class Batch:
    """Decisions of one transaction: later commands see the facts of earlier ones."""

    def __init__(
        self,
        opened: Opened,
        aggregates: Aggregates,
        calendars: Mapping[UUID, Mapping[UUID, SchoolCalendar]],
        contacts: Mapping[UUID, Mapping[Link, Contact]],
    ) -> None:
        self._opened = opened
        self._aggregates = aggregates
        self._calendars = calendars
        self._contacts = contacts
        self._here: dict[tuple[UUID, UUID], Answer] = {}
        self.fresh: list[Fresh] = []
        self.answers: list[Answer] = []

    def decide(self, intent: Intent) -> Answer | Outcome:
        """Return the answer that is to be stored, the one stored before, or the refusal."""
        key = (intent.tenant, intent.command_id)
        body_hash = intent.body_hash
        known = self._opened.answers.get(key)
        if known is not None:
            same = known[0] == body_hash
            return msgspec.json.decode(known[1], type=Receipt) if same else CommandReused()
        again = self._here.get(key)
        if again is not None:
            return again if again.body_hash == body_hash else CommandReused()
        try:
            version, count = self._decide(intent)
        except Refusal as refusal:
            return refusal
        answer = Answer(
            tenant=intent.tenant,
            command_id=intent.command_id,
            body_hash=body_hash,
            stream=intent.command.stream,
            version=version,
            end=len(self.fresh),
            facts=count,
        )
        self._here[key] = answer
        self.answers.append(answer)
        return answer

    def _decide(self, intent: Intent) -> tuple[int, int]:
        command = intent.command
        stream = self._opened.streams[command.stream]
        if stream.tenant not in {None, intent.tenant}:
            raise NotFound
        if intent.expecting is not None and intent.expecting != stream.version:
            raise Conflict(expected=intent.expecting, version=stream.version)
        world = World(
            now=self._opened.now,
            actor=intent.actor,
            calendars=self._calendars[intent.tenant],
            consulted={c.stream: self._consulted(intent.tenant, c) for c in command.consults},
            contacts=self._contacts.get(intent.tenant, {}),
        )
        state = stream.as_a(self._aggregates[command.kind])
        events = state.decide(command, world)
        if intent.told is not None:
            intent.told[:] = events
        for event in events:
            stream.version += 1
            self.fresh.append(
                Fresh(
                    tenant=intent.tenant,
                    stream=command.stream,
                    version=stream.version,
                    event=event,
                    occurred_at=self._opened.now,
                    actor=intent.actor,
                    command_id=intent.command_id,
                    cause=intent.cause,
                    correlation=intent.correlation or intent.command_id,
                )
            )
            state.evolve(event)
        stream.tenant = intent.tenant if events else stream.tenant
        return stream.version, len(events)

    def _consulted(self, tenant: UUID, look: Consulted) -> Aggregate[Any, Any]:
        cls = self._aggregates[look.kind]
        stream = self._opened.streams[look.stream]
        return stream.as_a(cls) if stream.tenant == tenant else cls()


def settled(decided: Sequence[Answer | Outcome], positions: Sequence[int]) -> Iterator[Outcome]:
    """Yield the outcomes with the positions that the facts were given."""
    for one in decided:
        if isinstance(one, Answer):
            position = positions[one.end - 1] if one.facts else 0
            yield Receipt(one.stream, one.version, position, one.facts)
        else:
            yield one
