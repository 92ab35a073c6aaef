"""The evenings of a climb: the days on which rules look, and what comes next on them."""

from typing import Final, NamedTuple

import numpy as np

from domain.attendance.cumulating import Truth, is_nothing
from domain.attendance.firings import Places
from domain.attendance.sheet import EVER
from domain.attendance.windows import Days

_BYTE: Final = 255


class Evenings(NamedTuple):
    """The days on whose evening the rules looked, and the school days on which people work.

    `terms` and `half_terms` are the first days of those that have begun on each evening.
    """

    on: Days
    school_days: Days
    terms: Days
    half_terms: Days

    def after(self, days: Days, school_days: int) -> Days:
        """Return the so-manieth school day after each day; `EVER` where nobody knows it yet."""
        place = np.searchsorted(self.school_days, days, "right") + school_days - 1
        known = np.append(self.school_days, EVER).astype(np.int32)
        return known[np.minimum(place, len(self.school_days))]

    def following(self, begins: Days, evening: Places) -> Places:
        """Return the first evening that lies in a later stretch, such as the next term."""
        later = np.append(begins, EVER)[np.searchsorted(begins, self.on[evening], "right")]
        return np.searchsorted(self.on, later, "left")


class Upcoming:
    """The evenings on which one condition holds. Most questions are answered by the first."""

    def __init__(self, holds: Truth, going_on: Truth | None) -> None:
        self._holds = holds
        self._going = holds if going_on is None else going_on
        self.first = _first(holds)

    def next(self, since: Places, who: Places) -> Places:
        """Return the first evening from `since` on that holds; the number of evenings if none."""
        found = np.maximum(self.first[who], since)
        late = np.flatnonzero(~self._holds[found, who])
        found[late] = self._search(self._holds[:, who[late]], found[late])
        return found

    def begun_anew(self, since: Places, who: Places) -> Places:
        """Return the first evening that holds again after one that did not; runs may have ended."""
        going = self._going[:, who]
        return self._search(going, self._search(~going, since + 1))

    def _search(self, wanted: Truth, since: Places) -> Places:
        if not len(since):
            return since
        wanted = wanted & (np.arange(len(wanted))[:, None] >= since)
        return np.where(wanted.any(axis=0), wanted.argmax(axis=0), len(wanted))


def _first(holds: Truth) -> Places:
    """Return the first evening that holds for each pupil; the number of evenings if none.

    Row by row, for all pupils at once: numpy looks down a column many times more slowly. The
    evenings that have seen one are counted in bytes, as many at a time as a byte can count.
    """
    seen = np.zeros(holds.shape[1], np.bool_)
    since = np.zeros(holds.shape[1], np.intp)
    for begin in range(0, 0 if is_nothing(holds) else len(holds), _BYTE):
        some = np.zeros(len(seen), np.uint8)
        for evening in holds[begin : begin + _BYTE]:
            np.logical_or(seen, evening, out=seen)
            np.add(some, seen.view(np.uint8), out=some)
        since += some
    return len(holds) - since
