"""What may be asked about a guardian's choices."""

from typing import ClassVar
from uuid import UUID

from domain.contact_choice.events import SuppressionCause
from domain.kernel.commands import Command
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, id_about


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
    """An answer about a channel came in."""

    channel: Channel
    given: bool
    source: str


class SuppressChannel(ContactChoiceCommandBase):
    """A STOP, a hard bounce or a complaint came in."""

    channel: Channel
    cause: SuppressionCause


class LiftSuppression(ContactChoiceCommandBase):
    """The channel may be used again."""

    channel: Channel


ContactChoiceCommand = RecordConsent | SuppressChannel | LiftSuppression
