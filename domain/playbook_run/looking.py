"""What stands against a step at its moment, in the written order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol

from domain.kernel.world import World
from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId
from domain.shared.playbooks import MessageStep, Playbook, StopCondition


class _Case(Protocol):
    closed: bool


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Preferences(Protocol):
    quiet_from: time | None
    quiet_until: time | None


class _Choice(Protocol):
    preferences: _Preferences

    def is_suppressed(self, channel: Channel) -> bool: ...
    def allows(self, channel: Channel, purpose: Purpose) -> bool: ...
    def liked(self, channels: Sequence[Channel]) -> list[Channel]: ...


def stop_of(
    command: c.TakeStep | c.EscalateRun, playbook: Playbook, world: World
) -> e.RunStop | None:
    """Look in the written order. Reply and improvement stop a run when they happen."""
    case: _Case = world.seen(command.case_id)
    if case.closed and StopCondition.CASE_CLOSED in playbook.stop_conditions:
        return e.RunStop.CASE_CLOSED
    exemptions: _Exemptions = world.seen(command.exemption)
    if exemptions.holds_on(world.today(command.school_id)):
        return e.RunStop.EXEMPTION_FLAG
    return None


@dataclass(frozen=True, slots=True)
class Way:
    """To whom a message goes, on which channel, and on which one after that, should it fail."""

    guardian_id: GuardianId
    channel: Channel
    fallback: Channel | None
    quiet: tuple[time, time] | None


def usable(
    command: c.TakeStep, step: MessageStep, purpose: Purpose, world: World
) -> Way | e.SkipReason:
    """Return the way to the first of a home who may be reached, or why there is none.

    Each one's own choices decide, in the order of channels that they like. The reason is that of
    the first channel of the first one: it is what the playbook wants.
    """
    reason: e.SkipReason | None = None
    for member in command.people:
        choice: _Choice = world.seen(c.choice_of(member.guardian_id))
        wanted = choice.liked([one for one in (step.channel, step.fallback) if one is not None])
        for channel in wanted:
            against = _against(choice, channel, purpose)
            if against is None and channel in member.out_of_reach:
                against = e.SkipReason.NO_ADDRESS
            if against is None:
                behind = wanted[wanted.index(channel) + 1 :]
                quiet = None if purpose is Purpose.SAFETY else _quiet(choice)
                return Way(member.guardian_id, channel, behind[0] if behind else None, quiet)
            reason = reason or against
    return reason or e.SkipReason.NO_ADDRESS


def _quiet(choice: _Choice) -> tuple[time, time] | None:
    begins, ends = choice.preferences.quiet_from, choice.preferences.quiet_until
    return None if begins is None or ends is None else (begins, ends)


def _against(choice: _Choice, channel: Channel, purpose: Purpose) -> e.SkipReason | None:
    if choice.is_suppressed(channel):
        return e.SkipReason.CHANNEL_SUPPRESSED
    return None if choice.allows(channel, purpose) else e.SkipReason.CONSENT_MISSING
