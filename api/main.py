"""The HTTP door: one application over one house."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.routing import BaseRoute

from api import answers
from api.bodies.shared import Problem
from api.cursors import Cursors
from api.dependencies import Door
from api.hang_ups import HangUps
from api.metrics import Metrics, Threshold
from api.rights import rights
from api.routers import (
    attendance,
    calendars,
    codes,
    evaluations,
    exemptions,
    guardians,
    health,
    imports,
    inbox,
    interventions,
    letters,
    meetings,
    messages,
    playbook_steps,
    playbook_versions,
    playbooks,
    profiles,
    queue,
    records,
    register,
    returns,
    rule_words,
    rules,
    run_desk,
    runs,
    stages,
    syncs,
    telemetry,
    template_versions,
    templates,
    timelines,
    unsubscribing,
    webhooks,
    what_if,
    why,
)
from api.tokens import Tokens
from infrastructure.wiring.house import House
from infrastructure.wiring.shapes import prepare

VERSION: Final = "0.1.0"
ROUTERS: Final = (
    queue.router,
    evaluations.router,
    interventions.router,
    stages.router,
    rules.router,
    rule_words.router,
    exemptions.router,
    guardians.router,
    returns.router,
    run_desk.router,  # before the runs: its words stand where their ids do
    runs.router,  # before the playbooks: `runs` stands where their ids do
    playbook_versions.router,  # and `shipped`
    playbooks.router,
    playbook_steps.router,
    telemetry.router,
    timelines.router,
    unsubscribing.router,
    meetings.router,
    templates.letters,
    templates.router,
    template_versions.router,
    messages.router,
    letters.router,
    inbox.router,
    records.router,
    codes.router,
    calendars.router,
    attendance.router,
    register.router,
    what_if.router,
    why.router,
    webhooks.router,
    health.router,
    syncs.router,
    profiles.router,  # before the imports: their ids stand at the same place of a path
    imports.router,
)
_OUR_EARS_ONLY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}


def create_app(house: House) -> FastAPI:
    """Return the application. Its queries' pool opens and closes with it, the house does not.

    Raises:
        RightsIncomplete: when an operation exists that the file of rights does not decide about.
    """
    prepare()  # the door has shapes of its own, and a pool of threads
    app = FastAPI(
        routes=list(_operations()),
        title="Anseo",
        version=VERSION,
        description="School attendance interventions: marks in, the right help out, every step"
        " proved.",
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        redirect_slashes=False,  # the redirect would be built from the Host header
        generate_unique_id_function=_name,
        telemetry=_OUR_EARS_ONLY,  # the framework's own would carry what people typed
        lifespan=_open,
    )
    known = rights()
    known.check([_name(route) for route in _routes(app)])
    tokens = Tokens.of(house.settings)
    metrics = Metrics(house)
    cursors = Cursors(tokens.derived("cursor"))
    app.state.door = Door(house, tokens, known, cursors, metrics)
    answers.install(app)
    app.add_middleware(HangUps)
    app.add_middleware(Threshold, metrics=metrics)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # the framework's own way to do it
    return app


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    door: Door = app.state.door
    # Commands run on threads; more of them than connections would only wait for one another.
    to_thread.current_default_thread_limiter().total_tokens = door.house.settings.pool_size
    door.pool = door.house.database.async_pool()
    await door.pool.open()
    try:
        yield
    finally:
        await door.pool.close()
        door.pool = None


def _name(route: APIRoute) -> str:
    return route.name


@cache
def _operations() -> tuple[BaseRoute, ...]:
    """Return the routes of every router; a tenth of a second to read, and the same in each app."""
    everything = APIRouter(generate_unique_id_function=_name)
    for router in ROUTERS:
        everything.include_router(router)
    return tuple(everything.routes)


def _routes(app: FastAPI) -> list[APIRoute]:
    found = [context.route for context in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


def _bodies(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for body in above.__subclasses__():
        yield from _bodies(body)
        if body.__module__.startswith("api.") and "json_schema_extra" in body.model_config:
            yield body


def _described(app: FastAPI) -> dict[str, Any]:
    """Return OpenAPI with what the framework cannot know: problems and the need of a token."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        parts = document.setdefault("components", {})
        template = "#/components/schemas/{model}"
        parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema(
            ref_template=template
        )
        parts["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        for body in _bodies(BaseModel):
            # The framework leaves out what is null, and so makes its own examples untrue.
            parts["schemas"].get(body.__name__, {}).update(body.model_config["json_schema_extra"])
        for operations in document["paths"].values():
            for operation in operations.values():
                if not rights().is_open(operation["operationId"]):
                    operation["security"] = [{"bearer": []}]
        app.openapi_schema = document
    return app.openapi_schema
