"""What may be asked of a message."""

from datetime import datetime
from typing import ClassVar, NamedTuple, Self
from uuid import UUID

from domain.kernel.commands import Command, Consulted, Link
from domain.message.events import Opening, WrongContact
from domain.message.reasons import AbandonReason, Finding, Remedy, ResendReason, SettleReason
from domain.shared.contact import Along, Channel, Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    id_about,
)
from domain.shared.recipients import Unreachable


class MessageCommandBase(Command):
    """Every command names its message."""

    kind: ClassVar[str] = "message"
    message_id: MessageId

    @property
    def stream(self) -> UUID:
        """The message decides."""
        return self.message_id


class Matter(NamedTuple):
    """What a step hangs on: whatever ends one of these ends what is said for the step."""

    run_id: RunId
    intervention_id: InterventionId
    case_id: CaseId
    student_id: StudentId

    @property
    def exemption(self) -> UUID:
        """The stream of the student's exemptions."""
        return id_about("exemption", self.student_id)

    @property
    def looks(self) -> tuple[Consulted, ...]:
        """Run, ladder, case and exemption."""
        return (
            Consulted("playbook_run", self.run_id),
            Consulted("intervention", self.intervention_id),
            Consulted("case", self.case_id),
            Consulted("exemption", self.exemption),
        )

    @classmethod
    def of(cls, one: Along) -> Self:
        """Return what a sibling's step hangs on."""
        return cls(one.step.run_id, one.intervention_id, one.case_id, one.student_id)


class RequestMessage(MessageCommandBase):
    """A run's step wants something said."""

    key: str
    channel: Channel
    purpose: Purpose
    template_key: str
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    step_id: str
    intervention_id: InterventionId
    case_id: CaseId
    fallback: Channel | None = None
    also: tuple[Along, ...] = ()


class AttemptMessage(MessageCommandBase):
    """A sender is about to call a provider: the last look, in the attempt's own transaction.

    `recovery` is given when an open attempt of a sender that died may be repeated: the provider
    de-duplicates by key (IDEMPOTENCY_KEY) or was asked and does not have it (NOT_FOUND).
    `free_text` says that WhatsApp would be given words of our own and no approved text;
    `last_inbound_at` is when the guardian last wrote to us there (absent: never).
    `unreachable` says why there is no address (absent: none is known), and `beside` names the
    messages of the same step to others on the same address.
    `also` are the steps about siblings that the words speak of; a `patient` sender comes again
    when one of them has not heard of it yet.
    """

    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    case_id: CaseId
    intervention_id: InterventionId
    provider: str
    retry_rule: str
    template_version: int
    template_hash: str
    language: str
    has_address: bool
    recovery: str = ""
    free_text: bool = False
    last_inbound_at: datetime | None = None
    unreachable: Unreachable | None = None
    beside: tuple[MessageId, ...] = ()
    also: tuple[Along, ...] = ()
    patient: bool = False

    @property
    def matter(self) -> Matter:
        """What the step that asked for it hangs on."""
        return Matter(self.run_id, self.intervention_id, self.case_id, self.student_id)

    @property
    def choice(self) -> UUID:
        """The stream of the guardian's choices."""
        return id_about("contact_choice", self.guardian_id)

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Run, ladder, case, exemption and the guardian's choices: the last look."""
        return (
            *self.matter.looks,
            Consulted("contact_choice", self.choice),
            *(Consulted("message", one) for one in self.beside),
            *(look for one in self.also for look in Matter.of(one).looks),
        )

    @property
    def links(self) -> tuple[Link, ...]:
        """The guardian, to each child that the words are about."""
        children = (self.student_id, *(one.student_id for one in self.also))
        return tuple([Link(child, self.guardian_id) for child in children])

    @property
    def schools(self) -> tuple[UUID, ...]:
        """Today's date is the school's."""
        return (self.school_id,)


class RecordUnsayable(MessageCommandBase):
    """No words could be put together for it: no text has its key, or one cannot be filled.

    `cause` is TEXT_NOT_FOUND or TEXT_UNFILLED.
    """

    cause: str


class RecordAccepted(MessageCommandBase):
    """The provider took it, or was asked later and has it."""

    provider_ref: str


class RecordRejected(MessageCommandBase):
    """The provider certainly did not take it. Absent `next_attempt_at`: not to be tried again.

    `other_provider` is the one that is asked next; absent: there is no other.
    """

    cause: str
    next_attempt_at: datetime | None
    fix_contact: bool = False
    other_provider: str | None = None


class RecordUnknown(MessageCommandBase):
    """The call ended without an answer, and the provider cannot be asked."""

    cause: str


class RecordStatus(MessageCommandBase):
    """The provider reported what became of it. Late, double and out of order are normal.

    `generation` is what the callback is about where its reference is not known.
    Absent `remedy`: nobody knows what would help.
    """

    provider_ref: str
    status: str
    code: str = ""
    generation: int = 0
    remedy: Remedy | None = None


class RecordMessageReply(MessageCommandBase):
    """A guardian answered."""

    channel: Channel
    reply_ref: UUID


class RecordOpened(MessageCommandBase):
    """Somebody opened it."""

    how: Opening


class RecordMisaddressed(MessageCommandBase):
    """The address turned out not to be the guardian's."""

    channel: Channel
    cause: WrongContact
    reply_ref: UUID | None = None


class SettleUnknown(MessageCommandBase):
    """A person says what became of a call whose outcome nobody knew."""

    finding: Finding
    reason: SettleReason
    note_ref: UUID | None = None


class ResendMessage(MessageCommandBase):
    """A person lets a message go once more. Absent `channel`: by the one it was tried by last."""

    reason: ResendReason
    channel: Channel | None = None
    note_ref: UUID | None = None


class AbandonMessage(MessageCommandBase):
    """A person takes a message that did not go off the list."""

    reason: AbandonReason
    note_ref: UUID | None = None


MessageCommand = (
    RequestMessage
    | AttemptMessage
    | RecordUnsayable
    | RecordAccepted
    | RecordRejected
    | RecordUnknown
    | RecordStatus
    | RecordMessageReply
    | RecordOpened
    | RecordMisaddressed
    | SettleUnknown
    | ResendMessage
    | AbandonMessage
)
