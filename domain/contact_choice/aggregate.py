"""One guardian's choices."""

from collections.abc import Sequence
from typing import ClassVar, Final, assert_never

from domain.contact_choice import commands as c
from domain.contact_choice import events as e
from domain.contact_choice import refusals as r
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.contact import Channel, Purpose

IMPORT: Final = "IMPORT"
_STAFF: Final = "staff:"
_NONE: Final = e.PreferencesSet(
    language=None, channels=(), quiet_from=None, quiet_until=None, off=()
)


class ContactChoice(Aggregate[c.ContactChoiceCommand, e.ContactChoiceEvent]):
    """Unknown is not yes: a nudge needs a recorded basis. A suppression beats every consent."""

    kind: ClassVar[str] = "contact_choice"

    def __init__(self) -> None:
        self.consents: dict[tuple[Channel, Purpose], e.ConsentRecorded] = {}
        self.notice_email: e.NoticeEmailAnswered | None = None
        self.preferences = _NONE
        self.suppressed: dict[Channel, tuple[e.SuppressionCause, ...]] = {}
        self.omitted: set[e.GuardianOmitted] = set()

    def is_suppressed(self, channel: Channel) -> bool:
        """Say whether the channel must not be used at all."""
        return bool(self.suppressed.get(channel))

    def allows(self, channel: Channel, purpose: Purpose) -> bool:
        """Say whether nothing that the guardian chose stands against a channel for a purpose.

        A legal notice needs no consent, but by e-mail an agreement to just that, as the law on the
        service of notices in England and Wales asks (DOMAIN.md 7.2); safety asks nobody. WhatsApp
        takes nobody who did not opt in to it, whatever the purpose: a yes of any kind is that.
        """
        if channel is Channel.WHATSAPP and not self._opted_in(channel):
            return False
        if purpose is Purpose.SAFETY:
            return True
        if purpose in self.preferences.off:
            return False
        said = self.consents.get((channel, purpose))
        if purpose is Purpose.STATUTORY_NOTICE:
            if channel is Channel.EMAIL:
                return self.notice_email is not None and self.notice_email.given
            return said is None or said.given
        return said is not None and said.given and said.basis is not e.LegalBasis.UNKNOWN

    def _opted_in(self, channel: Channel) -> bool:
        return any(one is channel and said.given for (one, _), said in self.consents.items())

    def liked(self, channels: Sequence[Channel]) -> list[Channel]:
        """Return channels in the guardian's own order; what they did not name stays behind."""
        order = self.preferences.channels
        return sorted(channels, key=lambda one: order.index(one) if one in order else len(order))

    def decide(
        self, command: c.ContactChoiceCommand, world: World
    ) -> Sequence[e.ContactChoiceEvent]:
        """Return what follows."""
        match command:
            case c.RecordConsent():
                return self._consent(command)
            case c.RecordNoticeEmail(given=given, source=source):
                before = self.notice_email
                if before and (before.given == given or _undoes(source, before.source, given)):
                    return []
                return [e.NoticeEmailAnswered(given=given, source=source)]
            case c.SetPreferences():
                return self._prefer(command)
            case c.SuppressChannel():
                return self._suppress(command)
            case c.LiftSuppression():
                return self._lift(command, world)
            case c.OmitGuardian():
                return self._omit(command)
            case _:
                assert_never(command)

    def _consent(self, command: c.RecordConsent) -> list[e.ContactChoiceEvent]:
        if command.purpose is Purpose.SAFETY and not command.given:
            raise r.SafetyNeverOff
        answer = e.ConsentRecorded(
            channel=command.channel,
            given=command.given,
            source=command.source,
            purpose=command.purpose,
            basis=command.basis,
        )
        before = self.consents.get((command.channel, command.purpose))
        if before is None:
            return [answer]
        same = before.given == answer.given and before.basis is answer.basis
        return [] if same or _undoes(answer.source, before.source, answer.given) else [answer]

    def _prefer(self, command: c.SetPreferences) -> list[e.ContactChoiceEvent]:
        if Purpose.SAFETY in command.off:
            raise r.SafetyNeverOff
        if (command.quiet_from is None) is not (command.quiet_until is None):
            raise r.QuietAllDay
        if command.quiet_from is not None and command.quiet_from == command.quiet_until:
            raise r.QuietAllDay
        wish = e.PreferencesSet(
            language=command.language,
            channels=command.channels,
            quiet_from=command.quiet_from,
            quiet_until=command.quiet_until,
            off=command.off,
        )
        return [] if wish == self.preferences else [wish]

    def _suppress(self, command: c.SuppressChannel) -> list[e.ContactChoiceEvent]:
        channel, cause = command.channel, command.cause
        if channel is Channel.POST:
            raise r.LettersNeverOff
        if cause in self.suppressed.get(channel, ()):
            return []  # said twice, meant once; another cause stands beside the first
        stopped: list[e.ContactChoiceEvent] = [e.ChannelSuppressed(channel=channel, cause=cause)]
        if cause is e.SuppressionCause.STOP and command.confirmed_by is not None:
            stopped.append(e.StopConfirmed(channel=channel, by=command.confirmed_by))
        return stopped

    def _lift(self, command: c.LiftSuppression, world: World) -> list[e.ContactChoiceEvent]:
        channel, cause, reason = command.channel, command.cause, command.reason
        if reason is e.LiftReason.START_WORD:
            # A number that bounced, complained or belongs to a stranger does not open itself.
            cause = e.SuppressionCause.STOP
        elif not world.actor.startswith(_STAFF):
            raise r.LiftedByPersonOnly
        causes = self.suppressed.get(channel, ())
        if not causes or (cause is not None and cause not in causes):
            return []
        return [e.SuppressionLifted(channel=channel, reason=reason, cause=cause)]

    def _omit(self, command: c.OmitGuardian) -> list[e.ContactChoiceEvent]:
        noted = e.GuardianOmitted(
            reason=command.reason,
            student_id=command.student_id,
            school_id=command.school_id,
            intervention_id=command.intervention_id,
            stage=command.stage,
            firing=command.firing,
            playbook_id=command.playbook_id,
            on=command.on,
            until=command.until,
        )
        return [] if noted in self.omitted else [noted]

    def evolve(self, event: e.ContactChoiceEvent) -> None:
        """Remember the latest word."""
        match event:
            case e.ConsentRecorded(channel=channel, purpose=purpose):
                self.consents[channel, purpose] = event
            case e.NoticeEmailAnswered():
                self.notice_email = event
            case e.PreferencesSet():
                self.preferences = event
            case e.ChannelSuppressed(channel=channel, cause=cause):
                self.suppressed[channel] = (*self.suppressed.get(channel, ()), cause)
            case e.SuppressionLifted(channel=channel, cause=cause):
                causes = self.suppressed.get(channel, ())
                self.suppressed[channel] = tuple(x for x in causes if cause not in {None, x})
            case e.GuardianOmitted():
                self.omitted.add(event)
            case e.StopConfirmed():
                pass
            case _:
                assert_never(event)


def _undoes(source: str, before: str, given: bool) -> bool:
    """Say whether a file would turn a person's no into a yes: last night's export knows less."""
    return given and source == IMPORT and before != IMPORT
