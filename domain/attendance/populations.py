"""Whom a rule set is about: by age and year group, for all pupils of a school on many days.

Whoever is surely outside is not asked about. Where the age or the year group is not known nobody
is left out: that is open, and said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from domain.attendance.ages import COMPULSORY, LONGER, CompulsoryAge, at_age
from domain.attendance.cumulating import Truth, chosen, everywhere, nowhere
from domain.attendance.register_line import Pupil
from domain.attendance.roll import NOBODY, ids_of, places_among
from domain.attendance.rule_parts import Population
from domain.attendance.sheet import Places
from domain.attendance.windows import Days
from domain.shared.ids import StudentId

_NOTHING: Final = np.array([1, 0, 1, 0], np.int32)
AGE: Final = "AGE_UNKNOWN"
YEAR_GROUP: Final = "YEAR_GROUP_UNKNOWN"


@dataclass(frozen=True, eq=False)
class PupilYears:
    """What is known of pupils' ages and year groups in one school year, in the order of their ids.

    `students` are ids of sixteen bytes. A range has four rows: the first and the last day about
    which it is told, the first and the last one inside. `law` is that of the school's place.
    """

    students: bytes = b""
    groups: Sequence[str | None] = ()
    ranges: Mapping[str, Days] = field(default_factory=dict)
    law: CompulsoryAge | None = None


class Told(NamedTuple):
    """What an import told of one pupil: ages by name, each with its first and last day inside."""

    student: StudentId
    group: str | None
    known_from: date
    known_until: date
    ages: Sequence[str]
    first_on: Sequence[date]
    last_on: Sequence[date]


def gathered(told: Iterable[Told], law: CompulsoryAge | None) -> PupilYears:
    """Return what was told of pupils, who come in the order of their ids."""
    rows = list(told)
    by_age: dict[str, Days] = {}
    for place, one in enumerate(rows):
        for age, first, last in zip(one.ages, one.first_on, one.last_on, strict=True):
            days = (one.known_from, one.known_until, first, last)
            # Whoever is not told of has no known day: its last one lies before its first.
            table = by_age.setdefault(age, np.tile(_NOTHING, (len(rows), 1)).T)
            table[:, place] = [day.toordinal() for day in days]
    ids = b"".join(one.student.bytes for one in rows)
    return PupilYears(ids, [one.group for one in rows], by_age, law)


class Members(NamedTuple):
    """Who is surely outside a population, and of whom it is open, by what is not known."""

    outside: Truth
    open: Mapping[str, Truth]

    def of(self, who: Places) -> "Members":
        """Return the same of some pupils, a column each."""
        known = {name: chosen(truth, who) for name, truth in self.open.items()}
        return Members(chosen(self.outside, who), known)

    def not_known(self, day: int, pupil: int) -> tuple[str, ...]:
        """Return what is not known of one pupil on one day."""
        return tuple(name for name, truth in self.open.items() if truth[day, pupil])


class Criterion(NamedTuple):
    """One thing that a population asks, and why whoever fails it is outside."""

    about: str
    outside: Truth
    open: Truth
    because: str


def members(
    population: Population, years: PupilYears | None, pupils: Sequence[Pupil], on: Days
) -> Members | None:
    """Return who is outside a population on some days of one school year; None: it asks nothing."""
    if years is None or not years.students:
        return _nobody_said(population, (len(on), len(pupils)))
    asked = list(criteria(population, years, pupils, on))
    if not asked:
        return None
    outside = np.logical_or.reduce([one.outside for one in asked])
    by_kind: dict[str, Truth] = {}
    for one in asked:
        before = by_kind.get(one.about)
        by_kind[one.about] = one.open if before is None else before | one.open
    return Members(outside, {name: truth & ~outside for name, truth in by_kind.items()})


def _nobody_said(population: Population, shape: tuple[int, int]) -> Members | None:
    """Return the same where nobody ever told of ages and year groups: everybody may be inside."""
    by_age = population.compulsory_age or population.min_age is not None
    asked = {
        AGE: by_age or population.max_age is not None,
        YEAR_GROUP: bool(population.year_groups),
    }
    open_ = {about: everywhere(*shape) for about, wanted in asked.items() if wanted}
    return Members(nowhere(*shape), open_) if open_ else None


def why_outside(
    population: Population, years: PupilYears | None, pupil: Pupil, on: Days
) -> list[str]:
    """Return in words why one pupil is outside a population on one day; nothing where not."""
    asked = criteria(population, years, [pupil], on)
    return [one.because for one in asked if one.outside[0, 0]]


def criteria(
    population: Population, years: PupilYears | None, pupils: Sequence[Pupil], on: Days
) -> Iterator[Criterion]:
    """Yield each thing that a population asks, decided for every pupil and day."""
    told = _Told(years or PupilYears(), pupils, on)
    if (age := population.min_age) is not None:
        known, inside = told.range(at_age(age))
        yield Criterion(AGE, known & ~inside, ~known, f"the pupil has not reached the age of {age}")
    if (age := population.max_age) is not None:
        known, inside = told.range(at_age(age))
        yield Criterion(AGE, known & inside, ~known, f"the pupil has reached the age of {age}")
    if population.compulsory_age:
        yield told.compulsory()
    if population.year_groups:
        known, inside = told.groups(population.year_groups)
        names = ", ".join(population.year_groups)
        because = f"the pupil's year group is none of {names}"
        yield Criterion(YEAR_GROUP, known & ~inside, ~known, because)


class _Told:
    """What is known, brought into the order of a sheet."""

    def __init__(self, years: PupilYears, pupils: Sequence[Pupil], on: Days) -> None:
        self._years, self._on = years, on[:, None]
        self._shape = len(on), len(pupils)
        self._places = places_among(ids_of(pupils), years.students)

    def range(self, name: str) -> tuple[Truth, Truth]:
        """Say on which days it is known whether each pupil is inside an age, and who is."""
        rows = self._years.ranges.get(name)
        if rows is None:
            nobody = np.zeros(self._shape, np.bool_)
            return nobody, nobody
        first, last, begins, ends = rows[:, self._places]
        known = (first <= self._on) & (self._on <= last) & (self._places != NOBODY)
        return known, (begins <= self._on) & (self._on <= ends)

    def groups(self, wanted: Sequence[str]) -> tuple[Truth, Truth]:
        """Say of whom the year group is known, and who is in one of some."""
        some = {_plain(one) for one in wanted}
        named = [_plain(one) if one else None for one in (*self._years.groups, None)]
        known = np.array([one is not None for one in named], np.bool_)[self._places]
        inside = np.array([one in some for one in named], np.bool_)[self._places]
        return np.broadcast_to(known, self._shape), np.broadcast_to(inside, self._shape)

    def compulsory(self) -> Criterion:
        """Decide compulsory school age by the law of the place; without one it is open."""
        known, inside = self.range(COMPULSORY)
        open_: Truth = ~known
        longer = self._years.law.longer if self._years.law is not None else None
        if longer is not None:
            told, older = self.range(LONGER)
            _, within = self.groups(longer.within)
            _, said = self.groups((*longer.within, *longer.beyond))
            inside = inside | (told & older & within)
            open_ = open_ | (~inside & (~told | (older & ~said)))
        because = "the pupil is not of compulsory school age"
        return Criterion(AGE, ~inside & ~open_, open_, because)


def _plain(written: str) -> str:
    return "".join(written.split()).casefold()
