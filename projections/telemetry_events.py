"""Telemetry events: every action of every playbook, and better attendance, one row a fact.

The daily numbers are counted elsewhere (`automation_metrics`); here each of them can be looked up.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.intervention.events import AttendanceImproved
from domain.kernel.facts import Event
from domain.kernel.recorded import Told, fact_id
from domain.playbook_run import events as e
from projections.automation_metrics import MINUTES_PER_MANUAL_TOUCH
from projections.kit import Query, ReadModel, Row, stream_key


class TelemetryType(StrEnum):
    """What happened."""

    PLAYBOOK_STARTED = "PLAYBOOK_STARTED"
    STEP_SCHEDULED = "STEP_SCHEDULED"
    STEP_REQUESTED = "STEP_REQUESTED"
    STEP_JOINED = "STEP_JOINED"
    STEP_SENT = "STEP_SENT"
    STEP_SKIPPED = "STEP_SKIPPED"
    STEP_FAILED = "STEP_FAILED"
    STEP_OUTCOME_UNKNOWN = "STEP_OUTCOME_UNKNOWN"
    STEP_DELIVERED = "STEP_DELIVERED"
    STEP_UNDELIVERED = "STEP_UNDELIVERED"
    WAIT_ENDED = "WAIT_ENDED"
    BRANCH_TAKEN = "BRANCH_TAKEN"
    TASK_ASKED = "TASK_ASKED"
    MEETING_ASKED = "MEETING_ASKED"
    LETTER_ASKED = "LETTER_ASKED"
    GUARDIAN_REPLIED = "GUARDIAN_REPLIED"
    ESCALATION_SCHEDULED = "ESCALATION_SCHEDULED"
    ESCALATION_DISMISSED = "ESCALATION_DISMISSED"
    PLAYBOOK_ESCALATED = "PLAYBOOK_ESCALATED"
    PLAYBOOK_PAUSED = "PLAYBOOK_PAUSED"
    PLAYBOOK_RESUMED = "PLAYBOOK_RESUMED"
    PLAYBOOK_MOVED = "PLAYBOOK_MOVED"
    PLAYBOOK_STOPPED = "PLAYBOOK_STOPPED"
    PLAYBOOK_COMPLETED = "PLAYBOOK_COMPLETED"
    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"


T = TelemetryType
# A fact that is told here is one line of this list.
TYPES: Final[Mapping[type[Event], TelemetryType]] = {
    e.RunStarted: T.PLAYBOOK_STARTED,
    e.StepScheduled: T.STEP_SCHEDULED,
    e.ActionScheduled: T.STEP_SCHEDULED,
    e.StepRequested: T.STEP_REQUESTED,
    e.StepJoined: T.STEP_JOINED,
    e.StepSent: T.STEP_SENT,
    e.StepSkipped: T.STEP_SKIPPED,
    e.StepFailed: T.STEP_FAILED,
    e.StepOutcomeUnknown: T.STEP_OUTCOME_UNKNOWN,
    e.StepDelivered: T.STEP_DELIVERED,
    e.StepUndelivered: T.STEP_UNDELIVERED,
    e.Waited: T.WAIT_ENDED,
    e.Branched: T.BRANCH_TAKEN,
    e.TaskAsked: T.TASK_ASKED,
    e.MeetingAsked: T.MEETING_ASKED,
    e.LetterAsked: T.LETTER_ASKED,
    e.GuardianReplied: T.GUARDIAN_REPLIED,
    e.EscalationScheduled: T.ESCALATION_SCHEDULED,
    e.EscalationDismissed: T.ESCALATION_DISMISSED,
    e.RunEscalated: T.PLAYBOOK_ESCALATED,
    e.RunPaused: T.PLAYBOOK_PAUSED,
    e.RunResumed: T.PLAYBOOK_RESUMED,
    e.RunMoved: T.PLAYBOOK_MOVED,
    e.RunStopped: T.PLAYBOOK_STOPPED,
    e.RunCompleted: T.PLAYBOOK_COMPLETED,
    AttendanceImproved: T.ATTENDANCE_IMPROVED,
}
# Codes, numbers and ids; whose they are is asked of the run, which has them once.
_TOLD: Final = (
    *("step_id", "order", "channel", "action", "due_at", "reason", "cause", "owner"),
    *("message_id", "replied", "holds", "task", "template_key", "stage", "dropped_step"),
    *("held_step", "fallback", "due_on", "firing"),
)


class TelemetryRow(Row):
    """One event. `stream_id` is the run, or the intervention that attendance got better in."""

    telemetry_event_id: UUID
    event_type: TelemetryType
    stream_id: UUID
    occurred_at: datetime
    metadata: dict[str, str | int | bool]


def keys(fact: Told) -> tuple[str, ...]:
    """One row a fact."""
    return (f"{stream_key(fact)}:{fact.version}",) if type(fact.event) in TYPES else ()


def evolve(row: TelemetryRow | None, fact: Told, key: str) -> TelemetryRow | None:  # noqa: ARG001  one row a fact
    """Tell one fact."""
    kind = TYPES.get(type(fact.event))
    if kind is None:
        return row
    return TelemetryRow(
        telemetry_event_id=fact_id(fact.stream, fact.version),
        event_type=kind,
        stream_id=fact.stream,
        occurred_at=fact.occurred_at,
        metadata=_metadata(fact.event),
    )


def _metadata(event: Event) -> dict[str, Any]:
    said = {name: getattr(event, name, None) for name in _TOLD}
    if isinstance(event, e.RunStarted | e.RunMoved):
        book = event.playbook
        said |= {"playbook_id": book.playbook_id, "playbook_version": book.version}
    if isinstance(event, e.StepSent):
        said["estimated_minutes_saved"] = MINUTES_PER_MANUAL_TOUCH
    kept = {name: value for name, value in said.items() if value is not None}
    built: dict[str, Any] = msgspec.to_builtins(kept)
    return built


TELEMETRY_EVENTS = ReadModel(
    "telemetry_events",
    version=1,
    row=TelemetryRow,
    listens=tuple(TYPES),
    keys=keys,
    evolve=evolve,
    columns=("event_type", "stream_id", "occurred_at"),
    indexes=(
        "tenant, occurred_at, key",
        "tenant, event_type, occurred_at, key",
        "tenant, stream_id",
    ),
)
PAGE = Query(
    "telemetry_events",
    "select json_build_object('telemetry_event_id', t.doc::json ->> 'telemetry_event_id',"
    " 'event_type', t.event_type, 'playbook_run_id', r.key,"
    " 'school_id', coalesce(r.school_id, i.school_id),"
    " 'student_id', coalesce(r.student_id, i.student_id),"
    " 'metadata', t.doc::json -> 'metadata', 'occurred_at', t.occurred_at)::text,"
    " t.occurred_at, t.key from {telemetry_events} t"
    " left join {run_monitor} r on r.tenant = t.tenant and r.key = t.stream_id::text"
    " left join {interventions} i on i.tenant = t.tenant and i.key = t.stream_id::text"
    " where t.tenant = %(tenant)s"
    " and coalesce(r.school_id, i.school_id) is not null"
    " and (%(school)s::uuid[] is null or coalesce(r.school_id, i.school_id) = any(%(school)s))"
    " and (%(type)s::text is null or t.event_type = %(type)s)"
    " and (%(run)s::uuid is null or t.stream_id = %(run)s)"
    " and (%(student)s::uuid is null or coalesce(r.student_id, i.student_id) = %(student)s)"
    " and (%(from)s::timestamptz is null or t.occurred_at >= %(from)s)"
    " and (%(to)s::timestamptz is null or t.occurred_at < %(to)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (t.occurred_at, t.key) > (%(after_at)s, %(after_key)s))"
    " order by t.occurred_at, t.key limit %(limit)s",
)
