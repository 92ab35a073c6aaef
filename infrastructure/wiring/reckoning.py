"""Reckoning: every figure of the demo counted twice, by two ways that share no code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.facts import name_of
from domain.shared.ids import TenantId
from infrastructure.clock import school_now
from infrastructure.relay import wire
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House
from projections import execution_log
from projections.all import READ_MODELS

_TABLES = {model.name: model.table for model in READ_MODELS}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and an independent count of the same thing."""

    name: str
    value: int
    other: int
    counted_in: str

    @property
    def agrees(self) -> bool:
        """Say whether both ways give the same number."""
        return self.value == self.other


@dataclass(frozen=True, slots=True)
class Outside:
    """What was counted outside our database: providers' logs, the broker, files."""

    students: int
    marks: int
    texts_and_mails: int
    pdf_files: int
    kafka_records: int | None


def balance(conn: Connection, tenant: TenantId) -> dict[str, int]:
    """Return the balance sheet of due steps at the school clock."""
    asked = {"tenant": tenant, "school": None, "now": school_now(conn)}
    return dict(
        zip(execution_log.SIDES, reads.fetch(conn, execution_log.BALANCE, asked)[0], strict=True)
    )


def reckon(house: House, tenant: TenantId, outside: Outside) -> list[Figure]:
    """Count everything both ways."""
    with house.database.auditor(tenant) as conn:
        sheet = balance(conn, tenant)
        names = _facts(conn)
        figures = [
            Figure(
                "students", _count(conn, "student", "student"), outside.students, "the district"
            ),
            Figure("marks", _count(conn, "mark", ""), outside.marks, "the files delivered"),
            _fold(conn, "instances", "interventions", names["intervention.opened"]),
            _fold(conn, "runs", "run_monitor", names["playbook_run.started"]),
            Figure(
                "messages",
                names["message.accepted"],
                outside.texts_and_mails,
                "the providers' own log",
            ),
            Figure("letters", names["letter.rendered"], outside.pdf_files, "files in the store"),
            _said(conn, sheet["sent"], outside),
            Figure(
                "steps due",
                sheet["due"],
                sum(sheet[part] for part in execution_log.SIDES if part != "due"),
                "the sum of the others",
            ),
        ]
        if outside.kafka_records is not None:
            known = {name_of(cls) for cls in wire.PUBLIC}
            with house.database.worker() as everything:  # the topics carry every tenant
                stored = _facts(everything)
            public = sum(count for name, count in stored.items() if name in known)
            figures.append(
                Figure("kafka_records", outside.kafka_records, public, "public facts in the ledger")
            )
    return figures


def summary(house: House, tenant: TenantId, figures: list[Figure]) -> dict[str, Any]:
    """Return the one JSON object of the demo."""
    with house.database.auditor(tenant) as conn:
        sheet = balance(conn, tenant)
        waiting = conn.execute(
            "select coalesce(sum(json_array_length(doc::json -> 'lines')), 0)"
            f" from {_TABLES['queue']} where needs_person"
        ).fetchone()
    values = {figure.name: figure.value for figure in figures}
    wanted = ("students", "marks", "instances", "runs", "messages", "letters")
    return {
        **{name: values[name] for name in wanted},
        "kafka_records": values.get("kafka_records", 0),
        "queue_rows": int(waiting[0]) if waiting else 0,
        "balance": sheet,
        "reconciled": [
            {"figure": f.name, "value": f.value, "counted_in": f.counted_in, "other": f.other}
            for f in figures
        ],
    }


_BESIDE: Final = (
    "select count(*) - count(distinct fact ->> 'message_id') from ledger_json"
    " where name = 'playbook_run.step_sent'"
)


def _said(conn: Connection, sent: int, outside: Outside) -> Figure:
    """Compare the steps that were sent; several about siblings may be in one message."""
    found = conn.execute(_BESIDE).fetchone()
    other = outside.texts_and_mails + (int(found[0]) if found else 0)
    return Figure("steps sent", sent, other, "the providers' own log, and steps said beside")


def _facts(conn: Connection) -> Mapping[str, int]:
    rows = conn.execute("select topic, count(*) from ledger group by topic").fetchall()
    found: dict[str, int] = dict(rows)
    wanted = (
        "intervention.opened",
        "playbook_run.started",
        "message.accepted",
        "letter.rendered",
    )
    return dict.fromkeys(wanted, 0) | found


def _fold(conn: Connection, name: str, model: str, facts: int) -> Figure:
    row = conn.execute(f"select count(*) from {_TABLES[model]}").fetchone()
    return Figure(name, row[0] if row else 0, facts, "facts in the ledger")


def _count(conn: Connection, table: str, distinct: str) -> int:
    what = f"distinct {distinct}" if distinct else "*"
    row = conn.execute(f"select count({what}) from {table}").fetchone()
    return int(row[0]) if row else 0
