"""What may be asked about a guardian's choices."""

from datetime import date, time
from typing import ClassVar
from uuid import UUID

from domain.contact_choice.events import (
    ConfirmedBy,
    LegalBasis,
    LiftReason,
    SuppressionCause,
)
from domain.kernel.commands import Command
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import (
    GuardianId,
    InterventionId,
    PlaybookId,
    SchoolId,
    StudentId,
    id_about,
)
from domain.shared.recipients import Against


def contact_choice_id(guardian: GuardianId) -> UUID:
    """Return the stream of a guardian's choices."""
    return id_about("contact_choice", guardian)


class ContactChoiceCommandBase(Command):
    """All choices of one guardian are one stream."""

    kind: ClassVar[str] = "contact_choice"
    guardian_id: GuardianId

    @property
    def stream(self) -> UUID:
        """The guardian's choices decide."""
        return contact_choice_id(self.guardian_id)


class RecordConsent(ContactChoiceCommandBase):
    """An answer about a channel and a purpose came in, or a person found what the law says."""

    channel: Channel
    given: bool
    source: str
    purpose: Purpose = Purpose.NUDGE
    basis: LegalBasis = LegalBasis.CONSENT


class RecordNoticeEmail(ContactChoiceCommandBase):
    """An answer about legal notices by e-mail came in."""

    given: bool
    source: str


class SetPreferences(ContactChoiceCommandBase):
    """The guardian says how they would like to be reached: all of it at once."""

    language: str | None
    channels: tuple[Channel, ...]
    quiet_from: time | None
    quiet_until: time | None
    off: tuple[Purpose, ...]


class SuppressChannel(ContactChoiceCommandBase):
    """A STOP, a bounce, a complaint or the like came in.

    `confirmed_by` says who tells the guardian that a STOP was heard; absent: nobody needs to.
    """

    channel: Channel
    cause: SuppressionCause
    confirmed_by: ConfirmedBy | None = None


class LiftSuppression(ContactChoiceCommandBase):
    """The channel may be used again. Absent `cause`: whatever stood against it."""

    channel: Channel
    reason: LiftReason
    cause: SuppressionCause | None = None


class OmitGuardian(ContactChoiceCommandBase):
    """A playbook begins without this guardian."""

    reason: Against
    student_id: StudentId
    school_id: SchoolId
    intervention_id: InterventionId
    stage: str
    firing: int
    playbook_id: PlaybookId
    on: date
    until: date | None = None


ContactChoiceCommand = (
    RecordConsent
    | RecordNoticeEmail
    | SetPreferences
    | SuppressChannel
    | LiftSuppression
    | OmitGuardian
)
