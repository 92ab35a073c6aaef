"""Marks one by one against a school's roll, calendar and codes; contradictions find each other."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import UUID

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.register_line import Session
from domain.attendance.school_roll import SchoolRoll
from infrastructure.imports.csv_text import Unusable
from infrastructure.imports.occasions import OpenQuestions
from infrastructure.imports.prepared import Mark, Prepared
from infrastructure.imports.report import Problem

_SAID: Final = Mark._fields.index("row_no")  # what two rows may differ in begins here
_SESSIONS: Final = {session.value: session.value for session in Session}
_NOTHING: Final = frozenset(
    {MarkStatus.NOT_OPEN.value, MarkStatus.NOT_COUNTED.value, MarkStatus.MISSING.value}
)
_SHORT: Final = 3  # a short text is a code; a longer one may be somebody's name in a wrong column
# 1-2 becomes 01-Feb or 2/1/2025, and a long number 1.23E+11.
_SPREADSHEET: Final = re.compile(
    r"[0-9]{1,2}[-/ ][A-Za-z]{3,9}|[A-Za-z]{3}-[0-9]{2}|[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4}"
    r"|[0-9]+([.,][0-9]+)?E\+?[0-9]+"
)

_Meaning = tuple[str, str, str | None]
Settled = tuple[date, str, str, str, str | None]
"""Day, session, code, status and the school's own code: what many rows of a file share."""
_Key = tuple[int, date, str]  # the student's id as a number: an id of its own hashes slowly


class MarkTaker:
    """Takes the marks of one file; `fingerprint` finds a row of it again by its number."""

    def __init__(
        self,
        prepared: Prepared,
        roll: SchoolRoll,
        today: date,
        fingerprint: Callable[[int], bytes],
    ) -> None:
        self._prepared = prepared
        self._roll = roll
        self._school = roll.school
        self._today = today
        self._fingerprint = fingerprint
        self.pupils = {source_id: pupil.student for source_id, pupil in roll.pupils.items()}
        self._days: dict[date, str] = {}
        self._meanings: dict[tuple[str, date], _Meaning] = {}
        self._asking: set[_Meaning] = set()  # whose minutes or excuse may be an open question
        self._open = OpenQuestions()
        self._found: dict[_Key, Mark] = {}
        self._again: dict[_Key, list[Mark]] = defaultdict(list)
        self.whole_days = roll.codes.table.day_counting is DayCounting.WHOLE_DAYS

    def take(
        self, row: int, source_id: str, on: date, session: str, raw: str, late: int | None
    ) -> None:
        """Take one mark.

        Raises:
            Unusable: when nothing can be made of it.
        """
        student = self.student(source_id)
        settled = self.settled(on, session, raw)
        if settled is not None:
            self.put(row, student, settled, late)

    def student(self, source_id: str) -> UUID:
        """Return who is meant.

        Raises:
            Unusable: when nobody of the roll is.
        """
        student = self.pupils.get(source_id)
        if student is None:
            raise self._no_student(source_id)
        return student

    def settled(self, on: date, session: str, raw: str) -> Settled | None:
        """Return what a code means in a session; None: no day of school, and the code says so too.

        Raises:
            Unusable: when nothing can be made of it.
        """
        meaning = self._meanings.get((raw, on))
        if meaning is None:
            meaning = self._meaning(raw, on)
        refused = self._days.get(on)
        if refused is None:
            refused = self._days[on] = self._refusal(on)
        if refused:
            if meaning[1] in _NOTHING:
                return None
            raise Unusable(refused)
        return on, session, *meaning

    def put(self, row: int, student: UUID, settled: Settled, late: int | None) -> None:
        """Take a mark that was looked up already."""
        on, session, code, status, local = settled
        said = (self._school, student, on, session, code, status, late, row, local)
        mark = tuple.__new__(Mark, said)  # what Mark(...) does, at a third of its cost
        if self._asking and settled[2:] in self._asking:
            self._ask(code, on, late)
        key = (student.int, on, session)
        if self._found.setdefault(key, mark) is not mark:
            self._again[key].append(mark)

    def session(self, written: str) -> str:
        """Return the session; a roll that is called once a day needs none.

        Raises:
            Unusable: where it is missing or none.
        """
        said = written.upper()
        found = _SESSIONS.get(said)
        if found is not None:
            return found
        if said:
            raise Unusable("bad-value", "session is AM, PM or DAY; marks of lessons are not used.")
        if self.whole_days:
            return Session.DAY.value
        raise Unusable("missing-field", "It is session.")

    def is_code(self, raw: str, on: date) -> bool:
        """Say whether a text is a code of that day."""
        return self._roll.codes.find(raw, on) is not None

    def write(self) -> None:
        """Take one mark of a time. Where rows contradict each other nobody knows which is right."""
        for key, others in self._again.items():
            first = self._found[key]
            if any(mark[:_SAID] != first[:_SAID] for mark in others):
                del self._found[key]
                for mark in (first, *others):
                    self._say(mark, "two-marks-one-day")
            else:
                for mark in others:
                    self._say(mark, "repeated-row")
        marks = list(self._found.values())
        if marks:
            self._prepared.rows.setdefault("mark", []).extend(marks)
        missing = MarkStatus.MISSING.value
        untaken = sum(mark.status == missing for mark in marks)
        if untaken:
            self.note("no-mark", f"{untaken} of them.")
        self._open.tell(self._prepared)
        if not self._roll.calendar.terms:
            self.note("calendar-unknown")

    def note(self, code: str, detail: str = "") -> None:
        """Say something of the file as a whole."""
        self._prepared.problems.append(Problem(self._prepared.file, None, code, detail))

    def refuse(self, row: int, no: Unusable) -> None:
        """Report a row that cannot be used."""
        file, found = self._prepared.file, self._fingerprint(row)
        self._prepared.problems.append(Problem(file, row, no.code, no.detail, row_hash=found))

    def _no_student(self, source_id: str) -> Unusable:
        if not source_id:
            return Unusable("missing-field", "It is student.")
        if _SPREADSHEET.fullmatch(source_id):
            return Unusable("changed-by-spreadsheet", "It is student.")
        if source_id.isdecimal() and any(
            len(known) > len(source_id) and known.lstrip("0") == source_id for known in self.pupils
        ):
            return Unusable("zeros-lost")
        return Unusable("unknown-student")

    def _refusal(self, on: date) -> str:
        """Return why no mark can be of a day; nothing where it can."""
        if on > self._today:
            return "future-day"
        calendar = self._roll.calendar
        if calendar.is_open(on):
            return ""
        return "closed-day" if calendar.in_term(on) or not calendar.terms else "outside-term"

    def _meaning(self, raw: str, on: date) -> _Meaning:
        found = self._roll.codes.find(raw, on)
        if found is None:
            if _SPREADSHEET.fullmatch(raw.strip()):
                raise Unusable("changed-by-spreadsheet", "It is code.")
            raise Unusable("unknown-code", f"It says {raw!r}." if len(raw) <= _SHORT else "")
        row = found.row
        meaning = row.code, row.status.value, found.local
        if row.part_of_day:
            self._asking.add(meaning)
        self._meanings[raw, on] = meaning
        return meaning

    def _ask(self, raw: str, on: date, late: int | None) -> None:
        found = self._roll.codes.find(raw, on)
        if found is not None:
            self._open.look(found.row, late)

    def _say(self, mark: Mark, code: str) -> None:
        row, file = mark.row_no, self._prepared.file
        found = self._fingerprint(row)
        problem = Problem(file, row, code, "", mark.student, mark.on_date, found)
        self._prepared.problems.append(problem)
