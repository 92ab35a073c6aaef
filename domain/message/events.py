"""Facts about one message. Its words, and any reply's, lie in the vault."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    RunId,
    SchoolId,
    StudentId,
)


class MessageSkip(StrEnum):
    """Why the last look before an attempt forbade it."""

    STOP_CONDITION_MET = "STOP_CONDITION_MET"
    CONSENT_MISSING = "CONSENT_MISSING"
    CHANNEL_SUPPRESSED = "CHANNEL_SUPPRESSED"
    NO_ADDRESS = "NO_ADDRESS"
    NOT_TEXTABLE = "NOT_TEXTABLE"
    NO_COUNTRY_CODE = "NO_COUNTRY_CODE"
    SAME_ADDRESS = "SAME_ADDRESS"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"
    VALID_REASON = "VALID_REASON"
    LEFT_ROLL = "LEFT_ROLL"
    WINDOW_CLOSED_NO_TEMPLATE = "WINDOW_CLOSED_NO_TEMPLATE"


class Opening(StrEnum):
    """How somebody came upon a message; the weakest evidence that there is."""

    READ_IN_APP = "READ_IN_APP"
    OPENED = "OPENED"
    LINK_FOLLOWED = "LINK_FOLLOWED"


class WrongContact(StrEnum):
    """How we know that an address does not lead to the guardian."""

    WRONG_NUMBER = "WRONG_NUMBER"  # whoever has the number now says so
    HARD_BOUNCE = "HARD_BOUNCE"  # there is no such mailbox


@fact("message.requested")
class MessageRequested(Event):
    """A run wants something said. `key` is unique in the tenant: asked twice, said once."""

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


@fact("message.accepted")
class MessageAccepted(Event):
    """The provider took it and gave it a reference."""

    attempt: int
    provider_ref: str


@fact("message.deferred")
class MessageDeferred(Event):
    """The attempt failed in a way that may pass; machine-clock time of the next one."""

    attempt: int
    cause: str
    next_attempt_at: datetime


@fact("message.failed")
class MessageFailed(Event):
    """It will not be tried again by software. `fix_contact` asks staff to correct an address."""

    attempt: int
    cause: str
    fix_contact: bool


@fact("message.outcome_unknown")
class MessageOutcomeUnknown(Event):
    """The provider may or may not have it, and offers no way to ask. A person settles it."""

    attempt: int
    cause: str


@fact("message.skipped")
class MessageSkipped(Event):
    """The last look before an attempt found something against it."""

    reason: MessageSkip


@fact("message.delivered")
class MessageDelivered(Event):
    """The network reported delivery. It does not mean that anybody read it."""

    provider_status: str


@fact("message.undelivered")
class MessageUndelivered(Event):
    """The network reported that it could not deliver."""

    provider_status: str
    code: str


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
    | MessageAttempted
    | MessageAccepted
    | MessageDeferred
    | MessageFailed
    | MessageOutcomeUnknown
    | MessageSkipped
    | MessageDelivered
    | MessageUndelivered
    | MessageReplied
    | MessageOpened
    | MessageMisaddressed
)
