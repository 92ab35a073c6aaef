"""The meeting diary: meetings by day, and what they led to."""

from datetime import datetime
from typing import assert_never, get_args

from domain.kernel.recorded import Told
from domain.meeting import events as e
from domain.shared.ids import InterventionId, MeetingId, SchoolId, StudentId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_Later = (
    e.MeetingMoved | e.MeetingHeld | e.MeetingMissed | e.MeetingCancelled | e.MeetingOutcomeRecorded
)

_LISTENS = get_args(e.MeetingEvent)


class MeetingRow(Row):
    """One meeting. `version` is the meeting's own, for If-Match."""

    meeting_id: MeetingId
    intervention_id: InterventionId
    student_id: StudentId
    school_id: SchoolId
    stage: str
    scheduled_at: datetime
    duration_minutes: int
    status: str
    version: int
    held_at: datetime | None = None
    outcome_code: str | None = None


def evolve(row: MeetingRow | None, fact: Told, key: str) -> MeetingRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its meeting."""
    match fact.event:
        case e.MeetingScheduled() as m:
            return MeetingRow(
                meeting_id=MeetingId(fact.stream),
                intervention_id=m.intervention_id,
                student_id=m.student_id,
                school_id=m.school_id,
                stage=m.stage,
                scheduled_at=m.scheduled_at,
                duration_minutes=m.duration_minutes,
                status="SCHEDULED",
                version=fact.version,
            )
        case event if isinstance(event, _Later):
            return _go_on(expect(row), event).but(version=fact.version)
        case _:
            return row


def _go_on(row: MeetingRow, event: _Later) -> MeetingRow:
    match event:
        case e.MeetingMoved(scheduled_at=at):
            return row.but(scheduled_at=at)
        case e.MeetingHeld(held_at=at):
            return row.but(status="HELD", held_at=at)
        case e.MeetingMissed():
            return row.but(status="NO_SHOW")
        case e.MeetingCancelled():
            return row.but(status="CANCELLED")
        case e.MeetingOutcomeRecorded(outcome=outcome):
            return row.but(outcome_code=str(outcome))
        case _:
            assert_never(event)


MEETING_DIARY = ReadModel(
    "meeting_diary",
    version=1,
    row=MeetingRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("school_id", "student_id", "intervention_id", "scheduled_at", "status"),
    indexes=("scheduled_at, key",),
)
PAGE = Query(
    "meeting_diary",
    "select doc, scheduled_at, key from {meeting_diary} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(status)s::text is null or status = %(status)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (scheduled_at, key) > (%(after_at)s, %(after_key)s))"
    " order by scheduled_at, key limit %(limit)s",
)
