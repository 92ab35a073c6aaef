"""What a run asks of the school's staff reaches their queue, and a reply reaches the other runs."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.letter.commands import RequestLetter, run_letter_id
from domain.playbook_run.commands import PauseRun, StopRun
from domain.playbook_run.events import (
    GuardianReplied,
    LetterAsked,
    MeetingAsked,
    PauseReason,
    RunCompleted,
    RunEscalated,
    RunStarted,
    RunStop,
    TaskAsked,
)
from domain.playbook_run.settling import OFFICE
from domain.shared.ids import GuardianId, RunId
from domain.shared.playbooks import OnReply
from domain.work_task.commands import RaiseTask, run_task_id
from domain.work_task.events import TaskKind
from processmanagers.kit import OpenRun
from processmanagers.reply_minder import REPLY_MINDER
from processmanagers.task_raiser import TASK_RAISER
from tests.support.examples import (
    GUARDIAN,
    MESSAGE,
    NOTES_REF,
    PLAYBOOK_1,
    RUN,
    SCHOOL,
    STUDENT,
    TODAY,
    but,
    example,
)
from tests.support.following import LookUps, reacting

OTHER = GuardianId(NOTES_REF)
HIS, HERS = RunId(UUID(int=0xA)), RunId(UUID(int=0xB))
FAMILY = LookUps(
    guardians_to_tell=[GUARDIAN, OTHER],
    open_runs=[
        OpenRun(RUN, SCHOOL, GUARDIAN),
        OpenRun(HERS, SCHOOL, GUARDIAN),
        OpenRun(HIS, SCHOOL, OTHER),
    ],
)
DECIDE = RaiseTask(
    task=run_task_id(TaskKind.DECIDE_RUNS, RUN, MESSAGE),
    kind_of_task=TaskKind.DECIDE_RUNS,
    school_id=SCHOOL,
    student_id=STUDENT,
    on=TODAY,
    owner=OFFICE,
    due_on=date(2025, 9, 25),
    run_id=RUN,
)


def task(kind: TaskKind, about: str, **more: object) -> RaiseTask:
    bare = msgspec.structs.replace(DECIDE, kind_of_task=kind, task=run_task_id(kind, RUN, about))
    return msgspec.structs.replace(bare, **more)


@pytest.mark.parametrize(
    ("asked", "follows"),
    [
        (
            example(TaskAsked),
            task(TaskKind.PLAYBOOK_TASK, "task", due_on=date(2025, 9, 30), task_code="CALL_HOME"),
        ),
        (
            example(MeetingAsked),
            task(TaskKind.ARRANGE_MEETING, "meeting", due_on=date(2025, 10, 7)),
        ),
        (
            example(RunEscalated),
            task(TaskKind.RUN_ESCALATED, "", on=date(2025, 10, 7), due_on=date(2025, 10, 14)),
        ),
    ],
    ids=["a task", "a meeting", "nothing came of it"],
)
def test_what_a_run_asks_is_a_task_with_an_owner_and_a_day(asked: Event, follows: Command) -> None:
    """000-036, 000-187 Escalation makes a work task for staff to arrange a meeting."""
    reacting(TASK_RAISER).to(asked).commands(follows)
    reacting(TASK_RAISER).to(example(RunCompleted)).commands()


def test_a_letter_of_a_run_waits_for_a_person_as_every_letter_does() -> None:
    """Its day is that of the stage: a stage that is taken back by the register takes it back."""
    reacting(TASK_RAISER).to(example(LetterAsked)).commands(letter(GUARDIAN))


def test_a_letter_of_a_households_run_goes_to_each_guardian() -> None:
    whole = LookUps(guardians_to_tell=[GUARDIAN, OTHER], started=but(RunStarted, guardian_id=None))
    reacting(TASK_RAISER, whole).to(example(LetterAsked)).commands(letter(GUARDIAN), letter(OTHER))


def letter(guardian: GuardianId) -> RequestLetter:
    started = example(RunStarted)
    return RequestLetter(
        letter_id=run_letter_id(RUN, "letter", guardian),
        intervention_id=started.intervention_id,
        case_id=started.case_id,
        stage=started.stage,
        student_id=STUDENT,
        guardian_id=guardian,
        school_id=SCHOOL,
        template_key="LETTER_1_ATTENDANCE",
        requested_on=started.started_on,
        numbers=started.baseline,
    )


def test_trap_36_a_reply_of_one_guardian_pauses_the_others_and_staff_decide() -> None:
    """Trap 36: by default nobody is stopped for good because somebody else has answered."""
    pause = PauseRun(HIS, SCHOOL, PauseReason.OTHER_GUARDIAN_REPLIED)
    reacting(REPLY_MINDER, FAMILY).to(example(GuardianReplied)).commands(pause, DECIDE)


def test_a_reply_stops_the_others_where_the_playbook_says_so() -> None:
    """000-189 Optionally a reply from any guardian stops all runs of that student."""
    stop = StopRun(HIS, SCHOOL, RunStop.OTHER_GUARDIAN_REPLIED)
    reply = but(GuardianReplied, others=OnReply.STOP_OTHERS)
    reacting(REPLY_MINDER, FAMILY).to(reply).commands(stop)


def test_a_reply_leaves_the_others_where_the_playbook_says_so() -> None:
    """000-188 Separate run and own sequence per guardian."""
    reply = but(GuardianReplied, others=OnReply.LEAVE_OTHERS)
    reacting(REPLY_MINDER, FAMILY).to(reply).commands()


def test_a_reply_from_before_policies_were_told_follows_the_playbook_of_the_start() -> None:
    book = msgspec.structs.replace(PLAYBOOK_1, on_reply=OnReply.STOP_OTHERS)
    family = LookUps(open_runs=FAMILY.open_runs, started=but(RunStarted, playbook=book))
    old = but(GuardianReplied, others=None, replied_on=None, decide_by=None)
    stop = StopRun(HIS, SCHOOL, RunStop.OTHER_GUARDIAN_REPLIED)
    reacting(REPLY_MINDER, family).to(old).commands(stop)
    dayless = msgspec.structs.replace(DECIDE, due_on=None)
    pause = PauseRun(HIS, SCHOOL, PauseReason.OTHER_GUARDIAN_REPLIED)
    reacting(REPLY_MINDER, FAMILY).to(old).commands(pause, dayless)


def test_where_nobody_else_is_written_to_nothing_is_to_decide() -> None:
    alone = LookUps(open_runs=FAMILY.open_runs[:2])
    reacting(REPLY_MINDER, alone).to(example(GuardianReplied)).commands()
    reacting(REPLY_MINDER, FAMILY).to(example(RunCompleted)).commands()
