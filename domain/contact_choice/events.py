"""Facts about one guardian's choices, and about who was passed over because of what is known.

They stay inside the house: what a family allows is nobody else's business.
"""

from datetime import date, time
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import InterventionId, PlaybookId, SchoolId, StudentId
from domain.shared.recipients import Against


class LegalBasis(StrEnum):
    """Why a family may be written to (article 6 of the GDPR). UNKNOWN is never a yes."""

    CONSENT = "CONSENT"
    CONTRACT = "CONTRACT"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    VITAL_INTERESTS = "VITAL_INTERESTS"
    PUBLIC_TASK = "PUBLIC_TASK"
    LEGITIMATE_INTERESTS = "LEGITIMATE_INTERESTS"
    UNKNOWN = "UNKNOWN"


class SuppressionCause(StrEnum):
    """Why a channel must not be used."""

    STOP = "STOP"
    HARD_BOUNCE = "HARD_BOUNCE"
    COMPLAINT = "COMPLAINT"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    WRONG_NUMBER = "WRONG_NUMBER"


class LiftReason(StrEnum):
    """Why a channel may be used again."""

    GUARDIAN_ASKED = "GUARDIAN_ASKED"
    ADDRESS_CORRECTED = "ADDRESS_CORRECTED"
    ADDRESS_VERIFIED = "ADDRESS_VERIFIED"
    RECORDED_BY_MISTAKE = "RECORDED_BY_MISTAKE"
    START_WORD = "START_WORD"  # the number that said STOP says START: the guardian's own word


class ConfirmedBy(StrEnum):
    """Who tells a guardian, once, that a STOP was heard."""

    PROVIDER = "PROVIDER"
    US = "US"


@fact("contact_choice.consent_recorded", version=2)
class ConsentRecorded(Event):
    """The guardian may, or may not, be written to on a channel for a purpose.

    `source` is where the answer came from, as a code (IMPORT, STAFF, GUARDIAN, FORM); who recorded
    it stands in the envelope. Not given is a withdrawal too. Version 1 knew nudges only, and only
    consent.
    """

    channel: Channel
    given: bool
    source: str
    purpose: Purpose
    basis: LegalBasis


@fact("contact_choice.notice_email_answered")
class NoticeEmailAnswered(Event):
    """The guardian did, or did not, agree that legal notices come by e-mail.

    Kept apart from all other answers: the law of England and Wales asks for just this one.
    """

    given: bool
    source: str


@fact("contact_choice.preferences_set")
class PreferencesSet(Event):
    """How the guardian would like to be reached; all of it, not what changed.

    `channels` is the order they like, the best first. Nothing is said between `quiet_from` and
    `quiet_until`, on the clock where they live; absent: no hours of their own. Absent `language`:
    what the school's records say. `off` are purposes that they want no messages for.
    """

    language: str | None
    channels: tuple[Channel, ...]
    quiet_from: time | None
    quiet_until: time | None
    off: tuple[Purpose, ...]


@fact("contact_choice.channel_suppressed")
class ChannelSuppressed(Event):
    """Nothing is sent on this channel any more, until it is lifted."""

    channel: Channel
    cause: SuppressionCause


@fact("contact_choice.stop_confirmed")
class StopConfirmed(Event):
    """The guardian is told, this once, that the channel is stopped."""

    channel: Channel
    by: ConfirmedBy


@fact("contact_choice.suppression_lifted", version=2)
class SuppressionLifted(Event):
    """The channel may be used again, as far as this goes.

    Absent `reason`: version 1 did not ask for one. Absent `cause`: whatever stood against it.
    """

    channel: Channel
    reason: LiftReason | None = None
    cause: SuppressionCause | None = None


@fact("contact_choice.omitted")
class GuardianOmitted(Event):
    """A playbook began, and this guardian was left out of it, for a reason.

    Absent `until`: the reason has no known end.
    """

    reason: Against
    student_id: StudentId
    school_id: SchoolId
    intervention_id: InterventionId
    stage: str
    firing: int
    playbook_id: PlaybookId
    on: date
    until: date | None = None


ContactChoiceEvent = (
    ConsentRecorded
    | NoticeEmailAnswered
    | PreferencesSet
    | ChannelSuppressed
    | StopConfirmed
    | SuppressionLifted
    | GuardianOmitted
)
