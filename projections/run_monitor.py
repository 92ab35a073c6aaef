"""The run monitor: every run, its steps, its next moment and why it ended."""

from typing import get_args

from domain.playbook_run import events as e
from projections.kit import Query, ReadModel, row_a_stream
from projections.run_folding import evolve
from projections.run_rows import RunRow

_LISTENS = get_args(e.RunEvent)
RUN_MONITOR = ReadModel(
    "run_monitor",
    version=2,
    row=RunRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=(
        "school_id",
        "playbook_id",
        "instance_id",
        "student_id",
        "guardian_id",
        "status",
        "triggered_at",
        "next_step_scheduled_at",
    ),
    indexes=(
        "status, next_step_scheduled_at",
        "instance_id",
        "student_id",
        "triggered_at, key",
    ),
)
PAGE = Query(
    "run_monitor",
    "select doc, triggered_at, key from {run_monitor} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(playbook)s::uuid is null or playbook_id = %(playbook)s)"
    " and (%(status)s::text is null or status = %(status)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (triggered_at, key) > (%(after_at)s, %(after_key)s))"
    " order by triggered_at, key limit %(limit)s",
)
ONE = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and key = %(run)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s)) limit 1",
)
OPEN_OF_STUDENTS = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and student_id = any(%(ids)s)"
    " and status in ('ACTIVE', 'PAUSED') order by key limit 100000",
)
OPEN_OF_INTERVENTIONS = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and instance_id = any(%(ids)s)"
    " and status in ('ACTIVE', 'PAUSED') order by key limit 100000",
)
