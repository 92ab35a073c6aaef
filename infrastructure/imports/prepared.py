"""A file that has been read and checked, ready to be staged: rows by table, people, problems."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from domain.attendance.day_words import DayPart
from domain.shared.contact import Channel
from domain.shared.ids import BatchId, GuardianId, SchoolId, TenantId, derived_id
from infrastructure.imports.problem_kinds import Severity
from infrastructure.imports.report import Problem
from infrastructure.store.database import Connection

_OF_A_PAGE: Final = 200


class School(NamedTuple):
    """A row of table school."""

    school: UUID
    source: str
    source_id: str
    name: str
    jurisdiction: str
    zone: str
    code_table: str
    denominator: str


class Student(NamedTuple):
    """A row of table student."""

    student: UUID
    source: str
    source_id: str
    school: UUID | None
    household: UUID | None
    year_group: str | None = None
    enrolled_on: date | None = None
    left_on: date | None = None


class StudentYears(NamedTuple):
    """A row of table student_years: ages as ranges of days, never a birth date."""

    student: UUID
    school_year: date
    year_group: str | None
    known_from: date
    known_until: date
    ages: list[str]
    first_on: list[date]
    last_on: list[date]


class Guardian(NamedTuple):
    """A row of table guardian."""

    guardian: UUID
    source: str
    source_id: str
    household: UUID | None


class GuardianLink(NamedTuple):
    """A row of table guardian_link."""

    student: UUID
    guardian: UUID
    relation: str | None
    priority: int | None
    may_receive_info: bool | None
    has_parental_responsibility: bool | None
    lives_with: bool | None
    no_contact_reason: str | None
    no_contact_until: date | None = None
    withdrawn: bool = False


class CalendarDay(NamedTuple):
    """A row of table calendar_day."""

    school: UUID
    on_date: date
    kind: str
    is_open: bool
    part: str = DayPart.DAY.value
    year_group: str = ""


class SchoolTerm(NamedTuple):
    """A row of table school_term."""

    school: UUID
    term: str
    begins_on: date
    ends_on: date
    declared_days: int | None


class RegisterTimes(NamedTuple):
    """A row of table register_hours. `last_on` is the last day of all where there is no end."""

    school: UUID
    first_on: date
    last_on: date
    am_start: time | None
    am_close: time | None
    pm_start: time | None
    pm_close: time | None
    day_end: time | None
    withdrawn: bool


class SchoolCode(NamedTuple):
    """A row of table school_code."""

    school: UUID
    code: str
    effective_from: date
    stands_for: str
    meaning: str | None
    effective_to: date | None
    withdrawn: bool


class Mark(NamedTuple):
    """A row of table mark."""

    school: UUID
    student: UUID
    on_date: date
    session: str
    code: str
    status: str
    minutes_late: int | None
    row_no: int
    local_code: str | None = None


class RawMark(NamedTuple):
    """What a source said of one mark, word for word, and under which id it knows it."""

    source_id: str
    school: UUID
    student: UUID
    on_date: date
    session: str
    payload: bytes


class Total(NamedTuple):
    """A row of table attendance_total: sessions of one pupil between two days, summed up."""

    school: UUID
    student: UUID
    first_on: date
    last_on: date
    possible: int
    attended: int
    authorised: int
    unauthorised: int


Row = (
    School
    | Student
    | StudentYears
    | Guardian
    | GuardianLink
    | CalendarDay
    | SchoolTerm
    | RegisterTimes
    | SchoolCode
    | Mark
    | Total
)


class Choice(NamedTuple):
    """A guardian's answer about a channel, to be recorded as a fact."""

    guardian: GuardianId
    channel: Channel
    given: bool


class Insistence(NamedTuple):
    """A person's word that a source which lost much of what it had is right, and why."""

    by: str
    reason: str


class Changes(NamedTuple):
    """What an import did to one table; what the register knew already is written nowhere."""

    added: int = 0
    changed: int = 0
    taken_back: int = 0
    unchanged: int = 0


class Replaces(NamedTuple):
    """A file that says everything about some schools between two days.

    Marks of the same source that it no longer has are taken back.
    """

    schools: tuple[SchoolId, ...]
    first: date
    last: date


class PersonSink(Protocol):
    """Where names, telephone numbers and addresses go. It leaves out who was erased."""

    def put_many(
        self,
        conn: Connection,
        tenant: TenantId,
        kind: str,
        records: Mapping[UUID, Mapping[str, Any]],
    ) -> None:
        """Keep the fields of many people of one kind ("student", "guardian")."""

    def keep_raw(
        self,
        conn: Connection,
        tenant: TenantId,
        batch: BatchId,
        source: str,
        pages: Sequence[tuple[Collection[UUID], bytes]],
    ) -> None:
        """Keep a source's own words, sealed, each page with everybody whom it names."""


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """What the fact says about a batch. Recording it makes its rows visible."""

    batch: BatchId
    content: str
    source: str
    content_hash: str
    rows: int
    quarantined: int
    students: int
    school: SchoolId | None


@dataclass(slots=True)
class Prepared:
    """What one file, or one folder that belongs together, came to."""

    tenant: TenantId
    content: str
    source: str
    file: str
    sha256: str
    reading: str = ""  # the profile and table by which it was read: another reading, another batch
    code_table: str | None = None
    school: SchoolId | None = None
    rows_read: int = 0
    rows: dict[str, list[Row]] = field(default_factory=dict)
    people: dict[str, dict[UUID, dict[str, Any]]] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    replaces: Replaces | None = None
    whole_roll_of: tuple[SchoolId, ...] = ()  # every pupil of these schools is in it
    pupils_listed: int = 0  # of a whole roll: those who are there today
    today: date = date.max
    school_year: date | None = None  # in which year groups were said, where there are any
    base: int | None = None  # of a sync: the position of the source's batch before
    raw: list[RawMark] = field(default_factory=list)

    @property
    def batch(self) -> BatchId:
        """The same content, read the same way for the same school, is the same batch.

        A sync that finds what an earlier one found, after another in between, is another batch.
        """
        parts = (self.tenant, "batch", self.content, self.school, self.sha256, self.reading)
        after = () if self.base is None else (self.base,)
        year = () if self.school_year is None else ("in", self.school_year)
        return BatchId(derived_id(*parts, *after, *year))

    @property
    def stops(self) -> bool:
        """Whether nothing of the file can be trusted."""
        return any(problem.severity is Severity.STOPS for problem in self.problems)

    @property
    def set_aside(self) -> list[Problem]:
        """The rows that cannot be used."""
        return [one for one in self.problems if one.severity is Severity.SET_ASIDE]

    @property
    def rows_bad(self) -> int:
        """How many rows cannot be used: all of them where the file cannot be trusted."""
        if self.stops:
            return self.rows_read
        return len({(problem.file, problem.row) for problem in self.set_aside})

    def raw_pages(self) -> Iterator[tuple[Collection[UUID], bytes]]:
        """Yield the source's own words, a few hundred marks a page."""
        for first in range(0, len(self.raw), _OF_A_PAGE):
            page = self.raw[first : first + _OF_A_PAGE]
            payload = b"[" + b",".join(one.payload for one in page) + b"]"
            yield {one.student for one in page}, payload

    def add(self, table: str, row: Row) -> None:
        """Take a good row."""
        self.rows.setdefault(table, []).append(row)

    def counts(self) -> dict[str, int]:
        """Return how many rows each table gets; what follows from other rows is not counted."""
        said = sorted(self.rows.items())
        return {table: len(rows) for table, rows in said if table != "student_years"}
