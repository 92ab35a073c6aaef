"""Whatever is marked, corrected or closed: what a rate can be, and what cannot change it.

Each property is also asked of a count that is wrong on purpose, and must be seen to fail there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from domain.attendance.codes import ABSENT, ATTENDING, DayCounting, MarkStatus, Reasons
from domain.attendance.metrics import Counting, Denominator
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.roll_book import (
    Bundle,
    Delay,
    Enrolment,
    Reading,
    on_roll,
    written_up,
)
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.sheet_joining import lines_of
from domain.attendance.tally import measure
from domain.shared.ids import SchoolId, StudentId

MONDAY: Final = date(2025, 9, 1)
DAYS: Final = [MONDAY + timedelta(days=n) for n in range(12)]
WINDOW: Final = (DAYS[0], DAYS[-1])
SCHOOL: Final = SchoolId(UUID(int=1))
PUPIL: Final = StudentId(UUID(int=256))  # its last byte is nought, which arrays may swallow
CODES: Final = {
    MarkStatus.PRESENT: "/",
    MarkStatus.PRESENT_LATE: "L",
    MarkStatus.ABSENT_AUTHORISED: "I",
    MarkStatus.ABSENT_UNAUTHORISED: "O",
    MarkStatus.ABSENT_UNEXPLAINED: "N",
    MarkStatus.NOT_COUNTED: "X",
    MarkStatus.NOT_OPEN: "#",
    MarkStatus.MISSING: "",
}
Key = tuple[date, Session]


class Year(NamedTuple):
    """A register of one pupil: the marks that stand, how they are read, who is on the roll."""

    marks: Mapping[Key, tuple[MarkStatus, int | None]]
    calendar: SchoolDays
    counting: DayCounting
    denominator: Denominator
    joined: date | None
    left: date | None

    def said(self) -> list[Mark]:
        return [
            Mark(on, session, CODES[status], status, late)
            for (on, session), (status, late) in self.marks.items()
        ]


days = st.sampled_from(DAYS)
calendars = st.builds(
    lambda closed, halves, declared: SchoolDays(
        (Term(DAYS[0], DAYS[-1], declared),),
        closed=frozenset(closed),
        closed_halves=frozenset(halves),
    ),
    st.lists(days, max_size=3),
    st.lists(st.tuples(days, st.sampled_from(["AM", "PM"])), max_size=3),
    st.sampled_from([None, 1, 8]),
)
years = st.builds(
    Year,
    st.dictionaries(
        st.tuples(days, st.sampled_from(Session)),
        st.tuples(st.sampled_from(sorted(CODES)), st.sampled_from([None, 7, 31])),
        max_size=16,
    ),
    calendars,
    st.sampled_from(DayCounting),
    st.sampled_from(Denominator),
    st.none() | days,
    st.none() | days,
)
Count = Callable[[Year], tuple[int, int]]


def counted(year: Year) -> tuple[int, int]:
    """Return absent and possible half-days, as the product counts them."""
    pupil = Pupil(PUPIL, SCHOOL, "P", year.joined, year.left)
    line = register_line(pupil, year.said(), year.counting, year.calendar)
    numbers = measure(line, year.calendar, WINDOW, Counting(), year.denominator)
    return numbers.absent, numbers.possible


def by_rows(year: Year) -> tuple[int, int]:
    """Count the rows that came, whatever they say: traps 1 and 10, on purpose."""
    absent = sum(status in ABSENT[Reasons.ANY] for status, _ in year.marks.values())
    return absent, len(year.marks)


def by_attending(year: Year) -> tuple[int, int]:
    """Hold what is not attending for absent, and divide by what attended: on purpose."""
    attending = sum(status in ATTENDING for status, _ in year.marks.values())
    return len(year.marks) - attending, attending


def outside(count: Count, year: Year) -> bool:
    absent, possible = count(year)
    return not 0 <= absent <= possible


@given(years)
@settings(max_examples=300, deadline=None)
def test_a_rate_is_never_outside_nought_and_one(year: Year) -> None:
    """DOMAIN 2.1; where only exceptions are marked too: a mark proves that its day was possible."""
    assert not outside(counted, year)


def test_a_rate_outside_would_be_found() -> None:
    assert find(years, lambda year: outside(by_attending, year))


def with_not_counted(year: Year, on: date, session: Session) -> Year:
    """Add a session that nobody had marked."""
    return year._replace(marks={**year.marks, (on, session): (MarkStatus.NOT_COUNTED, None)})


def free(year: Year, on: date, session: Session) -> bool:
    there = {half for day, half in year.marks if day == on}
    return not there & {session, Session.DAY} and session is not Session.DAY


def changed_by(count: Count, year: Year, on: date, session: Session) -> bool:
    marked = year._replace(denominator=Denominator.MARKS)
    more = with_not_counted(marked, on, session)
    return free(year, on, session) and count(marked) != count(more)


sessions = st.tuples(years, days, st.sampled_from(Session))


@given(sessions)
@settings(max_examples=300, deadline=None)
def test_a_session_that_does_not_count_changes_no_rate(
    asked: tuple[Year, date, Session],
) -> None:
    """Trap 1: X, D, Q and Y leave numerator and denominator as they were."""
    assert not changed_by(counted, *asked)


def test_a_count_that_it_changes_would_be_found() -> None:
    assert find(sessions, lambda asked: changed_by(by_rows, *asked))


@given(years, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_in_which_marks_arrive_changes_nothing(year: Year, random: object) -> None:
    said = year.said()
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a Random
    pupil = Pupil(PUPIL, SCHOOL, "P", year.joined, year.left)
    lines = [register_line(pupil, one, year.counting, year.calendar) for one in (said, shuffled)]
    assert lines[0] == lines[1]


def last_word(said: Sequence[Mark]) -> dict[date, MarkStatus]:
    """Take the last mark of a day for the day: on purpose."""
    return {mark.on: mark.status for mark in said}


def test_a_register_that_keeps_the_last_word_would_be_found() -> None:
    def differs(year: Year) -> bool:
        said = year.said()
        return last_word(said) != last_word(said[::-1])

    assert find(years, differs)


@given(years)
@settings(max_examples=300, deadline=None)
def test_a_school_written_up_at_once_is_its_pupils_written_up_one_by_one(year: Year) -> None:
    """The two ways by which a line is made agree in every mark, minute and day on the roll."""
    enrolments = [
        Enrolment(PUPIL, "P", None, year.joined, year.left),
        Enrolment(StudentId(UUID(int=1)), "Q", None, None, None),
    ]
    roll = on_roll(SCHOOL, enrolments)
    bundles, delays = [], []
    for mark in year.said():
        day = mark.on.toordinal()
        bundles.append(Bundle(day, mark.session, mark.code, mark.status, PUPIL.bytes))
        if mark.minutes_late is not None:
            delays.append(Delay(day, mark.session, PUPIL.bytes, mark.minutes_late))
    sheet = written_up(roll, bundles, delays, Reading(year.counting, year.calendar))
    pupils = [Pupil(one[0], SCHOOL, one[1], one[3], one[4]) for one in enrolments]
    alone = [
        register_line(
            pupil, year.said() if pupil.student == PUPIL else [], year.counting, year.calendar
        )
        for pupil in sorted(pupils)
    ]
    assert list(lines_of(sheet)) == list(lines_of(sheet_of(alone)))


@pytest.mark.parametrize("declared", [1, None])
def test_more_absences_than_declared_days_are_no_rate_above_one(declared: int | None) -> None:
    calendar = SchoolDays((Term(DAYS[0], DAYS[-1], declared),))
    marks = {(day, Session.DAY): (MarkStatus.ABSENT_UNAUTHORISED, None) for day in DAYS[:5]}
    year = Year(marks, calendar, DayCounting.HALF_DAYS, Denominator.DECLARED_DAYS, None, None)
    absent, possible = counted(year)
    assert absent <= possible
