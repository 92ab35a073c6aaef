"""Automation metrics: what ran by itself, counted by school and day."""

from collections.abc import Iterator
from datetime import date

from domain.intervention import events as iv
from domain.kernel.recorded import Told
from domain.playbook_run import events as e
from domain.shared.ids import SchoolId
from projections.kit import Query, ReadModel, Row

MINUTES_PER_MANUAL_TOUCH = 5


class MetricsRow(Row):
    """Counters of one school on one school day. They only grow, so the order of facts is free.

    Minutes saved are an estimate: steps sent times the minutes that a call by hand would take.
    No effect on attendance is claimed here: that needs a comparison group.
    """

    school_id: SchoolId
    date: date
    playbooks_started: int = 0
    steps_scheduled: int = 0
    steps_sent: int = 0
    playbooks_stopped_by_reply: int = 0
    playbooks_stopped_by_improvement: int = 0
    escalations: int = 0
    estimated_minutes_saved: int = 0


def keys(fact: Told) -> tuple[str, ...]:
    """One row a school and day."""
    return tuple(f"{school}:{day}" for school, day, _ in _counts(fact))


def evolve(row: MetricsRow | None, fact: Told, key: str) -> MetricsRow | None:
    """Add one fact's counts."""
    for school, day, counts in _counts(fact):
        if f"{school}:{day}" == key:
            before = row or MetricsRow(school_id=school, date=day)
            row = before.but(**{name: getattr(before, name) + n for name, n in counts.items()})
    return row


def _counts(fact: Told) -> Iterator[tuple[SchoolId, date, dict[str, int]]]:
    match fact.event:
        case e.RunStarted(school_id=school, started_on=day):
            yield school, day, {"playbooks_started": 1}
        case e.StepScheduled(again=again) if again is not None:
            return  # it was counted when it came into the diary first
        case (
            e.StepScheduled(school_id=school, scheduled_on=day)
            | e.ActionScheduled(school_id=school, scheduled_on=day)
        ):
            yield school, day, {"steps_scheduled": 1}
        case e.RunEscalated(school_id=school, escalated_on=day):
            yield school, day, {"escalations": 1}
        case e.StepSent(school_id=school, sent_on=day):
            minutes = MINUTES_PER_MANUAL_TOUCH
            yield school, day, {"steps_sent": 1, "estimated_minutes_saved": minutes}
        case e.RunStopped(school_id=school, stopped_on=day, reason=e.RunStop.GUARDIAN_REPLIED):
            yield school, day, {"playbooks_stopped_by_reply": 1}
        case e.RunStopped(school_id=school, stopped_on=day, reason=e.RunStop.ATTENDANCE_IMPROVED):
            yield school, day, {"playbooks_stopped_by_improvement": 1}
        case iv.StageEntered(stage="ESCALATION", school_id=school, entered_on=day):
            yield school, day, {"escalations": 1}
        case _:
            return


AUTOMATION_METRICS = ReadModel(
    "automation_metrics",
    version=2,
    row=MetricsRow,
    listens=(
        e.RunStarted,
        e.StepScheduled,
        e.ActionScheduled,
        e.StepSent,
        e.RunStopped,
        e.RunEscalated,
        iv.StageEntered,
    ),
    keys=keys,
    evolve=evolve,
    columns=("school_id", "date"),
    indexes=("school_id, date",),
    gathers=True,
)
PAGE = Query(
    "automation_metrics",
    "select doc from {automation_metrics} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(from)s::date is null or date >= %(from)s)"
    " and (%(to)s::date is null or date <= %(to)s)"
    " order by date, school_id limit %(limit)s",
)
