"""Returns that no pupil's mark calls for: in which days each is made, by the school's calendar.

A rule set says `dueIn` a month, or `dueWithin` so long "of last school day". What it says in other
words, or about a day that the calendar does not know, has no clock: nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.attendance.rule_model import RuleSet
from domain.attendance.rule_parts import Return
from domain.attendance.school_days import SchoolDays

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WITHIN: Final = re.compile(r"([1-9][0-9]?) (day|week)s? of last school day")
_DAY: Final = timedelta(days=1)
# A calendar that ends before them has not been told to the end of its school year.
_LAST_MONTHS: Final = timedelta(days=123)


@dataclass(frozen=True, slots=True)
class Owed:
    """A return with the days in which a school makes it."""

    said: Return
    year_from: date
    opens_on: date
    due_on: date


def month_of(words: str | None) -> int | None:
    """Return the number of a month in English; None for anything else."""
    return _MONTHS.index(words) + 1 if words in _MONTHS else None


def days_within(words: str | None) -> int | None:
    """Return how many days "6 weeks of last school day" are; None for anything else."""
    found = _WITHIN.fullmatch(words or "")
    if found is None:
        return None
    return int(found[1]) * (7 if found[2] == "week" else 1)


def has_clock(said: Return) -> bool:
    """Say whether software can tell on which day a return is due."""
    return month_of(said.due_in) is not None or days_within(said.due_within) is not None


def owed(rules: RuleSet, calendar: SchoolDays, today: date) -> Iterator[Owed]:
    """Yield the returns of the school year of a day, as far as their days are known."""
    if not calendar.terms:
        return
    nominal = rules.school_year.begins
    year = calendar.year_named(today, nominal)
    for said in rules.returns:
        span = None if said.trigger is not None else _span(said, rules, calendar, year)
        if span is not None:
            yield Owed(said, year, *span)


def _span(
    said: Return, rules: RuleSet, calendar: SchoolDays, year: date
) -> tuple[date, date] | None:
    """Return the first and the last day on which a return is made; None where nobody knows."""
    month, within = month_of(said.due_in), days_within(said.due_within)
    if month is not None:
        opens = date(year.year + (month < year.month), month, 1)
        following = (opens + 31 * _DAY).replace(day=1)
        return opens, following - _DAY
    last = _last_school_day(rules, calendar, year)
    if within is None or last is None:
        return None
    return last + _DAY, last + within * _DAY


def _last_school_day(rules: RuleSet, calendar: SchoolDays, year: date) -> date | None:
    ends = rules.school_year.begins.in_year(year.year + 1) - _DAY
    known = [term.ends_on for term in calendar.terms if year <= term.ends_on <= ends]
    day = max([*known, *(day for day in calendar.opened if year <= day <= ends)], default=year)
    while day > ends - _LAST_MONTHS and not calendar.is_open(day):
        day -= _DAY
    return day if day > ends - _LAST_MONTHS else None
