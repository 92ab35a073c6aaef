"""Many pupils' lines as one array: a row a day, a column a pupil, a pair of marks in each place.

Every question about a day (how many half-days absent? absent all day? late?) is a table over pairs
of marks, and every window is the difference of two cumulated rows. So one pass answers for all
pupils on any number of days, in whole numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.codes import ABSENT, ATTENDING, MarkStatus, Reasons
from domain.attendance.cumulating import Pairs, between, is_nothing, nothing, upwards
from domain.attendance.metrics import Counting
from domain.attendance.register_line import ASSUMED, LETTER, NOTHING, Entry, Pupil, RegisterLine
from domain.attendance.roll import Chosen
from domain.attendance.windows import Days, Span

Counts = npt.NDArray[np.signedinteger[Any]]
"""One number for each day of asking and each pupil."""

Marked = npt.NDArray[np.bool_]
"""For each entry of a legend, whether it counts."""

PairFunction = Callable[[Marked, Marked], Counts]
Places = npt.NDArray[np.intp]
"""Rows among the days of a sheet: where windows begin, and end."""

Who = slice | npt.NDArray[np.intp]
EVER: Final = 2**30  # a day number later than every day
_FEW: Final = 3  # windows; with more it pays to add up once
_SMALL: Final = 4_000  # days
MOST_MARKS: Final = 240  # different marks in one sheet: a mark is one byte
_LEGENDS: Final = 1_024  # legends with what rules ask of them: what is known is kept of so many
_POSSIBLE: Final = frozenset(LETTER[one] for one in ATTENDING | ABSENT[Reasons.ANY])


class Late(NamedTuple):
    """Marks that came with minutes, late or away: which pupil, which half-day, how many."""

    pupil: npt.NDArray[np.int32]
    half_day: npt.NDArray[np.int32]
    minutes: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Sheet:
    """The register of one school, for the pupils who were asked for.

    `cells` holds two marks a day for each pupil, each the number of an entry in `legend`; number 0
    is no mark. `joined` and `left` are the first and last day number on the roll; marks of days off
    the roll are not looked at. What was marked while the school was closed says so in its letter.
    """

    pupils: Sequence[Pupil]
    days: Days
    cells: npt.NDArray[np.uint8]
    legend: tuple[Entry, ...]
    joined: Days
    left: Days
    late: Late
    source: "tuple[Sheet, Places] | None" = None

    def some(self, who: Places) -> "Sheet":
        """Return the sheet of some pupils; what was worked out for all of them is taken over."""
        new = np.full(len(self.joined), -1, np.int32)
        new[who] = np.arange(len(who), dtype=np.int32)
        mine = new[self.late.pupil] >= 0
        late = Late(new[self.late.pupil[mine]], self.late.half_day[mine], self.late.minutes[mine])
        return Sheet(
            pupils=Chosen(self.pupils, who.tolist()),
            days=self.days,
            cells=self.cells[who],
            legend=self.legend,
            joined=self.joined[who],
            left=self.left[who],
            late=late,
            source=(self, who),
        )

    def afresh(self) -> "Sheet":
        """Return the sheet without anything that was worked out for it."""
        return replace(self, source=None)

    @cached_property
    def _kept(self) -> dict[object, Counts]:
        return {}

    @cached_property
    def _pairs(self) -> Pairs:
        """The pair of marks of each day and pupil, nothing where off the roll."""
        pairs = Pairs.of(self.cells, len(self.legend))
        if not len(self.days):
            return pairs
        some = np.flatnonzero((self.joined > self.days[0]) | (self.left < self.days[-1]))
        pairs.numbers[:, some] *= self.on_roll(self.days, some)
        return pairs

    def on_roll(self, on: Days, who: Who = slice(None)) -> npt.NDArray[np.bool_]:
        """Say of each day and pupil whether the pupil was on the roll."""
        return (self.joined[who] <= on[:, None]) & (on[:, None] <= self.left[who])

    def on_roll_of(self, day: date) -> list[int]:
        """Return the places of those who were on the roll on one day."""
        return list(np.flatnonzero(self.on_roll(np.array([day.toordinal()], np.int32))[0]).tolist())

    @cached_property
    def possible(self) -> Marked:
        """The marks that stand in a denominator."""
        return np.array([letter in _POSSIBLE for _, letter in self.legend])

    @property
    def marked_possible(self) -> Marked:
        """The marks that stand in a denominator and that somebody took."""
        return np.array([e[1] in _POSSIBLE and e != ASSUMED for e in self.legend], np.bool_)

    @property
    def only_absences(self) -> bool:
        """Whether there are absences, and no mark says that anybody attended."""
        letters = {self.legend[number][1] for number in np.unique(self.cells)}
        attending = {LETTER[one] for one in ATTENDING}
        return bool(letters & _POSSIBLE) and not letters & attending

    def status(self, *statuses: MarkStatus) -> Marked:
        """The marks of some statuses."""
        return _of_status(self.legend, frozenset(statuses))

    def absent(self, counting: Counting) -> Marked:
        """The marks that count as absence."""
        return self.status(*ABSENT[counting.reasons]) & self.coded(counting)

    def coded(self, counting: Counting) -> Marked:
        """The marks that a rule names, by code or by status, and does not exclude."""
        counts = ~self.status(MarkStatus.NOT_OPEN)
        if counting.only_codes:
            counts &= _of_codes(self.legend, counting.only_codes)
        if counting.never_codes:
            counts &= ~_of_codes(self.legend, counting.never_codes)
        return counts

    def per_day(self, function: PairFunction, *marked: Marked) -> Counts:
        """Return a function of the two halves of each day, worked out once for each pair of marks.

        The function is given, for each of `marked`, whether the morning and the afternoon count.
        The answer is not to be written to.
        """
        mornings = np.stack(marked)[:, :, None]
        afternoons = np.stack(marked)[:, None, :]
        return self._pairs.look_up(function(mornings, afternoons).astype(np.int8).ravel())

    def kept(self, key: object, make: Callable[[], Counts]) -> Counts:
        """Return what was worked out once for this sheet."""
        if key not in self._kept:
            self._kept[key] = self._taken_over(key) if self._has_source(key) else make()
        return self._kept[key]

    def _has_source(self, key: object) -> bool:
        return self.source is not None and key in self.source[0]._kept  # noqa: SLF001  a sheet's own

    def _taken_over(self, key: object) -> Counts:
        assert self.source is not None  # noqa: S101  asked before
        sheet, who = self.source
        return sheet._kept[key][:, who]  # noqa: SLF001  a sheet's own

    def within(self, key: object, make: Callable[[], Counts], begin: Places, end: Places) -> Counts:
        """Return what was counted in each window, which may begin differently for each pupil.

        A few windows are added up, many are differences of cumulated counts: the same numbers.
        """
        if begin.ndim == 1 and len(end) <= _FEW:
            counts = self.kept(("each day", key), make)
            if is_nothing(counts):
                return nothing(len(end), counts.shape[1])
            sums = [
                counts[first:last].sum(axis=0, dtype=self._number)
                for first, last in zip(begin.tolist(), end.tolist(), strict=True)
            ]
            return np.stack(sums)
        return between(self.cumulated(key, make), begin, end)

    def cumulated(self, key: object, make: Callable[[], Counts]) -> Counts:
        """Return counts added up from the first day on, with a row of noughts before it."""
        return self.kept(("cumulated", key), lambda: self._upwards(np.add, key, make))

    def highest(self, key: object, make: Callable[[], Counts]) -> Counts:
        """Return the highest count of all days up to each, with a row of noughts before them."""
        return self.kept(("highest", key), lambda: self._upwards(np.maximum, key, make))

    def _upwards(self, join: np.ufunc, key: object, make: Callable[[], Counts]) -> Counts:
        return upwards(join, self.kept(("each day", key), make), self._number)

    @property
    def _number(self) -> type[np.int16 | np.int32]:
        """Small numbers are quicker; at most eight half units are counted on one day."""
        return np.int16 if len(self.days) <= _SMALL else np.int32

    def rows(self, span: Span) -> tuple[Places, Places]:
        """Return where windows begin and end in the cumulated counts."""
        begin = np.searchsorted(self.days, span.first, "left")
        end = np.searchsorted(self.days, span.last, "right")
        return np.minimum(begin, end if begin.ndim == 1 else end[:, None]), end


def sheet_of(lines: Sequence[RegisterLine]) -> Sheet:
    """Write the lines of one school's pupils on one sheet."""
    days = tuple(sorted({day for line in lines for day in line.days}))
    column = {day: 2 * place for place, day in enumerate(days)}
    legend = Legend()
    cells = np.zeros((len(lines), 2 * len(days)), np.uint8)
    late: list[tuple[int, int, int]] = []
    for row, line in enumerate(lines):
        marks = list(map(legend.number, line.codes, line.marks))
        if line.days == days:
            cells[row] = marks
            continue
        at = np.array([column[day] for day in line.days], np.intp)
        cells[row, at], cells[row, at + 1] = marks[0::2], marks[1::2]
    for row, line in enumerate(lines):
        late += [
            (row, column[line.days[place // 2]] + place % 2, minutes)
            for place, minutes in line.late
        ]
    return Sheet(
        pupils=[_pupil(line) for line in lines],
        days=np.array([day.toordinal() for day in days], np.int32),
        cells=cells,
        legend=tuple(legend.entries),
        joined=ordinals([line.enrolled_on for line in lines], 0),
        left=ordinals([line.left_on for line in lines], EVER),
        late=Late(*np.array(late, np.int32).reshape(-1, 3).T),
    )


class Legend:
    """Numbers for the different marks of a sheet, 0 for none."""

    def __init__(self) -> None:
        self.entries: list[Entry] = [NOTHING]
        self._numbers: dict[Entry, int] = {NOTHING: 0}

    def number(self, code: str, letter: str) -> int:
        """Return the number of a mark. When there are too many, only the status is kept."""
        entry = (code, letter)
        known = self._numbers.get(entry)
        if known is not None:
            return known
        if len(self.entries) >= MOST_MARKS and code:
            return self.number("", letter)
        self._numbers[entry] = len(self.entries)
        self.entries.append(entry)
        return self._numbers[entry]


def _pupil(line: RegisterLine) -> Pupil:
    return Pupil(line.student, line.school, line.source_id, line.enrolled_on, line.left_on)


def ordinals(days: Sequence[date | None], missing: int) -> Days:
    """Return days as numbers, and a number where there is no day."""
    return np.array([missing if day is None else day.toordinal() for day in days], np.int32)


@lru_cache(_LEGENDS)
def _of_status(legend: tuple[Entry, ...], statuses: frozenset[MarkStatus]) -> Marked:
    """Say of each mark whether it is of some status. Schools share few legends."""
    letters = {LETTER[one] for one in statuses}
    return _unchanging([letter in letters for _, letter in legend])


@lru_cache(_LEGENDS)
def _of_codes(legend: tuple[Entry, ...], codes: frozenset[str]) -> Marked:
    """Say whether a rule names a mark, by its code or by its status (`ABSENT_UNEXPLAINED`)."""
    letters = {LETTER[one] for one in MarkStatus if one.value in codes}
    return _unchanging([code in codes or letter in letters for code, letter in legend])


def _unchanging(marked: list[bool]) -> Marked:
    found = np.array(marked, np.bool_)
    found.setflags(write=False)
    return found


class PackedLine(NamedTuple):
    """One pupil's line as bytes."""

    joined: date | None
    left: date | None
    marks: bytes
    late: list[int]  # place and minutes, one after the other


class Packed(NamedTuple):
    """A sheet as it is stored: one byte a mark, dates as numbers of four bytes, high byte first."""

    days: Sequence[date]
    legend: Sequence[Entry]
    joined: bytes
    left: bytes
    marks: bytes
    late: Sequence[tuple[int, Sequence[int]]]


def packed(sheet: Sheet) -> Iterator[PackedLine]:
    """Yield the lines of a sheet as bytes."""
    late: dict[int, list[int]] = {}
    for pupil, half_day, minutes in np.stack(sheet.late).T.tolist():
        late.setdefault(pupil, []).extend((half_day, minutes))
    for row, cells in enumerate(sheet.cells):
        joined, left = int(sheet.joined[row]), int(sheet.left[row])
        yield PackedLine(
            joined=date.fromordinal(joined) if joined else None,
            left=date.fromordinal(left) if left < EVER else None,
            marks=cells.tobytes(),
            late=late.get(row, []),
        )


def unpacked(pupils: Sequence[Pupil], stored: Packed) -> Sheet:
    """Return the sheet that was stored."""
    late = [
        (row, *pair)
        for row, said in stored.late
        for pair in zip(said[0::2], said[1::2], strict=True)
    ]
    marks = np.frombuffer(stored.marks, np.uint8)
    return Sheet(
        pupils=pupils,
        days=np.array([day.toordinal() for day in stored.days], np.int32),
        cells=marks.reshape(len(pupils), 2 * len(stored.days)),
        legend=tuple(stored.legend),
        joined=np.frombuffer(stored.joined, ">i4").astype(np.int32),
        left=np.frombuffer(stored.left, ">i4").astype(np.int32),
        late=Late(*np.array(late, np.int32).reshape(-1, 3).T),
    )
