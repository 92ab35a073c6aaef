"""Lines of made-up pupils through a real school year, written with one letter a half-day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.register_line import Mark, Pupil, RegisterLine, Session, register_line
from domain.attendance.school_days import SchoolDays, Term
from domain.shared.ids import SchoolId
from tests.support.naive_ladder import open_days, student

DAY = timedelta(days=1)
SCHOOL = SchoolId(student(1))
HALF_TERM = frozenset(date(2025, 10, 27) + n * DAY for n in range(5))
CALENDAR = SchoolDays(
    (
        Term(date(2025, 9, 1), date(2025, 12, 19)),
        Term(date(2026, 1, 5), date(2026, 3, 27)),
        Term(date(2026, 4, 13), date(2026, 7, 17)),
    ),
    closed=HALF_TERM,
)
STATUS = {
    "/": MarkStatus.PRESENT,
    "L": MarkStatus.PRESENT_LATE,
    "E": MarkStatus.PRESENT_LATE,
    "T": MarkStatus.PRESENT_LATE,
    "Q": MarkStatus.PRESENT,
    "P": MarkStatus.ABSENT_UNEXPLAINED,
    "I": MarkStatus.ABSENT_AUTHORISED,
    "D": MarkStatus.ABSENT_AUTHORISED,
    "G": MarkStatus.ABSENT_UNAUTHORISED,
    "O": MarkStatus.ABSENT_UNAUTHORISED,
    "U": MarkStatus.ABSENT_UNAUTHORISED,
    "N": MarkStatus.ABSENT_UNEXPLAINED,
    "F": MarkStatus.ABSENT_UNEXPLAINED,
    "#": MarkStatus.NOT_OPEN,
    "Y": MarkStatus.NOT_COUNTED,
}


PARTS = {
    "L": "Tardy",
    "E": "Excused Tardy",
    "T": "Unexcused Tardy",
    "Q": "Unexcused Early Departure",
    "P": "Partial",
}
"""Californian codes for parts of days, by the letter of a line."""
OPEN = open_days(CALENDAR)


def line(
    marks: Mapping[date, str],
    *,
    number: int = 9,
    calendar: SchoolDays = CALENDAR,
    minutes: Mapping[date, int] | None = None,
    **pupil: Any,
) -> RegisterLine:
    """A pupil who was there on each open day that is not mentioned; two letters are AM and PM."""
    said = []
    for day in sorted({*open_days(calendar), *marks}):
        letters = marks.get(day, "//")
        for session, letter in zip((Session.AM, Session.PM), letters, strict=True):
            late = (minutes or {}).get(day) if letter in PARTS else None
            said.append(Mark(day, session, PARTS.get(letter, letter), STATUS[letter], late))
    who = Pupil(student(number), SCHOOL, f"{number}", **pupil)
    return register_line(who, said, DayCounting.HALF_DAYS, calendar)


def whole(letter: str, places: Iterable[int]) -> dict[date, str]:
    """Whole days by their number among the open days."""
    return {OPEN[place]: letter * 2 for place in places}
