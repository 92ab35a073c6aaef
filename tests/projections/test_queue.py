"""The queue has a line for everything that waits for a person, and for nothing else."""

import msgspec
import pytest

from domain.intervention.events import (
    AbsenceExplained,
    AttendanceImproved,
    CorrectionReviewed,
    InterventionCompleted,
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageDeclined,
    StageEntered,
    StageFulfilled,
    StageProposed,
    StageReinstated,
    StageUnsupported,
    StageWithdrawn,
    StageWithheld,
    WithholdReason,
)
from domain.kernel.facts import Event
from domain.letter.events import (
    LetterPosted,
    LetterRendered,
    LetterRenderingFailed,
    LetterRequested,
    LetterWithdrawn,
)
from domain.meeting.events import (
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingOutcomeRecorded,
    MeetingScheduled,
)
from domain.message.events import (
    MessageAbandoned,
    MessageAccepted,
    MessageAttempted,
    MessageDelivered,
    MessageFailed,
    MessageMisaddressed,
    MessageOutcomeUnknown,
    MessageRedirected,
    MessageRequested,
    MessageResendOrdered,
    MessageSettled,
    MessageUndelivered,
)
from domain.message.reasons import Finding, Remedy
from domain.register_batch.events import BatchRecorded
from domain.work_task.events import TaskFinished, TaskKind, TaskRaised
from projections.queue import QUEUE, Action, QueueLine
from projections.words import in_words
from tests.support.examples import (
    INTERVENTION,
    LETTER,
    LETTER_1,
    NUMBERS,
    SCHOOL,
    STUDENT,
    TODAY,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import NOW, at

OPENED, PROPOSED = example(InterventionOpened), example(StageProposed)
ENTERED = example(StageEntered)
DUTY = but(StageEntered, stage="NOTICE_20", approved_by="staff:7", due_on=TODAY)
LETTER_ASKED, MEETING, MESSAGE = (
    example(LetterRequested),
    example(MeetingScheduled),
    example(MessageRequested),
)


def test_a_proposed_stage_waits_for_approval_with_the_numbers_that_decided() -> None:
    row = project(QUEUE, OPENED, PROPOSED).row
    assert row.lines == (
        QueueLine(
            line=f"{INTERVENTION}:LETTER_1",
            track="SUPPORT",
            reasons=(in_words(NUMBERS),),
            subject=INTERVENTION,
            subject_kind="intervention",
            school_id=SCHOOL,
            student_id=STUDENT,
            action=Action.APPROVE_STAGE,
            stage="LETTER_1",
            waiting_since=NOW,
            numbers=(NUMBERS,),
            evaluated_on=TODAY,
            approval=str(LETTER_1.approval),
        ),
    )


def test_a_line_waits_since_its_latest_question() -> None:
    evening = at("2025-09-23 18:30")
    later = project(
        QUEUE,
        recorded(LETTER_ASKED, stream=LETTER),
        recorded(example(LetterRendered), stream=LETTER, version=2, on=evening),
    )
    (line,) = later.row.lines
    assert (line.waiting_since, line.action) == (evening, Action.POST_LETTER)


BAD_NUMBER = but(MessageUndelivered, code="30006", remedy=Remedy.FIX_CONTACT)
ASKED: list[tuple[tuple[Event, ...], Action]] = [
    ((OPENED, PROPOSED, but(StageEntered, stage="MEETING")), Action.ARRANGE_MEETING),
    ((OPENED, PROPOSED, ENTERED, example(InterventionEscalated)), Action.ESCALATE),
    ((OPENED, PROPOSED, DUTY), Action.FULFIL_DUTY),
    ((OPENED, PROPOSED, DUTY, example(InterventionStopped)), Action.FULFIL_DUTY),
    ((OPENED, PROPOSED, but(StageWithheld, reason=WithholdReason.TO_WORKER)), Action.TELL_WORKER),
    (
        (OPENED, PROPOSED, ENTERED, example(InterventionStopped), example(StageUnsupported)),
        Action.REVIEW_CORRECTION,
    ),
    ((OPENED, PROPOSED, ENTERED, example(StageUnsupported)), Action.REVIEW_CORRECTION),
    ((LETTER_ASKED, example(LetterRendered)), Action.POST_LETTER),
    ((LETTER_ASKED, example(LetterRenderingFailed)), Action.MEND_LETTER),
    ((MEETING,), Action.HOLD_MEETING),
    ((MEETING, example(MeetingMoved)), Action.HOLD_MEETING),
    ((MEETING, example(MeetingHeld)), Action.RECORD_OUTCOME),
    ((MEETING, MeetingMissed()), Action.RECORD_OUTCOME),
    ((MESSAGE, example(MessageOutcomeUnknown)), Action.SETTLE_MESSAGE),
    ((MESSAGE, example(MessageFailed)), Action.FIX_CONTACT),
    ((MESSAGE, example(MessageMisaddressed)), Action.FIX_CONTACT),
    # A stranger answers after the delivery that took the message off the queue.
    (
        (
            MESSAGE,
            example(MessageAccepted),
            example(MessageDelivered),
            example(MessageMisaddressed),
        ),
        Action.FIX_CONTACT,
    ),
    ((MESSAGE, example(MessageAccepted), BAD_NUMBER), Action.FIX_CONTACT),
    ((MESSAGE, example(MessageAccepted), example(MessageUndelivered)), Action.SEE_TO_MESSAGE),
    ((MESSAGE, example(MessageOutcomeUnknown), example(MessageSettled)), Action.SEE_TO_MESSAGE),
    ((example(TaskRaised),), Action.SETTLE_MARK),
    ((but(TaskRaised, kind=TaskKind.PLAYBOOK_TASK, task="CALL_HOME"),), Action.DO_TASK),
    ((but(TaskRaised, kind=TaskKind.ARRANGE_MEETING),), Action.ARRANGE_MEETING),
    ((but(TaskRaised, kind=TaskKind.RUN_ESCALATED),), Action.ARRANGE_MEETING),
    ((but(TaskRaised, kind=TaskKind.DECIDE_RUNS),), Action.DECIDE_RUNS),
    ((but(TaskRaised, kind=TaskKind.ASK_WHO_MAY_KNOW),), Action.ASK_WHO_MAY_KNOW),
    ((but(TaskRaised, kind=TaskKind.NOBODY_TO_TELL),), Action.FIND_GUARDIAN),
]


@pytest.mark.parametrize(("facts", "action"), ASKED)
def test_each_situation_asks_for_its_action(facts: tuple[Event, ...], action: Action) -> None:
    row = project(QUEUE, *facts).row
    assert (row.action, row.needs_person) == (action, True)


def test_a_task_of_a_run_is_asked_of_its_owner_by_its_day() -> None:
    """000-187: an owner and a day beside what is to be done."""
    kind, owner, day = TaskKind.PLAYBOOK_TASK, "school:attendance-office", TODAY
    task = but(TaskRaised, kind=kind, owner=owner, due_on=day, task="CALL_HOME")
    (line,) = project(QUEUE, task).row.lines
    assert (line.asked, line.due_on) == (owner, day)
    assert line.reasons == ("a playbook asks for it: CALL_HOME",)


@pytest.mark.parametrize(
    "facts",
    [
        (OPENED,),
        (OPENED, PROPOSED, ENTERED),
        (OPENED, PROPOSED, example(StageDeclined)),
        (OPENED, PROPOSED, example(StageWithdrawn)),
        (OPENED, but(StageEntered, stage="MEETING"), example(MeetingArranged)),
        (OPENED, PROPOSED, ENTERED, example(LetterSent), example(AttendanceImproved)),
        (LETTER_ASKED,),
        (MESSAGE,),
        (MESSAGE, example(MessageAttempted)),
        (MESSAGE, example(MessageOutcomeUnknown), example(MessageAccepted)),
        (OPENED, PROPOSED, example(InterventionStopped)),
        (OPENED, PROPOSED, ENTERED, InterventionCompleted()),
        (OPENED, PROPOSED, ENTERED, example(StageUnsupported), example(StageReinstated)),
        (OPENED, PROPOSED, ENTERED, example(StageUnsupported), example(CorrectionReviewed)),
        (OPENED, DUTY, but(StageFulfilled, stage="NOTICE_20")),
        (OPENED, PROPOSED, example(StageWithheld)),
        (OPENED, PROPOSED, but(AbsenceExplained, stage="LETTER_1")),
    ],
)
def test_what_waits_for_nobody_asks_nobody(facts: tuple[Event, ...]) -> None:
    row = project(QUEUE, *facts).row
    assert (row.action, row.needs_person) == (Action.NONE, False)


@pytest.mark.parametrize(
    "facts",
    [
        (LETTER_ASKED, example(LetterRendered), example(LetterPosted)),
        (LETTER_ASKED, example(LetterRendered), example(LetterWithdrawn)),
        (MEETING, example(MeetingCancelled)),
        (MEETING, example(MeetingHeld), example(MeetingOutcomeRecorded)),
        (MESSAGE, example(MessageUndelivered), example(MessageDelivered)),
        (example(TaskRaised), TaskFinished()),
        (example(BatchRecorded),),
        (example(LetterRendered),),
    ],
)
def test_what_is_over_has_no_line(facts: tuple[Event, ...]) -> None:
    project(QUEUE, *facts).shows_nothing()


def test_a_second_tracks_proposal_does_not_hide_the_first() -> None:
    """ARCHITECTURE 9.1: support and duties stand on tracks of their own."""
    notice = msgspec.structs.replace(LETTER_1, type="NOTICE_20", track="DUTY")
    both = (OPENED, PROPOSED, but(StageProposed, stage=notice, due_on=TODAY))
    lines = project(QUEUE, *both).row.lines
    assert [(one.stage, one.track, one.due_on) for one in lines] == [
        ("LETTER_1", "SUPPORT", None),
        ("NOTICE_20", "DUTY", TODAY),
    ]
    (left,) = project(QUEUE, *both, ENTERED).row.lines
    assert left.stage == "NOTICE_20"
    kept = InterventionStopped(example(InterventionStopped).reason, ("NOTICE_20",))
    assert [one.stage for one in project(QUEUE, *both, kept).row.lines] == ["NOTICE_20"]


def test_whoever_approved_is_asked_about_a_correction() -> None:
    lost = but(StageUnsupported, owner="staff:7")
    (line,) = project(QUEUE, OPENED, PROPOSED, ENTERED, lost).row.lines
    assert (line.action, line.asked) == (Action.REVIEW_CORRECTION, "staff:7")


def test_a_contact_that_is_no_longer_needed_asks_nobody() -> None:
    today = but(InterventionOpened, same_day=True)
    facts = (today, PROPOSED, ENTERED, example(StageUnsupported))
    assert project(QUEUE, *facts).row.lines == ()


def test_a_correction_of_an_older_firing_stands_beside_what_is_asked_now() -> None:
    """An old spell that was learned of after a newer one fired hides no duty, and is not hidden."""
    duty = but(StageEntered, stage="NOTICE_20", approved_by="staff:7", firing=2)
    first, second = (but(StageUnsupported, stage="NOTICE_20", firing=n) for n in (1, 2))
    review, due = Action.REVIEW_CORRECTION, Action.FULFIL_DUTY
    for facts, expected in (
        ((first,), [(due, 2), (review, 1)]),
        ((first, second), [(review, 1), (review, 2)]),
        ((first, but(StageReinstated, stage="NOTICE_20", firing=1)), [(due, 2)]),
        ((first, second, but(CorrectionReviewed, stage="NOTICE_20", firing=1)), [(review, 2)]),
        ((first, second, but(CorrectionReviewed, stage="NOTICE_20")), []),  # older facts: all
        ((first, but(StageFulfilled, stage="NOTICE_20")), []),
    ):
        asked = project(QUEUE, OPENED, DUTY, duty, *facts).row.lines
        assert [(one.action, one.firing) for one in asked] == expected
        assert len({one.line for one in asked}) == len(asked)


def test_an_older_contact_that_is_explained_leaves_what_is_asked_about_the_newest() -> None:
    contact = but(InterventionOpened, same_day=True)
    waits = but(StageProposed, firing=2)
    for event in (AbsenceExplained, StageUnsupported):
        for firing, left in ((1, 1), (2, 0)):
            told = but(event, stage="LETTER_1", firing=firing)
            assert len(project(QUEUE, contact, waits, told).row.lines) == left


@pytest.mark.parametrize(
    "facts",
    [
        (example(MessageUndelivered), example(MessageRedirected)),
        (example(MessageFailed), example(MessageResendOrdered)),
        (example(MessageFailed), example(MessageAbandoned)),
        (example(MessageOutcomeUnknown), but(MessageSettled, finding=Finding.SENT)),
    ],
)
def test_a_message_that_goes_on_or_was_seen_to_asks_for_nothing(facts: tuple[Event, ...]) -> None:
    assert project(QUEUE, MESSAGE, *facts).row.lines == ()
