"""A run moves to another version of its playbook: previewed and recorded by the same function."""

from collections.abc import Collection
from dataclasses import replace

from domain.playbook_run import events as e
from domain.playbook_run.planning import Entry, Plan
from domain.shared.playbooks import Playbook, Step


def moved(
    waiting: Entry | None, ended: Collection[str], playbook: Playbook, plan: Plan
) -> list[e.RunEvent]:
    """Return what a move comes to: what waited goes on, or the next step that is not done does.

    What is in the air lands, and the step behind it is the new version's.
    """
    step = None if waiting is None else _goes_on(waiting, ended, playbook)
    dropped = waiting.step_id if waiting and (not step or step.step_id != waiting.step_id) else None
    school, today = plan.started.school_id, plan.on_day
    facts: list[e.RunEvent] = [
        e.RunMoved(
            playbook=playbook,
            school_id=school,
            student_id=plan.started.student_id,
            moved_on=today,
            guardian_id=plan.started.guardian_id,
            dropped_step=dropped,
        )
    ]
    if step is not None:
        same = waiting is not None and waiting.step_id == step.step_id
        facts.append(replace(plan, playbook=playbook).entry(step, e.Again.MOVED if same else None))
    elif waiting is not None:
        facts.append(e.RunCompleted(school_id=school, completed_on=today))
    return facts


def _goes_on(waiting: Entry, ended: Collection[str], playbook: Playbook) -> Step | None:
    same = playbook.find(waiting.step_id)
    if same is not None:
        return same
    later = (step for step in playbook.steps if step.order >= waiting.order)
    return next((step for step in later if step.step_id not in ended), None)
