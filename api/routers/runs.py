"""Playbook runs: which are under way, how one went, and stopping one."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.runs import RunDetails, RunFilter, RunPage
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.pages import answered, command, listed, paged, query
from api.reading import SchoolNotKnown, about
from api.receipts import receipted
from domain.playbook_run.commands import StopRun
from domain.playbook_run.events import RunStarted, RunStop
from domain.playbook_run.refusals import RunUnknown
from domain.shared.ids import RunId
from projections import run_monitor

# All of it lies under /runs, so that no other route's {id} can be `runs`.
router = APIRouter(prefix="/api/playbooks/runs", tags=["runs"], route_class=GuardedRoute)


class _Version(msgspec.Struct):
    version: int


@router.get("", summary="Playbook runs", response_model=RunPage, responses=paged(SchoolNotKnown))
async def list_runs(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    playbook: UUID | None = None,
    status: RunFilter = RunFilter.ACTIVE,
) -> Response:
    """Runs, oldest first: the active ones, unless another status or ANY is asked for."""
    wanted = None if status is RunFilter.ANY else str(status)
    filters = {"student": student, "playbook": playbook, "status": wanted}
    return await listed(reading, paging, run_monitor.PAGE, "runs", filters, school)


@router.get(
    "/{runId}",
    summary="One run with its steps",
    response_model=RunDetails,
    responses=query(RunUnknown),
)
async def show_run(reading: ReadingDep, run: Annotated[RunId, Path(alias="runId")]) -> Response:
    """How one run went, step by step, with the reason of each step that was not sent."""
    await reading.caught_up(run_monitor.ONE.model)
    async with reading.look() as look:
        rows = await look.rows(run_monitor.ONE, run=str(run), school=reading.caller.scope())
        if not rows:
            raise RunUnknown
        document: str = rows[0][0]
        whom = about([document])[0]
        guardians = [] if whom.guardian_id is None else [whom.guardian_id]
        people = await look.people([whom.student_id, *guardians])
        await look.note("run", [whom.student_id])
    version = msgspec.json.decode(document, type=_Version).version
    parts = {"run": document.encode(), "people": msgspec.json.encode(people)}
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
