"""Is the process alive, can it work, what do its numbers say, what does a code mean."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.health import Alive, Explanation, Ready
from api.dependencies import DoorDep, GuardedRoute, HouseDep
from api.metrics import CONTENT_TYPE
from api.pages import JSON
from api.problems import RequestInvalid, StoreAway, declared, known_problems, title_of
from domain.kernel.refusals import NotFound
from infrastructure.runtime import health
from infrastructure.runtime.health import Standing
from infrastructure.runtime.noticing import told
from infrastructure.settings import Settings

router = APIRouter(tags=["health"], route_class=GuardedRoute)
UNREADY = {"description": "The store is away, or a follower has been behind for too long."}


class CodeUnknown(NotFound):
    """No problem has this code."""

    code = "code-unknown"


@router.get("/livez", summary="The process lives", response_model=Alive)
async def livez() -> Response:
    """Answer as long as the process can; says nothing about what it needs."""
    return Response(msgspec.json.encode({"status": "alive"}), media_type=JSON)


@router.get(
    "/readyz",
    summary="Ready to work",
    response_model=Ready,
    responses={**declared(StoreAway), 503: {**UNREADY, "model": Ready}},
)
def readyz(house: HouseDep) -> Response:
    """Look at the store and its followers.

    A provider or a broker that is away does not make it unready: what waits for them is kept.
    """
    with house.database.worker() as conn:
        standing = health.look(conn)
        notices = told(conn, house.settings)
    late = standing.late(house.settings.ready_lag_seconds)
    status = HTTPStatus.SERVICE_UNAVAILABLE if late else HTTPStatus.OK
    body = _ready(standing, late, house.settings) | {"notices": notices}
    return Response(msgspec.json.encode(body), status, media_type=JSON)


def _ready(standing: Standing, late: tuple[str, ...], settings: Settings) -> dict[str, Any]:
    behind = max((f.behind_seconds for f in standing.followers if f.own), default=0.0)
    return {
        "status": "unready" if late else "ready",
        "late": late,
        "head": standing.head,
        "bound": standing.bound,
        "stalled_seconds": round(standing.stalled_seconds, 3),
        "hazards": standing.hazards,
        "behind_seconds": round(behind, 3),
        "parked": sum(standing.parked.values()),
        "outbox_waiting": standing.outbox_waiting,
        "outbox_oldest_seconds": round(standing.outbox_oldest_seconds, 3),
        "outcomes_unknown": standing.outcomes_unknown,
        "steps_due": standing.steps_due,
        "syncs_failing": standing.syncs_failing,
        "sms_provider": _said(settings.sms_url),
        "mail_provider": _said(settings.smtp_port),
        "broker": _said(settings.kafka_bootstrap),
    }


def _said(setting: object) -> str:
    return "not configured" if setting is None else "configured"


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
def metrics(door: DoorDep) -> Response:
    """Positions, lags, what waits and what is stuck, requests. No names, no ids."""
    return Response(door.metrics.text(), media_type=CONTENT_TYPE)


@router.get(
    "/api/problems/{code}",
    summary="What a problem's code means",
    response_model=Explanation,
    responses=declared(CodeUnknown, RequestInvalid),
)
async def explain_problem(
    code: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")],
) -> Response:
    """Explain the code of a problem document; its `type` leads here."""
    meaning = known_problems().get(code)
    if meaning is None:
        raise CodeUnknown
    body = {"code": code, "title": title_of(code), "meaning": meaning}
    return Response(msgspec.json.encode(body), media_type=JSON)
