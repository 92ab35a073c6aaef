"""A message as its own facts say that it stands: what a sender, and whoever composes, goes by.

The outbox only says that there is work. The facts are read anyway, because each attempt has to
follow the very facts that its sender looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

from domain.kernel.recorded import Recorded
from domain.message import events as e
from domain.message.aggregate import Message, State
from domain.shared.contact import Along, Channel, Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    derived_id,
)
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger

_OF_MESSAGES = get_args(e.MessageEvent)


@dataclass(frozen=True, slots=True)
class Leaving:
    """One message on its way out. Times are of the machine clock, as the store wrote them down.

    `provider` made the last attempt of this generation, `next_provider` is to make the next one
    because the last one certainly did not take it.
    """

    message_id: MessageId
    key: str
    channel: Channel
    template_key: str
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    step_id: str
    purpose: Purpose
    case_id: CaseId
    intervention_id: InterventionId
    version: int
    state: State
    generation: int
    attempt: int
    tries: int
    doubtful: bool
    refs: frozenset[str]
    first_channel: bool
    provider: str = ""
    next_provider: str = ""
    first_attempted_at: datetime | None = None
    attempted_at: datetime | None = None
    not_before: datetime | None = None
    asked_at: datetime | None = None
    also: tuple[Along, ...] = ()
    parted: bool = False

    @property
    def provider_key(self) -> str:
        """What the provider knows this generation by: the same at every attempt."""
        return f"{self.key}:{self.channel}:{self.generation}"

    @property
    def words_id(self) -> UUID:
        """The vault's record of its words: frozen once for each channel and those it speaks of."""
        if self.parted:
            runs = sorted(str(one.step.run_id) for one in self.also)
            return derived_id("words", self.message_id, self.channel, *runs)
        first = self.first_channel
        return self.message_id if first else derived_id("words", self.message_id, self.channel)


def leaving(ledger: Ledger, conn: Connection, ids: Iterable[UUID]) -> Mapping[UUID, Leaving]:
    """Return how some messages stand; one without facts is not among them."""
    found = ledger.histories(conn, ids)
    return {stream: _read(history) for stream, history in found.items()}


def _read(history: Sequence[Recorded]) -> Leaving:
    past = Message.replay(f.event for f in history if isinstance(f.event, _OF_MESSAGES)).past
    asked, channel = past.requested, past.channel
    if asked is None or channel is None:
        raise LookupError(f"stream {history[0].stream} is no message")
    times = _Times.of(history)
    return Leaving(
        message_id=MessageId(history[0].stream),
        key=asked.key,
        channel=channel,
        template_key=asked.template_key,
        school_id=asked.school_id,
        student_id=asked.student_id,
        guardian_id=asked.guardian_id,
        run_id=asked.run_id,
        step_id=asked.step_id,
        purpose=asked.purpose,
        case_id=asked.case_id,
        intervention_id=asked.intervention_id,
        version=history[-1].version,
        state=past.state,
        generation=past.generation,
        attempt=past.attempt,
        tries=past.tries,
        doubtful=past.doubtful,
        refs=frozenset(past.refs.values()),
        first_channel=channel is asked.channel,
        provider=times.provider,
        next_provider=times.next_provider,
        first_attempted_at=times.first_attempted_at,
        attempted_at=times.attempted_at,
        not_before=times.not_before,
        asked_at=history[0].recorded_at,
        also=past.also,
        parted=past.also != asked.also,
    )


@dataclass(slots=True)
class _Times:
    """What the domain need not know: who was called when."""

    provider: str = ""
    next_provider: str = ""
    first_attempted_at: datetime | None = None
    attempted_at: datetime | None = None
    not_before: datetime | None = None

    @classmethod
    def of(cls, history: Sequence[Recorded]) -> "_Times":
        times = cls()
        for fact in history:
            match fact.event:
                case e.MessageAttempted(provider=provider):
                    first = times.first_attempted_at or fact.recorded_at
                    times = cls(provider, "", first, fact.recorded_at)
                case e.MessageDeferred(next_attempt_at=at):
                    times.attempted_at, times.not_before = None, at
                case e.MessageRerouted(provider=provider):
                    # It never went, so a look-up of the next provider counts from its own attempt.
                    times = cls(next_provider=provider)
                case e.MessageRedirected() | e.MessageResendOrdered():
                    times = cls()
                case _:
                    pass
        return times
