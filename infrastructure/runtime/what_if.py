"""What if, for a whole district: other rules or another calendar over every day of a period.

Some schools at a time, each time in a transaction of its own: nothing is stored but register lines
that were behind, which are made of the marks. The answer is of bounded size, however large the
district.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from domain.attendance.comparing import Comparison, Happened
from domain.attendance.day_words import DayWord
from domain.attendance.ladder import Assumed
from domain.attendance.other_days import with_words
from domain.attendance.populations import PupilYears
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import MonthDay, SchoolDays
from domain.attendance.sheet import Sheet, sheet_of
from domain.attendance.standing import evenings, longest_look_back
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Climbed, climb_schools
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register import reads, stored_lines
from infrastructure.register.evaluation import SchoolUnknown
from infrastructure.register.known_then import position_then
from infrastructure.register.pupil_years import school_year, years_asked, years_of_schools
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.happened import Past
from infrastructure.runtime.looking import answered, books_of_today
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import bound

_DAY: Final = timedelta(days=1)
_AS_USUAL: Final = Assumed()
AT_ONCE: Final = 25  # schools in one transaction: pupils climb the quicker, the more they are
_SIDE_BY_SIDE: Final = 2  # transactions: while one waits for its marks, or adds up, so does another
MOST_CHANGES: Final = 1000
_Schools = list[tuple[Sheet, SchoolFacts]]
_T = TypeVar("_T")
_R = TypeVar("_R")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class WhatIf:
    """What is asked: which rules, which days, which schools (None: all), and other words on days.

    `most` bounds the changes that are told one by one. The register is read as it was known at a
    position, or when a day had ended at the first of the schools; without either as it is now.
    """

    rules: RuleSet
    first: date
    last: date
    schools: Collection[SchoolId] | None = None
    assumed: Assumed = _AS_USUAL
    words: Mapping[SchoolId, Sequence[DayWord]] = field(default_factory=dict)
    most: int = MOST_CHANGES
    known_at: int | None = None
    known_on: date | None = None

    @property
    def register(self) -> str:
        """Which register is read, in words."""
        if self.known_at is None and self.known_on is None:
            return "as corrected: marks and calendars as they are known now"
        then = self.known_on or f"position {self.known_at}"
        return f"as known at {then}: what became known later is left out"


class Piece(NamedTuple):
    """The part of a period that lies in one school year."""

    begins: date
    ends: date
    first: date
    last: date


def ask(
    database: Database,
    tenant: TenantId,
    asked: WhatIf,
    progress: Progress = lambda done, of: None,  # noqa: ARG005  nobody looks
) -> dict[str, Any]:
    """Return who would have entered which stage when, beside what really happened.

    Marks and calendars are taken as they are known now, corrected, or as they were at the position
    that is asked for. What people did is taken as it is on record.

    Raises:
        SchoolUnknown: when one of the schools is not known.
    """
    with database.tenant(tenant) as conn:
        position = _position(conn, tenant, asked)
        rows = _schools(conn, tenant, asked, position)
        past = Past(conn, tenant, {row.school: row.zone for row in rows})

    def climbed(some: Sequence[SchoolRow]) -> _Answer:
        with database.tenant(tenant) as conn:
            return _Look(conn, tenant, asked, position, past).climbed(some)

    comparison = Comparison(asked.most)
    for answer in in_turn(climbed, rows):
        progress(comparison.schools, len(rows))
        answer.into(comparison)
    progress(len(rows), len(rows))
    return {
        "rule_set": asked.rules.id,
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "known_at": position,
        "register": asked.register,
        "assumed": asked.assumed.words,
        "other_days": sum(map(len, asked.words.values())),
        **comparison.as_dict(),
    }


def in_turn(work: Callable[[Sequence[_T]], _R], schools: Sequence[_T]) -> Iterator[_R]:
    """Yield what came of some schools after the others, in their order; two lots are in hand."""
    lots = [schools[first : first + AT_ONCE] for first in range(0, len(schools), AT_ONCE)]
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE, "what-if")
    try:
        yield from pool.map(work, lots)
    finally:
        pool.shutdown(cancel_futures=True)


def _position(conn: Connection, tenant: TenantId, asked: WhatIf) -> int:
    schools = _schools(conn, tenant, asked, bound(conn))
    if not schools:
        return bound(conn)
    zone = schools[0].zone
    return position_then(conn, tenant, zone, on=asked.known_on, position=asked.known_at)


def _schools(conn: Connection, tenant: TenantId, asked: WhatIf, position: int) -> list[SchoolRow]:
    known = reads.schools(conn, tenant, position)
    named = {*(asked.schools or ()), *asked.words}
    if missing := named - {row.school for row in known}:
        raise SchoolUnknown(", ".join(sorted(map(str, missing))))
    return [row for row in known if asked.schools is None or row.school in asked.schools]


def pieces(calendar: SchoolDays, year: MonthDay, first: date, last: date) -> Iterator[Piece]:
    """Yield a period school year by school year."""
    on = first
    while on <= last:
        begins = calendar.year_begins(on, year)
        following = min(
            begun
            for number in (0, 1, 2)
            if (begun := calendar.year_of(begins.year + number, year)) > begins
        )
        yield Piece(begins, following - _DAY, on, min(last, following - _DAY))
        on = following


class _Answer(NamedTuple):
    """How many pupils each school has, and what would have been and was of those who have a day."""

    pupils: list[int]
    climbed: list[tuple[Sequence[Climbed], Happened]]

    def into(self, comparison: Comparison) -> None:
        """Add the schools to a comparison."""
        for pupils in self.pupils:
            comparison.begin(pupils)
        for schools, happened in self.climbed:
            comparison.add(schools, happened)


class _Look:
    """Some schools in one transaction."""

    def __init__(
        self, conn: Connection, tenant: TenantId, asked: WhatIf, position: int, past: Past
    ) -> None:
        self._conn, self._tenant = conn, tenant
        self._asked, self._position, self._past = asked, position, past
        self._told: dict[tuple[str, date], PupilYears] = {}

    def climbed(self, rows: Sequence[SchoolRow]) -> _Answer:
        """Let some schools climb."""
        ids = [row.school for row in rows]
        known = reads.calendars(self._conn, self._tenant, self._position, schools=ids)
        rules, words = self._asked.rules, self._asked.words
        span = self._span(known)
        as_known = [row for row in rows if not words.get(row.school)]
        sheets = stored_lines.sheets(
            self._conn, self._tenant, as_known, span, self._position, known
        )
        books = books_of_today(self._conn, self._tenant, rules)
        pupils: list[int] = []
        alike: list[tuple[tuple[SchoolDays, Piece, frozenset[str]], _Schools]] = []
        for row in rows:
            calendar = with_words(known[row.school], words.get(row.school, ()))
            sheet = sheets[row.school] if row.school in sheets else self._anew(row, calendar, span)
            pupils.append(len(sheet.pupils))
            year = rules.school_year.begins
            for piece in pieces(calendar, year, self._asked.first, self._asked.last):
                years = self._years(rows, row, piece, calendar)
                school = sheet, SchoolFacts(calendar, row.denominator, row.codes, years)
                what = calendar, piece, answered(books, row.school)
                beside = next((one for same, one in alike if same == what), None)
                if beside is None:
                    alike.append((what, [school]))
                else:
                    beside.append(school)
        climbed = [self._climb(*what, schools) for what, schools in alike]
        return _Answer(pupils, [one for one in climbed if one[0]])

    def _years(
        self, rows: Sequence[SchoolRow], row: SchoolRow, piece: Piece, calendar: SchoolDays
    ) -> PupilYears | None:
        """Return the ages and year groups of a school year, where the rules ask for them.

        It is one answer for all schools of a place: those whose facts are the same climb as one.
        """
        if not years_asked(self._asked.rules):
            return None
        year = calendar.year_named(piece.last, school_year(row))
        key = row.jurisdiction, year
        if key not in self._told:
            alike = [one for one in rows if one.jurisdiction == row.jurisdiction]
            self._told[key] = years_of_schools(
                self._conn, self._tenant, alike, year, self._position
            )
        return self._told[key]

    def _climb(
        self,
        calendar: SchoolDays,
        piece: Piece,
        by_book: Collection[str],
        schools: _Schools,
    ) -> tuple[Sequence[Climbed], Happened]:
        """Let schools that share a calendar climb together."""
        asked = self._asked
        on = evenings(asked.rules, calendar, piece.first, piece.last)
        if not on:
            return [], {}
        acts = self._past.acts(piece.begins, piece.ends)
        happened = self._past.happened(piece.begins, on[-1])
        climbed = climb_schools(asked.rules, on, schools, acts, asked.assumed, by_book)
        return climbed, happened

    def _span(self, calendars: Mapping[SchoolId, SchoolDays]) -> tuple[date, date]:
        """Return the days whose marks any window may look at."""
        rules, first, last = self._asked.rules, self._asked.first, self._asked.last
        begins = [one.year_begins(first, rules.school_year.begins) for one in calendars.values()]
        back = timedelta(days=longest_look_back(rules))
        return min([*begins, first - back]), last

    def _anew(self, row: SchoolRow, calendar: SchoolDays, span: tuple[date, date]) -> Sheet:
        """Write a school's lines by another calendar; nothing of them is stored."""
        lines = reads.lines(
            self._conn,
            self._tenant,
            [row],
            self._position,
            first=span[0],
            last=span[1],
            calendar_of={row.school: calendar},
        )
        return sheet_of(lines)
