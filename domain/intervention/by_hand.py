"""What a named person brings to an intervention: a stage of a person's own, and attempts."""

from typing import TYPE_CHECKING

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import guards, ladder
from domain.intervention import refusals as r
from domain.kernel.world import World

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def propose(state: "InterventionInstance", command: c.ProposeByHand, world: World) -> ladder.Facts:
    """Propose a stage that only a person decides. What forbids it is said to the person.

    What was declined may be proposed again; what was entered, once its cause has come anew.
    """
    stage = command.stage
    if not world.actor.startswith("staff:"):
        raise r.ApprovalByPersonOnly
    if not stage.by_hand:
        raise r.StageNotByHand(stage=stage.type)
    if stage.type in state.proposed:
        return []
    if stage.asks_reason and command.reason_ref is None:
        raise r.ProposalReasonMissing(stage=stage.type)
    stopped = state.over and stage.stopped_by(ladder.condition(state.stopped_for))
    if stopped or ladder.forbidden(stage, command, world) is not None:
        raise r.StageForbidden(stage=stage.type)
    if stage.type not in state.declined and not ladder.fires(state, command):
        raise r.StageNotArmed(stage=stage.type)
    ladder.check_order(state, stage, command.evaluated_on, world.calendar(command.school_id))
    found = guards.checked(state, stage.track, command.guards, command.findings)
    proposed = ladder.proposal(state, command, found, world)
    return [*ladder.opening(state, command), proposed]


def log_attempt(state: "InterventionInstance", command: c.LogAttempt, world: World) -> ladder.Facts:
    """Put an attempt on record; whether it meets a guard is asked when the guard is."""
    if state.opened is None:
        raise r.InterventionUnknown
    if command.attempt_id in state.tried:
        return []
    if command.message_id is None:
        ladder.by_person(state, world)
    if command.stage not in state.entered:
        raise r.StageNotEntered(stage=command.stage)
    if command.made_on > world.today(command.school_id):
        raise r.AttemptInFuture(made_on=command.made_on)
    fired = state.fired.get(command.stage)
    wanted = fired.stage.attendees if fired is not None else ()
    if unknown := sorted(set(command.invited) - set(wanted)):
        raise r.AttendeeUnknown(attendees=unknown)
    return [_logged(state, command, command.invited or wanted, wanted)]


def _logged(
    state: "InterventionInstance",
    command: c.LogAttempt,
    invited: tuple[str, ...],
    wanted: tuple[str, ...],
) -> e.AttemptLogged:
    return e.AttemptLogged(
        attempt_id=command.attempt_id,
        stage=command.stage,
        way=command.way,
        outcome=command.outcome,
        made_on=command.made_on,
        invited=invited,
        everybody=set(wanted) <= set(invited),
        after=tuple(n for n, x in state.entered.items() if x.entered_on <= command.made_on),
        notes_ref=command.notes_ref,
        message_id=command.message_id,
    )
