"""Schools, their terms with the days they declare, and the days named in their calendars."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from domain.attendance.jurisdictions import jurisdictions
from domain.attendance.metrics import Denominator
from domain.attendance.school_codes import LocalCode, SchoolCodes
from domain.attendance.school_days import SchoolDays, Term
from domain.shared.ids import SchoolId, derived_id
from infrastructure.imports.edfi_xml import Record, records
from infrastructure.imports.prepared import CalendarDay, Prepared, School, SchoolTerm
from infrastructure.imports.report import Problem

SOURCE: Final = "edfi"
NO_STATE: Final = "US"
LocalCodes = Mapping[SchoolId, Sequence[LocalCode]]
_STATE: Final = "Address/StateAbbreviation"
_SCHOOL: Final = "SchoolReference/SchoolIdentity/SchoolId"
_CALENDAR_SCHOOL: Final = "CalendarReference/CalendarIdentity/" + _SCHOOL
_MOST_DAYS: Final = 366
_OPEN: Final = frozenset(
    {"Instructional day", "Make-up day", "Student late arrival/early dismissal"}
)


class Schools:
    """The schools of a district by their own ids, with their codes and calendars.

    `local` holds the codes of their own that the register knew before this folder came.
    """

    def __init__(self, prepared: Prepared, local: LocalCodes) -> None:
        self._prepared = prepared
        self._local = local
        self.codes: dict[SchoolId, SchoolCodes] = {}
        self.ids: dict[str, SchoolId] = {}
        self.calendars: dict[SchoolId, SchoolDays] = {}

    def read_organizations(self, path: Path, zone: str) -> int:
        """Read the schools of EducationOrganization and return how many there are."""
        for record in records(path, "InterchangeEducationOrganization"):
            if record.kind != "School":
                continue
            self._prepared.rows_read += 1
            source_id, name = record.text("SchoolId"), record.text("NameOfInstitution")
            if source_id is None or name is None:
                self._refuse(path, record, "missing-field")
                continue
            school = SchoolId(derived_id(self._prepared.tenant, "school", SOURCE, source_id))
            state = f"{NO_STATE}-{record.value(_STATE)}"
            place = jurisdictions().get(state, jurisdictions()[NO_STATE])
            row = School(
                school,
                SOURCE,
                source_id,
                name,
                place.code,
                zone,
                place.code_table,
                Denominator.DECLARED_DAYS.value,
            )
            self.ids[source_id] = school
            self.codes[school] = SchoolCodes(place.table, tuple(self._local.get(school, ())))
            self._prepared.add("school", row)
        return len(self.ids)

    def read_calendar(self, path: Path) -> int:
        """Read the sessions and the named days; return how many sessions there are."""
        terms: dict[SchoolId, list[Term]] = {school: [] for school in self.ids.values()}
        days: dict[SchoolId, dict[bool, set[CalendarDay]]] = {
            school: {True: set(), False: set()} for school in self.ids.values()
        }
        for record in records(path, "InterchangeEducationOrgCalendar"):
            if record.kind == "Session":
                self._session(path, record, terms)
            elif record.kind == "CalendarDate":
                self._date(path, record, days)
        for school, known in terms.items():
            self.calendars[school] = SchoolDays(
                terms=tuple(sorted(known, key=lambda term: term.begins_on)),
                closed=frozenset(day.on_date for day in days[school][False]),
                opened=frozenset(day.on_date for day in days[school][True]),
            )
        return sum(map(len, terms.values()))

    def _session(self, path: Path, record: Record, terms: dict[SchoolId, list[Term]]) -> None:
        self._prepared.rows_read += 1
        school = self._school(path, record, _SCHOOL)
        name, begins, ends = (
            record.text("SessionName"),
            record.day("BeginDate"),
            record.day("EndDate"),
        )
        if school is None:
            return
        if name is None or begins is None or ends is None or begins > ends:
            self._refuse(path, record, "missing-field")
            return
        days = record.small("TotalInstructionalDays", _MOST_DAYS) or None
        terms[school].append(Term(begins, ends, days))
        self._prepared.add("school_term", SchoolTerm(school, name, begins, ends, days))

    def _date(
        self, path: Path, record: Record, days: dict[SchoolId, dict[bool, set[CalendarDay]]]
    ) -> None:
        self._prepared.rows_read += 1
        school = self._school(path, record, _CALENDAR_SCHOOL)
        on, kind = record.day("Date"), record.value("CalendarEvent")
        if school is None:
            return
        if on is None or kind is None:
            self._refuse(path, record, "missing-field")
            return
        day = CalendarDay(school, on, kind, kind in _OPEN)
        known = days[school][not day.is_open] | days[school][day.is_open]
        if any(other.on_date == on for other in known):
            self._refuse(path, record, "repeated-row" if day in known else "two-marks-one-day")
            return
        days[school][day.is_open].add(day)
        self._prepared.add("calendar_day", day)

    def _school(self, path: Path, record: Record, where: str) -> SchoolId | None:
        source_id = record.text(where)
        school = self.ids.get(source_id or "")
        if school is None:
            self._refuse(path, record, "unknown-school" if source_id else "missing-field")
        return school

    def _refuse(self, path: Path, record: Record, code: str) -> None:
        problem = Problem(path.name, record.row, code, row_hash=record.fingerprint())
        self._prepared.problems.append(problem)
