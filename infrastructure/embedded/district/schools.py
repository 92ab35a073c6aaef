"""The schools of one town and their year: terms, closed days, a storm nobody could plan."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from domain.attendance.school_days import SchoolDays, Term
from infrastructure.embedded.district.data import told

_MONDAY: Final = 0


class NamedTerm(NamedTuple):
    """A stretch of teaching."""

    name: str
    begins_on: date
    ends_on: date


class Closure(NamedTuple):
    """Days on which a school is closed by name."""

    kind: str
    first: date
    last: date

    def days(self) -> list[date]:
        """Return each day."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class School:
    """One school; `open_days` are those on which it truly was open."""

    source_id: str
    name: str
    post_primary: bool
    irish: bool
    terms: tuple[NamedTerm, ...]
    closures: tuple[Closure, ...]
    storm: date
    open_days: tuple[date, ...]

    @property
    def warned_on(self) -> date:
        """Return the day on which families hear that the school closes for the storm."""
        return max(day for day in self.open_days if day < self.storm)


def make_schools(first: date, count: int) -> tuple[School, ...]:
    """Return the schools. Their year is that of 2025/26, moved by whole weeks.

    Raises:
        ValueError: when the year does not begin on a Monday, or for more schools than the town has.
    """
    known = told("schools")
    if first.weekday() != _MONDAY:
        raise ValueError("the first day is a Monday")
    if not 1 <= count <= len(known):
        raise ValueError(f"the town has 1 to {len(known)} schools")
    move = first - date.fromisoformat(told("calendar")["written_for"])
    return tuple(_school(one, move) for one in known[:count])


def _school(said: dict[str, str], move: timedelta) -> School:
    def day(written: str) -> date:
        return date.fromisoformat(written) + move

    calendar, last, training = told("calendar"), day(said["last_day"]), day(said["training_day"])
    terms = tuple(
        NamedTerm(name, day(begins), min(day(ends), last))
        for name, begins, ends in calendar["terms"]
    )
    closures = [Closure(kind, day(begins), day(ends)) for kind, begins, ends in calendar["closed"]]
    closures = [
        *(one for one in closures if one.last <= last),
        Closure("TRAINING_DAY", training, training),
    ]
    storm = day(calendar["storm"])
    days = SchoolDays(
        tuple(Term(term.begins_on, term.ends_on) for term in terms),
        frozenset({storm, *(on for closure in closures for on in closure.days())}),
    )
    year = [
        terms[0].begins_on + timedelta(days=n) for n in range((last - terms[0].begins_on).days + 1)
    ]
    return School(
        source_id=said["id"],
        name=said["name"],
        post_primary=bool(said["post_primary"]),
        irish=bool(said["irish"]),
        terms=terms,
        closures=tuple(sorted(closures, key=lambda closure: closure.first)),
        storm=storm,
        open_days=tuple(on for on in year if days.is_open(on)),
    )
