"""A long ledger of playbook runs, copied in: for what is measured on a million facts.

Two steps are sent in each run, two thousand runs are open at any time and take turns at random, and
a run's id begins with its day, as the product's own ids do.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from domain.kernel import facts
from domain.kernel.facts import Event
from domain.kernel.recorded import SYSTEM, fact_id
from domain.playbook_run import events as e
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    message_key,
    run_id,
)
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import COLUMNS
from tests.support.examples import NUMBERS, PLAYBOOK_1, STEPS, TENANT, TRIGGERED_AT

FACTS_A_RUN: Final = 8
_OPEN: Final = 2_000
_RUNS_A_DAY: Final = 700
_SCHOOLS: Final = 300
_TYPES: Final = [
    "uuid",
    "uuid",
    "int8",
    "int8",
    "text",
    "int2",
    "bytea",
    "timestamptz",
    "timestamptz",
    "text",
    "uuid",
    "uuid",
    "uuid",
]
FactRow = tuple[Any, ...]


class _Run:
    """One run on its way."""

    def __init__(self, number: int, random: Random) -> None:
        self.day = date(2025, 9, 1) + timedelta(days=number // _RUNS_A_DAY)
        self.student = StudentId(_any_id(random))
        self.guardian = GuardianId(_any_id(random))
        self.school = SchoolId(UUID(int=(number % _SCHOOLS + 1) << 64 | 1))
        self.intervention = InterventionId(_any_id(random))
        self.case = CaseId(_any_id(random))
        playbook = PLAYBOOK_1.playbook_id
        trigger = (TENANT, self.intervention, "LETTER_1", self.day, playbook, self.guardian)
        self.stream: RunId = run_id(*trigger)
        self.correlation = _any_id(random)
        self.began_at = TRIGGERED_AT + timedelta(seconds=120 * number)
        self.version = 0
        self._random = random
        self._events = self._tell()

    def next(self, position: int) -> FactRow:
        """Return the ledger's row of the next fact."""
        event = next(self._events)
        self.version += 1
        at = self.began_at + timedelta(hours=20 * (self.version - 1))
        return (
            TENANT,
            self.stream,
            self.version,
            position,
            facts.name_of(type(event)),
            facts.version_of(type(event)),
            facts.write(event),
            at,
            at,
            SYSTEM,
            _any_id(self._random),
            fact_id(self.stream, self.version),
            self.correlation,
        )

    def _tell(self) -> Iterator[Event]:
        yield e.RunStarted(
            playbook=PLAYBOOK_1,
            intervention_id=self.intervention,
            case_id=self.case,
            school_id=self.school,
            student_id=self.student,
            stage="LETTER_1",
            triggered_at=self.began_at,
            started_on=self.day,
            baseline=(NUMBERS,),
            guardian_id=self.guardian,
        )
        for step in STEPS[:2]:
            on = self.day + timedelta(days=step.offset)
            due = self.began_at + timedelta(days=step.offset)
            message = MessageId(_any_id(self._random))
            school, student = self.school, self.student
            name, order, channel = step.step_id, step.order, step.channel
            yield e.StepScheduled(name, order, channel, due, school, on)
            key = message_key(self.stream, name, self.guardian)
            yield e.StepRequested(name, order, channel, message, key)
            yield e.StepSent(name, order, channel, message, school, student, on)
        yield e.RunCompleted(self.school, self.day + timedelta(days=8))


def _any_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def fact_rows(size: int, seed: int = 1) -> Iterator[FactRow]:
    """Yield the ledger's rows of about so many facts, columns in the order of `COLUMNS`."""
    random = Random(seed)
    runs = size // FACTS_A_RUN
    begun = position = 0
    on_the_way: list[_Run] = []
    while begun < runs or on_the_way:
        if begun < runs and len(on_the_way) < _OPEN:
            on_the_way.append(_Run(begun, random))
            begun += 1
            turn = len(on_the_way) - 1
        else:
            turn = random.randrange(len(on_the_way))
        position += 1
        run = on_the_way[turn]
        yield run.next(position)
        if run.version == FACTS_A_RUN:
            on_the_way[turn] = on_the_way[-1]
            on_the_way.pop()


def copy_in(conn: Connection, table: str, rows: Iterable[FactRow]) -> None:
    """Copy ready rows into a table of the ledger's shape, in PostgreSQL's binary format."""
    into = sql.SQL("copy {} ({}) from stdin (format binary)")
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS.split(", ")))
    conn.execute("set local statement_timeout = 0")
    with conn.cursor().copy(into.format(sql.Identifier(table), names)) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)


def append_rows(database: Database, rows: Iterable[FactRow]) -> None:
    """Append ready rows; the sequence stands behind the last of them, as if it had been drawn."""
    with database.owner() as conn:
        conn.execute("set local transaction_timeout = 0")
        copy_in(conn, "ledger", rows)
        conn.execute(
            "select setval('ledger_notification_id_seq', max(notification_id)) from ledger"
        )


def fill(database: Database, size: int, seed: int = 1) -> None:
    """Fill the ledger itself."""
    append_rows(database, fact_rows(size, seed))
    with database.owner() as conn:
        conn.autocommit = True
        conn.execute("vacuum analyze ledger")
