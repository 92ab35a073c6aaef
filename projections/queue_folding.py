"""How facts put lines into the queue, and take them off."""

from collections.abc import Mapping
from typing import Final, get_args

from domain.intervention import events as iv
from domain.kernel.recorded import Told
from domain.letter import events as lt
from domain.letter.stages import TEMPLATES
from domain.meeting import events as mt
from domain.message import events as ms
from domain.message.reasons import Finding, Remedy
from domain.work_task.events import TaskFinished, TaskRaised
from projections.queue_lines import Action, QueueStream
from projections.queue_tasks import clock_told, raised
from projections.words import in_words

_EVENTS: Final = (iv.InterventionEvent, lt.LetterEvent, mt.MeetingEvent, ms.MessageEvent)
LISTENS: Final = (
    *(event for kind in _EVENTS for event in get_args(kind)),
    *(TaskRaised, TaskFinished),
)
_Founding = (
    iv.InterventionOpened
    | lt.LetterRequested
    | mt.MeetingScheduled
    | ms.MessageRequested
    | ms.MessageMisaddressed
)
_KIND: Final[Mapping[type, str]] = {
    iv.InterventionOpened: "intervention",
    lt.LetterRequested: "letter",
    mt.MeetingScheduled: "meeting",
    ms.MessageRequested: "message",
    ms.MessageMisaddressed: "message",
}
# What a stop of the ladder takes off the queue; duties and corrections stay until they are done.
_OF_THE_LADDER: Final = frozenset(
    {Action.ARRANGE_MEETING, Action.ESCALATE, Action.TELL_WORKER, Action.SEE_TO_PAST_DUE}
)


def evolve(row: QueueStream | None, fact: Told, key: str) -> QueueStream | None:  # noqa: ARG001  one row a stream
    """Fold one fact into the lines of its stream."""
    match fact.event:
        case (
            iv.InterventionOpened()
            | lt.LetterRequested()
            | mt.MeetingScheduled()
            | ms.MessageRequested()
        ):
            return _found(fact, fact.event)
        case TaskRaised() as task:
            return raised(fact, task)
        case ms.MessageMisaddressed() as wrong:
            # Also after its delivery, which has taken the message off: strangers answer as well.
            return _wait(row or _found(fact, wrong), fact, Action.FIX_CONTACT)
        case (
            lt.LetterPosted()
            | lt.LetterWithdrawn()
            | mt.MeetingCancelled()
            | mt.MeetingOutcomeRecorded()
            | ms.MessageDelivered()
            | TaskFinished()
        ):
            return None
        case _ if row is None:
            return None
        case event if isinstance(event, iv.InterventionEvent):
            return _climb(row, fact, event)
        case _:
            return _ask(row, fact)


def _found(fact: Told, event: _Founding) -> QueueStream:
    row = QueueStream(
        subject=fact.stream,
        subject_kind=_KIND[type(event)],
        school_id=event.school_id,
        student_id=event.student_id,
        stage=getattr(event, "stage", ""),
        same_day=getattr(event, "same_day", False),
        due_on=getattr(event, "due_on", None),
    )
    if isinstance(event, mt.MeetingScheduled):
        return _wait(row, fact, Action.HOLD_MEETING)
    return row


def _ask(row: QueueStream, fact: Told) -> QueueStream:
    match fact.event:
        case lt.LetterRendered():
            return _wait(row, fact, Action.POST_LETTER)
        case lt.LetterRenderingFailed():
            return _wait(row, fact, Action.MEND_LETTER)
        case mt.MeetingHeld() | mt.MeetingMissed():
            return _wait(row, fact, Action.RECORD_OUTCOME)
        case ms.MessageOutcomeUnknown():
            return _wait(row, fact, Action.SETTLE_MESSAGE)
        case ms.MessageFailed(remedy=remedy) | ms.MessageUndelivered(remedy=remedy):
            mend = remedy in {None, Remedy.FIX_CONTACT}
            return _wait(row, fact, Action.FIX_CONTACT if mend else Action.SEE_TO_MESSAGE)
        case ms.MessageSettled(finding=Finding.NOT_SENT):
            return _wait(row, fact, Action.SEE_TO_MESSAGE)
        case (
            ms.MessageAccepted()
            | ms.MessageSettled()
            | ms.MessageRedirected()
            | ms.MessageResendOrdered()
            | ms.MessageAbandoned()
        ):
            return row.done(row.stage)
        case _:
            return row


def _wait(row: QueueStream, fact: Told, action: Action) -> QueueStream:
    return row.asking(action, row.stage, fact.occurred_at, due_on=row.due_on)


def _climb(row: QueueStream, fact: Told, event: iv.InterventionEvent) -> QueueStream:
    match event:
        case iv.StageProposed() as proposed:
            return row.asking(
                Action.APPROVE_STAGE,
                proposed.stage.type,
                fact.occurred_at,
                track=proposed.stage.track,
                numbers=proposed.numbers,
                reasons=tuple(map(in_words, proposed.numbers)),
                evaluated_on=proposed.evaluated_on,
                approval=str(proposed.stage.approval),
                due_on=proposed.due_on,
                qualified_on=proposed.qualified_on,
                proposed_by=proposed.proposed_by,
                guards=proposed.guards,
                findings=proposed.findings,
                firing=proposed.firing,
            )
        case iv.StageEntered() as entered:
            return _enter(row, fact, entered)
        case iv.StageWithheld(stage=stage, reason=iv.WithholdReason.TO_WORKER):
            return row.asking(Action.TELL_WORKER, stage, fact.occurred_at)
        case (
            iv.StageDeclined(stage=stage)
            | iv.StageWithheld(stage=stage)
            | iv.StageWithdrawn(stage=stage)
        ):
            return row.done(stage, Action.APPROVE_STAGE)
        case _:
            return _follow(row, fact, event)


def _enter(row: QueueStream, fact: Told, entered: iv.StageEntered) -> QueueStream:
    """Ask for what a stage wants of people; letters and messages have lines of their own."""
    name = entered.stage
    line = row.line(name)
    told = None if line is None else line.told_past_due_at
    if name.startswith("MEETING") or name == "CONFERENCE":
        action = Action.ARRANGE_MEETING
    elif row.same_day or not entered.approved_by or (name in TEMPLATES and told is None):
        return row.done(name)
    else:
        action = Action.SEE_TO_PAST_DUE if name in TEMPLATES else Action.FULFIL_DUTY
    return row.asking(
        action,
        name,
        fact.occurred_at,
        track=entered.track,
        numbers=entered.numbers,
        reasons=tuple(map(in_words, entered.numbers)),
        due_on=entered.due_on,
        told_past_due_at=told,
        asked=entered.approved_by or None,
        firing=entered.firing,
    )


def _follow(row: QueueStream, fact: Told, event: iv.InterventionEvent) -> QueueStream:
    match event:
        case iv.InterventionEscalated(stage=stage):
            return row.asking(Action.ESCALATE, stage, fact.occurred_at)
        case iv.StageUnsupported(stage=stage, firing=firing) if row.same_day:
            return row.done(stage, firing=firing)
        case iv.StageUnsupported(stage=stage, owner=owner) as lost:
            return row.asking(
                Action.REVIEW_CORRECTION,
                stage,
                fact.occurred_at,
                numbers=lost.numbers,
                reasons=tuple(map(in_words, lost.numbers)),
                evaluated_on=lost.evaluated_on,
                asked=owner or None,
                firing=lost.firing,
            )
        case iv.StageReinstated() | iv.CorrectionReviewed() as settled:
            return row.done(settled.stage, Action.REVIEW_CORRECTION, firing=settled.firing)
        case iv.AbsenceExplained(stage=stage, firing=firing):
            return row.done(stage, firing=firing)
        case iv.StageFulfilled(stage=stage):
            return row.done(stage)
        case iv.MeetingArranged(stage=stage):
            return row.done(stage, Action.ARRANGE_MEETING)
        case iv.LetterSent(stage=stage):
            return row.done(stage, Action.SEE_TO_PAST_DUE)
        case iv.DueMoved() | iv.DuePassed():
            return clock_told(row, fact, event)
        case iv.InterventionStopped(kept=kept):
            return _stop(row, kept)
        case iv.InterventionCompleted():
            return _stop(row, ())
        case _:
            return row


def _stop(row: QueueStream, kept: tuple[str, ...]) -> QueueStream:
    left = tuple(
        one
        for one in row.lines
        if one.action not in _OF_THE_LADDER
        and (one.action is not Action.APPROVE_STAGE or one.stage in kept)
    )
    return row.with_lines(*left)
