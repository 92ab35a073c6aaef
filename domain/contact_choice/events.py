"""Facts about one guardian's choices."""

from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.contact import Channel


class SuppressionCause(StrEnum):
    """Why a channel must not be used."""

    STOP = "STOP"
    HARD_BOUNCE = "HARD_BOUNCE"
    COMPLAINT = "COMPLAINT"
    WRONG_NUMBER = "WRONG_NUMBER"


@fact("contact_choice.consent_recorded")
class ConsentRecorded(Event):
    """The guardian said yes or no to messages of the nudging kind on a channel.

    `source` is where the answer came from, as a code (IMPORT, STAFF, GUARDIAN).
    """

    channel: Channel
    given: bool
    source: str


@fact("contact_choice.channel_suppressed")
class ChannelSuppressed(Event):
    """Nothing is sent on this channel any more, until it is lifted."""

    channel: Channel
    cause: SuppressionCause


@fact("contact_choice.suppression_lifted")
class SuppressionLifted(Event):
    """The guardian opted in again, or the address was corrected."""

    channel: Channel


ContactChoiceEvent = ConsentRecorded | ChannelSuppressed | SuppressionLifted
