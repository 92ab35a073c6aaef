"""What stands against a message just before a call, in the attempt's own transaction."""

from datetime import date, datetime
from typing import Final, Protocol

from domain.kernel.commands import Link
from domain.kernel.world import World
from domain.message.commands import AttemptMessage, Matter
from domain.message.reasons import MessageSkip
from domain.message.remembering import State
from domain.message.whatsapp import is_window_open
from domain.shared import recipients
from domain.shared.calendar import SchoolCalendar
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import SchoolId, StudentId
from domain.shared.recipients import Unreachable

# What stands against a channel only, so that another one may do.
OF_THE_CHANNEL: Final = frozenset(
    {
        MessageSkip.CHANNEL_SUPPRESSED,
        MessageSkip.CONSENT_MISSING,
        MessageSkip.NO_ADDRESS,
        MessageSkip.NOT_TEXTABLE,
        MessageSkip.NO_COUNTRY_CODE,
        MessageSkip.WINDOW_CLOSED_NO_TEMPLATE,
    }
)

_NOWHERE: Final = {
    None: MessageSkip.NO_ADDRESS,
    Unreachable.NO_ADDRESS: MessageSkip.NO_ADDRESS,
    Unreachable.NOT_POSSIBLE: MessageSkip.NO_ADDRESS,
    Unreachable.NOT_TEXTABLE: MessageSkip.NOT_TEXTABLE,
    Unreachable.NO_COUNTRY_CODE: MessageSkip.NO_COUNTRY_CODE,
}
_SPOKEN: Final = frozenset({State.ATTEMPTING, State.DEFERRED, State.ACCEPTED, State.UNKNOWN})


class _OtherPast(Protocol):
    channel: Channel | None
    state: State


class _Other(Protocol):
    past: _OtherPast


class _Case(Protocol):
    closed: bool


class _Started(Protocol):
    stage: str
    firing: int | None


class _Past(Protocol):
    stopped: bool
    started: _Started | None

    def may_speak(self, calendar: SchoolCalendar, now: datetime) -> bool: ...


class _Run(Protocol):
    past: _Past


class _Ladder(Protocol):
    def silences(self, stage: str, firing: int | None) -> str: ...


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Choice(Protocol):
    def is_suppressed(self, channel: Channel) -> bool: ...
    def allows(self, channel: Channel, purpose: Purpose) -> bool: ...


def against(
    command: AttemptMessage, channel: Channel, purpose: Purpose, world: World
) -> MessageSkip | None:
    """Look in the written order: what stops the whole matter first, then the channel.

    A run that came to its end by itself stops nothing: its last message may still be under way by
    another channel, or be sent once more by a person.
    """
    found = against_the_matter(command.matter, command.school_id, world)
    if found is not None:
        return found
    run: _Run = world.seen(command.run_id)
    if run.past.stopped:
        return MessageSkip.STOP_CONDITION_MET
    person = against_the_person(command, command.student_id, purpose, world)
    return person or _against_the_channel(command, channel, purpose, world)


def against_the_person(
    command: AttemptMessage, child: StudentId, purpose: Purpose, world: World
) -> MessageSkip | None:
    """Return why the guardian may no longer be told about a child, as the register says now.

    Of whom the register has never heard, nothing stands in it: the run was started for them.
    """
    known = world.contacts.get(Link(child, command.guardian_id))
    why = recipients.against(known, purpose, world.today(command.school_id)) if known else None
    return MessageSkip(str(why)) if why else None


def against_the_matter(matter: Matter, school: SchoolId, world: World) -> MessageSkip | None:
    """Return what has ended a matter: its case, an exemption of today, or its own ladder."""
    case: _Case = world.seen(matter.case_id)
    exemptions: _Exemptions = world.seen(matter.exemption)
    if case.closed or exemptions.holds_on(world.today(school)):
        return MessageSkip.STOP_CONDITION_MET
    run: _Run = world.seen(matter.run_id)
    begun = run.past.started
    ladder: _Ladder = world.seen(matter.intervention_id)
    why = ladder.silences(begun.stage, begun.firing) if begun else ""
    return MessageSkip(why) if why else None


def _against_the_channel(
    command: AttemptMessage, channel: Channel, purpose: Purpose, world: World
) -> MessageSkip | None:
    choice: _Choice = world.seen(command.choice)
    if choice.is_suppressed(channel):
        return MessageSkip.CHANNEL_SUPPRESSED
    if not choice.allows(channel, purpose):
        return MessageSkip.CONSENT_MISSING
    if not command.has_address:
        return _NOWHERE[command.unreachable]
    if command.free_text and not is_window_open(command.last_inbound_at, world.now):
        return MessageSkip.WINDOW_CLOSED_NO_TEMPLATE
    if any(_speaks(world.seen(one), channel) for one in command.beside):
        return MessageSkip.SAME_ADDRESS
    return None


def _speaks(other: _Other, channel: Channel) -> bool:
    """Say whether another message says, or may have said, the same on the same channel."""
    return other.past.channel is channel and other.past.state in _SPOKEN


def may_be_heard(command: AttemptMessage, world: World) -> bool:
    """Say whether the family may be reached at this hour."""
    run: _Run = world.seen(command.run_id)
    return run.past.may_speak(world.calendar(command.school_id), world.now)
