"""One message: asked for, attempted, and what became of it."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Protocol, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.message import commands as c
from domain.message import events as e
from domain.message import refusals as r
from domain.message.misaddressed import misaddressed
from domain.message.whatsapp import is_window_open
from domain.shared.contact import Channel, Purpose

MAXIMUM_ATTEMPTS: Final = 4
DELIVERED: Final = frozenset({"delivered", "read"})
UNDELIVERED: Final = frozenset({"undelivered", "failed", "canceled"})


class State(StrEnum):
    """Where a message stands with regard to its provider."""

    REQUESTED = "REQUESTED"
    ATTEMPTING = "ATTEMPTING"
    DEFERRED = "DEFERRED"
    ACCEPTED = "ACCEPTED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"


class _Case(Protocol):
    closed: bool


class _Started(Protocol):
    stage: str
    firing: int | None


class _Past(Protocol):
    over: bool
    started: _Started | None


class _Run(Protocol):
    past: _Past


class _Ladder(Protocol):
    def silences(self, stage: str, firing: int | None) -> str: ...


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Choice(Protocol):
    def is_suppressed(self, channel: Channel) -> bool: ...
    def allows(self, channel: Channel, purpose: Purpose) -> bool: ...


class Message(Aggregate[c.MessageCommand, e.MessageEvent]):
    """Never attempted twice without a reason that makes a double impossible."""

    kind: ClassVar[str] = "message"

    def __init__(self) -> None:
        self.requested: e.MessageRequested | None = None
        self.state = State.REQUESTED
        self.attempt = 0
        self.provider_ref = ""
        self.reported = ""
        self.replies: set[object] = set()
        self.openings: set[e.Opening] = set()
        self.wrong: set[e.WrongContact] = set()

    def decide(self, command: c.MessageCommand, world: World) -> Sequence[e.MessageEvent]:
        """Return what follows."""
        if isinstance(command, c.RequestMessage):
            return [] if self.requested is not None else [_request(command)]
        if self.requested is None:
            raise r.MessageUnknown
        match command:
            case c.AttemptMessage():
                return self._attempt(command, self.requested, world)
            case c.RecordAccepted(provider_ref=ref):
                return self._accept(ref)
            case c.RecordRejected():
                return self._reject(command)
            case c.RecordUnknown(cause=cause):
                self._needs_open_attempt()
                return [e.MessageOutcomeUnknown(attempt=self.attempt, cause=cause)]
            case c.RecordStatus():
                return self._report(command)
            case c.RecordMessageReply(channel=channel, reply_ref=ref):
                known = ref in self.replies
                return [] if known else [e.MessageReplied(channel=channel, reply_ref=ref)]
            case c.RecordOpened(how=how):
                unseen = self.attempt and how not in self.openings
                return [e.MessageOpened(how=how)] if unseen else []
            case c.RecordMisaddressed(cause=wrong):
                return [] if wrong in self.wrong else [misaddressed(command, self.requested)]
            case _:
                assert_never(command)

    def _attempt(
        self, command: c.AttemptMessage, requested: e.MessageRequested, world: World
    ) -> list[e.MessageEvent]:
        if self.state not in {State.REQUESTED, State.DEFERRED, State.ATTEMPTING}:
            raise r.MessageSettled
        if self.state is State.ATTEMPTING and not command.recovery:
            raise r.AttemptOpen
        against = _against(command, requested, world)
        if against is not None and self.state is not State.ATTEMPTING:
            return [e.MessageSkipped(reason=against)]
        if against is not None and command.recovery == "NOT_FOUND":
            return [e.MessageSkipped(reason=against)]  # the dead sender's call never arrived
        return [
            e.MessageAttempted(
                attempt=self.attempt + 1,
                provider=command.provider,
                provider_key=f"{requested.key}:{requested.channel}:0",
                retry_rule=command.retry_rule,
                template_version=command.template_version,
                template_hash=command.template_hash,
                language=command.language,
                recovery=command.recovery,
            )
        ]

    def _accept(self, ref: str) -> list[e.MessageEvent]:
        if self.state is State.ACCEPTED:
            return []
        if self.state not in {State.ATTEMPTING, State.UNKNOWN}:
            raise r.NoAttemptOpen
        return [e.MessageAccepted(attempt=self.attempt, provider_ref=ref)]

    def _reject(self, command: c.RecordRejected) -> list[e.MessageEvent]:
        self._needs_open_attempt()
        again = command.next_attempt_at
        if again is not None and self.attempt < MAXIMUM_ATTEMPTS:
            return [
                e.MessageDeferred(attempt=self.attempt, cause=command.cause, next_attempt_at=again)
            ]
        return [
            e.MessageFailed(
                attempt=self.attempt, cause=command.cause, fix_contact=command.fix_contact
            )
        ]

    def _needs_open_attempt(self) -> None:
        if self.state is not State.ATTEMPTING:
            raise r.NoAttemptOpen

    def _report(self, command: c.RecordStatus) -> list[e.MessageEvent]:
        facts: list[e.MessageEvent] = []
        if self.state in {State.ATTEMPTING, State.UNKNOWN, State.DEFERRED}:
            # The callback overtook our own record of the call, answers what nobody knew, or shows
            # that an error came after the provider had taken it: trying again would say it twice.
            facts += [e.MessageAccepted(attempt=self.attempt, provider_ref=command.provider_ref)]
        elif self.state is not State.ACCEPTED:
            return []
        if command.status in DELIVERED and self.reported != "delivered":
            facts += [e.MessageDelivered(provider_status=command.status)]
        elif command.status in UNDELIVERED and not self.reported:
            facts += [e.MessageUndelivered(provider_status=command.status, code=command.code)]
        return facts

    def evolve(self, event: e.MessageEvent) -> None:
        """Remember where the message stands."""
        match event:
            case e.MessageRequested():
                self.requested = event
            case e.MessageAttempted(attempt=attempt):
                self.state, self.attempt = State.ATTEMPTING, attempt
            case e.MessageAccepted(provider_ref=ref):
                self.state, self.provider_ref = State.ACCEPTED, ref
            case e.MessageDeferred():
                self.state = State.DEFERRED
            case e.MessageFailed():
                self.state = State.FAILED
            case e.MessageOutcomeUnknown():
                self.state = State.UNKNOWN
            case e.MessageSkipped():
                self.state = State.SKIPPED
            case e.MessageDelivered():
                self.reported = "delivered"
            case e.MessageUndelivered():
                self.reported = "undelivered"
            case e.MessageReplied(reply_ref=ref):
                self.replies.add(ref)
            case e.MessageOpened(how=how):
                self.openings.add(how)
            case e.MessageMisaddressed(cause=cause):
                self.wrong.add(cause)
            case _:
                assert_never(event)


def _request(command: c.RequestMessage) -> e.MessageRequested:
    return e.MessageRequested(
        key=command.key,
        channel=command.channel,
        purpose=command.purpose,
        template_key=command.template_key,
        school_id=command.school_id,
        student_id=command.student_id,
        guardian_id=command.guardian_id,
        run_id=command.run_id,
        step_id=command.step_id,
        intervention_id=command.intervention_id,
        case_id=command.case_id,
    )


def _against(
    command: c.AttemptMessage, requested: e.MessageRequested, world: World
) -> e.MessageSkip | None:
    case: _Case = world.seen(command.case_id)
    exemptions: _Exemptions = world.seen(command.exemption)
    if case.closed or exemptions.holds_on(world.today(command.school_id)):
        return e.MessageSkip.STOP_CONDITION_MET
    run: _Run = world.seen(command.run_id)
    begun = run.past.started
    ladder: _Ladder = world.seen(command.intervention_id)
    if begun and (why := ladder.silences(begun.stage, begun.firing)):
        return e.MessageSkip(why)
    if run.past.over:
        return e.MessageSkip.STOP_CONDITION_MET
    choice: _Choice = world.seen(command.choice)
    if choice.is_suppressed(requested.channel):
        return e.MessageSkip.CHANNEL_SUPPRESSED
    if not choice.allows(requested.channel, requested.purpose):
        return e.MessageSkip.CONSENT_MISSING
    if not command.has_address:
        return e.MessageSkip.NO_ADDRESS
    if command.free_text and not is_window_open(command.last_inbound_at, world.now):
        return e.MessageSkip.WINDOW_CLOSED_NO_TEMPLATE
    return None
