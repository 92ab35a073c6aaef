"""What a named person brings to an intervention: a stage that only people propose."""

from typing import TYPE_CHECKING

from domain.intervention import commands as c
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
