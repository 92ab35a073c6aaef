"""A playbook's steps changed one by one; what comes of it is checked as a whole elsewhere."""

import msgspec

from domain.playbook import refusals as r
from domain.shared.playbooks import Playbook, Step


def with_step(playbook: Playbook, step: Step) -> Playbook:
    """Return the playbook with one more step, in its order.

    Raises:
        StepExists: a step has this id already.
    """
    if any(one.step_id == step.step_id for one in playbook.steps):
        raise r.StepExists
    return _ordered(playbook, (*playbook.steps, step))


def with_step_changed(playbook: Playbook, step_id: str, step: Step) -> Playbook:
    """Return the playbook with a step in place of the one of this id.

    Raises:
        StepNotThere: no step has this id.
        StepRenamed: the new step has another id: messages of runs are known by it.
    """
    left = _without(playbook, step_id)
    if step.step_id != step_id:
        raise r.StepRenamed
    return _ordered(playbook, (*left, step))


def without_step(playbook: Playbook, step_id: str) -> Playbook:
    """Return the playbook without the step of this id.

    Raises:
        StepNotThere: no step has this id.
    """
    return _ordered(playbook, _without(playbook, step_id))


def _without(playbook: Playbook, step_id: str) -> tuple[Step, ...]:
    left = tuple(one for one in playbook.steps if one.step_id != step_id)
    if len(left) == len(playbook.steps):
        raise r.StepNotThere
    return left


def _ordered(playbook: Playbook, steps: tuple[Step, ...]) -> Playbook:
    return msgspec.structs.replace(playbook, steps=tuple(sorted(steps, key=lambda one: one.order)))
