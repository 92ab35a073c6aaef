"""What a run asks of the school's staff: by a step, by its end, by a reply."""

from typing import Final

from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run.planning import Plan
from domain.shared.contact import Purpose
from domain.shared.playbooks import Escalation, LetterStep, MeetingStep, Step, TaskStep

_DECIDED_WITHIN: Final = 2
"""School days in which staff say what becomes of the other guardians' runs."""
NOTICE_TASK: Final = "POST_NOTICE"
_SWITCHED_OFF: Final = frozenset(
    {
        e.SkipReason.CHANNEL_SUPPRESSED,
        e.SkipReason.CONSENT_MISSING,
        e.SkipReason.NO_ADDRESS,
        e.SkipReason.NOT_TEXTABLE,
        e.SkipReason.NO_COUNTRY_CODE,
    }
)


def posted_instead(
    step: Step | e.StepRequested | e.StepJoined, reason: e.SkipReason, plan: Plan
) -> list[e.RunEvent]:
    """Return what becomes of a legal notice that cannot go by its channel: it goes by post.

    Nobody loses a notice by switching off a channel, and no switched-off channel is used because
    something is a notice: staff are told, and post it.
    """
    if plan.playbook.purpose is not Purpose.STATUTORY_NOTICE or reason not in _SWITCHED_OFF:
        return []
    school, student = plan.started.school_id, plan.started.student_id
    task = e.TaskAsked(
        step_id=step.step_id,
        order=step.order,
        task=NOTICE_TASK,
        due_on=plan.within(1),
        school_id=school,
        student_id=student,
        asked_on=plan.on_day,
    )
    words = getattr(step, "template_key", None) or plan.playbook.text_of(step.step_id)
    # Without words: the run was moved, and its playbook says nothing of this step any more.
    return [_letter(step, words, plan), task] if words else [task]


def _letter(step: Step | e.StepRequested | e.StepJoined, words: str, plan: Plan) -> e.LetterAsked:
    return e.LetterAsked(
        step_id=step.step_id,
        order=step.order,
        template_key=words,
        school_id=plan.started.school_id,
        student_id=plan.started.student_id,
        asked_on=plan.on_day,
    )


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
            asked_on=plan.on_day,
        )
    if isinstance(step, MeetingStep):
        return e.MeetingAsked(
            step_id=step.step_id,
            order=step.order,
            due_on=plan.within(step.within),
            school_id=school,
            student_id=student,
            asked_on=plan.on_day,
        )
    return e.LetterAsked(
        step_id=step.step_id,
        order=step.order,
        template_key=step.template_key,
        school_id=school,
        student_id=student,
        asked_on=plan.on_day,
    )


def handed_over(rule: Escalation, dropped: str | None, plan: Plan) -> e.RunEvent:
    """Return that a person takes over, and by when the meeting is to be arranged."""
    return e.RunEscalated(
        school_id=plan.started.school_id,
        student_id=plan.started.student_id,
        stage=plan.started.stage,
        escalated_on=plan.on_day,
        due_on=plan.within(rule.within),
        dropped_step=dropped,
    )


def heard(command: c.RecordReply, plan: Plan) -> e.RunEvent:
    """Return that a guardian replied, and what becomes of the other guardians' runs."""
    return e.GuardianReplied(
        message_id=command.message_id,
        channel=command.channel,
        others=plan.playbook.on_reply,
        replied_on=plan.on_day,
        decide_by=plan.within(_DECIDED_WITHIN),
    )
