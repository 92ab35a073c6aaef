"""One message: asked for, attempted, and what became of it."""

from collections.abc import Sequence
from typing import ClassVar, Final, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.message import commands as c
from domain.message import events as e
from domain.message import refusals as r
from domain.message.by_hand import abandoned, sent_again, settled
from domain.message.last_look import OF_THE_CHANNEL, against, may_be_heard
from domain.message.misaddressed import misaddressed
from domain.message.reasons import MessageSkip, Remedy
from domain.message.remembering import Memory, State
from domain.message.reporting import redirected, reported
from domain.message.siblings import parting
from domain.shared.contact import Channel

__all__ = ["MAXIMUM_ATTEMPTS", "Message", "State"]
MAXIMUM_ATTEMPTS: Final = 4
_OPEN: Final = frozenset({State.REQUESTED, State.DEFERRED, State.ATTEMPTING})


class Message(Aggregate[c.MessageCommand, e.MessageEvent]):
    """Never attempted twice without a reason that makes a double impossible."""

    kind: ClassVar[str] = "message"

    def __init__(self) -> None:
        self.past = Memory()

    def evolve(self, event: e.MessageEvent) -> None:
        """Remember it."""
        self.past.evolve(event)

    def decide(self, command: c.MessageCommand, world: World) -> Sequence[e.MessageEvent]:
        """Return what follows."""
        past, channel = self.past, self.past.channel
        if isinstance(command, c.RequestMessage):
            return [] if past.requested is not None else _request(command)
        if past.requested is None or channel is None:
            raise r.MessageUnknown
        match command:
            case c.AttemptMessage():
                return self._attempt(command, past.requested, channel, world)
            case c.RecordUnsayable(cause=cause):
                return self._unsayable(cause)
            case c.RecordAccepted(provider_ref=ref):
                return self._accept(ref, channel)
            case c.RecordRejected():
                return self._reject(command)
            case c.RecordUnknown(cause=cause):
                self._needs_open_attempt()
                return [e.MessageOutcomeUnknown(attempt=past.attempt, cause=cause)]
            case c.RecordStatus():
                return reported(command, past, channel)
            case c.RecordMessageReply(channel=by, reply_ref=ref):
                known = ref in past.replies
                return [] if known else [e.MessageReplied(channel=by, reply_ref=ref)]
            case c.RecordOpened(how=how):
                unseen = past.attempt and how not in past.openings
                return [e.MessageOpened(how=how)] if unseen else []
            case c.RecordMisaddressed(cause=wrong):
                return [] if wrong in past.wrong else [misaddressed(command, past.requested)]
            case c.SettleUnknown():
                return settled(command, past, channel)
            case c.ResendMessage():
                return sent_again(command, past, channel)
            case c.AbandonMessage():
                return abandoned(command, past)
            case _:
                assert_never(command)

    def _attempt(
        self,
        command: c.AttemptMessage,
        requested: e.MessageRequested,
        channel: Channel,
        world: World,
    ) -> list[e.MessageEvent]:
        past = self.past
        if past.state not in _OPEN:
            raise r.MessageSettled
        if past.state is State.ATTEMPTING and not command.recovery:
            raise r.AttemptOpen
        found = against(command, channel, requested.purpose, world)
        perhaps_there = past.state is State.ATTEMPTING or past.doubtful
        # What was asked for and is not there never arrived: the dead sender's call is no doubt.
        nowhere = not perhaps_there or command.recovery == "NOT_FOUND"
        if found is not None and nowhere:
            return self._passed_over(found)
        # Who asks again by a key cannot wait for the morning: keys are kept for hours.
        waits = nowhere or not command.recovery
        if waits and not may_be_heard(command, world):
            return []  # it was due by day: at night nobody hears what a sender comes late with
        if command.also and nowhere:
            gone = parting(command, channel, requested.purpose, world)
            if gone is None:
                return []  # a sibling's run has not heard yet: the sender comes again
            if gone:
                return [e.MessageParted(steps=gone)]
        return [self._attempted(command, f"{requested.key}:{channel}:{past.generation}")]

    def _attempted(self, command: c.AttemptMessage, provider_key: str) -> e.MessageAttempted:
        return e.MessageAttempted(
            attempt=self.past.attempt + 1,
            provider=command.provider,
            provider_key=provider_key,
            retry_rule=command.retry_rule,
            template_version=command.template_version,
            template_hash=command.template_hash,
            language=command.language,
            recovery=command.recovery,
        )

    def _unsayable(self, cause: str) -> list[e.MessageEvent]:
        """Go on by the fallback, which may have a text, or ask a person to see to it."""
        past = self.past
        if past.called or past.state not in _OPEN:
            return []  # what was attempted has its words
        if past.fallback is not None and past.redirected is None:
            return [redirected(past, past.fallback, cause, Remedy.STOP)]
        return [self._failed(cause, Remedy.STOP)]

    def _passed_over(self, found: MessageSkip) -> list[e.MessageEvent]:
        """Go on by the fallback, or end for the reason of the channel that was wanted first."""
        past, first = self.past, self.past.redirected
        if found in OF_THE_CHANNEL:
            if past.fallback is not None and first is None:
                return [redirected(past, past.fallback, found, None)]
            if first is not None and first.cause in OF_THE_CHANNEL:
                return [e.MessageSkipped(reason=MessageSkip(first.cause))]
            if first is not None:
                return [self._failed(first.cause, first.remedy)]
        return [e.MessageSkipped(reason=found)]

    def _accept(self, ref: str, channel: Channel) -> list[e.MessageEvent]:
        past = self.past
        if past.state is State.ACCEPTED:
            return []
        if past.state not in {State.ATTEMPTING, State.UNKNOWN}:
            raise r.NoAttemptOpen
        return [
            e.MessageAccepted(
                attempt=past.attempt,
                provider_ref=ref,
                generation=past.generation,
                channel=channel,
            )
        ]

    def _reject(self, command: c.RecordRejected) -> list[e.MessageEvent]:
        self._needs_open_attempt()
        past, again = self.past, command.next_attempt_at
        if command.other_provider is not None and not past.doubtful:
            over = e.MessageRerouted(
                attempt=past.attempt, cause=command.cause, provider=command.other_provider
            )
            return [over]
        if again is not None and past.tries < MAXIMUM_ATTEMPTS:
            return [
                e.MessageDeferred(attempt=past.attempt, cause=command.cause, next_attempt_at=again)
            ]
        if past.doubtful:  # this call was refused, and an earlier one may have been taken
            return [e.MessageOutcomeUnknown(attempt=past.attempt, cause=command.cause)]
        remedy = Remedy.STOP if again is None else Remedy.RETRY
        remedy = Remedy.FIX_CONTACT if command.fix_contact else remedy
        if past.fallback is not None and past.redirected is None:
            return [redirected(past, past.fallback, command.cause, remedy)]
        return [self._failed(command.cause, remedy)]

    def _failed(self, cause: str, remedy: Remedy | None) -> e.MessageFailed:
        fix = remedy is Remedy.FIX_CONTACT
        return e.MessageFailed(
            attempt=self.past.attempt, cause=cause, fix_contact=fix, remedy=remedy
        )

    def _needs_open_attempt(self) -> None:
        if self.past.state is not State.ATTEMPTING:
            raise r.NoAttemptOpen


def _request(command: c.RequestMessage) -> list[e.MessageEvent]:
    asked = e.MessageRequested(
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
        also=command.also,
    )
    if command.fallback is None or command.fallback is command.channel:
        return [asked]
    return [asked, e.MessageFallbackNamed(channel=command.fallback)]
