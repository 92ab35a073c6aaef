"""When a school is to be read: some times of the day for what has changed, one to compare all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)


class Reading(StrEnum):
    """How much of a source is read."""

    CHANGES = "CHANGES"
    EVERYTHING = "EVERYTHING"


@dataclass(frozen=True, slots=True)
class Timetable:
    """Times of the day in the school's own zone, through both changes of the clocks."""

    zone: str
    times: tuple[time, ...]
    compare_at: time

    def due(
        self, now: datetime, read_at: datetime | None, compared_at: datetime | None
    ) -> Reading | None:
        """Return what is to be read now, or None. Times that were missed come to one reading.

        A source of which nobody has compared everything yet is due at once.
        """
        if compared_at is None or compared_at < self._last(now, [self.compare_at]):
            return Reading.EVERYTHING
        read_at = compared_at if read_at is None else max(read_at, compared_at)
        if self.times and read_at < self._last(now, self.times):
            return Reading.CHANGES
        return None

    def following(self, now: datetime) -> tuple[datetime, Reading]:
        """Return when a source that has been read is to be read next, and how much of it."""
        times = [(self._next(now, [self.compare_at]), Reading.EVERYTHING)]
        if self.times:
            times.append((self._next(now, self.times), Reading.CHANGES))
        return min(times, key=lambda one: one[0])

    def _last(self, now: datetime, times: Iterable[time]) -> datetime:
        return max(one for one in self._around(now, times) if one <= now)

    def _next(self, now: datetime, times: Iterable[time]) -> datetime:
        return min(one for one in self._around(now, times) if one > now)

    def _around(self, now: datetime, times: Iterable[time]) -> list[datetime]:
        """Return the moments of the days before and after: a day may have 23 or 25 hours."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        days = [today - _DAY, today, today + _DAY]
        moments = [datetime.combine(day, one, zone) for day in days for one in times]
        return [one.astimezone(UTC) for one in moments]


def every(minutes: int, first: time, last: time) -> tuple[time, ...]:
    """Return the times of the day from the first to the last, so many minutes apart."""
    begins, ends = (one.hour * 60 + one.minute for one in (first, last))
    return tuple(time(*divmod(one, 60)) for one in range(begins, ends + 1, minutes))
