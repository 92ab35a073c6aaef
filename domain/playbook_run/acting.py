"""What a step asks of the school's staff, where it is no message."""

from domain.playbook_run import events as e
from domain.playbook_run.planning import Plan
from domain.shared.playbooks import LetterStep, MeetingStep, TaskStep


def asked(step: TaskStep | MeetingStep | LetterStep, plan: Plan) -> e.RunEvent:
    """Return what is asked for. Software makes the task; a person does it."""
    school, student = plan.started.school_id, plan.started.student_id
    if isinstance(step, TaskStep):
        return e.TaskAsked(
            step_id=step.step_id,
            order=step.order,
            task=step.task,
            due_on=plan.within(step.within),
            school_id=school,
            student_id=student,
        )
    if isinstance(step, MeetingStep):
        return e.MeetingAsked(
            step_id=step.step_id,
            order=step.order,
            due_on=plan.within(step.within),
            school_id=school,
            student_id=student,
        )
    return e.LetterAsked(
        step_id=step.step_id,
        order=step.order,
        template_key=step.template_key,
        school_id=school,
        student_id=student,
        asked_on=plan.on_day,
    )
