"""A step in the company of others: its place in the family's day, a sibling's message."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run.planning import Plan
from domain.playbook_run.remembering import Flying, Memory
from domain.shared.contact import RunStep
from domain.shared.playbooks import MessageStep

A_MINUTE: Final = timedelta(minutes=1)
_A_WHILE: Final = timedelta(minutes=5)
_NO_PLACE: Final = frozenset({e.Again.DAY_FULL, e.Again.GAVE_WAY})


class _Day(Protocol):
    def place_of(self, step: RunStep) -> tuple[RunStep, tuple[RunStep, ...]] | None: ...


def place_of(
    command: c.TakeStep, step: MessageStep, plan: Plan
) -> tuple[RunStep, ...] | e.RunEvent:
    """Return the siblings' steps that are said with this one, or why it is not said now.

    On a later day than planned, after an outage, the step asks that day for a place first: so
    what has piled up is said within the budget of each day.
    """
    stream = command.day
    if stream is None and step.expires_after is None:
        return ()  # in the diary since before budgets were kept
    if stream is None:  # it seemed too late, and the calendar has changed
        return plan.again(step, e.Again.LATER_DAY, A_MINUTE)
    if command.contact_on != plan.hours.day_there(plan.world.now):
        return plan.again(step, e.Again.LATER_DAY, A_MINUTE)
    day: _Day = plan.world.seen(stream)
    place = day.place_of(RunStep(command.run_id, step.step_id))
    if place is None:
        return plan.again(step, e.Again.PLACE_NOT_SETTLED, A_MINUTE)
    leader, also = place
    if leader.run_id != command.run_id:
        return plan.again(step, e.Again.SAID_WITH_A_SIBLING, _A_WHILE)
    return also


def delayed(past: Memory, command: c.DelayStep, plan: Plan) -> e.SkipReason | Sequence[e.RunEvent]:
    """Return when a step is looked at next that has no place in the family's day, or again one.

    Where its words would come too late by then, it is given up with that reason.
    """
    entry = past.waiting
    if past.over or past.paused or not isinstance(entry, e.StepScheduled):
        return []
    if (entry.step_id, entry.contact_on) != (command.step_id, command.contact_on):
        return []  # it is in the diary for another day by now
    step = plan.playbook.step(entry.step_id)
    if command.why not in _NO_PLACE:
        sooner = plan.entry(step, command.why)
        return [sooner] if max(sooner.due_at, plan.world.now) < entry.due_at else []
    later = plan.on_another_day(step, command.why, command.contact_on)
    there = plan.calendar.local(later.due_at).date()
    if isinstance(step, MessageStep) and plan.is_late(step, there):
        return e.SkipReason.CONTACT_BUDGET
    return [later]


def joined(past: Memory, command: c.JoinStep) -> Sequence[e.RunEvent]:
    """Return that a step is said in a sibling's message."""
    entry = past.waiting
    if past.over or past.paused or not isinstance(entry, e.StepScheduled):
        return []  # the message looks at this run once more before it leaves
    if entry.step_id != command.step_id:
        return []
    return [
        e.StepJoined(
            step_id=entry.step_id,
            order=entry.order,
            channel=command.channel,
            message_id=command.message_id,
            leader=command.leader,
        )
    ]


def parted(past: Memory, command: c.PartStep) -> Flying | None:
    """Return the step that has left a sibling's message, if it was in it."""
    flying = past.flying.get(command.step_id)
    if past.over or flying is None or flying.message_id != command.message_id:
        return None
    return flying
