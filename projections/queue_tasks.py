"""Lines of the queue for tasks of their own, and for clocks that have run out."""

from collections.abc import Mapping
from typing import Final

from domain.intervention.events import DueMoved, DuePassed
from domain.kernel.recorded import Told
from domain.work_task.events import TaskKind, TaskRaised
from projections.queue_lines import Action, QueueStream

_ASKS: Final[Mapping[TaskKind, tuple[Action, str]]] = {
    TaskKind.CONTESTED_MARK: (
        Action.SETTLE_MARK,
        "the source goes on saying otherwise than a person's correction of this day",
    ),
    TaskKind.PLAYBOOK_TASK: (Action.DO_TASK, "a playbook asks for it: {task}"),
    TaskKind.ARRANGE_MEETING: (Action.ARRANGE_MEETING, "a playbook asks for a meeting"),
    TaskKind.RUN_ESCALATED: (
        Action.ARRANGE_MEETING,
        "nothing came of a playbook: arrange a meeting with the family",
    ),
    TaskKind.DECIDE_RUNS: (
        Action.DECIDE_RUNS,
        "one guardian replied: say whether the others still hear from the school",
    ),
    TaskKind.ASK_WHO_MAY_KNOW: (
        Action.ASK_WHO_MAY_KNOW,
        "nobody has said whether a guardian may be told: nothing was sent to them",
    ),
    TaskKind.NOBODY_TO_TELL: (
        Action.FIND_GUARDIAN,
        "no guardian is known who may be told: nothing was sent to anybody",
    ),
}


def raised(fact: Told, event: TaskRaised) -> QueueStream:
    """Ask a person for what a task is about; a playbook's task is the office's, by a day."""
    action, words = _ASKS[event.kind]
    row = QueueStream(
        subject=fact.stream,
        subject_kind="work_task",
        school_id=event.school_id,
        student_id=event.student_id,
    )
    return row.asking(
        action,
        event.kind.value,
        fact.occurred_at,
        reasons=(words.format(task=event.task),),
        evaluated_on=event.on,
        due_on=event.due_on,
        asked=event.owner,
    )


def clock_told(row: QueueStream, fact: Told, event: DueMoved | DuePassed) -> QueueStream:
    """Show the last day where it stands now; what is past due is asked of its owner.

    Where a letter is what a stage still waits for, its line is the letter's, and the clock has one
    of its own.
    """
    line = row.line(event.stage)
    if isinstance(event, DueMoved):
        if line is None or line.action is Action.REVIEW_CORRECTION:
            return row
        if event.runs_again and line.action is Action.SEE_TO_PAST_DUE:
            return row.done(event.stage)
        at = None if event.runs_again else line.told_past_due_at
        return row.with_line(line.but(due_on=event.due_on, told_past_due_at=at))
    owner = event.owner or None
    told = {"due_on": event.due_on, "told_past_due_at": fact.occurred_at}
    if line is None:
        return row.asking(
            Action.SEE_TO_PAST_DUE, event.stage, fact.occurred_at, asked=owner, **told
        )
    return row.with_line(line.but(asked=line.asked or owner, **told))
