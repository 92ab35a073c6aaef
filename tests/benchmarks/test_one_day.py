"""One new school day of a district, from marks that are known to the queue that shows what follows.

50,000 pupils in schools of a thousand, two marks each. The marks of the day are in the register
before the clock runs; then stored lines are written on, the evening comes, the rules look at every
school, what follows is proposed and recorded, and the queue is folded: by the real roles, in
threads of one process. The floor is one query that says as of the last day what rules ask for
(the year to date, 20 school days, 30 days, the days in a row), over a bare table of sessions.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import pytest

from domain.attendance.rules import shipped_text
from domain.attendance.school_days import MonthDay
from domain.attendance.sheet_joining import between_days
from domain.register_batch.commands import RecordBatch
from domain.shared.ids import BatchId
from infrastructure.clock import move_school_clock
from infrastructure.register import pages
from infrastructure.register.stored_lines import keep_up
from infrastructure.runtime.projecting import positions
from infrastructure.runtime.role import wait_until
from infrastructure.settings import Settings
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import newest
from infrastructure.wiring import rule_sets
from infrastructure.wiring.house import House
from infrastructure.wiring.workers import Crew
from projections.queue import QUEUE
from tests.support import postgres
from tests.support.made_up_register import LEGEND, made_up_school, school_id, student_id
from tests.support.measuring import in_turn, report
from tests.support.rules_ways import CALENDAR, DAYS, TENANT

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
PUPILS: Final = int(os.environ.get("ANSEO_BENCH_PUPILS", "50000"))
OF_ONE_SCHOOL: Final = 1_000
SCHOOLS: Final = -(-PUPILS // OF_ONE_SCHOOL)
SEED, ROUNDS = 20, 3
NEW: Final = DAYS[-ROUNDS:]
BEFORE: Final = DAYS[-ROUNDS - 2 : -ROUNDS]  # days looked at before, so that a day finds its usual
YEAR_FROM: Final = CALENDAR.year_begins(DAYS[0], MonthDay(8, 1))
STATUS: Final = {"/": "PRESENT", "L": "PRESENT_LATE", "A": "ABSENT_AUTHORISED"} | {
    "O": "ABSENT_UNAUTHORISED",
    "N": "ABSENT_UNEXPLAINED",
}
PATIENCE_SECONDS: Final = 300.0
_SCHOOL: Final = (
    "insert into school (tenant, school, batch, source, source_id, name, jurisdiction, zone,"
    " code_table, denominator) values (%(tenant)s, %(school)s, %(batch)s, 'bench', %(name)s,"
    " 'School', 'GB-ENG', 'Europe/London', 'gb-eng', 'MARKS')"
)
_TERM: Final = (
    "insert into school_term (tenant, school, term, batch, begins_on, ends_on)"
    " values (%(tenant)s, %(school)s, %(term)s, %(batch)s, %(first)s, %(last)s)"
)
_CLOSED: Final = (
    "insert into calendar_day (tenant, school, on_date, batch, kind, is_open)"
    " select %(tenant)s, %(school)s, day, %(batch)s, 'HOLIDAY', false"
    " from unnest(%(days)s::date[]) day"
)
_STUDENTS: Final = "copy student (tenant, student, batch, source, source_id, school) from stdin"
_MARKS: Final = (
    "copy mark (tenant, school, student, on_date, session, batch, code, status, row_no) from stdin"
)
_SESSIONS: Final = (
    "insert into session_row select l.n, %(day)s, s.half, case when"
    " get_byte(l.marks, %(place)s + s.half) between 2 and 6 then 'A' else 'P' end::\"char\""
    " from numbered_line l cross join generate_series(0, 1) s (half)"
    " where get_byte(l.marks, %(place)s + s.half) > 0"
)
_LOOKED: Final = (
    "select count(distinct originator_id) from ledger where tenant = %(tenant)s"
    " and topic = 'evaluation.completed' and notification_id > %(since)s"
)
FLOOR: Final = (
    "create temp table as_of on commit drop as select student, sum(p) p, sum(a) a,"
    " round(100.0 * (1 - sum(a) filter (where n > %(all)s - 20)::numeric"
    " / nullif(sum(p) filter (where n > %(all)s - 20), 0)), 1) roll20,"
    " sum(a) filter (where day > %(last)s::date - 30) abs30,"
    " %(all)s - coalesce(max(n) filter (where a < p), 0) streak from"
    " (select m.student, m.day, d.n, count(*) p, sum((m.code = 'A')::int) a"
    " from session_row m join school_day d using (day) group by 1, 2, 3) x group by student"
)


class District:
    """The schools of a tenant, their year up to the last days, and what those days will bring."""

    def __init__(self, house: House) -> None:
        self.house = house
        random = np.random.default_rng(SEED)
        self.sheets = [
            made_up_school(random, n, n * OF_ONE_SCHOOL, min(OF_ONE_SCHOOL, PUPILS - n * 1000))
            for n in range(SCHOOLS)
        ]

    def fill(self) -> None:
        schools = [{"school": school_id(n), "name": f"S{n:04}"} for n in range(SCHOOLS)]
        with self._batch("district") as (conn, told):
            for one in schools:
                conn.execute(_SCHOOL, {**told, **one})
                for number, term in enumerate(CALENDAR.terms):
                    span = {"first": term.begins_on, "last": term.ends_on, "term": str(number)}
                    conn.execute(_TERM, {**told, **one, **span})
                conn.execute(_CLOSED, {**told, **one, "days": sorted(CALENDAR.closed)})
        with self._batch("students") as (conn, told), conn.cursor().copy(_STUDENTS) as copy:
            for number in range(PUPILS):
                who = (student_id(number), told["batch"], "bench", f"{number:06}")
                copy.write_row((TENANT, *who, school_id(number // OF_ONE_SCHOOL)))
        position = self.house.ledger.recorder.max_notification_id() or 0
        with self.house.database.tenant(TENANT) as conn:
            for number, sheet in enumerate(self.sheets):
                known = between_days(sheet, DAYS[0].toordinal(), DAYS[-ROUNDS - 1].toordinal())
                pages.write(conn, TENANT, school_id(number), YEAR_FROM, known, position)
        with self.house.database.owner() as conn:
            _session_rows(conn)
        self._evening(DAYS[DAYS.index(BEFORE[0]) - 1])

    def _evening(self, day: date) -> None:
        """Let the evening of a day come; else it would be the evening of today."""
        with self.house.database.worker() as conn:
            at = datetime.combine(day, datetime.min.time(), UTC).replace(hour=21)
            move_school_clock(conn, at)

    def marks(self, day: date) -> None:
        """Let the marks of a day become known."""
        place = 2 * DAYS.index(day)
        with self._batch("marks") as (conn, told), conn.cursor().copy(_MARKS) as copy:
            for number, sheet in enumerate(self.sheets):
                for row, cells in enumerate(sheet.cells[:, place : place + 2].tolist()):
                    who = (TENANT, school_id(number), student_id(number * OF_ONE_SCHOOL + row), day)
                    for session, cell in zip(("AM", "PM"), cells, strict=True):
                        if cell:
                            code, letter = LEGEND[cell]
                            said = (session, told["batch"], code, STATUS[letter], 0)
                            copy.write_row((*who, *said))

    def through(self, day: date) -> float:
        """Let a day's marks through to the queue; return the seconds that it took."""
        self.marks(day)
        head = self.house.ledger.recorder.max_notification_id() or 0
        began = time.perf_counter()
        schools = {school_id(number) for number in range(SCHOOLS)}
        with self.house.database.tenant(TENANT) as conn:
            keep_up(conn, TENANT, schools, (day, day))
        lines = time.perf_counter() - began
        self._evening(day)
        self.house.bell.ring("evaluate")
        until(lambda: self._looked(head))
        looked = time.perf_counter() - began
        until(self._folded)
        took = time.perf_counter() - began
        facts = (self.house.ledger.recorder.max_notification_id() or 0) - head
        sys.stdout.write(
            f"{day}: lines {lines:.2f} s, looked {looked:.2f} s, queue {took:.2f} s,"
            f" {facts} facts\n"
        )
        return took

    def _looked(self, since: int) -> bool:
        with self.house.database.worker() as conn:
            row = conn.execute(_LOOKED, {"tenant": TENANT, "since": since}).fetchone()
        return row is not None and row[0] == SCHOOLS

    def _folded(self) -> bool:
        with self.house.database.worker() as conn:
            return min(positions(conn, (QUEUE,)).values()) >= newest(conn)

    @contextmanager
    def _batch(self, content: str) -> Iterator[tuple[Connection, dict[str, Any]]]:
        """Stage rows by hand, and make them visible."""
        batch = BatchId(uuid4())
        told = {"tenant": TENANT, "batch": batch}
        with self.house.database.owner() as conn:
            conn.execute("set statement_timeout = 0; set row_security = off")
            conn.execute(
                "insert into staged_batch (tenant, batch, content, source, content_hash)"
                " values (%s, %s, %s, 'bench', '')",
                (TENANT, batch, content),
            )
            yield conn, told
        command = RecordBatch(
            batch_id=batch,
            content=content,
            source="bench",
            content_hash=sha256(batch.bytes).hexdigest(),
            rows=1,
            quarantined=0,
            students=1,
        )
        self.house.ledger.execute(command, tenant=TENANT, by="bench")


def _session_rows(conn: Connection) -> None:
    conn.execute("set statement_timeout = 0; set row_security = off; set work_mem = '512MB'")
    conn.execute(
        "create unlogged table session_row (student int not null, day date not null,"
        ' session smallint not null, code "char" not null)'
    )
    conn.execute(
        "create temp table numbered_line as select (row_number() over (order by student))::int n,"
        " marks from register_line"
    )
    known = DAYS[:-ROUNDS]
    for place, day in enumerate(known):
        conn.execute(_SESSIONS, {"day": day, "place": 2 * place})
    conn.execute("alter table session_row add primary key (student, day, session)")
    conn.execute("create table school_day (n int not null, day date not null)")
    conn.execute(
        "insert into school_day select n, day from unnest(%s::date[]) with ordinality d (day, n)",
        (known,),
    )
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze session_row")
    conn.execute("analyze")


def as_of(database: Database) -> float:
    """Seconds of the query that says how everybody stands as of the last day."""
    with database.owner() as conn:
        conn.execute("set statement_timeout = 0; set row_security = off; set work_mem = '512MB'")
        conn.execute("set max_parallel_workers_per_gather = 2")
        began = time.perf_counter()
        conn.execute(FLOOR, {"all": len(DAYS) - ROUNDS, "last": DAYS[-ROUNDS - 1]})
        seconds = time.perf_counter() - began
        conn.rollback()
    return seconds


def until(done: Callable[[], bool]) -> None:
    assert wait_until(done, PATIENCE_SECONDS)


@pytest.fixture
def district(postgres_url: str, template: str, tmp_path: Path) -> Iterator[District]:
    with postgres.throw_away(postgres_url, template) as database:
        settings = Settings(ANSEO_HOME=tmp_path)
        with House(settings, database.url) as house:
            began = time.perf_counter()
            district = District(house)
            district.fill()
            text = shipped_text("gb-eng-default-1")
            rule_sets.activate(house.ledger, TENANT, text, "staff:bench")
            sys.stdout.write(f"\nfilled in {time.perf_counter() - began:.0f} s\n")
            yield district


@pytest.mark.figure("one-day")
@pytest.mark.timeout(1800)
def test_a_new_day_from_its_marks_to_the_queue(district: District) -> None:
    """PERFORMANCE.md: at most 0.05 of the query over session rows."""
    crew = Crew(district.house, ["project", "evaluate"])
    crew.start()
    try:
        for day in BEFORE:
            district.through(day)
        days = iter(NEW)
        pairs = in_turn(
            lambda: district.through(next(days)), lambda: as_of(district.house.database), ROUNDS
        )
    finally:
        crew.stop()
    report("one-day", pairs, "s", PUPILS, SEED)
