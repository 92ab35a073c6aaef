"""What a message remembers of its own history."""

from enum import StrEnum
from typing import Final, assert_never

from domain.message import events as e
from domain.message.reasons import Finding
from domain.message.statuses import ARRIVED, FAILURES, DeliveryStatus, higher
from domain.shared.contact import Along, Channel


class State(StrEnum):
    """Where a message stands with regard to its provider."""

    REQUESTED = "REQUESTED"
    ATTEMPTING = "ATTEMPTING"
    DEFERRED = "DEFERRED"
    ACCEPTED = "ACCEPTED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"
    NOT_SENT = "NOT_SENT"
    ABANDONED = "ABANDONED"


ON_ITS_WAY: Final = frozenset({State.REQUESTED, State.ATTEMPTING, State.DEFERRED})


class Memory:
    """The state that a message's facts lead to. What belongs to a generation begins anew with it.

    `doubtful` says that an earlier call of this generation may have been taken: only the same
    provider, which knows the key, may be called again, and no refusal proves that it never went.
    """

    def __init__(self) -> None:
        self.requested: e.MessageRequested | None = None
        self.state = State.REQUESTED
        self.also: tuple[Along, ...] = ()
        self.fallback: Channel | None = None
        self.redirected: e.MessageRedirected | None = None
        self.channel: Channel | None = None
        self.generation = 0
        self.attempt = 0
        self.tries = 0
        self.called = False
        self.doubtful = False
        self.refs: dict[int, str] = {}
        self.standing: dict[int, DeliveryStatus] = {}
        self.reported: set[tuple[int, str]] = set()
        self.replies: set[object] = set()
        self.openings: set[e.Opening] = set()
        self.wrong: set[e.WrongContact] = set()

    @property
    def failed_to_arrive(self) -> bool:
        """Say whether what the provider took did not arrive, by its own word."""
        return self.state is State.ACCEPTED and self.standing.get(self.generation) in FAILURES

    def evolve(self, event: e.MessageEvent) -> None:
        """Remember where the message stands."""
        match event:
            case e.MessageRequested(channel=channel):
                self.requested, self.channel, self.also = event, channel, event.also
            case e.MessageParted(steps=steps):
                self.also = tuple([one for one in self.also if one.step not in steps])
            case e.MessageFallbackNamed(channel=channel):
                self.fallback = channel
            case e.MessageAttempted(attempt=attempt, recovery=recovery):
                self._attempted(attempt, recovery)
            case e.MessageAccepted(provider_ref=ref, generation=generation):
                self.state, self.refs[generation] = State.ACCEPTED, ref
            case e.MessageDeferred() | e.MessageRerouted():
                self.state = State.DEFERRED
                self.tries -= isinstance(event, e.MessageRerouted)
            case e.MessageFailed():
                self.state = State.FAILED
            case e.MessageOutcomeUnknown():
                self.state = State.UNKNOWN
            case e.MessageSkipped():
                self.state = State.SKIPPED
            case e.MessageRedirected():
                self.redirected = event
                self._begin(event)
            case e.MessageResendOrdered():
                self._begin(event)
            case e.MessageSettled(finding=finding):
                sent = finding is Finding.SENT
                self.state = State.ACCEPTED if sent else State.NOT_SENT
            case e.MessageAbandoned():
                self.state = State.ABANDONED
            case e.MessageReplied(reply_ref=ref):
                self.replies.add(ref)
            case e.MessageOpened(how=how):
                self.openings.add(how)
            case e.MessageMisaddressed(cause=cause):
                self.wrong.add(cause)
            case e.MessageDelivered() | e.MessageUndelivered() | e.MessageStatusReported():
                self._reported(event)
            case _:
                assert_never(event)

    def _attempted(self, attempt: int, recovery: str) -> None:
        self.state, self.attempt, self.called = State.ATTEMPTING, attempt, True
        self.tries += 1
        if recovery:
            self.doubtful = recovery != "NOT_FOUND"

    def _begin(self, event: e.MessageRedirected | e.MessageResendOrdered) -> None:
        self.generation, self.channel = event.generation, event.channel
        self.state, self.tries = State.REQUESTED, 0
        self.called = self.doubtful = False

    def _reported(
        self, event: e.MessageDelivered | e.MessageUndelivered | e.MessageStatusReported
    ) -> None:
        generation = event.generation
        if isinstance(event, e.MessageStatusReported):
            status = event.status
        else:
            status = DeliveryStatus(event.provider_status)
        held = self.standing.get(generation)
        self.standing[generation] = status if held is None else higher(held, status)
        self.reported.add((generation, status))

    def has_arrived(self, generation: int) -> bool:
        """Say whether a generation was reported as delivered, whatever was reported later."""
        return any((generation, status) in self.reported for status in ARRIVED)
