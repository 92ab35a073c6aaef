"""What stands against a step at its moment, in the written order."""

from datetime import date
from typing import Protocol

from domain.kernel.world import World
from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.shared.contact import Channel, Purpose
from domain.shared.playbooks import MessageStep, Playbook, StopCondition


class _Case(Protocol):
    closed: bool


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Choice(Protocol):
    def is_suppressed(self, channel: Channel) -> bool: ...
    def allows(self, channel: Channel, purpose: Purpose) -> bool: ...


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


def usable(
    command: c.TakeStep, step: MessageStep, purpose: Purpose, world: World
) -> Channel | e.SkipReason:
    """Return the channel that the guardian may be reached by, or why there is none.

    The reason is that of the first channel: it is the one that the playbook wants.
    """
    choice: _Choice = world.seen(command.choice)
    first = _against(choice, step.channel, purpose)
    if first is None:
        return step.channel
    second = step.fallback
    return second if second and _against(choice, second, purpose) is None else first


def _against(choice: _Choice, channel: Channel, purpose: Purpose) -> e.SkipReason | None:
    if choice.is_suppressed(channel):
        return e.SkipReason.CHANNEL_SUPPRESSED
    return None if choice.allows(channel, purpose) else e.SkipReason.CONSENT_MISSING
