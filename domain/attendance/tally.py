"""Every metric, for all pupils of a school and any number of windows at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.codes import CodeTable, MarkStatus, Reasons
from domain.attendance.conditions import Threshold
from domain.attendance.cumulating import between, is_nothing, nothing
from domain.attendance.metrics import Counting, Denominator, Numbers
from domain.attendance.occasions import leaves_open, occasions, twice_whole, undecided
from domain.attendance.only_exceptions import as_expected
from domain.attendance.populations import PupilYears
from domain.attendance.register_line import RegisterLine
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import (
    Counts,
    Marked,
    PairFunction,
    Places,
    Sheet,
    sheet_of,
)
from domain.attendance.triggers import Metric, Window
from domain.attendance.windows import Span

_WHOLE_DAYS: Final = frozenset({Metric.ABSENT_DAY_RATE, Metric.UNEXCUSED_DAY_RATE})


class SchoolFacts(NamedTuple):
    """What an evaluation must know of a school beside its pupils' lines.

    `codes` say of parts of days whether there was an excuse; without them nothing does. `years` say
    how old the pupils are and in which year group, in the school year that is asked about.
    """

    calendar: SchoolDays
    denominator: Denominator
    codes: CodeTable | None = None
    years: PupilYears | None = None


Possible = tuple[Counts, npt.NDArray[np.bool_] | None]
"""Half-days that were possible, and where that is an estimate, if anywhere."""


@dataclass(frozen=True, eq=False)
class Tally:
    """What one condition counted, in half units, for each window and each pupil.

    A half unit is half a day, or half an occasion; where the unit is a session it is the session.
    What was possible is counted when somebody asks: most counts are decided without it.
    """

    counted: Counts
    span: Span
    denominator: Denominator
    count_possible: Callable[[], Possible]
    count_undecided: Callable[[], Counts] | None = None

    @cached_property
    def undecided(self) -> Counts | None:
        """Twice the days that may be occasions, and nobody has said; None where nothing is open."""
        return None if self.count_undecided is None else self.count_undecided()

    @cached_property
    def _possible(self) -> Possible:
        return self.count_possible()

    @property
    def possible(self) -> Counts:
        """The half-days that were possible."""
        return self._possible[0]

    @property
    def estimated(self) -> npt.NDArray[np.bool_] | None:
        """Where what was possible is an estimate; None where it never is."""
        return self._possible[1]

    def numbers(self, window: int, pupil: int) -> Numbers:
        """Return the numbers of one pupil in one window."""
        first = self.span.first[window]
        return Numbers(
            absent=int(self.counted[window, pupil]),
            possible=int(self.possible[window, pupil]),
            first=date.fromordinal(int(first[pupil] if first.ndim else first)),
            last=date.fromordinal(int(self.span.last[window])),
            denominator=self.denominator,
            estimated=self.estimated is not None and bool(self.estimated[window, pupil]),
            undecided=0 if self.undecided is None else int(self.undecided[window, pupil]) // 2,
        )


class Tallies:
    """What can be counted on one sheet; whatever was cumulated once is kept with the sheet.

    `until` is the number of the last day that anybody will ask about.
    """

    def __init__(self, sheet: Sheet, facts: SchoolFacts, until: int) -> None:
        if facts.denominator is Denominator.DECLARED_DAYS:
            sheet = as_expected(sheet, facts.calendar, until)
        self.sheet = sheet
        self.facts = facts

    def of(self, threshold: Threshold, span: Span) -> Tally:
        """Count what a threshold asks for. `span.first` may differ from pupil to pupil."""
        begin, end = self.sheet.rows(span)
        if threshold.metric is Metric.CONSECUTIVE_DAYS:
            run = self._run if threshold.going_on else self._longest_run
            counted = run(threshold.counting, begin, end)
        else:
            counted = self.sheet.within(*self._counts(threshold), begin, end)
        return Tally(
            counted,
            span,
            self.facts.denominator,
            lambda: self._possible(threshold, span, begin, end),
            self._open(threshold, begin, end),
        )

    def _open(
        self, threshold: Threshold, begin: Places, end: Places
    ) -> Callable[[], Counts] | None:
        asked, counting = threshold.occasions, threshold.counting
        if threshold.metric is not Metric.OCCASIONS or not leaves_open(asked):
            return None

        def made() -> Counts:
            return undecided(self.sheet, self.facts.codes, asked, counting)

        return lambda: self.sheet.within(("undecided", asked, counting), made, begin, end)

    def _possible(self, threshold: Threshold, span: Span, begin: Places, end: Places) -> Possible:
        whole_days = threshold.metric in _WHOLE_DAYS
        if self.facts.denominator is Denominator.DECLARED_DAYS:
            return self._declared(span, begin, end, whole_days=whole_days)
        function = _twice_any if whole_days else _number
        expected = self._each_day(function, self.sheet.possible)
        return self.sheet.within(function, expected, begin, end), None

    def _counts(self, threshold: Threshold) -> tuple[object, Callable[[], Counts]]:
        """Return how the half units of each day are counted, and a name for it."""
        sheet, counting = self.sheet, threshold.counting
        unexcused = counting._replace(reasons=Reasons.UNEXCUSED)
        match threshold.metric:
            case Metric.COUNT | Metric.CODE_TODAY:
                return ("coded", counting), self._each_day(_number, sheet.coded(counting))
            case Metric.UNEXPLAINED_TODAY:
                marked = sheet.status(MarkStatus.ABSENT_UNEXPLAINED) & sheet.coded(counting)
                return ("unexplained", counting), self._each_day(_number, marked)
            case Metric.OCCASIONS | Metric.TARDY_COUNT:
                asked, codes = threshold.occasions, self.facts.codes
                return (asked, counting), lambda: occasions(sheet, codes, asked, counting)
            case Metric.ABSENT_DAY_RATE:
                return self._whole_days(counting)
            case Metric.UNEXCUSED_DAY_RATE:
                return self._whole_days(unexcused)
            case _:
                return ("absent", counting), self._each_day(_number, sheet.absent(counting))

    def _each_day(self, function: PairFunction, *marked: Marked) -> Callable[[], Counts]:
        return lambda: self.sheet.per_day(function, *marked)

    def _whole_days(self, counting: Counting) -> tuple[object, Callable[[], Counts]]:
        """Twice the days on which every half-day that counts was an absence."""
        sheet = self.sheet
        marked = sheet.absent(counting), sheet.possible
        return ("whole days", counting), self._each_day(twice_whole, *marked)

    def _run(self, counting: Counting, begin: Places, end: Places) -> Counts:
        """Twice the days of the run that lasts until the end of a window, as far as it lies inside.

        A day without anything in the denominator neither breaks the run nor makes it longer.
        """
        gone, before = self._runs(counting)
        if is_nothing(gone):
            return nothing(len(end), gone.shape[1])
        run: Counts = np.minimum(between(gone, begin, end), gone[end] - before[end])
        return run

    def _longest_run(self, counting: Counting, begin: Places, end: Places) -> Counts:
        """Twice the days of the longest run in a window, as far as it lies inside.

        Also one that has ended: it may have become known only afterwards.
        """
        gone, before = self._runs(counting)
        if is_nothing(gone):
            return nothing(len(end), gone.shape[1])
        found = np.zeros((len(end), gone.shape[1]), gone.dtype)
        for first in np.unique(begin).tolist():
            rows = np.flatnonzero(begin == first)
            longest, done = found[rows[0]], first
            for row in rows[np.argsort(end[rows], kind="stable")].tolist():
                new = slice(done + 1, int(end[row]) + 1)
                if new.start < new.stop:
                    # What began before the window counts from its first day on.
                    runs = gone[new] - np.maximum(before[new], gone[first])
                    longest, done = np.maximum(longest, runs.max(axis=0)), int(end[row])
                found[row] = longest
        return found

    def _runs(self, counting: Counting) -> tuple[Counts, Counts]:
        """Return twice the days wholly absent up to each day, and up to the last one that broke."""
        sheet = self.sheet
        gone = sheet.cumulated(*self._whole_days(counting))
        if is_nothing(gone):
            return gone, gone

        def when_broken() -> Counts:
            return gone[1:] * sheet.per_day(_broken, sheet.absent(counting), sheet.possible)

        return gone, sheet.highest(("before the run", counting), when_broken)

    def _declared(
        self, span: Span, begin: Places, end: Places, *, whole_days: bool
    ) -> tuple[Counts, npt.NDArray[np.bool_]]:
        """The days that the school declares without what did not count; never less than was marked.

        Where more was marked than a term declares, the declaration is wrong, and the answer is an
        estimate: no rate may be more than one.
        """
        sheet = self.sheet
        absent_or_there = self._each_day(
            _twice_any if whole_days else _number, sheet.marked_possible
        )
        marked = sheet.within(("marked", whole_days), absent_or_there, begin, end)
        not_counted = self._each_day(
            _twice_none if whole_days else _number,
            sheet.status(MarkStatus.NOT_COUNTED),
            sheet.possible,
        )
        out = sheet.within(("not counted", whole_days), not_counted, begin, end)
        days, estimated = self._declared_days(span)
        left: Counts = 2 * days - out
        return np.maximum(left, marked), estimated | (left < marked)

    def _declared_days(self, span: Span) -> tuple[Counts, npt.NDArray[np.bool_]]:
        """What the school declares of each pupil's days on the roll, and where it is a guess."""
        last = np.minimum(span.last[:, None], self.sheet.left)
        first = span.first if span.first.ndim > 1 else span.first[:, None]
        first = np.minimum(np.maximum(first, self.sheet.joined), last + 1)
        asked, place = np.unique(
            np.stack([first, last]).reshape(2, -1), axis=1, return_inverse=True
        )
        said = [self._declares(int(one), int(other)) for one, other in asked.T]
        days = np.array([number for number, _ in said], np.int32)[place].reshape(last.shape)
        estimated = np.array([guess for _, guess in said], np.bool_)[place].reshape(last.shape)
        return days, estimated

    @cached_property
    def _said(self) -> dict[tuple[int, int], tuple[int, bool]]:
        return {}

    def _declares(self, first: int, last: int) -> tuple[int, bool]:
        if (first, last) not in self._said:
            days = date.fromordinal(max(first, 1)), date.fromordinal(max(last, 1))
            self._said[first, last] = self.facts.calendar.declared_days(*days)
        return self._said[first, last]


def measure(
    line: RegisterLine,
    calendar: SchoolDays,
    window: tuple[date, date],
    counting: Counting,
    denominator: Denominator,
) -> Numbers:
    """Count one pupil's absence and possible days in a window, while the pupil was on the roll."""
    facts = SchoolFacts(calendar, denominator)
    return absences(sheet_of([line]), facts, window, counting).numbers(0, 0)


def absences(
    sheet: Sheet,
    facts: SchoolFacts,
    window: tuple[date, date],
    counting: Counting = Counting(),  # noqa: B008  a tuple
) -> Tally:
    """Count everybody's absence and possible days in a window."""
    first, last = (np.array([day.toordinal()], np.int32) for day in window)
    asked = Threshold(Metric.ABSENT_DAYS, counting, (0, 1), False, Window(), 0)  # noqa: FBT003
    return Tallies(sheet, facts, window[1].toordinal()).of(asked, Span(first, last))


def _number(mornings: Marked, afternoons: Marked) -> Counts:
    number: Counts = mornings[0].astype(np.int32) + afternoons[0]
    return number


def _twice_any(mornings: Marked, afternoons: Marked) -> Counts:
    twice: Counts = 2 * (mornings[0] | afternoons[0]).astype(np.int32)
    return twice


def _twice_none(mornings: Marked, afternoons: Marked) -> Counts:
    """Twice: was there a half-day of the first kind, and none that counts?"""
    some = mornings[0] | afternoons[0]
    twice: Counts = 2 * (some & ~mornings[1] & ~afternoons[1]).astype(np.int32)
    return twice


def _broken(mornings: Marked, afternoons: Marked) -> Counts:
    expected: Counts = (mornings[1] | afternoons[1]).astype(np.int32)
    expected *= twice_whole(mornings, afternoons) == 0
    return expected
