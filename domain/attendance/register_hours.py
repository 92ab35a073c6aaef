"""When a school's registers close: before that a missing child may only be late.

Nobody tells a family that a child is absent while the register is still open (DOMAIN 5.1: `amClose`
parts a late arrival from an absence). A school has hours from a day on, and other hours on single
days: an examination, an early closing.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple, Protocol

from domain.attendance.day_words import DayPart

_HALVES: Final = (DayPart.AM, DayPart.PM)
FOR_EVER: Final = date.max  # the last day of hours to which nobody has set an end


class RegisterHours(NamedTuple):
    """Hours of the days from `first_on` to `last_on`, on the school's own clock.

    None: nobody has said, and wider hours around these may say it.
    """

    first_on: date
    last_on: date = FOR_EVER
    am_start: time | None = None
    am_close: time | None = None
    pm_start: time | None = None
    pm_close: time | None = None
    day_end: time | None = None

    def holds(self, on: date) -> bool:
        """Say whether these are about a day."""
        return self.first_on <= on <= self.last_on

    @property
    def times(self) -> tuple[time | None, ...]:
        """The five times of a day, in their order."""
        return self[2:]


CONTACT: Final = "CONTACT"
"""What is over, beside registers: the hours in which a family may hear on the day itself."""


class _HasPart(Protocol):
    """A part of the day by its written name: a session or a half."""

    @property
    def value(self) -> str:
        """AM, PM or DAY."""


def hours_on(said: Iterable[RegisterHours], on: date) -> RegisterHours | None:
    """Return the hours of one day; None where nobody has said anything about it.

    Each time is that of the narrowest hours that name it; of two as narrow, of those that begin
    later: a school that moves its bell in January says so from January on.
    """
    about = sorted(
        (one for one in said if one.holds(on)),
        key=lambda one: (one.last_on - one.first_on, -one.first_on.toordinal()),
    )
    if not about:
        return None
    times = [_first(column) for column in zip(*(one.times for one in about), strict=True)]
    return RegisterHours(on, on, *times)


def closes_at(said: Sequence[RegisterHours], on: date, part: _HasPart) -> time | None:
    """Return when the register of a part of a day closes; None where nobody has said.

    A roll that is called once a day (DAY) is closed as the morning's.
    """
    hours = hours_on(said, on)
    if hours is None:
        return None
    return hours.pm_close if part.value == DayPart.PM.value else hours.am_close


def register_closed(
    said: Sequence[RegisterHours], on: date, part: _HasPart, now: datetime
) -> bool | None:
    """Say whether a register has closed by a moment, given on the school's own clock.

    Days gone by have closed and days to come have not, whatever their hours. None: it is that very
    day, and nobody has said when the register closes; who asks has to decide what follows.

    Raises:
        ValueError: for a moment without a zone: nobody could say on whose clock it is.
    """
    if now.tzinfo is None:
        raise ValueError("a moment needs the school's zone")
    if on != now.date():
        return on < now.date()
    at = closes_at(said, on, part)
    return None if at is None else _has_come(on, at, now)


def over_on(
    said: Sequence[RegisterHours], on: date, now: datetime, contact_until: time
) -> tuple[str, ...]:
    """Return what is over on a day: AM and PM, the registers that have closed, and CONTACT.

    `now` is given on the school's own clock. A register of which nobody has said when it closes is
    taken as closed only when its day is over.
    """
    halves = [part.value for part in _HALVES if register_closed(said, on, part, now)]
    over = on < now.date() or (on == now.date() and _has_come(on, contact_until, now))
    return (*halves, CONTACT) if over else tuple(halves)


def _has_come(on: date, at: time, now: datetime) -> bool:
    """Say whether a time of day has come; what has come stays so when clocks go back."""
    return now.astimezone(UTC) >= datetime.combine(on, at, now.tzinfo).astimezone(UTC)


def _first(column: Iterable[time | None]) -> time | None:
    return next((one for one in column if one is not None), None)
