"""Marks in long shape: a row for each pupil, date and session."""

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.register_line import Session
from domain.attendance.school_codes import Understood
from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_people import csv_source
from infrastructure.imports.csv_text import ColumnProfile, CsvFile, CsvRow, Unusable
from infrastructure.imports.occasions import OpenQuestions
from infrastructure.imports.prepared import Mark, Prepared
from infrastructure.imports.report import Problem

COLUMNS: Final = ("student", "date", "code")
_SESSIONS: Final = {session.value: session for session in Session}
_LATEST: Final = 600  # minutes
_SAID: Final = Mark._fields.index("row_no")  # what two rows may differ in begins here


def read_marks(
    tenant: TenantId, path: Path, roll: SchoolRoll, profile: ColumnProfile, today: date
) -> Prepared:
    """Read and check a file of marks without touching the register."""
    prepared = Prepared(
        tenant=tenant,
        content="marks",
        source=csv_source(roll.source_id),
        file=path.name,
        sha256="",
        reading=f"{roll.codes.reading} {profile.words}",
        code_table=roll.codes.table.version,
        school=roll.school,
    )
    file = CsvFile(path, profile, COLUMNS, prepared)
    if not prepared.stops:
        _Marks(prepared, file, roll, today).read()
    return prepared


class _Marks:
    """Checks each row alone, then the rows that are about the same time together."""

    def __init__(self, prepared: Prepared, file: CsvFile, roll: SchoolRoll, today: date) -> None:
        self._prepared = prepared
        self._file = file
        self._roll = roll
        self._today = today
        self._whole_days = roll.codes.table.day_counting is DayCounting.WHOLE_DAYS
        self._codes: dict[tuple[str, date], Understood | None] = {}
        self._untaken = 0
        self._open = OpenQuestions()
        self._found: dict[tuple[UUID, date, str], list[tuple[CsvRow, Mark]]] = defaultdict(list)

    def read(self) -> None:
        comments = False
        for row in self._file.rows():
            comments = comments or bool(row.text("comment"))
            try:
                mark = self._mark(row)
            except Unusable as no:
                self._file.refuse(row, no)
                continue
            self._found[mark.student, mark.on_date, mark.session].append((row, mark))
        for said in self._found.values():
            self._settle(said)
        self._note("comments-not-kept", comments)
        self._note("no-mark", self._untaken > 0, f"{self._untaken} of them.")
        self._open.tell(self._prepared)
        self._note("calendar-unknown", not self._roll.calendar.terms)

    def _mark(self, row: CsvRow) -> Mark:
        source_id = row.need("student")
        on = row.need_day("date")
        pupil = self._roll.pupils.get(source_id)
        if pupil is None:
            raise Unusable("unknown-student")
        if on > self._today:
            raise Unusable("future-day")
        calendar = self._roll.calendar
        if not calendar.is_open(on):
            inside = calendar.in_term(on) or not calendar.terms
            raise Unusable("closed-day" if inside else "outside-term")
        code, local = self._code(row.cells["code"], on)
        session = self._session(row)
        late = row.number_of("minutes_late", _LATEST)
        self._open.look(code, late)
        school, status = self._roll.school, code.status.value
        return Mark(school, pupil.student, on, session, code.code, status, late, row.number, local)

    def _code(self, raw: str, on: date) -> Understood:
        key = raw, on
        if key not in self._codes:
            self._codes[key] = self._roll.codes.find(raw, on)
        code = self._codes[key]
        if code is None:
            # A short text is a code; a longer one may be somebody's name in the wrong column.
            raise Unusable("unknown-code", f"It says {raw!r}." if len(raw) <= 3 else "")  # noqa: PLR2004
        return code

    def _session(self, row: CsvRow) -> str:
        """Return the session; a roll that is called once a day needs none."""
        written = (row.text("session") or "").upper()
        if not written and self._whole_days:
            return Session.DAY.value
        if not written:
            raise Unusable("missing-field", "It is session.")
        if written not in _SESSIONS:
            raise Unusable("bad-value", "session is AM, PM or DAY.")
        return _SESSIONS[written].value

    def _settle(self, said: list[tuple[CsvRow, Mark]]) -> None:
        """Take one mark of a time. Where rows contradict each other nobody knows which is right."""
        (_, first), *rest = said
        if any(mark[:_SAID] != first[:_SAID] for _, mark in rest):
            for row, mark in said:
                self._refuse(row, mark, "two-marks-one-day")
            return
        for row, mark in rest:
            self._refuse(row, mark, "repeated-row")
        self._prepared.add("mark", first)
        self._untaken += first.status == MarkStatus.MISSING

    def _refuse(self, row: CsvRow, mark: Mark, code: str) -> None:
        student, on = mark.student, mark.on_date
        problem = Problem(self._prepared.file, row.number, code, "", student, on, row.fingerprint())
        self._prepared.problems.append(problem)

    def _note(self, code: str, happened: bool, detail: str = "") -> None:
        if happened:
            self._prepared.problems.append(Problem(self._prepared.file, None, code, detail))
