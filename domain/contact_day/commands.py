"""What may be asked of a family member's day."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import MessageId, PlaybookId, SchoolId, StudentId, contact_day_id


class ContactDayCommandBase(Command):
    """Whose day it is: a guardian's, or the pupil's where a run is for the household.

    `on` is the date where that person lives.
    """

    kind: ClassVar[str] = "contact_day"
    whose: UUID
    on: date
    step: RunStep

    @property
    def stream(self) -> UUID:
        """The day decides."""
        return contact_day_id(self.whose, self.on)


class ReserveContact(ContactDayCommandBase):
    """A step is in the diary for this day.

    Absent `most_a_day`: as many messages a day as the product's own measure.
    """

    student_id: StudentId
    school_id: SchoolId
    channel: Channel
    purpose: Purpose
    priority: int
    playbook_id: PlaybookId
    template_key: str
    due_at: datetime
    most_a_day: int | None = None


class ReleaseContact(ContactDayCommandBase):
    """A step is not in the diary for this day any more."""


class UseContact(ContactDayCommandBase):
    """A step's message was asked for, and with it those siblings' steps."""

    school_id: SchoolId
    channel: Channel
    message_id: MessageId
    also: tuple[RunStep, ...]


ContactDayCommand = ReserveContact | ReleaseContact | UseContact
