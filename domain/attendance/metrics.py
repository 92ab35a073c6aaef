"""Days absent and the rate of absence, in whole half-days; rounding happens on paper only."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from domain.attendance.codes import Reasons


class Denominator(StrEnum):
    """Where the possible days of a rate come from."""

    MARKS = "MARKS"  # every session has a mark: what was marked and counts
    DECLARED_DAYS = "DECLARED_DAYS"  # only exceptions are marked: days the school declares


class Counting(NamedTuple):
    """Which absences a metric counts: by reason, and by code where a rule names codes."""

    reasons: Reasons = Reasons.ANY
    only_codes: frozenset[str] = frozenset()
    never_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one pupil in one window, in half-days.

    `undecided` counts days, where occasions are counted: somebody was late, or away for a part of
    the day, and no mark says whether excused, or how long. None of them is counted.
    """

    absent: int
    possible: int
    first: date
    last: date
    denominator: Denominator
    estimated: bool = False
    undecided: int = 0

    @property
    def rate(self) -> str | None:
        """The rate as a fraction of whole numbers: of days, or of half-days where one is odd."""
        if self.possible == 0:
            return None
        whole = 2 if self.absent % 2 == self.possible % 2 == 0 else 1
        return f"{self.absent // whole}/{self.possible // whole}"

    @property
    def rate_percent(self) -> str | None:
        """The rate for display: percent, rounded half up to one decimal. Never compare it."""
        if self.possible == 0:
            return None
        tenths = (2000 * self.absent + self.possible) // (2 * self.possible)
        return f"{tenths // 10}.{tenths % 10}"

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers as they are frozen into a fact and printed."""
        said = {
            "absent_days": in_days(self.absent),
            "possible_days": in_days(self.possible),
            "rate": self.rate,
            "rate_percent": self.rate_percent,
            "window": {"from": self.first.isoformat(), "to": self.last.isoformat()},
            "denominator": self.denominator.value,
            "estimated": self.estimated,
        }
        return {**said, "undecided_days": self.undecided} if self.undecided else said


def in_days(half_days: int) -> int | str:
    """Return half-days as days: a whole number, or a decimal as text (`9.5`)."""
    return half_days // 2 if half_days % 2 == 0 else f"{half_days // 2}.5"
