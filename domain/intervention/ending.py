"""Ending: attendance that is better by the rule, and reasons to stop."""

from typing import TYPE_CHECKING

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention.improvement import CHECKPOINTS, improved
from domain.intervention.ladder import Facts, condition

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def check(state: "InterventionInstance", command: c.CheckImprovement) -> Facts:
    """Look once at each checkpoint after the latest stage whether attendance is better."""
    looked = command.checkpoint in state.checked or command.checkpoint not in CHECKPOINTS
    if state.over or state.improved or not state.entered or looked:
        return []
    latest = next(reversed(state.entered.values()))
    baseline, trailing = command.baseline, command.trailing
    better = improved(baseline, trailing, latest.numbers, command.unexplained)
    checked = e.ImprovementChecked(
        stage=latest.stage,
        checkpoint=command.checkpoint,
        baseline=baseline,
        trailing=trailing,
        unexplained=command.unexplained,
        checked_on=command.checked_on,
        improved=better,
    )
    if not better:
        return [checked]
    told = e.AttendanceImproved(baseline=baseline, trailing=trailing, checked_on=command.checked_on)
    ended = stop(state, e.StopReason.ATTENDANCE_IMPROVED) if command.stops else []
    return [checked, told, *ended]


def stop(state: "InterventionInstance", reason: e.StopReason) -> Facts:
    """Stop, and say which proposals this reason does not reach."""
    if state.opened is None or state.over:
        return []
    kept = [
        name
        for name, proposed in sorted(state.proposed.items())
        if not proposed.stage.stopped_by(condition(str(reason)))
    ]
    return [e.InterventionStopped(reason=reason, kept=tuple(kept))]
