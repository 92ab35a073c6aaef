"""Since when and until when a student is at a school: Ed-Fi's StudentSchoolAssociation."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from domain.attendance.school_days import SchoolDays
from domain.shared.ids import SchoolId, StudentId
from infrastructure.imports.edfi_xml import Record, records
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem

_STUDENT: Final = "StudentReference/StudentIdentity/StudentUniqueId"
_SCHOOL: Final = "SchoolReference/SchoolIdentity/SchoolId"
_TO_COME: Final = "Preregistered"
_SUMMER: Final = timedelta(days=60)  # who enters in it enters for the school year to come
_GAP: Final = timedelta(days=40)  # no holiday inside a school year is as long


class Enrolment(NamedTuple):
    """A stay at a school; without a last day it goes on. `grade` is that of its first year."""

    entered_on: date
    primary: bool
    school: SchoolId
    left_on: date | None
    grade: str | None = None


class Enrolments:
    """The latest stay of each student: the register knows one, as a roll does."""

    def __init__(
        self,
        prepared: Prepared,
        students: Mapping[str, StudentId],
        schools: Mapping[str, SchoolId],
        calendars: Mapping[SchoolId, SchoolDays],
    ) -> None:
        self._prepared = prepared
        self._students = students
        self._schools = schools
        self._calendars = calendars
        self._unsaid: Counter[str] = Counter()
        self._latest: dict[str, Enrolment] = {}

    def read(self, path: Path) -> int:
        """Read the associations and return how many there are."""
        count = 0
        for record in records(path, "InterchangeStudentEnrollment"):
            if record.kind == "StudentSchoolAssociation":
                count += 1
                self._take(path, record)
        self._prepared.rows_read += count
        self._drop_old_grades()
        for code, number in sorted(self._unsaid.items()):
            self._prepared.problems.append(Problem(path.name, None, code, f"{number} of them."))
        return count

    def of(self, source_id: str) -> Enrolment | None:
        """Return where a student is or was last; None where no file says it."""
        return self._latest.get(source_id)

    def _take(self, path: Path, record: Record) -> None:
        pupil, school = record.text(_STUDENT), self._schools.get(record.text(_SCHOOL) or "")
        entered, left = record.day("EntryDate"), record.day("ExitWithdrawDate")
        code = self._fault(record, pupil, entered, left)
        if code or pupil is None or entered is None:
            self._say(path, record, code or "missing-field")
        elif school is None:
            self._say(path, record, "unknown-school")
        elif record.value("EnrollmentType") == _TO_COME:
            self._unsaid["preregistered"] += 1
        else:
            primary = record.flag("PrimarySchool") is True
            grade = record.value("EntryGradeLevel")
            self._keep(pupil, Enrolment(entered, primary, school, left, grade))

    def _fault(
        self, record: Record, pupil: str | None, entered: date | None, left: date | None
    ) -> str:
        if not (pupil and record.text(_SCHOOL) and record.text("EntryDate")):
            return "missing-field"
        if entered is None or (left is None and record.text("ExitWithdrawDate")):
            return "bad-date"
        if left is not None and left < entered:
            return "bad-date"
        return "" if pupil in self._students else "unknown-student"

    def _keep(self, pupil: str, new: Enrolment) -> None:
        known = self._latest.get(pupil)
        if known is not None and known != new:
            self._unsaid["enrolled-again"] += 1
        if known is None or new[:2] > known[:2]:
            self._latest[pupil] = new

    def _drop_old_grades(self) -> None:
        """Forget the grade of whoever entered in an earlier school year: it was that year's."""
        for pupil, stay in self._latest.items():
            if stay.grade is not None and not self._entered_this_year(stay):
                self._latest[pupil] = stay._replace(grade=None)
                self._unsaid["grade-of-entry"] += 1

    def _entered_this_year(self, stay: Enrolment) -> bool:
        begins: date | None = None
        for term in reversed(self._calendars.get(stay.school, SchoolDays()).stretches):
            if begins is not None and begins - term.ends_on > _GAP:
                break
            begins = term.begins_on
        return begins is not None and stay.entered_on >= begins - _SUMMER

    def _say(self, path: Path, record: Record, code: str) -> None:
        problem = Problem(path.name, record.row, code, row_hash=record.fingerprint())
        self._prepared.problems.append(problem)
