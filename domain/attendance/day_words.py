"""What a school says of single days: closed or open, for one half of the day, for some years."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from domain.attendance.school_days import SchoolDays, Term


class DayPart(StrEnum):
    """Which part of a day a word is about."""

    DAY = "DAY"
    AM = "AM"
    PM = "PM"


class DayWord(NamedTuple):
    """One word about one day. Without a year group it is about everybody.

    Open for a year group means: for these and those named beside them, and for nobody else.
    """

    on: date
    is_open: bool
    part: DayPart = DayPart.DAY
    year_group: str | None = None


_HALVES: Final = (DayPart.AM, DayPart.PM)
_SATURDAY: Final = 5


def days_of(first: date, last: date, *, is_open: bool) -> list[date]:
    """Return the days that a word about several of them is about.

    "Examinations from 3 to 28 November" opens no Saturday: a weekend opens where it is named alone.
    """
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weekdays = [on for on in span if on.weekday() < _SATURDAY]
    return weekdays if is_open and weekdays else span


def school_days(terms: Sequence[Term], words: Iterable[DayWord]) -> SchoolDays:
    """Return a school's calendar, with those of the year groups that have days of their own.

    The school itself is open when it is open for anybody: a school day is one on which somebody
    is expected. A pupil's own days are those of `for_group`.
    """
    known = list(words)
    general = [word for word in known if word.year_group is None]
    special = [word for word in known if word.year_group is not None]
    opened_for_some = {word.on for word in special if word.is_open and word.part is DayPart.DAY}
    groups = sorted({word.year_group for word in special if word.year_group is not None})
    everybody = _plain(terms, general, opened=opened_for_some)
    if not groups:
        return everybody
    others = _plain(terms, general, closed=opened_for_some)
    return SchoolDays(
        terms=everybody.terms,
        closed=everybody.closed,
        opened=everybody.opened,
        closed_halves=everybody.closed_halves,
        groups=tuple((group, _of_group(terms, general, special, group)) for group in groups),
        others=others,
    )


def _of_group(
    terms: Sequence[Term], general: list[DayWord], special: list[DayWord], group: str
) -> SchoolDays:
    own = [word for word in special if word.year_group == group]
    named = {word.on for word in own if word.part is DayPart.DAY}
    of_others = {word.on for word in special if word.is_open and word.part is DayPart.DAY} - named
    kept = [
        word
        for word in general
        if word.on not in named and (word.on, word.part) not in {(one.on, one.part) for one in own}
    ]
    return _plain(terms, [*kept, *own], closed=of_others)


def _plain(
    terms: Sequence[Term],
    words: list[DayWord],
    *,
    opened: Iterable[date] = (),
    closed: Iterable[date] = (),
) -> SchoolDays:
    days = {word.on: word.is_open for word in words if word.part is DayPart.DAY}
    days.update(dict.fromkeys(closed, False))
    days.update(dict.fromkeys(opened, True))
    halves = {(word.on, word.part.value) for word in words if _closes_half(word)}
    for on in {on for on, _ in halves}:
        if all((on, half.value) in halves for half in _HALVES):
            days[on] = False
    return SchoolDays(
        terms=tuple(terms),
        closed=frozenset(on for on, is_open in days.items() if not is_open),
        opened=frozenset(on for on, is_open in days.items() if is_open),
        closed_halves=frozenset(halves),
    )


def _closes_half(word: DayWord) -> bool:
    return word.part is not DayPart.DAY and not word.is_open
