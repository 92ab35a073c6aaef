"""Which days a school was open, as far as the register knows, and where its school year begins."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

_SATURDAY: Final = 5
_WEEK: Final = 7
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of teaching; `declared_days` is the number of days the school says it taught."""

    begins_on: date
    ends_on: date
    declared_days: int | None = None

    def holds(self, on: date) -> bool:
        """Say whether a day lies in the term."""
        return self.begins_on <= on <= self.ends_on


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of every year, such as 1 September."""

    month: int
    day: int

    def in_year(self, year: int) -> date:
        """Return the day in one year."""
        return date(year, self.month, self.day)


@dataclass(frozen=True)
class SchoolDays:
    """What the register knows of one school's calendar.

    A day that was closed or opened by name wins; else a weekday inside a term is open. A school
    whose terms nobody has told us is taken as open on weekdays. `groups` are the year groups with
    days of their own, `others` the days of all the rest.
    """

    terms: tuple[Term, ...] = ()
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    closed_halves: frozenset[tuple[date, str]] = frozenset()
    groups: tuple[tuple[str, "SchoolDays"], ...] = ()
    others: "SchoolDays | None" = None

    # Asked once for each mark of each pupil: worked out once for each day.
    @cached_property
    def _open(self) -> dict[date, bool]:
        return {}

    @cached_property
    def _counts(self) -> dict[tuple[date, date], int]:
        return {}

    def is_open(self, on: date) -> bool:
        """Say whether the school was open."""
        known = self._open.get(on)
        if known is None:
            known = self._open[on] = self._works_out(on)
        return known

    def _works_out(self, on: date) -> bool:
        if on in self.closed:
            return False
        if on in self.opened:
            return True
        return on.weekday() < _SATURDAY and (not self.terms or self.in_term(on))

    def is_open_half(self, on: date, half: str) -> bool:
        """Say whether the school was open in the morning (AM) or in the afternoon (PM)."""
        return self.is_open(on) and (on, half) not in self.closed_halves

    def for_group(self, year_group: str | None) -> "SchoolDays":
        """Return the days of one year group's pupils."""
        return dict(self.groups).get(year_group or "", self.others or self)

    def in_term(self, on: date) -> bool:
        """Say whether a day lies in any term."""
        return any(term.holds(on) for term in self.terms)

    def open_days(self, first: date, last: date) -> int:
        """Count the open days from the first to the last, both included."""
        if (first, last) not in self._counts:
            days = range((last - first).days + 1)
            self._counts[first, last] = sum(self.is_open(first + n * _DAY) for n in days)
        return self._counts[first, last]

    @property
    def known_open_days(self) -> tuple[date, ...]:
        """The open days from the first term to the last, sorted; without terms, those named."""
        days = set(self.opened)
        for term in self.terms:
            length = (term.ends_on - term.begins_on).days + 1
            days.update(term.begins_on + n * _DAY for n in range(length))
        return tuple(sorted(day for day in days if self.is_open(day)))

    def declared_days(self, first: date, last: date) -> tuple[int, bool]:
        """Return the instructional days of a window and whether the number is an estimate.

        A term that lies wholly in the window gives the days that it declares. Of a term that is
        still running, or cut by the window, nobody said which weekdays were closed: its open
        weekdays so far count, at most the declared number, and the answer is an estimate.
        """
        total, estimated = 0, False
        for term in self.terms:
            begins, ends = max(first, term.begins_on), min(last, term.ends_on)
            if begins > ends:
                continue
            whole = (begins, ends) == (term.begins_on, term.ends_on)
            if whole and term.declared_days is not None:
                total += term.declared_days
                continue
            estimated = True
            weekdays = self.open_days(begins, ends)
            total += weekdays if term.declared_days is None else min(weekdays, term.declared_days)
        return total, estimated

    def year_begins(self, on: date, nominal: MonthDay) -> date:
        """Return the first day of the school year that a day lies in.

        A term that runs over the nominal first day belongs as a whole to the year that then
        begins: a school that opens on 23 August loses no August to a rule that says 1 September.
        """
        return self._year(on, nominal)[0]

    def year_named(self, on: date, nominal: MonthDay) -> date:
        """Return the nominal first day of the school year that a day lies in: its name for ever.

        What is known by its school year is known by this day. The real first day moves with the
        calendar, and whatever is known by that one would begin anew.
        """
        return self._year(on, nominal)[1]

    def _year(self, on: date, nominal: MonthDay) -> tuple[date, date]:
        years = (on.year + n for n in (-1, 0, 1))
        found = ((self.year_of(year, nominal), nominal.in_year(year)) for year in years)
        return max(one for one in found if one[0] <= on)

    def year_of(self, year: int, nominal: MonthDay) -> date:
        """Return the first day of the school year that nominally begins in a year.

        A term that is more than half over by then belongs to the year before: a term from April
        to the middle of July does not begin a year that is named after the first of July.
        """
        day = nominal.in_year(year)
        young = (term for term in self.terms if term.holds(day) and _begins_a_year(term, day))
        return min((term.begins_on for term in young), default=day)

    def open_ordinals(self, first: int, last: int) -> list[int]:
        """Return the open days between two day numbers, as day numbers, sorted.

        The same answer as asking `is_open` of each day, at once for years.
        """
        taught = [(term.begins_on.toordinal(), term.ends_on.toordinal()) for term in self.terms]
        found = {
            day
            for begins, ends in taught or [(first, last)]
            for day in range(max(first, begins), min(last, ends) + 1)
            if (day - 1) % _WEEK < _SATURDAY
        }
        found.update(day for on in self.opened if first <= (day := on.toordinal()) <= last)
        found.difference_update(on.toordinal() for on in self.closed)
        return sorted(found)

    @cached_property
    def stretches(self) -> tuple[Term, ...]:
        """The terms, in order."""
        return tuple(sorted(self.terms, key=lambda term: (term.begins_on, term.ends_on)))

    @cached_property
    def half_terms(self) -> tuple[Term, ...]:
        """The halves of the terms, in order.

        A term is divided where a week or more has no open day: the place nearest its middle, and
        only in the middle half of it, where a half-term holiday lies. Else the term is whole.
        """
        return tuple(half for term in self.stretches for half in self._halves(term))

    def _halves(self, term: Term) -> tuple[Term, ...]:
        begins, ends = term.begins_on.toordinal(), term.ends_on.toordinal()
        open_days = self.open_ordinals(begins, ends)
        middle, quarter = (begins + ends) // 2, (ends - begins) // 4
        gaps = [
            (abs((before + after) // 2 - middle), before, after)
            for before, after in pairwise(open_days)
            if after - before > _WEEK and abs((before + after) // 2 - middle) <= quarter
        ]
        if not gaps:
            return (term,)
        _, before, after = min(gaps)
        return (
            Term(term.begins_on, date.fromordinal(before)),
            Term(date.fromordinal(after), term.ends_on),
        )


def _begins_a_year(term: Term, nominal: date) -> bool:
    return nominal - term.begins_on <= term.ends_on - nominal
