"""Transactions by role. There is no other way to a connection.

A connection takes its role when it opens (libpq's `options`), so a forgotten tenant shows nothing
instead of everything. The tenant is set for one transaction only and dies with it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from psycopg import conninfo, errors
from psycopg.abc import PQGen, QueryNoTemplate
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from infrastructure.crash_points import crash_point
from infrastructure.store.errors import Unavailable, is_connection_loss

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
AsyncPool = AsyncConnectionPool[AsyncConnection]
T = TypeVar("T")
# A little more than a statement may take: after that nobody is at the other end.
ANSWER_SECONDS: Final = 65.0
SESSION_ANSWER_SECONDS: Final = 15.0
_SILENT: Final = "PostgreSQL said nothing for too long: the connection is given up"

_SESSION: Final = (
    "-c statement_timeout=60s -c lock_timeout=10s -c idle_in_transaction_session_timeout=5s"
    " -c timezone=UTC -c default_transaction_isolation=read\\ committed"
)
# Known to PostgreSQL since 17, so it is not one of the options above. A limit of the server stays.
_LIMIT: Final = (
    "select set_config(name, '300s', false) from pg_settings"
    " where name = 'transaction_timeout' and setting = '0'"
)
_SET_TENANT: Final[QueryNoTemplate] = "select set_config('anseo.tenant', %s, true)"


class _Patient(psycopg.Connection[tuple[Any, ...]]):
    """Gives up a connection whose other end has gone silent, which the network may never tell."""

    answer_seconds = ANSWER_SECONDS

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for the server."""
        try:
            patience = self.answer_seconds if timeout is None else timeout
            return super().wait(gen, interval, patience)
        except errors._WaitTimeout as error:  # noqa: SLF001  the driver's own deadline has no other name
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(_SILENT) from error


class _APatient(psycopg.AsyncConnection[tuple[Any, ...]]):
    """Does the same for the query side."""

    answer_seconds = ANSWER_SECONDS

    async def wait(
        self,
        gen: PQGen[T],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109  the driver's own parameter
    ) -> T:
        """Wait for the server."""
        try:
            return await super().wait(
                gen, interval, self.answer_seconds if timeout is None else timeout
            )
        except errors._WaitTimeout as error:  # noqa: SLF001  as above
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(_SILENT) from error


def with_role(url: str, role: str) -> str:
    """Return the connection string that takes a role on opening."""
    return conninfo.make_conninfo(
        url,
        options=f"-c role={role} {_SESSION}",
        keepalives_idle=30,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=20_000,
        connect_timeout=10,
        application_name=role,
    )


def _limit(conn: Connection) -> None:
    """No transaction may last for ever, and hold back readers meanwhile."""
    conn.execute(_LIMIT)
    if not conn.autocommit:
        conn.commit()


async def _alimit(conn: AsyncConnection) -> None:
    await conn.execute(_LIMIT)
    await conn.commit()


@contextmanager
def _translated() -> Iterator[None]:
    """Tell a store that is away from one that says no."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("no connection to PostgreSQL within 10 s") from error
    except psycopg.Error as error:
        if is_connection_loss(error):
            raise Unavailable(f"PostgreSQL went away: {type(error).__name__}") from error
        raise


@asynccontextmanager
async def atenant(pool: AsyncPool, tenant: UUID) -> AsyncIterator[AsyncConnection]:
    """Do the same as `Database.tenant` on a pool of the query side."""
    with _translated():
        async with pool.connection() as conn, conn.transaction():
            await conn.execute(_SET_TENANT, (str(tenant),))
            yield conn


class Database:
    """Pools of one process, one for each role, opened at first use."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self.size = pool_size
        self.answer_seconds = ANSWER_SECONDS
        self._pools: dict[str, ConnectionPool[Connection]] = {}

    def _pool(self, role: str) -> ConnectionPool[Connection]:
        if role not in self._pools:
            pool: ConnectionPool[Connection] = ConnectionPool(
                with_role(self.url, role),
                connection_class=_Patient,
                min_size=0,
                max_size=self.size,
                timeout=10,
                open=False,
                name=role,
                configure=self._set_up,
            )
            self._pools.setdefault(role, pool).open()
        return self._pools[role]

    def _set_up(self, conn: Connection) -> None:
        if isinstance(conn, _Patient):
            conn.answer_seconds = self.answer_seconds
        _limit(conn)

    @contextmanager
    def _transaction(self, role: str, tenant: UUID | None = None) -> Iterator[Connection]:
        with _translated(), ExitStack() as stack:
            conn = self._begin(role, stack)
            if tenant is not None:
                conn.execute(_SET_TENANT, (str(tenant),))
            yield conn
            crash_point("store.before_commit")
        crash_point("store.after_commit")

    def _begin(self, role: str, stack: ExitStack) -> Connection:
        """Begin on a connection that lives.

        A dead one is noticed by its BEGIN, and nothing is lost by taking the next: so no
        transaction pays a round trip for being asked first.
        """
        for left in reversed(range(self.size + 1)):
            with ExitStack() as attempt:
                try:
                    conn = attempt.enter_context(self._pool(role).connection())
                    attempt.enter_context(conn.transaction())
                except psycopg.OperationalError as error:
                    if isinstance(error, PoolTimeout) or not left:
                        raise
                    continue
                stack.push(attempt.pop_all())
                return conn
        raise Unavailable("every pooled connection was dead")

    @contextmanager
    def tenant(self, tenant: UUID) -> Iterator[Connection]:
        """One transaction that sees and writes one tenant's rows."""
        with self._transaction("anseo_app", tenant) as conn:
            yield conn

    @contextmanager
    def auditor(self, tenant: UUID) -> Iterator[Connection]:
        """One read-only transaction on one tenant's rows."""
        with self._transaction("anseo_auditor", tenant) as conn:
            conn.execute("set transaction read only")
            try:
                yield conn
            except psycopg.errors.ReadOnlySqlTransaction as error:
                # Ours, not the store's: elsewhere this error means a server that became a replica.
                raise psycopg.errors.InsufficientPrivilege("an auditor only reads") from error

    @contextmanager
    def worker(self) -> Iterator[Connection]:
        """One transaction of a follower, a tick or a sender: every tenant, no BYPASSRLS."""
        with self._transaction("anseo_worker") as conn:
            yield conn

    def session(self, role: str = "anseo_worker") -> Connection:
        """Open a connection outside the pools, for a session-long advisory lock."""
        try:
            conn = _Patient.connect(with_role(self.url, role), autocommit=True)
            conn.answer_seconds = min(self.answer_seconds, SESSION_ANSWER_SECONDS)
            _limit(conn)
        except psycopg.OperationalError as error:
            raise Unavailable("PostgreSQL cannot be reached") from error
        return conn

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """Open a connection as the log-in itself, for migrations."""
        with _translated(), psycopg.connect(self.url) as conn:
            yield conn

    def async_pool(self, role: str = "anseo_app") -> AsyncPool:
        """Return a closed pool for queries; whoever opens it closes it."""
        return AsyncConnectionPool(
            with_role(self.url, role),
            connection_class=_APatient,
            min_size=0,
            max_size=self.size,
            timeout=10,
            open=False,
            configure=_alimit,
            check=AsyncConnectionPool.check_connection,
        )

    def close(self) -> None:
        """Close every pool."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()
