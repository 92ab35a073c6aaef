"""The queue has a line for everything that waits for a person, and for nothing else."""

import pytest

from domain.intervention.events import (
    AttendanceImproved,
    InterventionCompleted,
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageUnsupported,
    StageWithdrawn,
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
    MessageAccepted,
    MessageAttempted,
    MessageDelivered,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageRequested,
    MessageUndelivered,
)
from domain.register_batch.events import BatchRecorded
from projections.queue import QUEUE, Action, QueueRow
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
LETTER_ASKED, MEETING, MESSAGE = (
    example(LetterRequested),
    example(MeetingScheduled),
    example(MessageRequested),
)


def test_a_proposed_stage_waits_for_approval_with_the_numbers_that_decided() -> None:
    project(QUEUE, OPENED, PROPOSED).shows(
        QueueRow(
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
            needs_person=True,
        )
    )


def test_a_line_waits_since_its_latest_question() -> None:
    evening = at("2025-09-23 18:30")
    later = project(
        QUEUE,
        recorded(LETTER_ASKED, stream=LETTER),
        recorded(example(LetterRendered), stream=LETTER, version=2, on=evening),
    )
    assert (later.row.waiting_since, later.row.action) == (evening, Action.POST_LETTER)


ASKED: list[tuple[tuple[Event, ...], Action]] = [
    ((OPENED, PROPOSED, but(StageEntered, stage="MEETING")), Action.ARRANGE_MEETING),
    ((OPENED, PROPOSED, ENTERED, example(InterventionEscalated)), Action.ESCALATE),
    ((OPENED, PROPOSED, ENTERED, example(StageUnsupported)), Action.REVIEW_CORRECTION),
    ((LETTER_ASKED, example(LetterRendered)), Action.POST_LETTER),
    ((LETTER_ASKED, example(LetterRenderingFailed)), Action.MEND_LETTER),
    ((MEETING,), Action.HOLD_MEETING),
    ((MEETING, example(MeetingMoved)), Action.HOLD_MEETING),
    ((MEETING, example(MeetingHeld)), Action.RECORD_OUTCOME),
    ((MEETING, MeetingMissed()), Action.RECORD_OUTCOME),
    ((MESSAGE, example(MessageOutcomeUnknown)), Action.SETTLE_MESSAGE),
    ((MESSAGE, example(MessageFailed)), Action.FIX_CONTACT),
    ((MESSAGE, example(MessageAccepted), example(MessageUndelivered)), Action.FIX_CONTACT),
]


@pytest.mark.parametrize(("facts", "action"), ASKED)
def test_each_situation_asks_for_its_action(facts: tuple[Event, ...], action: Action) -> None:
    row = project(QUEUE, *facts).row
    assert (row.action, row.needs_person) == (action, True)


@pytest.mark.parametrize(
    "facts",
    [
        (OPENED,),
        (OPENED, PROPOSED, ENTERED),
        (OPENED, PROPOSED, example(StageDeclined)),
        (OPENED, PROPOSED, example(StageWithdrawn)),
        (OPENED, PROPOSED, but(StageEntered, stage="MEETING"), example(MeetingArranged)),
        (OPENED, PROPOSED, ENTERED, example(LetterSent), example(AttendanceImproved)),
        (LETTER_ASKED,),
        (MESSAGE,),
        (MESSAGE, example(MessageAttempted)),
        (MESSAGE, example(MessageOutcomeUnknown), example(MessageAccepted)),
    ],
)
def test_what_waits_for_nobody_asks_nobody(facts: tuple[Event, ...]) -> None:
    row = project(QUEUE, *facts).row
    assert (row.action, row.needs_person) == (Action.NONE, False)


@pytest.mark.parametrize(
    "facts",
    [
        (OPENED, PROPOSED, example(InterventionStopped)),
        (OPENED, PROPOSED, ENTERED, InterventionCompleted()),
        (OPENED, example(InterventionStopped), example(StageUnsupported)),
        (LETTER_ASKED, example(LetterRendered), example(LetterPosted)),
        (LETTER_ASKED, example(LetterRendered), example(LetterWithdrawn)),
        (MEETING, example(MeetingCancelled)),
        (MEETING, example(MeetingHeld), example(MeetingOutcomeRecorded)),
        (MESSAGE, example(MessageUndelivered), example(MessageDelivered)),
        (example(BatchRecorded),),
    ],
)
def test_what_is_over_has_no_line(facts: tuple[Event, ...]) -> None:
    project(QUEUE, *facts).shows_nothing()
