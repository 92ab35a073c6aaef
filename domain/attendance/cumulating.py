"""Days looked up and added up for many pupils at once: a row a day, a column a pupil.

Most questions are about few marks, and many about none that anybody wrote: what is nought
everywhere is one nought in memory, and costs nothing to add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

Added = npt.NDArray[np.signedinteger[Any]]
Rows = npt.NDArray[np.intp]
Truth = npt.NDArray[np.bool_]
"""A row for each day of asking, a column for each pupil."""

_Any = TypeVar("_Any", bound=np.generic)
_BYTE: Final = 256
_SMALL_LEGEND: Final = 16  # entries whose pairs all fit into a byte


@dataclass(frozen=True, eq=False)
class Pairs:
    """The two marks of each day and pupil as one number, and the pair that each number is."""

    numbers: npt.NDArray[Any]
    known: Rows

    @classmethod
    def of(cls, cells: npt.NDArray[np.uint8], entries: int) -> "Pairs":
        """Number the pairs of marks of some pupils; `entries` is how many marks there are.

        Nothing in either half is number 0. A byte holds the pairs of nearly every school: those
        that occur are few.
        """
        # A row a day in memory too: otherwise every later step would jump from pupil to pupil.
        halves = np.ascontiguousarray(cells.T)
        if entries <= _SMALL_LEGEND:
            return cls(halves[0::2] * entries + halves[1::2], np.arange(entries**2))
        pairs = halves[0::2].astype(np.uint16) * entries + halves[1::2]
        occurs = np.zeros(entries**2, np.bool_)
        occurs[0] = True
        occurs[pairs] = True
        known = np.flatnonzero(occurs)
        if len(known) > _BYTE:
            return cls(pairs, np.arange(entries**2))
        number = np.zeros(entries**2, np.uint8)
        number[known] = np.arange(len(known))
        return cls(number[pairs], known)

    def look_up(self, table: npt.NDArray[np.int8]) -> Added:
        """Return for each day and pupil what a table says of the pair; not to be written to."""
        mine = table[self.known]
        if not mine.any():
            return nothing(*self.numbers.shape)
        if self.numbers.dtype != np.uint8:
            return np.take(mine, self.numbers)
        whole = np.zeros(_BYTE, np.int8)
        whole[: len(mine)] = mine
        # Bytes translate several times faster than numpy takes.
        found = np.frombuffer(self.numbers.tobytes().translate(whole.tobytes()), np.int8)
        return found.reshape(self.numbers.shape)


def nothing(days: int, pupils: int) -> Added:
    """Return noughts for some days and pupils: one nought in memory."""
    return np.broadcast_to(np.zeros((), np.int16), (days, pupils))


def nowhere(days: int, pupils: int) -> npt.NDArray[np.bool_]:
    """Say no for some days and pupils: one no in memory."""
    return np.broadcast_to(np.zeros((), np.bool_), (days, pupils))


def chosen(rows: npt.NDArray[_Any], who: Rows) -> npt.NDArray[_Any]:
    """Return the columns of some pupils, who are sorted."""
    if len(who) == rows.shape[1]:
        return rows
    if rows.size and not any(rows.strides):
        return np.broadcast_to(rows[0, 0], (len(rows), len(who)))
    return np.take(rows, who, axis=1)


def everywhere(days: int, pupils: int) -> npt.NDArray[np.bool_]:
    """Say yes for some days and pupils: one yes in memory."""
    return np.broadcast_to(np.ones((), np.bool_), (days, pupils))


def one_of(parts: Sequence[Truth]) -> Truth:
    """Say where at least one part holds; not to be written to."""
    some = [part for part in parts if not is_nothing(part)]
    return reduce(np.logical_or, some) if some else parts[0]


def all_of(parts: Sequence[Truth]) -> Truth:
    """Say where every part holds; not to be written to."""
    nothing = next((part for part in parts if is_nothing(part)), None)
    return reduce(np.logical_and, parts) if nothing is None else nothing


def is_nothing(counts: npt.NDArray[Any]) -> bool:
    """Say whether counts are known to be nought everywhere without looking at each."""
    return bool(counts.size) and not any(counts.strides) and not counts[0, 0]


def upwards(join: np.ufunc, counts: Added, number: type[np.signedinteger[Any]]) -> Added:
    """Return counts joined from the first day up to each, with a row of noughts before them."""
    days, pupils = counts.shape
    if is_nothing(counts):
        return nothing(days + 1, pupils)
    total = np.zeros((days + 1, pupils), number)
    total[1:] = counts
    # Row by row: numpy accumulates along the first axis several times slower than this.
    for place in range(days):
        join(total[place], total[place + 1], out=total[place + 1])
    return total


def between(total: Added, begin: Rows, end: Rows) -> Added:
    """Return what was counted in each window, which may begin differently for each pupil.

    Not to be written to: where every window begins with the first day it is what was added up.
    """
    if is_nothing(total):
        return nothing(len(end), total.shape[1])
    if begin.ndim > 1:
        return rows_of(total, end) - np.take_along_axis(total, begin, axis=0)
    if not begin.any():
        return rows_of(total, end)
    found: Added = rows_of(total, end) - rows_of(total, begin)
    return found


def rows_of(total: Added, places: Rows) -> Added:
    """Return some rows: a view where they lie one after the other, as on days in a row."""
    if len(places) and (np.diff(places) == 1).all():
        return total[places[0] : places[-1] + 1]
    return total[places]
