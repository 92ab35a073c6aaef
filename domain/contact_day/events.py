"""Facts about who may be said to on a day. They name runs and steps, never words or numbers."""

from datetime import date, datetime
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import MessageId, PlaybookId, SchoolId, StudentId


class Declined(StrEnum):
    """Why a step has no place on a day."""

    DAY_FULL = "DAY_FULL"
    GAVE_WAY = "GAVE_WAY"
    TOO_LATE_TO_JOIN = "TOO_LATE_TO_JOIN"


@fact("contact_day.reserved")
class ContactReserved(Event):
    """A step has a place of its own on the day: it will be a message.

    A step of the same playbook about a sibling, with the same words by the same way, may join if
    its own moment is no later than `due_at`.
    """

    step: RunStep
    student_id: StudentId
    school_id: SchoolId
    on: date
    channel: Channel
    purpose: Purpose
    priority: int
    playbook_id: PlaybookId
    template_key: str
    due_at: datetime


@fact("contact_day.joined")
class ContactJoined(Event):
    """A step will be said in the message of another one, which is about a sibling."""

    step: RunStep
    student_id: StudentId
    leader: RunStep


@fact("contact_day.declined")
class ContactDeclined(Event):
    """A step has no place on this day: its run looks for a later one."""

    step: RunStep
    school_id: SchoolId
    on: date
    reason: Declined


@fact("contact_day.released")
class ContactReleased(Event):
    """A step does not need its place any more."""

    step: RunStep


@fact("contact_day.led")
class ContactLed(Event):
    """The step that a message was to be about has gone; this one, which had joined it, leads."""

    step: RunStep
    instead_of: RunStep
    school_id: SchoolId
    on: date


@fact("contact_day.used")
class ContactUsed(Event):
    """The message was asked for. `also` are the siblings' steps that are said in it."""

    step: RunStep
    school_id: SchoolId
    channel: Channel
    message_id: MessageId
    also: tuple[RunStep, ...] = ()


ContactDayEvent = (
    ContactReserved | ContactJoined | ContactDeclined | ContactReleased | ContactLed | ContactUsed
)
