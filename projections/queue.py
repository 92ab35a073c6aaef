"""The queue: one line for everything that waits for a person."""

from datetime import date, datetime
from enum import StrEnum
from typing import get_args
from uuid import UUID

from domain.intervention import events as iv
from domain.kernel.recorded import Told
from domain.letter import events as lt
from domain.meeting import events as mt
from domain.message import events as ms
from domain.shared.ids import SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = tuple(
    event
    for kind in (iv.InterventionEvent, lt.LetterEvent, mt.MeetingEvent, ms.MessageEvent)
    for event in get_args(kind)
)


class Action(StrEnum):
    """What a person is asked to do."""

    APPROVE_STAGE = "APPROVE_STAGE"
    ARRANGE_MEETING = "ARRANGE_MEETING"
    REVIEW_CORRECTION = "REVIEW_CORRECTION"
    ESCALATE = "ESCALATE"
    POST_LETTER = "POST_LETTER"
    MEND_LETTER = "MEND_LETTER"
    HOLD_MEETING = "HOLD_MEETING"
    RECORD_OUTCOME = "RECORD_OUTCOME"
    SETTLE_MESSAGE = "SETTLE_MESSAGE"
    FIX_CONTACT = "FIX_CONTACT"
    NONE = "NONE"


class QueueRow(Row):
    """One thing to do. `subject` is the intervention, letter, meeting or message it is about."""

    subject: UUID
    subject_kind: str
    school_id: SchoolId
    student_id: StudentId
    action: Action
    stage: str
    waiting_since: datetime
    numbers: tuple[DecidingNumbers, ...] = ()
    evaluated_on: date | None = None
    approval: str = ""
    needs_person: bool = False


def evolve(row: QueueRow | None, fact: Told, key: str) -> QueueRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into the line of its stream."""
    match fact.event:
        case iv.InterventionOpened() | lt.LetterRequested() | mt.MeetingScheduled():
            return _found(fact, fact.event)
        case ms.MessageRequested():
            return _found(fact, fact.event)
        case (
            iv.InterventionStopped()
            | iv.InterventionCompleted()
            | lt.LetterPosted()
            | lt.LetterWithdrawn()
            | mt.MeetingCancelled()
            | mt.MeetingOutcomeRecorded()
            | ms.MessageDelivered()
        ):
            return None
        case _:
            return None if row is None else _ask(row, fact)


def _found(
    fact: Told,
    event: iv.InterventionOpened | lt.LetterRequested | mt.MeetingScheduled | ms.MessageRequested,
) -> QueueRow:
    meeting = isinstance(event, mt.MeetingScheduled)
    return QueueRow(
        subject=fact.stream,
        subject_kind=_KIND[type(event)],
        school_id=event.school_id,
        student_id=event.student_id,
        action=Action.HOLD_MEETING if meeting else Action.NONE,
        stage=getattr(event, "stage", ""),
        waiting_since=fact.occurred_at,
        needs_person=meeting,
    )


_KIND = {
    iv.InterventionOpened: "intervention",
    lt.LetterRequested: "letter",
    mt.MeetingScheduled: "meeting",
    ms.MessageRequested: "message",
}


def _ask(row: QueueRow, fact: Told) -> QueueRow:
    match fact.event:
        case iv.StageProposed() as proposed:
            return row.but(
                action=Action.APPROVE_STAGE,
                stage=proposed.stage.type,
                approval=str(proposed.stage.approval),
                numbers=proposed.numbers,
                evaluated_on=proposed.evaluated_on,
                waiting_since=fact.occurred_at,
                needs_person=True,
            )
        case iv.StageEntered(stage="MEETING"):
            return _wait(row, fact, Action.ARRANGE_MEETING)
        case iv.InterventionEscalated():
            return _wait(row, fact, Action.ESCALATE)
        case iv.StageUnsupported():
            return _wait(row, fact, Action.REVIEW_CORRECTION)
        case lt.LetterRendered():
            return _wait(row, fact, Action.POST_LETTER)
        case lt.LetterRenderingFailed():
            return _wait(row, fact, Action.MEND_LETTER)
        case mt.MeetingHeld() | mt.MeetingMissed():
            return _wait(row, fact, Action.RECORD_OUTCOME)
        case ms.MessageOutcomeUnknown():
            return _wait(row, fact, Action.SETTLE_MESSAGE)
        case ms.MessageFailed() | ms.MessageUndelivered():
            return _wait(row, fact, Action.FIX_CONTACT)
        case (
            iv.StageEntered()
            | iv.StageDeclined()
            | iv.StageWithdrawn()
            | iv.MeetingArranged()
            | ms.MessageAccepted()
        ):
            return row.but(action=Action.NONE, needs_person=False)
        case _:
            return row


def _wait(row: QueueRow, fact: Told, action: Action) -> QueueRow:
    stage = getattr(fact.event, "stage", row.stage)
    return row.but(action=action, stage=stage, waiting_since=fact.occurred_at, needs_person=True)


QUEUE = ReadModel(
    "queue",
    version=1,
    row=QueueRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("school_id", "student_id", "action", "stage", "needs_person", "waiting_since"),
    indexes=("school_id, action, waiting_since",),
)
PAGE = Query(
    "queue",
    "select doc, waiting_since, key from {queue} where tenant = %(tenant)s and needs_person"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(action)s::text is null or action = %(action)s)"
    " and (%(stage)s::text is null or stage = %(stage)s)"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (waiting_since, key) > (%(after_at)s, %(after_key)s))"
    " order by waiting_since, key limit %(limit)s",
)
