"""The run monitor: every run, its steps, its next moment and why it ended."""

from typing import get_args

from domain.playbook_run import events as e
from projections.kit import Query, ReadModel, row_a_stream
from projections.run_folding import evolve
from projections.run_rows import RunRow

_LISTENS = get_args(e.RunEvent)
RUN_MONITOR = ReadModel(
    "run_monitor",
    version=4,
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
        "stage",
        "status",
        "current_step_id",
        "triggered_at",
    ),
    # A page is walked in the order of an index that begins with what is asked for (`run_pages`);
    # what it is asked for besides stands behind, so that no row is fetched to be passed over.
    indexes=(
        "tenant, instance_id",
        "tenant, student_id",
        "tenant, guardian_id",
        "tenant, status, triggered_at, key",
        "tenant, status, playbook_id, triggered_at, key, stage, current_step_id",
        "tenant, status, stage, triggered_at, key, current_step_id",
        "tenant, status, current_step_id, triggered_at, key",
        "tenant, school_id, status, triggered_at, key, stage, playbook_id, current_step_id",
    ),
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
# What a bulk wish is about: open runs by any filter, at most as many as one wish may take.
OPEN_CHOSEN = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and status in ('ACTIVE', 'PAUSED')"
    " and (%(schools)s::uuid[] is null or school_id = any(%(schools)s))"
    " and (%(playbook)s::uuid is null or playbook_id = %(playbook)s)"
    " and (%(version)s::int is null or (doc::json ->> 'playbook_version')::int = %(version)s)"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(stage)s::text is null or stage = %(stage)s)"
    " order by key limit %(limit)s",
)
