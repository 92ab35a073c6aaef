"""A register that is written batch by batch: made-up pupils, marks, closures, in any order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from domain.attendance.codes import code_table
from domain.attendance.register_line import Entry
from domain.attendance.sheet import Sheet, sheet_of
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.imports.importing import Commit, _staged
from infrastructure.imports.prepared import (
    CalendarDay,
    Mark,
    Prepared,
    Row,
    School,
    SchoolTerm,
    Student,
)
from infrastructure.imports.staging import stage
from infrastructure.register import reads
from infrastructure.register.stored_lines import sheets
from infrastructure.store.database import Database
from tests.support.register import recording

MONDAY: Final = date(2025, 9, 1)
TERMS: Final = (
    ("autumn", date(2025, 8, 28), date(2025, 12, 19)),
    ("spring", date(2026, 1, 5), date(2026, 6, 26)),
)
Said = dict[tuple[UUID, int, int], Entry]
"""What stands on a sheet: pupil, day and half; where nothing stands there is nothing."""


@dataclass
class Story:
    """One tenant's register, and what is needed to write on it."""

    database: Database
    tenant: TenantId
    commit: Commit
    place: tuple[str, str] = ("IE", "ie")
    schools: tuple[SchoolId, ...] = field(
        default_factory=lambda: (SchoolId(uuid4()), SchoolId(uuid4()))
    )

    def tell(self, content: str, *rows: Row, school: SchoolId | None = None) -> int:
        """Record one batch; return since when it is known."""
        tables = {
            School: "school",
            Student: "student",
            CalendarDay: "calendar_day",
            SchoolTerm: "school_term",
            Mark: "mark",
        }
        nonce = sha256(uuid4().bytes).hexdigest()
        batch = Prepared(self.tenant, content, "test", "test", nonce, school=school)
        for row in rows:
            batch.add(tables[type(row)], row)
        with self.database.tenant(self.tenant) as conn:
            stage(conn, batch)
        return self.commit(_staged(batch))

    def found(self) -> "Story":
        """Tell of the schools and their terms."""
        jurisdiction, table = self.place
        rows = [
            School(
                one, "test", f"S{n}", f"School {n}", jurisdiction, "Europe/Dublin", table, "MARKS"
            )
            for n, one in enumerate(self.schools)
        ]
        terms = [
            SchoolTerm(one, name, begins, ends, None)
            for one in self.schools
            for name, begins, ends in TERMS
        ]
        self.tell("schools", *rows)
        self.tell("calendar", *terms)
        return self

    def pupil(
        self,
        number: int,
        school: int = 0,
        year_group: str | None = None,
        enrolled_on: date | None = None,
        left_on: date | None = None,
    ) -> Student:
        """Return a row about a pupil; the same number is the same pupil."""
        return Student(
            self.student(number),
            "test",
            f"P{number}",
            self.schools[school],
            None,
            year_group,
            enrolled_on,
            left_on,
        )

    def student(self, number: int) -> StudentId:
        """Return the id of a pupil. Some ids end in bytes of nought, which arrays may swallow."""
        digest = sha256(f"{self.tenant}{number}".encode()).digest()[:16]
        return StudentId(UUID(bytes=digest[:15] + bytes([number % 2])))

    def mark(
        self,
        number: int,
        on: date,
        code: str,
        session: str = "DAY",
        late: int | None = None,
        school: int = 0,
    ) -> Mark:
        """Return a mark; without a code it is taken back."""
        row = code_table(self.place[1]).find(code, on) if code else None
        status = "VOID" if row is None else row.status.value
        where = self.schools[school]
        return Mark(where, self.student(number), on, session, code, status, late, 1)

    def stored(self, span: tuple[date, date], position: int | None = None) -> dict[SchoolId, Sheet]:
        """Return the stored lines, brought up to a position."""
        with self.database.tenant(self.tenant) as conn:
            at = self.newest() if position is None else position
            known = reads.schools(conn, self.tenant, at)
            return sheets(conn, self.tenant, known, span, at)

    def recomputed(
        self, span: tuple[date, date], position: int | None = None
    ) -> dict[SchoolId, Sheet]:
        """Return the same, worked out anew from every mark, pupil by pupil."""
        with self.database.tenant(self.tenant) as conn:
            found = {}
            for school in reads.schools(conn, self.tenant, position):
                lines = reads.lines(
                    conn, self.tenant, [school], position, first=span[0], last=span[1]
                )
                found[school.school] = sheet_of(lines)
            return found

    def newest(self) -> int:
        """Return the last position of the ledger."""
        with self.database.worker() as conn:
            row = conn.execute("select coalesce(max(notification_id), 0) from ledger").fetchone()
        return int(row[0]) if row else 0


@contextmanager
def story(database: Database, place: tuple[str, str] = ("IE", "ie")) -> Iterator[Story]:
    """Begin a story in a tenant of its own."""
    tenant = TenantId(uuid4())
    with recording(database, tenant) as commit:
        yield Story(database, tenant, commit, place).found()


def said(sheet: Sheet) -> tuple[Said, set[Any], set[Any]]:
    """Return what a sheet says: every mark, everybody's days on the roll, every late minute."""
    marks: Said = {}
    for row, column in zip(*sheet.cells.nonzero(), strict=True):
        day, half = int(sheet.days[column // 2]), int(column % 2)
        marks[sheet.pupils[row].student, day, half] = sheet.legend[sheet.cells[row, column]]
    rolls = {
        (pupil.student, pupil.source_id, int(sheet.joined[row]), int(sheet.left[row]))
        for row, pupil in enumerate(sheet.pupils)
    }
    late = {
        (sheet.pupils[row].student, int(sheet.days[half // 2]), int(half % 2), int(minutes))
        for row, half, minutes in zip(*(part.tolist() for part in sheet.late), strict=True)
    }
    return marks, rolls, late


def differences(one: dict[SchoolId, Sheet], other: dict[SchoolId, Sheet]) -> list[object]:
    """Return what two answers do not both say."""
    found: list[object] = []
    for school in {*one, *other}:
        left, right = (said(sheets[school]) for sheets in (one, other))
        found += [
            set(map(str, set(a) ^ set(b))) for a, b in zip(left, right, strict=True) if a != b
        ]
    return found


def days(count: int, first: date = MONDAY) -> list[date]:
    """Return weekdays from a first one on."""
    every = (first + timedelta(days=n) for n in range(2 * count + 7))
    return [day for day in every if day.weekday() < 5][:count]
