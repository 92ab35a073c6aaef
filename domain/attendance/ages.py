"""Ages as ranges of days: compulsory school age by the law of each place, and single birthdays.

A birth date is personal and lives in the vault. What rules need of it is less: between which days
a pupil is inside an age. A range is cut to the few school years that it is told for, so that of
whoever is well inside an age no birthday is known here at all.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

COMPULSORY: Final = "COMPULSORY"
LONGER: Final = "COMPULSORY_LONGER"
_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_FRIDAY: Final = 4
_SEPTEMBER: Final = 9
_PRESCRIBED: Final = ((3, 31), (8, 31), (12, 31))


class AgeRule(StrEnum):
    """When an age begins and ends in law."""

    BIRTHDAYS = "BIRTHDAYS"  # from one birthday until the day before another
    # England and Wales: from the prescribed day on or after the birthday, to the school leaving
    # date: the last Friday in June of the school year in which the later birthday lies.
    PRESCRIBED_DAYS = "PRESCRIBED_DAYS"


class Longer(BaseModel):
    """An age beside the plain one that counts for some year groups only, as schools write them.

    A year group that is on neither list says nothing: then it is open whether the pupil counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins_at: int
    ends_at: int
    within: tuple[str, ...]
    beyond: tuple[str, ...]


class CompulsoryAge(BaseModel):
    """Between which ages the law of a place asks a child to be at school. Ages are birthdays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins_at: int
    ends_at: int
    rule: AgeRule = AgeRule.BIRTHDAYS
    longer: Longer | None = None
    law: str
    read: str
    note: str | None = None


class Known(NamedTuple):
    """The days about which something is told, both included: a few school years."""

    first: date
    last: date


Range = tuple[date, date]
"""The first and the last day inside an age; where there is none the first is the later one."""


def at_age(age: int) -> str:
    """Return the name of the days from a birthday on."""
    return f"AGE_{age}"


def ranges(
    born: date, law: CompulsoryAge | None, ages: Iterable[int], known: Known
) -> dict[str, Range]:
    """Return between which of the known days somebody is inside each age that matters."""
    found = {at_age(age): (birthday(born, age), date.max) for age in ages}
    if law is not None:
        found[COMPULSORY] = compulsory(born, law)
        if law.longer is not None:
            until = birthday(born, law.longer.ends_at) - _DAY
            found[LONGER] = birthday(born, law.longer.begins_at), until
    return {name: _cut(days, known) for name, days in sorted(found.items())}


def compulsory(born: date, law: CompulsoryAge) -> Range:
    """Return the first and the last day of compulsory school age.

    England and Wales: Education Act 1996, section 8. Reached on a prescribed day (31 March, 31
    August, 31 December), or on the next one; it ends with the leaving date, also of those who turn
    16 after that date and before the next school year.
    """
    begins, ends = birthday(born, law.begins_at), birthday(born, law.ends_at)
    if law.rule is AgeRule.BIRTHDAYS:
        return begins, ends - _DAY
    return _prescribed(begins), _leaving(ends)


def birthday(born: date, age: int) -> date:
    """Return the day on which an age is reached; of a 29 February the first of March."""
    year = min(born.year + age, date.max.year)
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _prescribed(day: date) -> date:
    return next(one for month, n in _PRESCRIBED if (one := date(day.year, month, n)) >= day)


def _leaving(day: date) -> date:
    """Return the last Friday in June of the school year, from September on, of a day."""
    june = date(day.year + (day.month >= _SEPTEMBER), 6, 30)
    return june - ((june.weekday() - _FRIDAY) % _WEEK) * _DAY


def _cut(days: Range, known: Known) -> Range:
    first = min(max(days[0], known.first), known.last + _DAY)
    return first, max(min(days[1], known.last), known.first - _DAY)
