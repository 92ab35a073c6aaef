"""Attendance events into marks. Only exceptions are recorded: no event means present."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from domain.attendance.codes import ABSENT, CodeRow, MarkStatus, Reasons
from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays
from domain.shared.ids import SchoolId, StudentId
from infrastructure.imports.edfi_xml import Record, records
from infrastructure.imports.occasions import OpenQuestions
from infrastructure.imports.prepared import Mark, Prepared
from infrastructure.imports.report import Problem

_STUDENT: Final = "StudentReference/StudentIdentity/StudentUniqueId"
_SCHOOL: Final = "SchoolReference/SchoolIdentity/SchoolId"
_OFFERING: Final = "SectionReference/SectionIdentity/CourseOfferingReference/CourseOfferingIdentity"
_DAY_MINUTES: Final = "SchoolAttendanceDuration"
_PERIOD_MINUTES: Final = "SectionAttendanceDuration"
_LESSONS: Final = "StudentSectionAttendance"
_LONGEST: Final = 1440  # minutes of a day
_SHARE: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_DAY: Final = "AttendanceEvent/EventDate"
_WHOLE, _HALF = Decimal(1), Decimal("0.5")


class _Unusable(Exception):
    """An event that no mark can be made of."""

    def __init__(
        self, code: str, detail: str = "", student: StudentId | None = None, on: date | None = None
    ) -> None:
        self.code, self.detail, self.student, self.on = code, detail, student, on
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Event:
    """One attendance event that names a known student, school, day and category."""

    file: str
    row: int
    student: StudentId
    source_id: str
    school: SchoolId
    on: date
    code: CodeRow
    local_code: str | None
    duration: Decimal | None
    minutes: int | None
    by_period: bool
    fingerprint: bytes

    @property
    def absent(self) -> bool:
        """Whether the event says that the student was away."""
        return self.code.status in ABSENT[Reasons.ANY]

    @property
    def no_share(self) -> bool:
        """Whether it is an absence of which nobody says how much of the day it was."""
        return self.absent and self.duration is None

    @property
    def rank(self) -> tuple[int, str, bool, str, int]:
        """Which of several events of one day counts: the fullest absence, the milder reason."""
        if self.absent:
            place = 3 if self.duration is None else 0 if self.duration == _WHOLE else 1
        else:
            place = 2
        return place, self.code.code, self.by_period, self.file, self.row


class Marks:
    """Reads events, settles what one day of one student comes to, and writes the marks."""

    def __init__(
        self,
        prepared: Prepared,
        students: dict[str, StudentId],
        schools: dict[str, SchoolId],
        calendars: dict[SchoolId, SchoolDays],
        codes: dict[SchoolId, SchoolCodes],
    ) -> None:
        self._prepared = prepared
        self._students = students
        self._schools = schools
        self._calendars = calendars
        self._codes = codes
        self._days: dict[tuple[StudentId, SchoolId, date], list[Event]] = defaultdict(list)
        self._lessons = 0
        self._seen: dict[str, Counter[SchoolId]] = defaultdict(Counter)

    def read(self, path: Path) -> int:
        """Read one file of events and return how many it has."""
        count = 0
        for record in records(path, "InterchangeStudentAttendance"):
            by_period = record.kind == "StudentSectionAttendanceEvent"
            if not by_period and record.kind != "StudentSchoolAttendanceEvent":
                continue
            count += 1
            event = self._event(path, record, by_period=by_period)
            if event is not None:
                self._seen[event.source_id][event.school] += 1
                self._days[event.student, event.school, event.on].append(event)
        self._prepared.rows_read += count
        return count

    def write(self) -> dict[str, SchoolId]:
        """Write the marks and return the school at which each student has most events."""
        unanswered = OpenQuestions()
        for (student, school, on), events in self._days.items():
            for session, event in self._settle(events):
                unanswered.look(event.code, event.minutes)
                code, status = event.code.code, event.code.status.value
                row, local = event.row, event.local_code
                mark = Mark(school, student, on, session, code, status, event.minutes, row, local)
                self._prepared.add("mark", mark)
        unanswered.tell(self._prepared)
        if self._lessons:
            note = Problem(_LESSONS, None, "lesson-marks", f"{self._lessons} of them.")
            self._prepared.problems.append(note)
        return {student: self._main_school(student) for student in self._seen}

    def _event(self, path: Path, record: Record, *, by_period: bool) -> Event | None:
        try:
            return self._checked(path, record, by_period=by_period)
        except _Unusable as no:
            problem = Problem(
                path.name, record.row, no.code, no.detail, no.student, no.on, record.fingerprint()
            )
            self._prepared.problems.append(problem)
            return None

    def _checked(self, path: Path, record: Record, *, by_period: bool) -> Event:
        source_id = record.text(_STUDENT)
        school_id = record.text(f"{_OFFERING}/{_SCHOOL}" if by_period else _SCHOOL)
        category = record.value("AttendanceEvent/AttendanceEventCategory")
        if not (source_id and school_id and category and record.text(_DAY)):
            raise _Unusable("missing-field")
        on = record.day(_DAY)
        if on is None:
            raise _Unusable("bad-date")
        if source_id not in self._students:
            raise _Unusable("unknown-student")
        student = self._students[source_id]
        if school_id not in self._schools:
            raise _Unusable("unknown-school", "", student, on)
        school = self._schools[school_id]
        understood = self._codes[school].find(category, on)
        if understood is None:
            raise _Unusable("unknown-code", f"It says {category[:40]!r}.", student, on)
        self._check_open(student, school, on)
        return Event(
            file=path.name,
            row=record.row,
            student=student,
            source_id=source_id,
            school=school,
            on=on,
            code=understood.row,
            local_code=understood.local,
            duration=_duration(record.text("AttendanceEvent/EventDuration")),
            minutes=record.small(_PERIOD_MINUTES if by_period else _DAY_MINUTES, _LONGEST),
            by_period=by_period,
            fingerprint=record.fingerprint(),
        )

    def _check_open(self, student: StudentId, school: SchoolId, on: date) -> None:
        calendar = self._calendars[school]
        if not calendar.is_open(on):
            code = "closed-day" if calendar.in_term(on) else "outside-term"
            raise _Unusable(code, f"{on:%A %Y-%m-%d}.", student, on)

    def _settle(self, events: list[Event]) -> Iterable[tuple[str, Event]]:
        """Return the session and event of each mark that a day comes to: one, or two halves."""
        first, *rest = sorted(events, key=lambda event: event.rank)
        halves = [first]
        for event in rest:
            if _is_half(first) and _is_half(event) and len(halves) == 1:
                halves.append(event)
            elif event.code == first.code and event.duration == first.duration:
                self._repeated(event)
            elif event.by_period and (event.code == first.code or event.no_share):
                self._lessons += 1
            else:
                self._refuse(event, "two-marks-one-day")
        usable = [event for event in halves if self._usable(event)]
        if _is_half(first):
            return zip(("AM", "PM"), usable, strict=False)
        return [("DAY", event) for event in usable]

    def _usable(self, event: Event) -> bool:
        if event.by_period and event.no_share:
            self._lessons += 1
            return False
        if event.absent and event.duration is None:
            self._refuse(event, "missing-duration")
            return False
        if event.absent and event.duration not in (_WHOLE, _HALF):
            self._refuse(event, "odd-duration")
            return False
        if event.code.status is MarkStatus.PRESENT_LATE and event.duration is None:
            self._late(event)
        return True

    def _late(self, event: Event) -> None:
        if not event.by_period:
            minutes = f"It says {event.minutes} minutes." if event.minutes is not None else ""
            self._refuse(event, "late-without-duration", minutes)

    def _repeated(self, event: Event) -> None:
        if event.by_period:  # a period of a day that is late says no more than the day
            self._lessons += 1
        else:
            self._refuse(event, "repeated-row")

    def _main_school(self, source_id: str) -> SchoolId:
        seen = self._seen[source_id]
        if len(seen) > 1:
            student = self._students[source_id]
            self._prepared.problems.append(Problem("", None, "two-schools", student=student))
        return min(seen, key=lambda school: (-seen[school], school))

    def _refuse(self, event: Event, code: str, detail: str = "") -> None:
        problem = Problem(
            event.file, event.row, code, detail, event.student, event.on, event.fingerprint
        )
        self._prepared.problems.append(problem)


def _is_half(event: Event) -> bool:
    return event.absent and event.duration == _HALF


def _duration(written: str | None) -> Decimal | None:
    """Return the share of the day; what is not a number becomes one that no day has."""
    if written is None:
        return None
    return Decimal(written) if _SHARE.fullmatch(written) else Decimal(-1)
