"""`anseo run`, `up`, `down`, `config`: starting, stopping and looking."""

import os
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import SecretStr

from api.commandline import printing
from api.commandline.opening import chosen_settings, fail, free_for_api, opened, servers
from api.commandline.supervisor import Supervisor
from infrastructure.embedded.servers import EmbeddedServers
from infrastructure.settings import Settings
from infrastructure.wiring import workers
from infrastructure.wiring.house import House

Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


def run(
    roles: Annotated[list[str], typer.Argument(help="api, project, react, tick, evaluate, …")],
) -> None:
    """Run roles in this process until SIGTERM; any number of processes may share the work."""
    known = {*workers.ROLES, "api"}
    if unknown := sorted(set(roles) - known):
        fail(f"no role {', '.join(unknown)}; there are: {', '.join(sorted(known))}", code=2)
    with opened() as house:
        background = [role for role in roles if role != "api"]
        if "api" in roles:
            serve(house, background)
        else:
            late = workers.run(house, background)
            if late:
                fail(f"ended with a batch in hand: {', '.join(late)}")


def serve(house: House, background: list[str]) -> None:
    """Serve HTTP in this process, beside other roles on threads of their own."""
    from api.main import create_app  # noqa: PLC0415  only this role needs the web

    settings = house.settings
    free_for_api(settings)
    crew = workers.Crew(house, background)
    crew.start()
    uvicorn.run(
        create_app(house),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
    crew.stop()


def up() -> None:
    """Start every role in one supervisor over the given or embedded servers."""
    settings = chosen_settings()
    free_for_api(settings)
    with servers(settings, kafka=True) as running:
        environment = child_environment(settings, running)
        with House(settings, running.database_url):
            pass  # migrations run before the roles start
        with Supervisor(environment) as supervisor:
            supervisor.start("api", ["run", "api"])
            followers = ["project", "react", "tick", "evaluate", "relay", "canary", "seal"]
            supervisor.start("followers", ["run", *followers])
            supervisor.start("senders", ["run", "send", "letters"])
            if settings.wonde_token is not None:
                supervisor.start("sync", ["run", "sync"])
            printing.line(f"Anseo serves {settings.base_url}; Ctrl-C stops it.")
            supervisor.wait()


def child_environment(settings: Settings, running: EmbeddedServers) -> dict[str, str]:
    """Return the environment that points child processes to the same servers."""
    environment = dict(os.environ)
    environment["DATABASE_URL"] = running.database_url
    environment["ANSEO_HOME"] = str(settings.home.resolve())
    if running.kafka_bootstrap is not None:
        environment["KAFKA_BOOTSTRAP"] = running.kafka_bootstrap
        if settings.kafka_bootstrap is None:
            environment["KAFKA_FORGETS"] = "1"  # the embedded broker keeps nothing
    return environment


def down() -> None:
    """Stop the embedded servers of ANSEO_HOME, unless another command uses them."""
    settings = chosen_settings()
    if not EmbeddedServers(settings.home).stop_unless_used():
        fail("another command uses the servers: end it first")


def config(as_json: Json = False) -> None:
    """Check the settings and print them, secrets hidden."""
    settings = chosen_settings()
    shown: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown[str(field.alias)] = "********" if isinstance(value, SecretStr) else value
    if as_json:
        printing.as_json(shown)
        return
    for key, value in shown.items():
        printing.line(f"{key}={'' if value is None else value}")
