"""procrastinate as a yardstick: one job a due step, each of which loads its run and appends a fact.

Its jobs are decided by our own aggregate on our own stored facts, without consulting anybody,
without a command ledger and without an envelope.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Self, cast
from uuid import UUID

import procrastinate
import psycopg
from psycopg import conninfo
from psycopg_pool import AsyncConnectionPool

from domain.kernel import facts
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.events import RunEvent, StepRequested
from infrastructure.store.database import Database
from tests.support.examples import but

TOGETHER: Final = 2_000
CONNECTIONS: Final = 24
_LOAD: Final = (
    "select topic, event_version, state from ledger where originator_id = %s"
    " order by originator_version"
)
_INSERT: Final = (
    "insert into appended (originator_id, originator_version, topic, state) values (%s, %s, %s, %s)"
)
_TABLE: Final = (
    "create table appended (position bigint generated always as identity primary key,"
    " originator_id uuid not null, originator_version bigint not null, topic text not null,"
    " state bytea not null, unique (originator_id, originator_version))"
)
_DONE: Final = "select count(*) from procrastinate_jobs where status = 'succeeded'"


class JobQueue:
    """A queue in a database of its own, beside ours on the same server."""

    def __init__(self, ours: str, its: str) -> None:
        self._ours = ours
        self._its = its

    def fill(self, runs: Sequence[UUID]) -> Self:
        """Put one job for each run into the queue."""
        asyncio.run(self._fill(runs))
        with psycopg.connect(self._its, autocommit=True) as conn:
            conn.execute("vacuum analyze")
        return self

    def per_second(self, concurrency: int, seconds: float) -> float:
        """Work for some seconds and return how many jobs were done in one."""
        before, began = self._done(), time.perf_counter()
        asyncio.run(self._work(concurrency, seconds))
        return (self._done() - before) / (time.perf_counter() - began)

    def _done(self) -> int:
        with psycopg.connect(self._its) as conn:
            row = conn.execute(_DONE).fetchone()
        return int(row[0]) if row else 0

    def _app(self, pool: AsyncConnectionPool[Any]) -> tuple[procrastinate.App, Any]:
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=self._its, min_size=4, max_size=CONNECTIONS
            )
        )

        async def take(run: str) -> None:
            async with pool.connection() as conn:
                stream = UUID(run)
                rows = await (await conn.execute(_LOAD, (stream,), binary=True)).fetchall()
                run_state = PlaybookRun()
                for row in rows:
                    run_state.evolve(cast("RunEvent", facts.read(*row)))
                assert run_state.past.started is not None
                step = run_state.past.started.playbook.steps[0]
                event = but(StepRequested, step_id=step.step_id, order=step.order)
                name, body = facts.name_of(type(event)), facts.write(event)
                await conn.execute(_INSERT, (stream, len(rows) + 1, name, body))

        return app, app.task(name="take")(take)

    async def _fill(self, runs: Sequence[UUID]) -> None:
        async with AsyncConnectionPool[Any](self._ours, min_size=1) as pool:
            app, take = self._app(pool)
            async with app.open_async():
                await app.schema_manager.apply_schema_async()
                for first in range(0, len(runs), TOGETHER):
                    some = [{"run": str(run)} for run in runs[first : first + TOGETHER]]
                    await take.batch_defer_async(*some)

    async def _work(self, concurrency: int, seconds: float) -> None:
        own = {"autocommit": True}
        async with AsyncConnectionPool[Any](
            self._ours, min_size=4, max_size=CONNECTIONS, kwargs=own
        ) as pool:
            app, _ = self._app(pool)
            async with app.open_async():
                worker = asyncio.create_task(
                    app.run_worker_async(
                        concurrency=concurrency,
                        install_signal_handlers=False,
                        listen_notify=False,
                    )
                )
                await asyncio.sleep(seconds)
                worker.cancel()
                with suppress(asyncio.CancelledError):
                    await worker


@contextmanager
def job_queue(database: Database) -> Iterator[JobQueue]:
    """Open a queue in a database that is dropped at the end."""
    name = f"{conninfo.conninfo_to_dict(database.url)['dbname']}_jobs"
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(_TABLE)
        conn.execute(f"create database {name}")
        try:
            yield JobQueue(database.url, conninfo.make_conninfo(database.url, dbname=name))
        finally:
            conn.execute(f"drop database {name} with (force)")
