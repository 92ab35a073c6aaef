"""The run monitor as the eventsourcing library's own ProjectionRunner keeps it: a fact a time.

The facts are the same, in the library's table under its own transcoder; the rows are the same,
folded by the same function, written with the position in one transaction as the library shows it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from domain.kernel import facts
from domain.kernel.recorded import SYSTEM, Recorded
from domain.shared.ids import TenantId
from infrastructure.store import tables
from infrastructure.store.database import Database
from projections.run_monitor import RUN_MONITOR
from projections.run_rows import RunRow
from tests.support.examples import TENANT
from tests.support.long_ledger import FACTS_A_RUN, fact_rows
from tests.support.stock import parts

_TYPES = tables.all_columns(RUN_MONITOR)
_COLUMNS = ", ".join(_TYPES)
_SAVE = (
    f"insert into stock_monitor ({_COLUMNS}) values ({', '.join(['%s'] * len(_TYPES))})"
    " on conflict (tenant, key) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _TYPES)
)


class Told(Aggregate):
    """A stream whose facts carry the stored payload of ours."""

    @event("Began")
    def __init__(self, name: str, payload: str, at: datetime) -> None:
        pass

    @event("WentOn")
    def go_on(self, name: str, payload: str, at: datetime) -> None:
        """Say the next fact."""


class Runs(Application[UUID]):
    """The library's application."""

    name = "stock_runs"


class Monitor(PostgresTrackingRecorder):
    """The library's view: rows and position in one transaction."""

    def fold(self, told: Any, tracking: Tracking) -> None:
        """Fold one fact into its row."""
        key = str(told.originator_id)
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "select doc from stock_monitor where tenant = %s and key = %s",
                (TENANT, key),
                prepare=True,
            )
            found: Any = cursor.fetchone()
            before = None if found is None else tables.decoder_of(RUN_MONITOR).decode(found["doc"])
            after = RUN_MONITOR.evolve(before, _recorded(told, tracking), key)  # type: ignore[arg-type]  # the model's own row
            assert isinstance(after, RunRow)
            row = tables.stored(RUN_MONITOR, TENANT, key, after)
            cursor.execute(_SAVE, row, prepare=True)


def _recorded(told: Any, tracking: Tracking) -> Recorded:
    return Recorded(
        tenant=TenantId(TENANT),
        stream=told.originator_id,
        version=told.originator_version,
        position=tracking.notification_id,
        event=facts.read(told.name, 1, told.payload.encode()),
        occurred_at=told.at,
        recorded_at=told.at,
        actor=SYSTEM,
        command_id=told.originator_id,
        cause=None,
        correlation=told.originator_id,
    )


class Follow(Projection[Monitor]):
    """The library's projection."""

    name = "stock_monitor"
    topics = ()

    @singledispatchmethod
    def process_event(self, told: Any, tracking: Tracking) -> None:
        """Take one fact."""
        self.view.fold(told, tracking)


@contextmanager
def environment(database: Database) -> Iterator[dict[str, str]]:
    """Give the library's settings, and the table that its view writes."""
    with database.owner() as conn:
        conn.execute(
            f"create table if not exists stock_monitor (like {RUN_MONITOR.table} including all)"
        )
    settings = {f"POSTGRES_{name.upper()}": value for name, value in parts(database).items()} | {
        "PERSISTENCE_MODULE": "eventsourcing.postgres"
    }
    with patch.dict(os.environ, settings):
        yield settings


def tell(database: Database, size: int, seed: int) -> int:
    """Append about so many facts the library's way; return the position of the last one."""
    streams: dict[UUID, Told] = {}
    for row in fact_rows(size, seed):
        said = row[4], row[6].decode(), row[7]
        if row[1] in streams:
            streams[row[1]].go_on(*said)
        else:
            streams[row[1]] = Told(*said)
    with environment(database):
        runs = Runs()
        everything = list(streams.values())
        for first in range(0, len(everything), 250):
            runs.save(*everything[first : first + 250])
        last = runs.recorder.max_notification_id() or 0
        runs.close()
    assert len(streams) * FACTS_A_RUN == size
    return last


def follow(database: Database, until: int) -> None:
    """Let the library's runner follow up to a position."""
    with (
        environment(database) as settings,
        ProjectionRunner(
            application_class=Runs, projection_class=Follow, view_class=Monitor, env=settings
        ) as runner,
    ):
        runner.wait(until, timeout=600)
