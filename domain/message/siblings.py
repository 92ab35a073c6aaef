"""The steps about siblings that a message speaks of, looked at once more before each call."""

from typing import Protocol

from domain.kernel.world import World
from domain.message.commands import AttemptMessage, Matter
from domain.message.last_look import against_the_matter, against_the_person
from domain.shared.contact import Along, Channel, Purpose, RunStep
from domain.shared.ids import MessageId


class _Flying(Protocol):
    message_id: MessageId


class _Waiting(Protocol):
    step_id: str


class _Past(Protocol):
    over: bool
    paused: bool
    waiting: _Waiting | None
    flying: dict[str, _Flying]


class _Run(Protocol):
    past: _Past


def parting(
    command: AttemptMessage, channel: Channel, purpose: Purpose, world: World
) -> tuple[RunStep, ...] | None:
    """Return the steps that no message of this one may speak of; None: come again in a moment.

    A step that has not heard yet that it is said here could be said a second time on its own. And a
    WhatsApp template has no room for a second child.
    """
    if channel is Channel.WHATSAPP:
        return tuple([one.step for one in command.also])
    gone = [one.step for one in command.also if not _may_stay(one, command, purpose, world)]
    waits = [one for one in command.also if one.step in gone and _will_hear(one, world)]
    return None if waits and command.patient else tuple(gone)


def _may_stay(one: Along, command: AttemptMessage, purpose: Purpose, world: World) -> bool:
    if against_the_matter(Matter.of(one), command.school_id, world) is not None:
        return False
    if against_the_person(command, one.student_id, purpose, world) is not None:
        return False
    run: _Run = world.seen(one.step.run_id)
    flying = run.past.flying.get(one.step.step_id)
    if run.past.over or run.past.paused or flying is None:
        return False
    return flying.message_id == command.message_id


def _will_hear(one: Along, world: World) -> bool:
    run: _Run = world.seen(one.step.run_id)
    past = run.past
    waits = past.waiting is not None and past.waiting.step_id == one.step.step_id
    return waits and not past.over and not past.paused
