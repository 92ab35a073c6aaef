"""Playbook runs: which are under way, how one went, and stopping one."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies.runs import RunDetails, RunFilter, RunPage
from api.bodies.shared import Instant, ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.pages import answered, command, listed, paged, query
from api.reading import SchoolNotKnown, about, joined
from api.receipts import receipted
from domain.playbook_run.commands import StopRun
from domain.playbook_run.events import RunStarted, RunStop
from domain.playbook_run.refusals import RunUnknown
from domain.shared.ids import RunId
from projections import execution_log, run_monitor, run_pages

# All of it lies under /runs, so that no other route's {id} can be `runs`.
router = APIRouter(prefix="/api/playbooks/runs", tags=["runs"], route_class=GuardedRoute)

CODE = Query(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")
STEP = Query(max_length=64, description="`step_id` of the step where the run stands.")


class _Version(msgspec.Struct):
    version: int


@router.get("", summary="Playbook runs", response_model=RunPage, responses=paged(SchoolNotKnown))
async def list_runs(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    guardian: UUID | None = None,
    playbook: UUID | None = None,
    stage: Annotated[str | None, CODE] = None,
    step: Annotated[str | None, STEP] = None,
    status: RunFilter = RunFilter.ACTIVE,
    triggered_from: Instant | None = None,
    triggered_to: Instant | None = None,
) -> Response:
    """Runs, oldest first: the active ones, unless another status or ANY is asked for.

    `step` is where a run stands; `triggered_to` is not included.
    """
    filters = {
        "student": student,
        "guardian": guardian,
        "playbook": playbook,
        "stage": stage,
        "step": step,
        "status": None if status is RunFilter.ANY else str(status),
        "triggered_from": triggered_from,
        "triggered_to": triggered_to,
    }
    scope = reading.caller.scope(school)
    behind, limit = paging.cursor is not None, paging.limit + 1
    page = run_pages.page(filters, scope, behind=behind, limit=limit)
    return await listed(reading, paging, page, "runs", filters, school)


@router.get(
    "/{runId}",
    summary="One run with its steps",
    response_model=RunDetails,
    responses=query(RunUnknown),
)
async def show_run(reading: ReadingDep, run: Annotated[RunId, Path(alias="runId")]) -> Response:
    """How one run went, step by step, with its log: keys, moments, and the reason of each skip."""
    await reading.caught_up(run_monitor.ONE.model)
    await reading.caught_up(execution_log.OF_RUN.model)
    async with reading.look() as look:
        rows = await look.rows(run_monitor.ONE, run=str(run), school=reading.caller.scope())
        if not rows:
            raise RunUnknown
        document: str = rows[0][0]
        whom = about([document])[0]
        people = await look.people(whom.persons)
        logs = await look.rows(execution_log.OF_RUN, run=run)
        await look.note("run", whom.persons - {whom.guardian_id})
    version = msgspec.json.decode(document, type=_Version).version
    parts = {
        "run": document.encode(),
        "logs": joined(log for (log,) in logs),
        "people": msgspec.json.encode(people),
    }
    return answered(parts, {"ETag": f'"{version}"'})


@router.post(
    "/{runId}/stop",
    summary="Stop a run",
    response_model=ReceiptBody,
    responses=command(RunUnknown),
)
def stop_run(desk: PostDesk, run: Annotated[RunId, Path(alias="runId")]) -> Response:
    """End the run in your name. Steps already sent stay sent; the rest is dropped."""
    started = desk.founding(run, RunStarted, RunUnknown)
    wish = StopRun(run_id=run, school_id=started.school_id, reason=RunStop.MANUAL)
    return receipted(desk.execute(wish))
