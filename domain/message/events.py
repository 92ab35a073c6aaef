"""Facts about one message. Its words, any reply's, and what people noted lie in the vault.

A message has one key for ever and may need several generations: the first channel, the fallback,
a person's re-send. A provider sees key, channel and generation, so a new generation is a new
message to it and no repeat of the old one.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.message.reasons import (
    AbandonReason,
    Finding,
    MessageSkip,
    Remedy,
    ResendReason,
    SettleReason,
)
from domain.message.statuses import DeliveryStatus
from domain.shared.contact import Along, Channel, Purpose, RunStep
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    RunId,
    SchoolId,
    StudentId,
)


class Opening(StrEnum):
    """How somebody came upon a message; the weakest evidence that there is."""

    READ_IN_APP = "READ_IN_APP"
    OPENED = "OPENED"
    LINK_FOLLOWED = "LINK_FOLLOWED"


class WrongContact(StrEnum):
    """How we know that an address does not lead to the guardian."""

    WRONG_NUMBER = "WRONG_NUMBER"  # whoever has the number now says so
    HARD_BOUNCE = "HARD_BOUNCE"  # there is no such mailbox


@fact("message.requested", version=2)
class MessageRequested(Event):
    """A run wants something said. `key` is unique in the tenant: asked twice, said once.

    Version 2 says which steps about siblings are said in it, too.
    """

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
    also: tuple[Along, ...] = ()


@fact("message.parted")
class MessageParted(Event):
    """The last look found something against these steps about siblings: it goes without them."""

    steps: tuple[RunStep, ...]


@fact("message.fallback_named")
class MessageFallbackNamed(Event):
    """The channel to go on by, should the first one be of no use."""

    channel: Channel


@fact("message.attempted")
class MessageAttempted(Event):
    """The provider is about to be called. Committed before each call, so no call is unrecorded.

    `retry_rule` is the provider's class: IDEMPOTENCY_KEY, LOOK_UP or NONE. `template_hash` is
    SHA-256 of the template text; `recovery` says why an open attempt may be tried again.
    """

    attempt: int
    provider: str
    provider_key: str
    retry_rule: str
    template_version: int
    template_hash: str
    language: str
    recovery: str = ""


@fact("message.accepted", version=2)
class MessageAccepted(Event):
    """The provider took it and gave it a reference.

    Version 2 says which generation it took, and by which channel; absent `channel`: the first one.
    """

    attempt: int
    provider_ref: str
    generation: int = 0
    channel: Channel | None = None


@fact("message.deferred")
class MessageDeferred(Event):
    """The attempt failed in a way that may pass; machine-clock time of the next one."""

    attempt: int
    cause: str
    next_attempt_at: datetime


@fact("message.rerouted")
class MessageRerouted(Event):
    """The provider certainly did not take it, and another one of the same channel is asked now."""

    attempt: int
    cause: str
    provider: str


@fact("message.redirected")
class MessageRedirected(Event):
    """The channel was of no use, and the message goes on by its fallback, as a new generation.

    `cause` and `remedy` are what the first channel would have ended with; absent `remedy`: it would
    have been skipped for this cause.
    """

    generation: int
    channel: Channel
    cause: str
    remedy: Remedy | None = None


@fact("message.failed", version=2)
class MessageFailed(Event):
    """It will not be tried again by software. `fix_contact` asks staff to correct an address.

    Version 2 says what would help; absent `remedy`: not known.
    """

    attempt: int
    cause: str
    fix_contact: bool
    remedy: Remedy | None = None


@fact("message.outcome_unknown")
class MessageOutcomeUnknown(Event):
    """The provider may or may not have it, and offers no way to ask. A person settles it."""

    attempt: int
    cause: str


@fact("message.skipped")
class MessageSkipped(Event):
    """The last look before an attempt found something against it."""

    reason: MessageSkip


@fact("message.delivered", version=2)
class MessageDelivered(Event):
    """The network reported delivery. It does not mean that anybody read it.

    Version 2 says of which generation.
    """

    provider_status: str
    generation: int = 0


@fact("message.undelivered", version=2)
class MessageUndelivered(Event):
    """The network reported that it could not deliver.

    Version 2 says of which generation, and what would help; absent `remedy`: not known.
    """

    provider_status: str
    code: str
    generation: int = 0
    remedy: Remedy | None = None


@fact("message.status_reported")
class MessageStatusReported(Event):
    """A report that says neither that it arrived for the first time nor that it will not.

    `standing` is what holds of this generation after it: a latecomer moves nothing down.
    """

    generation: int
    provider_ref: str
    status: DeliveryStatus
    code: str
    standing: DeliveryStatus


@fact("message.settled")
class MessageSettled(Event):
    """A person found out, or decided, what became of a call whose outcome nobody knew.

    Absent `note_ref`: nothing was noted beside the reason.
    """

    generation: int
    attempt: int
    channel: Channel
    finding: Finding
    reason: SettleReason
    note_ref: UUID | None = None


@fact("message.resend_ordered")
class MessageResendOrdered(Event):
    """A person lets it go once more. What speaks against it is looked at again before the call.

    Absent `note_ref`: nothing was noted beside the reason.
    """

    generation: int
    channel: Channel
    reason: ResendReason
    note_ref: UUID | None = None


@fact("message.abandoned")
class MessageAbandoned(Event):
    """A person took a message that did not go off the list of those to see to.

    Absent `note_ref`: nothing was noted beside the reason.
    """

    reason: AbandonReason
    note_ref: UUID | None = None


@fact("message.replied")
class MessageReplied(Event):
    """A real reply came in; STOP, auto-replies and machine opens are not replies."""

    channel: Channel
    reply_ref: UUID


@fact("message.opened")
class MessageOpened(Event):
    """Somebody opened it, once for each way; what machines are known to open is no fact.

    It is no reply: scanners of mail follow links as well.
    """

    how: Opening


@fact("message.misaddressed")
class MessageMisaddressed(Event):
    """The address is not the guardian's: the school corrects it. Absent `reply_ref`: no words."""

    channel: Channel
    cause: WrongContact
    school_id: SchoolId
    student_id: StudentId
    reply_ref: UUID | None = None


MessageEvent = (
    MessageRequested
    | MessageParted
    | MessageFallbackNamed
    | MessageAttempted
    | MessageAccepted
    | MessageDeferred
    | MessageRerouted
    | MessageRedirected
    | MessageFailed
    | MessageOutcomeUnknown
    | MessageSkipped
    | MessageDelivered
    | MessageUndelivered
    | MessageStatusReported
    | MessageSettled
    | MessageResendOrdered
    | MessageAbandoned
    | MessageReplied
    | MessageOpened
    | MessageMisaddressed
)
