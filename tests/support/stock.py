# ruff: noqa: ARG002  the library makes its events from the parameters
"""The eventsourcing library as it comes, on the same server: what our ledger is measured beside."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from infrastructure.store.database import Database


def parts(database: Database) -> dict[str, str]:
    """Return where the server is, as the library wants it said."""
    found = conninfo_to_dict(database.url)
    return {name: str(found[name]) for name in ("dbname", "host", "port", "user", "password")}


@contextmanager
def stock_recorder(
    database: Database, connections: int = 33
) -> Iterator[PostgresApplicationRecorder]:
    """Open the library's recorder with a table of its own: table lock and NOTIFY as it comes."""
    where = parts(database)
    store = PostgresDatastore(
        where["dbname"],
        where["host"],
        where["port"],
        where["user"],
        where["password"],
        pool_size=connections,
        max_overflow=0,
        lock_timeout=60,
    )
    recorder = PostgresApplicationRecorder(store, events_table_name="stock_events")
    with database.owner() as conn:
        found = conn.execute("select to_regclass('stock_events')").fetchone()
    if found == (None,):  # the library's own way of making it again fails when several try
        recorder.create_table()
    try:
        yield recorder
    finally:
        store.close()


class StockRun(Aggregate):
    """A playbook run in the library's own style, with the fields of our facts."""

    @event("Started")
    def __init__(
        self,
        playbook: dict[str, Any],
        intervention_id: UUID,
        case_id: UUID,
        school_id: UUID,
        student_id: UUID,
        guardian_id: UUID,
        stage: str,
        triggered_at: datetime,
        started_on: str,
        baseline: list[dict[str, Any]],
        firing: int | None,
        zone: str | None,
        members: list[UUID],
    ) -> None:
        self.step = 0

    @event("StepScheduled")
    def schedule(
        self,
        step_id: str,
        order: int,
        channel: str,
        due_at: datetime,
        school_id: UUID,
        scheduled_on: str,
        contact_on: str | None,
        again: str | None,
    ) -> None:
        """Put a step in the diary."""
        self.step = order


@contextmanager
def stock_application(database: Database, connections: int = 33) -> Iterator[Application[UUID]]:
    """Open the library's application: aggregates, JSON transcoder, mapper, recorder."""
    environment = {f"POSTGRES_{name.upper()}": value for name, value in parts(database).items()} | {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_POOL_SIZE": str(connections),
        "POSTGRES_MAX_OVERFLOW": "0",
        "POSTGRES_LOCK_TIMEOUT": "60",
    }
    with patch.dict(os.environ, environment):
        application = Application[UUID]()
    try:
        yield application
    finally:
        application.close()
