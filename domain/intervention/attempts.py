"""Attempts at a meeting: as a person tells of one, or as a message that went was one."""

from datetime import date
from typing import TYPE_CHECKING

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.ladder import Facts, by_person
from domain.intervention.reasons import AttemptOutcome
from domain.kernel.world import World

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def log(state: "InterventionInstance", command: c.LogAttempt, world: World) -> Facts:
    """Put an attempt on record; whether it meets a guard is asked when the guard is."""
    if state.opened is None:
        raise r.InterventionUnknown
    if command.attempt_id in state.tried:
        return []
    by_person(state, world)
    if command.stage not in state.entered:
        raise r.StageNotEntered(stage=command.stage)
    if command.made_on > world.today(command.school_id):
        raise r.AttemptInFuture(made_on=command.made_on)
    fired = state.fired.get(command.stage)
    wanted = fired.stage.attendees if fired is not None else ()
    if unknown := sorted(set(command.invited) - set(wanted)):
        raise r.AttendeeUnknown(attendees=unknown)
    invited = command.invited or wanted
    logged = e.AttemptLogged(
        attempt_id=command.attempt_id,
        stage=command.stage,
        way=command.way,
        outcome=command.outcome,
        made_on=command.made_on,
        invited=invited,
        everybody=set(wanted) <= set(invited),
        after=_entered_by(state, command.made_on),
        notes_ref=command.notes_ref,
    )
    return [logged]


def log_message(state: "InterventionInstance", command: c.LogMessage, world: World) -> Facts:
    """Take a message that went for an attempt, where the stage asks for attempts.

    That it was sent is all that is known: nobody was reached by it.
    """
    entered, began = state.entered.get(command.stage), state.began.get(command.stage)
    if entered is None or began is None or command.attempt_id in state.tried:
        return []
    made_on = world.calendar(command.school_id).local(command.made_at).date()
    if not began.stage.log_attempts or made_on < entered.entered_on:
        return []
    logged = e.AttemptLogged(
        attempt_id=command.attempt_id,
        stage=command.stage,
        way=command.way,
        outcome=AttemptOutcome.SENT,
        made_on=made_on,
        invited=began.stage.attendees,
        everybody=True,
        after=_entered_by(state, made_on),
        message_id=command.message_id,
    )
    return [logged]


def fail(state: "InterventionInstance", command: c.FailAttempt) -> Facts:
    """Say of an attempt that it never arrived: it counts no more, and stays on record."""
    return [
        e.AttemptFailed(attempt_id=one.attempt_id, stage=one.stage)
        for one in state.attempts
        if one.attempt_id == command.attempt_id and one.attempt_id not in state.failed
    ]


def _entered_by(state: "InterventionInstance", day: date) -> tuple[str, ...]:
    return tuple(name for name, one in state.entered.items() if one.entered_on <= day)
