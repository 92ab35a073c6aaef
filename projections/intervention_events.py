"""Intervention events: what happened in an intervention, in the words of the school's file.

The ledger holds every fact; these are the four that a file on a child is asked for, append-only.
"""

from datetime import datetime
from uuid import UUID

from domain.intervention import events as e
from domain.kernel.recorded import Told, fact_id
from domain.shared.ids import (
    InterventionId,
    LetterId,
    RuleSetId,
    SchoolId,
    StudentId,
    stage_id,
)
from domain.shared.numbers import DecidingNumbers
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = (
    e.InterventionOpened,
    e.StageEntered,
    e.LetterSent,
    e.AttendanceImproved,
    e.InterventionStopped,
    e.InterventionEscalated,
)


class EventLine(Row):
    """One event: STAGE_ENTERED, LETTER_SENT, STOPPED or ESCALATED.

    `artifact_id` is the letter that was sent; absent for what left no artifact. `numbers` are what
    a stage was entered by, or a stop for better attendance: before, and since.
    """

    event_id: UUID
    instance_id: InterventionId
    stage_id: UUID | None
    stage: str
    event_type: str
    artifact_id: LetterId | None
    occurred_at: datetime
    school_id: SchoolId
    numbers: tuple[DecidingNumbers, ...] = ()


class EventsRow(Row):
    """The events of one intervention, in order.

    `better_by` are absence before and since, when attendance last was better by the rule.
    """

    student_id: StudentId
    school_id: SchoolId
    rule_set_id: RuleSetId
    stage: str = ""
    better_by: tuple[DecidingNumbers, ...] = ()
    events: tuple[EventLine, ...] = ()


def evolve(row: EventsRow | None, fact: Told, key: str) -> EventsRow | None:  # noqa: ARG001  one row a stream
    """Add what is an event."""
    match fact.event:
        case e.InterventionOpened() as o:
            return EventsRow(o.student_id, o.school_id, o.rule_set_id)
        case e.StageEntered(stage=stage, numbers=numbers):
            entered = expect(row).but(stage=stage)
            return _happened(entered, fact, "STAGE_ENTERED", stage, numbers=numbers)
        case e.LetterSent(stage=stage, letter_id=letter):
            return _happened(expect(row), fact, "LETTER_SENT", stage, letter)
        case e.InterventionEscalated(stage=stage):
            return _happened(expect(row), fact, "ESCALATED", stage)
        case e.AttendanceImproved(baseline=baseline, trailing=trailing):
            return expect(row).but(better_by=(baseline, trailing))
        case e.InterventionStopped(reason=reason):
            better = reason is e.StopReason.ATTENDANCE_IMPROVED
            numbers = expect(row).better_by if better else ()
            return _happened(expect(row), fact, "STOPPED", expect(row).stage, numbers=numbers)
        case _:
            return row


def _happened(
    row: EventsRow,
    fact: Told,
    kind: str,
    stage: str,
    letter: LetterId | None = None,
    numbers: tuple[DecidingNumbers, ...] = (),
) -> EventsRow:
    line = EventLine(
        event_id=fact_id(fact.stream, fact.version),
        instance_id=InterventionId(fact.stream),
        stage_id=stage_id(row.rule_set_id, stage) if stage else None,
        stage=stage,
        event_type=kind,
        artifact_id=letter,
        occurred_at=fact.occurred_at,
        school_id=row.school_id,
        numbers=numbers,
    )
    return row.but(events=(*row.events, line))


INTERVENTION_EVENTS = ReadModel(
    "intervention_events",
    version=2,
    row=EventsRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("student_id", "school_id"),
    indexes=("student_id",),
)
OF_STUDENT = Query(
    "intervention_events",
    "select value::text from {intervention_events} i"
    " cross join lateral json_array_elements(i.doc::json -> 'events') as l (value)"
    " where i.tenant = %(tenant)s and i.student_id = %(student)s"
    " and (%(school)s::uuid[] is null or i.school_id = any(%(school)s))"
    " order by value ->> 'occurred_at', i.key limit 10000",
)
