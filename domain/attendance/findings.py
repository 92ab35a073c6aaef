"""A condition decided for all pupils of a school and many days: yes, no, or not known."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from math import gcd
from typing import Any, Final, NamedTuple, assert_never

import numpy as np
import numpy.typing as npt

from domain.attendance.conditions import (
    AllOf,
    AnyOf,
    Condition,
    During,
    EnrolledFor,
    Following,
    NotComputed,
    Threshold,
)
from domain.attendance.cumulating import (
    Truth,
    all_of,
    everywhere,
    is_nothing,
    nowhere,
    one_of,
)
from domain.attendance.metrics import Counting, Numbers
from domain.attendance.sheet import EVER, Counts, Places, Sheet
from domain.attendance.tally import SchoolFacts, Tallies, Tally
from domain.attendance.triggers import OF_TODAY, Metric, Window
from domain.attendance.windows import Days, Span, Timetable

_YEAR_TO_DATE: Final = Threshold(Metric.ABSENT_DAYS, Counting(), (0, 1), False, Window(), 0)  # noqa: FBT003

_UNEXPLAINED: Final = Threshold(
    Metric.UNEXPLAINED_TODAY, Counting(), (1, 1), exclusive=False, window=Window(), min_possible=0
)


class Decided(NamedTuple):
    """One condition that held, with its numbers."""

    threshold: Threshold
    numbers: Numbers

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers beside the condition that they met."""
        said = {
            **self.numbers.as_dict(),
            "metric": self.threshold.metric.value,
            "reasons": self.threshold.counting.reasons.value,
            "threshold": self.threshold.words,
        }
        if self.threshold.metric not in {Metric.ABSENT_DAYS, Metric.ABSENCE_RATE}:
            said["unit"] = self.threshold.unit.value
        return said


@dataclass(frozen=True, eq=False)
class Finding:
    """What is known of a condition: where it surely holds, and where it is not surely false."""

    holds: Truth
    open: Truth
    threshold: Threshold | None = None
    tally: Tally | None = None
    parts: tuple["Finding", ...] = ()

    def decided(self, day: int, pupil: int) -> list[Decided]:
        """Return the counts and rates that held. A part that failed leaves none of its numbers."""
        if not self.holds[day, pupil]:
            return []
        if self.threshold is not None and self.tally is not None:
            return [Decided(self.threshold, self.tally.numbers(day, pupil))]
        return [one for part in self.parts for one in part.decided(day, pupil)]

    def leaves(self) -> list["Finding"]:
        """Return every count and rate that was looked at."""
        mine = [self] if self.threshold is not None else []
        return mine + [leaf for part in self.parts for leaf in part.leaves()]


class Looking:
    """Decides conditions about one school on some days.

    `entered` says for each stage on which day each pupil entered it (`EVER`: not yet). None means
    that nobody knows; conditions that follow a stage are then not decided.
    """

    def __init__(
        self,
        sheet: Sheet,
        facts: SchoolFacts,
        timetable: Timetable,
        entered: Mapping[str, Days] | None = None,
    ) -> None:
        self.sheet = sheet
        self.facts = facts
        self.timetable = timetable
        self.entered = dict(entered or {})
        self._tallies = Tallies(sheet, facts, int(timetable.on[-1]))
        self._shape = (len(timetable.on), len(sheet.joined))

    def some(self, who: Places) -> "Looking":
        """Return what decides about some of the pupils; what was counted of all is taken over."""
        entered = {stage: days[who] for stage, days in self.entered.items()}
        return Looking(self.sheet.some(who), self.facts, self.timetable, entered)

    def as_known(self) -> "Looking":
        """Return the same, whatever becomes known of stages later."""
        known = copy(self)
        known.entered = dict(self.entered)
        return known

    def enter(self, stage: str, on: Days) -> None:
        """Take a stage as entered on a day, or earlier where it was."""
        self.entered[stage] = np.minimum(self._entered(stage), on)

    def find(self, condition: Condition, settle_days: int) -> Finding:
        """Decide a condition for every pupil and every day."""
        match condition:
            case Threshold():
                return self._reaches(condition, settle_days)
            case Following(stage, within):
                return _known(self._follows(stage, within))
            case During(window):
                first, last = self.timetable.dates(window)
                on = self.timetable.on
                return _known(self._all_pupils((first <= on) & (on <= last)))
            case EnrolledFor(days):
                return _known(self._enrolled(settle_days) >= days)
            case NotComputed():
                return Finding(nowhere(*self._shape), everywhere(*self._shape))
            case AnyOf(parts) | AllOf(parts):
                found = tuple(self.find(part, settle_days) for part in parts)
                join = one_of if isinstance(condition, AnyOf) else all_of
                holds = open_ = join([one.holds for one in found])
                if any(one.open is not one.holds for one in found):
                    open_ = join([one.open for one in found])
                return Finding(holds, open_, parts=found)
            case _:
                assert_never(condition)

    def year_to_date(self, day: int, pupil: int, settle_days: int) -> Decided:
        """Return the days absent this year, for a stage that no count decided."""
        span = self.timetable.span(Window(), settle_days)
        return Decided(_YEAR_TO_DATE, self._tallies.of(_YEAR_TO_DATE, span).numbers(day, pupil))

    def reached_by(self, threshold: Threshold, settle_days: int) -> tuple[Days, Truth]:
        """Return the days of the last day's window, and who had reached a threshold by each."""
        span = self._span(threshold, settle_days)
        first, days = span.first[-1:], self._tallies.sheet.days
        days = days[(days >= first.min(initial=EVER)) & (days <= span.last[-1])]
        if not len(days):
            return days, np.zeros((0, self._shape[1]), np.bool_)
        tally = self._tallies.of(threshold, Span(np.repeat(first, len(days), axis=0), days))
        holds = _reached(threshold, tally)
        if threshold.least_possible and not is_nothing(holds):
            holds &= tally.possible >= threshold.least_possible
        return days, holds

    def unexplained(self, finding: Finding, settle_days: int) -> Truth:
        """Say for whom a window that decided has a half-day for which nobody has said why."""
        found = np.zeros(self._shape, np.bool_)
        windows = [(one.holds, one.tally.span) for one in finding.leaves() if one.tally]
        counted = np.logical_or.reduce([holds for holds, _ in windows] or [found])
        for holds, span in (*windows, (~counted, self.timetable.span(Window(), settle_days))):
            found |= holds & (self._tallies.of(_UNEXPLAINED, span).counted > 0)
        return found

    def _reaches(self, threshold: Threshold, settle_days: int) -> Finding:
        tally = self._tallies.of(threshold, self._span(threshold, settle_days))
        holds = may_hold = _reached(threshold, tally)
        if tally.undecided is not None:
            may_hold = holds | (tally.counted + tally.undecided >= threshold.least)
        if threshold.least_possible and not is_nothing(may_hold):
            enough = tally.possible >= threshold.least_possible
            same = may_hold is holds
            holds = holds & enough
            may_hold = holds if same else may_hold & enough
        return Finding(holds, may_hold, threshold, tally)

    def _span(self, threshold: Threshold, settle_days: int) -> Span:
        if threshold.metric in OF_TODAY:
            return Span(self.timetable.on, self.timetable.on)
        span = self.timetable.span(threshold.window, settle_days)
        if threshold.since is None:
            return span
        after = self._entered(threshold.since) + 1
        return Span(np.maximum(span.first[:, None], after[None, :]), span.last)

    def _entered(self, stage: str) -> Days:
        return self.entered.get(stage, np.full(self._shape[1], EVER, np.int32))

    def _follows(self, stage: str, within: int | None) -> Truth:
        entered = self._entered(stage)
        holds: Truth = entered[None, :] < self.timetable.on[:, None]
        if within is not None:
            holds &= self.timetable.school_days_since(entered) <= within
        return holds

    def _enrolled(self, settle_days: int) -> npt.NDArray[np.intp]:
        """Count the open days of this school year on which each pupil was on the roll."""
        span = self.timetable.span(Window(), settle_days)
        first = np.maximum(span.first[:, None], self.sheet.joined[None, :])
        last = np.minimum(span.last[:, None], self.sheet.left[None, :])
        until = np.searchsorted(self.timetable.open, last, "right")
        return until - np.searchsorted(self.timetable.open, first, "left")

    def _all_pupils(self, days: npt.NDArray[np.bool_]) -> Truth:
        return np.broadcast_to(days[:, None], self._shape)


def _known(holds: Truth) -> Finding:
    return Finding(holds, holds)


def _reached(threshold: Threshold, tally: Tally) -> Truth:
    """Compare in whole numbers. Where nothing was possible is no rate: `least_possible` says so."""
    if not threshold.is_rate:
        if is_nothing(tally.counted) and threshold.least > 0:
            return nowhere(*tally.counted.shape)
        return tally.counted >= threshold.least
    shared = gcd(*threshold.value)
    above, below = (one // shared for one in threshold.value)
    counted, possible = _wide_enough(max(above, below), tally.counted, tally.possible)
    left, right = counted * below, possible * above
    reached: Truth = left > right if threshold.exclusive else left >= right
    return reached


def _wide_enough(factor: int, *counts: Counts) -> Iterator[Counts]:
    """Yield counts as the smallest numbers that a factor cannot make overflow: these are quick."""
    most = factor * max(int(one.max(initial=0)) for one in counts)
    wide = next(kind for kind in (np.int16, np.int32, np.int64) if most <= np.iinfo(kind).max)
    for one in counts:
        yield one.astype(wide, copy=False)
