"""The tables of playbooks, their runs, logs, telemetry and metrics, as PostgreSQL has them."""

import re
from typing import Any

import psycopg
import pytest

from infrastructure.store import tables
from infrastructure.store.database import Connection, Database
from projections.all import READ_MODELS
from projections.automation_metrics import AUTOMATION_METRICS
from projections.due_steps import DUE_STEPS
from projections.execution_log import EXECUTION_LOG
from projections.kit import ReadModel
from projections.playbooks import PLAYBOOKS
from projections.run_monitor import RUN_MONITOR
from projections.telemetry_events import TELEMETRY_EVENTS
from tests.support.ledgers import OTHER, TENANT

pytestmark = pytest.mark.postgres


@pytest.fixture
def made(database: Database) -> Database:
    with database.worker() as conn:
        tables.ensure(conn, READ_MODELS)
    return database


def indexes(conn: Connection, model: ReadModel[Any]) -> set[str]:
    """Return the columns of each index, `unique` before them where it is one."""
    rows = conn.execute("select indexdef from pg_indexes where tablename = %s", (model.table,))
    found = set()
    for (definition,) in rows:
        told = re.search(r"\((.*)\)", definition)
        assert told is not None
        unique = "unique " if definition.startswith("CREATE UNIQUE") else ""
        found.add(unique + told[1].replace('"', ""))
    return found


def test_one_call_makes_every_table_with_what_it_is_asked_by(made: Database) -> None:
    """000-137 definitions by trigger stage, open runs by their next moment, 000-140 runs by
    instance, 000-141 logs by run, 000-142 logs by key, 000-143 telemetry by date, 000-144 metrics
    by school and date; 000-145 and 000-194: one migration makes them, and again does nothing.
    """
    with made.worker() as conn:
        tables.ensure(conn, READ_MODELS)
        for model, wanted in (
            (PLAYBOOKS, "trigger_stage"),
            (DUE_STEPS, "tenant, due_at, key"),
            (RUN_MONITOR, "tenant, instance_id"),
            (EXECUTION_LOG, "tenant, run_id"),
            (EXECUTION_LOG, "unique tenant, idempotency_key"),
            (TELEMETRY_EVENTS, "tenant, occurred_at, key"),
            (AUTOMATION_METRICS, "school_id, date"),
            (AUTOMATION_METRICS, "unique tenant, key"),
        ):
            assert wanted in indexes(conn, model), model.name


def put(conn: Connection, table: str, tenant: object, key: str, **columns: object) -> None:
    names = ", ".join(("tenant", "key", "doc", *columns))
    marks = ", ".join(["%s"] * (3 + len(columns)))
    values = (tenant, key, "{}", *columns.values())
    conn.execute(f"insert into {table} ({names}) values ({marks})", values)


def test_a_key_is_there_once_for_each_tenant(made: Database) -> None:
    """000-142: unique per tenant, whatever else a line says; another tenant has its own."""
    key = {"idempotency_key": "playbook:1:sms:2"}
    with made.owner() as conn:
        put(conn, EXECUTION_LOG.table, TENANT, "1:sms", **key)
        put(conn, EXECUTION_LOG.table, OTHER, "1:sms", **key)
    with made.owner() as conn, pytest.raises(psycopg.errors.UniqueViolation):
        put(conn, EXECUTION_LOG.table, TENANT, "another:sms", **key)


def test_a_school_has_one_row_of_numbers_for_a_day(made: Database) -> None:
    """000-144: the row's key is school and date."""
    with made.owner() as conn:
        put(conn, AUTOMATION_METRICS.table, TENANT, "school:2025-10-13")
    with made.owner() as conn, pytest.raises(psycopg.errors.UniqueViolation):
        put(conn, AUTOMATION_METRICS.table, TENANT, "school:2025-10-13")
