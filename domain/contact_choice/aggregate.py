"""One guardian's choices."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

from domain.contact_choice.commands import (
    ContactChoiceCommand,
    LiftSuppression,
    RecordConsent,
    SuppressChannel,
)
from domain.contact_choice.events import (
    ChannelSuppressed,
    ConsentRecorded,
    ContactChoiceEvent,
    SuppressionCause,
    SuppressionLifted,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.contact import Channel, Purpose


class ContactChoice(Aggregate[ContactChoiceCommand, ContactChoiceEvent]):
    """Unknown is not yes: a nudge needs a recorded consent. A suppression beats every consent."""

    kind: ClassVar[str] = "contact_choice"

    def __init__(self) -> None:
        self.consent: dict[Channel, bool] = {}
        self.suppressed: dict[Channel, SuppressionCause] = {}

    def is_suppressed(self, channel: Channel) -> bool:
        """Say whether the channel must not be used at all."""
        return channel in self.suppressed

    def allows(self, channel: Channel, purpose: Purpose) -> bool:
        """Say whether consent stands where the purpose asks for one."""
        return purpose is not Purpose.NUDGE or self.consent.get(channel, False)

    def decide(
        self,
        command: ContactChoiceCommand,
        world: World,  # noqa: ARG002  nothing of the world is asked
    ) -> Sequence[ContactChoiceEvent]:
        """Return what follows."""
        match command:
            case RecordConsent(channel=channel, given=given, source=source):
                if self.consent.get(channel) == given:
                    return []
                return [ConsentRecorded(channel=channel, given=given, source=source)]
            case SuppressChannel(channel=channel, cause=cause):
                known = channel in self.suppressed
                return [] if known else [ChannelSuppressed(channel=channel, cause=cause)]
            case LiftSuppression(channel=channel):
                known = channel in self.suppressed
                return [SuppressionLifted(channel=channel)] if known else []
            case _:
                assert_never(command)

    def evolve(self, event: ContactChoiceEvent) -> None:
        """Remember the latest word."""
        match event:
            case ConsentRecorded(channel=channel, given=given):
                self.consent[channel] = given
            case ChannelSuppressed(channel=channel, cause=cause):
                self.suppressed[channel] = cause
            case SuppressionLifted(channel=channel):
                self.suppressed.pop(channel, None)
            case _:
                assert_never(event)
