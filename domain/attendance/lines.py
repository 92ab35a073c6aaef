"""The lines of one school's pupils by pupil; each is written out when somebody asks for it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np

from domain.attendance.metrics import Numbers
from domain.attendance.register_line import RegisterLine
from domain.attendance.roll import Roll
from domain.attendance.sheet import EVER, Sheet, sheet_of
from domain.attendance.sheet_joining import lines_of, only
from domain.attendance.tally import SchoolFacts, Tally, absences
from domain.shared.ids import StudentId

Days = tuple[date, date]


class Lines(Mapping[StudentId, RegisterLine]):
    """A sheet, asked pupil by pupil. Rules look at the sheet: few need anybody's line itself."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._written: dict[StudentId, RegisterLine] = {}
        self._tallies: dict[tuple[SchoolFacts, Days], Tally] = {}

    @classmethod
    def of(cls, lines: Iterable[RegisterLine]) -> "Lines":
        """Return lines that were written out already."""
        known = list(lines)
        found = cls(sheet_of(known))
        found._written = {line.student: line for line in known}
        return found

    @cached_property
    def _places(self) -> dict[bytes, int]:
        """Where each pupil stands, by the bytes of the id: ids themselves are slow to make."""
        pupils = self.sheet.pupils
        if isinstance(pupils, Roll):
            return {pupils.id_at(place): place for place in range(len(pupils))}
        return {pupil.student.bytes: place for place, pupil in enumerate(pupils)}

    def __getitem__(self, student: StudentId) -> RegisterLine:
        """Return the line of one pupil."""
        line = self._written.get(student)
        if line is None:
            (line,) = lines_of(only(self.sheet, [self._places[student.bytes]]))
            self._written[student] = line
        return line

    def __contains__(self, student: object) -> bool:
        """Say whether a pupil is among them; writes nothing out."""
        return isinstance(student, UUID) and student.bytes in self._places

    def __iter__(self) -> Iterator[StudentId]:
        """Yield the pupils in the order of the sheet."""
        return (pupil.student for pupil in self.sheet.pupils)

    def __len__(self) -> int:
        """Count the pupils."""
        return len(self.sheet.pupils)

    def only(self, students: Collection[StudentId]) -> "Lines":
        """Return the lines of some of the pupils."""
        places = sorted(self._places[student.bytes] for student in students)
        return Lines(only(self.sheet, places))

    def left_on(self, student: StudentId) -> date | None:
        """Return the last day on the roll; None where nobody has said one."""
        left = int(self.sheet.left[self._places[student.bytes]])
        return None if left >= EVER else date.fromordinal(left)

    def absent(self, student: StudentId, facts: SchoolFacts, between: Days) -> Numbers:
        """Count one pupil's absence between two days, for any reason.

        Many are asked about the same days: those are counted for everybody, once.
        """
        if (facts, between) not in self._tallies:
            self._tallies[facts, between] = absences(self.sheet, facts, between)
        return self._tallies[facts, between].numbers(0, self._places[student.bytes])

    def while_open(self, on: date, closed: Collection[str]) -> "Lines":
        """Return the lines without the marks of a day's halves whose register has not closed.

        What has closed is called AM and PM.
        """
        sheet = self.sheet
        (places,) = np.nonzero(sheet.days == on.toordinal())
        open_halves = [half for half, name in enumerate(("AM", "PM")) if name not in closed]
        if not len(places) or not open_halves:
            return self
        cells = sheet.cells.copy()
        cells[:, 2 * places[0] + np.array(open_halves)] = 0
        return Lines(replace(sheet, cells=cells, source=None))

    def possible_since(
        self, student: StudentId, between: tuple[date, date], sessions: int
    ) -> date | None:
        """Return the day on which so many possible sessions were marked; None where fewer were."""
        sheet = self.sheet
        first, last = (day.toordinal() for day in between)
        begin, end = np.searchsorted(sheet.days, [first, last + 1]).tolist()
        marks = sheet.cells[self._places[student.bytes], 2 * begin : 2 * end]
        place = np.flatnonzero(sheet.possible[marks])[sessions - 1 : sessions]
        return date.fromordinal(int(sheet.days[begin + place[0] // 2])) if len(place) else None
