"""Opens the house for one command, with the embedded servers where no others are named."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from domain.shared.ids import TenantId, derived_id
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.servers import EmbeddedServers
from infrastructure.settings import Settings
from infrastructure.store.errors import SchemaMismatch, Unavailable, UnsafeReading
from infrastructure.wiring.house import House

DEFAULT_TENANT: Final = "demo"


def tenant_id(name: str) -> TenantId:
    """Return the id of a tenant by its short name."""
    return TenantId(derived_id("tenant", name))


@contextmanager
def servers(settings: Settings, *, kafka: bool) -> Iterator[EmbeddedServers]:
    """Take the servers that the settings name, or start the embedded ones."""
    given = settings.database_url
    if given is None and settings.profile == "production":
        fail("ANSEO_PROFILE=production needs DATABASE_URL: the embedded server is for trying out.")
    try:
        with EmbeddedServers(
            settings.home,
            database_url=given.get_secret_value() if given else None,
            kafka_bootstrap=settings.kafka_bootstrap,
            kafka=kafka,
        ) as running:
            yield running
    except EmbeddedServerError as error:
        fail(str(error))


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[House]:
    """Open the house for a command that needs the database only."""
    settings = settings or chosen_settings()
    with servers(settings, kafka=False) as running:
        try:
            with House(settings, running.database_url) as house:
                yield house
        except Unavailable as error:
            fail(f"{error}; start it, or set DATABASE_URL to where it is (anseo doctor says more)")
        except (SchemaMismatch, UnsafeReading) as error:
            fail(str(error))


def _readable(address: str) -> None:
    """See that an address of PostgreSQL is one. What is wrong with it may quote a password."""
    try:
        conninfo_to_dict(address)
    except ProgrammingError:
        fail("DATABASE_URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/NAME", code=2)


def chosen_settings() -> Settings:
    """Return the settings of the environment, or say what is wrong with them and end."""
    try:
        settings = Settings()
    except ValidationError as error:
        fail(f"settings cannot be used: {faults(error)}", code=2)
    if settings.database_url is not None:
        _readable(settings.database_url.get_secret_value())
    return settings


def free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


def free_for_api(settings: Settings) -> None:
    """End with what to do when the API could not listen where it is to."""
    if not free(settings.port, settings.host):
        fail(
            f"the API cannot listen on {settings.host} port {settings.port}: something else does,"
            " or the address is not this machine's; set ANSEO_PORT (or ANSEO_HOST) to another"
        )


def faults(error: ValidationError) -> str:
    """Return what is wrong with something that a person wrote, each fault with its place."""
    places = (("/".join(map(str, one["loc"])), one["msg"]) for one in error.errors())
    return "; ".join(": ".join(filter(None, told)) for told in places)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong on stderr and end."""
    sys.stderr.write(f"anseo: {message}\n")
    raise SystemExit(code)
