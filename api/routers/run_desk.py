"""What people do to runs: start one by hand, hold it, let it go on; stop and move many at once."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies import run_desk as b
from api.bodies.shared import Code, ReceiptBody
from api.dependencies import CallerDep, GuardedRoute, HouseDep, PostDesk
from api.many_runs import (
    Chosen,
    EstimateMoved,
    TooManyRuns,
    chosen_runs,
    stop_estimate,
    stop_many,
)
from api.moving_runs import move_many, preview_of
from api.pages import JSON, command, query
from api.playbook_desk import started_by_hand, used_version
from api.reading import SchoolNotKnown
from api.receipts import receipted
from api.tokens import Caller
from api.whose import known_school
from domain.intervention.refusals import InterventionUnknown, StageNotEntered
from domain.playbook import refusals as p
from domain.playbook_run import refusals as r
from domain.playbook_run.commands import PauseRun, ResumeRun
from domain.playbook_run.events import PauseReason, RunStarted
from domain.shared.ids import RunId
from infrastructure.wiring.house import House

router = APIRouter(prefix="/api/playbooks/runs", tags=["runs"], route_class=GuardedRoute)


@router.post(
    "",
    summary="Start a playbook by hand",
    status_code=HTTPStatus.CREATED,
    response_model=b.StartedRuns,
    responses=command(
        p.PlaybookUnknown, p.NotInUse, InterventionUnknown, StageNotEntered, r.NobodyToTell
    ),
)
def start_run(desk: PostDesk, body: b.StartBody) -> Response:
    """Begin runs for those who may be told about a pupil, as a stage does; D counts from today."""
    return Response(started_by_hand(desk, body), HTTPStatus.CREATED, {}, JSON)


@router.post(
    "/{runId}/pause",
    summary="Let a run hold still",
    response_model=ReceiptBody,
    responses=command(r.RunUnknown),
)
def pause_run(desk: PostDesk, run: Annotated[RunId, Path(alias="runId")]) -> Response:
    """Nothing of it falls due and nothing is dropped until somebody lets it go on."""
    started = desk.founding(run, RunStarted, r.RunUnknown)
    wish = PauseRun(run_id=run, school_id=started.school_id, reason=PauseReason.MANUAL)
    return receipted(desk.execute(wish))


@router.post(
    "/{runId}/resume",
    summary="Let a run go on",
    response_model=ReceiptBody,
    responses=command(r.RunUnknown),
)
def resume_run(desk: PostDesk, run: Annotated[RunId, Path(alias="runId")]) -> Response:
    """What was held is in the diary again, at the first lawful moment from now."""
    started = desk.founding(run, RunStarted, r.RunUnknown)
    return receipted(desk.execute(ResumeRun(run_id=run, school_id=started.school_id)))


@router.get(
    "/stop-estimate",
    summary="What stopping many runs would do",
    response_model=b.StopEstimate,
    responses=query(SchoolNotKnown, TooManyRuns),
)
def estimate_stop(
    house: HouseDep,
    caller: CallerDep,
    playbook: UUID | None = None,
    version: Annotated[b.Version | None, Query()] = None,
    school: UUID | None = None,
    student: UUID | None = None,
    stage: Annotated[Code | None, Query()] = None,
) -> Response:
    """How many open runs of how many pupils fit. Without a filter: all that you may see."""
    asked = Chosen(playbook=playbook, version=version, school=school, student=student, stage=stage)
    _seen(house, caller, school)
    with house.database.tenant(caller.tenant) as conn:
        return _json(stop_estimate(chosen_runs(conn, caller, asked)))


@router.post(
    "/stop",
    summary="Stop many runs",
    response_model=b.ManyRuns,
    responses=command(EstimateMoved, TooManyRuns, SchoolNotKnown),
)
def stop_runs(desk: PostDesk, body: b.StopRunsBody) -> Response:
    """End exactly the runs that you were told of, all or none; 409 with new numbers otherwise."""
    _seen(desk.house, desk.caller, body.school)
    asked = Chosen(**body.model_dump(exclude={"token"}))
    return Response(stop_many(desk, asked, body.token), HTTPStatus.OK, {}, JSON)


@router.get(
    "/move-preview",
    summary="What moving runs to another version would do",
    response_model=b.MovePreview,
    responses=query(
        p.PlaybookUnknown, p.VersionNotThere, p.NeverInUse, SchoolNotKnown, TooManyRuns
    ),
)
def preview_move(
    house: HouseDep,
    caller: CallerDep,
    playbook: UUID,
    version: Annotated[b.Version, Query()],
    from_version: Annotated[b.Version | None, Query()] = None,
    school: UUID | None = None,
    student: UUID | None = None,
    stage: Annotated[Code | None, Query()] = None,
) -> Response:
    """Run by run: what is dropped, what comes next and when. Nothing is stored."""
    to = used_version(house, caller, playbook, version)
    _seen(house, caller, school)
    asked = Chosen(
        playbook=playbook, version=from_version, school=school, student=student, stage=stage
    )
    with house.database.tenant(caller.tenant) as conn:
        told, _ = preview_of(house, conn, caller, asked, to)
    return _json(told)


@router.post(
    "/move",
    summary="Move runs to another version",
    response_model=b.ManyRuns,
    responses=command(
        p.PlaybookUnknown,
        p.VersionNotThere,
        p.NeverInUse,
        EstimateMoved,
        TooManyRuns,
        SchoolNotKnown,
    ),
)
def move_runs(desk: PostDesk, body: b.MoveRunsBody) -> Response:
    """Do what the preview said, all or nothing; each move is a fact in your name."""
    to = used_version(desk.house, desk.caller, body.playbook, body.version)
    _seen(desk.house, desk.caller, body.school)
    asked = Chosen(
        playbook=body.playbook,
        version=body.from_version,
        school=body.school,
        student=body.student,
        stage=body.stage,
    )
    return Response(move_many(desk, asked, to, body.token), HTTPStatus.OK, {}, JSON)


def _seen(house: House, caller: Caller, school: UUID | None) -> None:
    if school is not None:
        known_school(house, caller, school)


def _json(said: Any) -> Response:
    return Response(msgspec.json.encode(said), HTTPStatus.OK, {}, JSON)
