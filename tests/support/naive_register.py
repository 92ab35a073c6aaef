"""The definitions of the metrics said a second time: one pupil, one day, plain Python, no arrays.

Slow and literal on purpose: the arrays are compared with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random
from uuid import UUID

from domain.attendance.codes import (
    ABSENT,
    ATTENDING,
    CodeRow,
    CodeTable,
    Completeness,
    DayCounting,
    MarkStatus,
    Reasons,
)
from domain.attendance.register_line import Mark, Pupil, RegisterLine, Session, register_line
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.attendance.triggers import Window, WindowType
from domain.shared.ids import SchoolId, StudentId

DAY = timedelta(days=1)
SCHOOL = SchoolId(UUID(int=7))
SEPTEMBER = MonthDay(9, 1)
TERMS = (
    Term(date(2025, 9, 1), date(2025, 12, 19), 72),
    Term(date(2026, 1, 5), date(2026, 3, 27), 55),
    Term(date(2026, 4, 13), date(2026, 7, 17), None),
)
HALF_TERMS = frozenset(date(2025, 10, 27) + n * DAY for n in range(5)) | frozenset(
    date(2026, 2, 16) + n * DAY for n in range(5)
)
CODES = {
    "/": MarkStatus.PRESENT,
    "L": MarkStatus.PRESENT_LATE,
    "T": MarkStatus.PRESENT_LATE,
    "E": MarkStatus.PRESENT_LATE,
    "D": MarkStatus.PRESENT,
    "P": MarkStatus.ABSENT_UNEXPLAINED,
    "V": MarkStatus.PRESENT_OFFSITE,
    "I": MarkStatus.ABSENT_AUTHORISED,
    "G": MarkStatus.ABSENT_UNAUTHORISED,
    "U": MarkStatus.ABSENT_UNAUTHORISED,
    "N": MarkStatus.ABSENT_UNEXPLAINED,
    "Y": MarkStatus.NOT_COUNTED,
    "#": MarkStatus.NOT_OPEN,
    "-": MarkStatus.MISSING,
    "Q9": MarkStatus.UNKNOWN_CODE,
}
PARTS = {"L": None, "T": True, "E": False, "D": True, "P": None}
"""Codes for parts of days: was there no excuse? L and P do not say; D left early."""
TABLE = CodeTable(
    id="parts",
    version="parts-1",
    jurisdiction="US-CA",
    day_counting=DayCounting.HALF_DAYS,
    completeness=Completeness.PARTIAL,
    note="for tests",
    codes=tuple(
        CodeRow(
            code=code,
            status=CODES[code],
            meaning="a part of a day",
            part_of_day=True,
            excused=None if without is None else not without,
        )
        for code, without in PARTS.items()
    ),
)
Pair = tuple[str, str]


@dataclass(frozen=True)
class Register:
    """One pupil's marks with the calendar that they are read by."""

    pupil: Pupil
    marks: tuple[Mark, ...]
    counting: DayCounting
    calendar: SchoolDays

    def line(self) -> RegisterLine:
        return register_line(self.pupil, self.marks, self.counting, self.calendar)

    def on_roll(self, on: date) -> bool:
        joined, left = self.pupil.enrolled_on, self.pupil.left_on
        return (joined is None or joined <= on) and (left is None or on <= left)

    def pair(self, on: date) -> Pair:
        """The codes of morning and afternoon; - where there is nothing to count."""
        if not self.on_roll(on) or not self.calendar.is_open(on):
            return "-", "-"
        said = {mark.session: mark.code for mark in self.marks if mark.on == on}
        whole = said.get(Session.DAY, "-")
        pair = said.get(Session.AM, whole), said.get(Session.PM, whole)
        if self.counting is DayCounting.HALF_DAYS:
            return pair
        undecided = CODES[pair[0]] in {
            MarkStatus.MISSING,
            MarkStatus.UNKNOWN_CODE,
            MarkStatus.NOT_OPEN,
            MarkStatus.NOT_COUNTED,
        }
        return (pair[1], pair[1]) if undecided else (pair[0], pair[0])


def is_absent(code: str, reasons: Reasons = Reasons.ANY) -> bool:
    return CODES[code] in ABSENT[reasons]


def is_possible(code: str) -> bool:
    return CODES[code] in ATTENDING or is_absent(code)


def days_of(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def half_days(register: Register, first: date, last: date, counts: Callable[[str], bool]) -> int:
    return sum(counts(code) for on in days_of(first, last) for code in register.pair(on))


def absent_all_day(pair: Pair, reasons: Reasons = Reasons.ANY) -> bool:
    there = [code for code in pair if is_possible(code)]
    return bool(there) and all(is_absent(code, reasons) for code in there)


def run(register: Register, first: date, last: date) -> int:
    longest = length = 0
    for on in days_of(first, last):
        pair = register.pair(on)
        if any(map(is_possible, pair)):
            length = length + 1 if absent_all_day(pair) else 0
            longest = max(longest, length)
    return longest


def occasions_of(register: Register, on: date, later_than: int, per_day: int) -> int:
    pair = register.pair(on)
    away = [is_absent(code, Reasons.UNEXCUSED) and code not in PARTS for code in pair]
    if any(map(is_possible, pair)) and all(
        gone or not is_possible(code) for code, gone in zip(pair, away, strict=True)
    ):
        return 1
    minutes = minutes_of(register, on)
    long = PARTS.get(pair[0]) is True and minutes is not None and minutes > later_than
    return min(sum(away) + long, per_day)


def minutes_of(register: Register, on: date) -> int | None:
    """The minutes of the first mark of a day: no other mark of these registers has any."""
    said = [mark for mark in register.marks if mark.on == on and mark.session is not Session.PM]
    return said[0].minutes_late if said else None


def occasions(register: Register, first: date, last: date, later_than: int, per_day: int) -> int:
    return sum(occasions_of(register, on, later_than, per_day) for on in days_of(first, last))


def undecided(register: Register, first: date, last: date, later_than: int, per_day: int) -> int:
    """Days on which somebody would have to say the excuse, or the minutes, and none is counted."""
    total = 0
    for on in days_of(first, last):
        pair = register.pair(on)
        minutes = minutes_of(register, on)
        for place, code in enumerate(pair):
            known = minutes if place == 0 else None
            asks = code in PARTS and (
                (PARTS[code] is None and (known is None or known > later_than))
                or (PARTS[code] is True and known is None)
            )
            same = place == 1 and pair[0] == pair[1] and minutes is not None
            if asks and not same:
                total += not occasions_of(register, on, later_than, per_day)
                break
    return total


def rate(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None


def bounds(
    window: Window, calendar: SchoolDays, on: date, settle_days: int = 0
) -> tuple[date, date]:
    """The first and last day of a window, by walking."""
    begun = [day for day in days_of(TERMS[0].begins_on, on) if calendar.is_open(day)]
    summer = days_of(TERMS[-1].ends_on + DAY, on)  # marks go on settling, by weekdays
    begun += [d for d in summer if d.weekday() < 5 and not calendar.is_open(d)]
    if settle_days > len(begun):
        last = date(2010, 1, 1)  # nothing has settled yet
    else:
        last = begun[-settle_days] - DAY if settle_days else on
    if settle_days and window.type in {WindowType.TERM, WindowType.HALF_TERM}:
        last = _settled_in_stretch(window, calendar, on, settle_days)
    year = calendar.year_begins(on, SEPTEMBER)
    n = window.n or 0
    match window.type:
        case WindowType.SCHOOL_YEAR | WindowType.ENROLMENT_TO_DATE:
            first = year
        case WindowType.TERM:
            return _stretch([(t.begins_on, t.ends_on) for t in calendar.terms], window, on, last)
        case WindowType.HALF_TERM:
            return _stretch(_halves(calendar), window, on, last)
        case WindowType.ROLLING_CALENDAR_DAYS:
            first = last - (n - 1) * DAY
        case WindowType.ROLLING_SCHOOL_DAYS:
            first = _walk(calendar, last, n, lambda day: day)
        case WindowType.ROLLING_SCHOOL_WEEKS:
            first = _walk(calendar, last, n, _monday)
            first = _monday(first)
        case WindowType.ROLLING_MONTHS:
            first = _months_before(last, n) + DAY
        case WindowType.DATE_WINDOW:
            assert isinstance(window.begins, date)
            assert isinstance(window.ends, date)
            return window.begins, min(window.ends, last)
    return (max(first, year) if window.stays_in_its_year else first), last


def _settled_in_stretch(window: Window, calendar: SchoolDays, on: date, settle_days: int) -> date:
    """Between two terms, or halves, weekdays let marks grow older; the last one takes them all."""
    terms = [(term.begins_on, term.ends_on) for term in calendar.terms]
    found = _halves(calendar) if window.type is WindowType.HALF_TERM else terms
    aging = [day for day in days_of(TERMS[0].begins_on, on) if calendar.is_open(day)]
    for (begins, _), after in zip(found, [*found[1:], (date.max, date.max)], strict=True):
        closes = max((d for d in open_until(calendar, after[0]) if d >= begins), default=begins)
        between = [d for d in days_of(closes + DAY, min(after[0] - DAY, on)) if d.weekday() < 5]
        aging += between
        rest = days_of(closes + DAY, min(after[0] - DAY, closes + 400 * DAY))
        whole = [d for d in rest if d.weekday() < 5]
        over = (whole or [closes])[-1]
        if over <= on < after[0]:
            return on
    aging.sort()
    return aging[-settle_days] - DAY if settle_days <= len(aging) else date(2010, 1, 1)


def open_until(calendar: SchoolDays, before: date) -> list[date]:
    last = min(before, TERMS[-1].ends_on + 30 * DAY)
    return [
        day for day in days_of(TERMS[0].begins_on, last) if calendar.is_open(day) and day < before
    ]


def _walk(calendar: SchoolDays, last: date, n: int, kind: Callable[[date], date]) -> date:
    """Go back over open days until n different ones (or weeks) have been met."""
    met: set[date] = set()
    day, first = last, last + DAY
    while day > last - 700 * DAY:
        if calendar.is_open(day):
            if kind(day) not in met and len(met) == n:
                return first
            met.add(kind(day))
            first = day
        day -= DAY
    return date(2000, 1, 3)  # not so many are known: everything is in the window


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _months_before(on: date, n: int) -> date:
    months = on.year * 12 + on.month - 1 - n
    for day in range(on.day, 0, -1):
        try:
            return date(months // 12, months % 12 + 1, day)
        except ValueError:
            continue
    raise AssertionError


def _halves(calendar: SchoolDays) -> list[tuple[date, date]]:
    """The half-term holidays of this made-up school are known by name."""
    found = []
    for term in calendar.terms:
        inside = sorted(day for day in HALF_TERMS if term.holds(day))
        if not inside:
            found.append((term.begins_on, term.ends_on))
            continue
        before = [d for d in days_of(term.begins_on, inside[0]) if calendar.is_open(d)]
        after = [d for d in days_of(inside[-1], term.ends_on) if calendar.is_open(d)]
        found += [(term.begins_on, before[-1]), (after[0], term.ends_on)]
    return found


def _stretch(
    found: list[tuple[date, date]], window: Window, on: date, last: date
) -> tuple[date, date]:
    begun = [one for one in found if one[0] <= on]
    back = 2 if window.which == "PREVIOUS" else 1
    if len(begun) < back:
        return last + DAY, last
    return begun[-back][0], min(begun[-back][1], last)


def made_up(seed: int, pupils: int = 6) -> list[Register]:
    """Registers of one school, with joiners, leavers, part days, closures and holes."""
    random = Random(seed)
    counting = random.choice(list(DayCounting))
    days = [d for t in TERMS for d in days_of(t.begins_on, t.ends_on) if d.weekday() < 5]
    closed = HALF_TERMS | frozenset(random.sample(days, random.randrange(4)))
    calendar = SchoolDays(TERMS, closed=closed, opened=frozenset(random.sample(days, 1)) - closed)
    registers = []
    for number in range(pupils):
        enrolled = random.choice([None, None, random.choice(days)])
        left = random.choice([None, None, random.choice(days)])
        pupil = Pupil(StudentId(UUID(int=number)), SCHOOL, f"{number:03}", enrolled, left)
        marks = tuple(mark for day in days for mark in _marks(random, day))
        registers.append(Register(pupil, marks, counting, calendar))
    return registers


def _marks(random: Random, day: date) -> list[Mark]:
    sessions = random.choice([[Session.DAY], [Session.AM, Session.PM], [Session.PM], []])
    codes = random.choices([*CODES, "/", "/", "/", "I", "N"], k=len(sessions))
    minutes = random.choice([None, 20, 30, 31, 50])
    halves = zip(sessions, codes, strict=True)
    late = [minutes if code in PARTS and half is not Session.PM else None for half, code in halves]
    return [
        Mark(day, session, code, CODES[code], minutes_late)
        for session, code, minutes_late in zip(sessions, codes, late, strict=True)
    ]


def weeks(days: Sequence[date]) -> int:
    """Count the calendar weeks between the first and the last of some days."""
    return sum((b - a).days for a, b in pairwise(sorted(days))) // 7 + 1
