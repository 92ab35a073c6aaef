"""A believable school district made of a number, for demo and tests. Nobody in it exists."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from infrastructure.embedded.district import written
from infrastructure.embedded.district.absence import PRESENT, Pattern, absences, patterns
from infrastructure.embedded.district.behaviour import Behaviour, Reply
from infrastructure.embedded.district.people import Guardian, Household, Pupil, Town
from infrastructure.embedded.district.schools import School, make_schools

FIRST_DAY: Final = date(2025, 9, 1)
DEMO_SEED: Final = 20250901


class Content(StrEnum):
    """What a file is about; each has its importer."""

    SCHOOLS = "schools"
    CALENDAR = "calendar"
    STUDENTS = "students"
    GUARDIANS = "guardians"
    MARKS = "marks"


class Delivery(NamedTuple):
    """A file as a school's own system hands it over. No school: it is about all of them."""

    content: Content
    school: str | None
    name: str
    data: bytes


class District:
    """Schools, families and a year of marks. The same seed is the same, byte by byte."""

    def __init__(
        self,
        seed: int,
        schools: tuple[School, ...],
        households: list[Household],
        known: dict[str, Pattern],
    ) -> None:
        self.schools = {school.source_id: school for school in schools}
        self.households = tuple(households)
        self.pupils: dict[str, Pupil] = {
            pupil.source_id: pupil for home in households for pupil in home.pupils
        }
        self.guardians: dict[str, Guardian] = {
            one.source_id: one for home in households for one in home.guardians
        }
        self.patterns = known
        languages = {one.source_id: one.language for one in self.guardians.values()}
        self._behaviour = Behaviour(seed, languages, known)
        self._away: dict[tuple[str, date], dict[str, str]] = defaultdict(dict)
        self._late: dict[tuple[str, date], list[tuple[str, str, str]]] = defaultdict(list)
        for home in households:
            self._take_absences(seed, home)

    @property
    def term_days(self) -> tuple[date, ...]:
        """The days of the first term on which at least one school is open, oldest first."""
        return tuple(
            sorted(
                {
                    day
                    for school in self.schools.values()
                    for day in school.open_days
                    if day <= school.terms[0].ends_on
                }
            )
        )

    def files(self) -> Iterator[Delivery]:
        """Yield what is known on the first day, in the order in which it can be imported."""
        schools = self.schools.values()
        yield Delivery(Content.SCHOOLS, None, "schools.csv", written.schools_file(schools))
        for school in schools:
            one, first = school.source_id, school.open_days[0]
            here = [pupil for pupil in self._of(school) if pupil.enrolled_on <= first]
            yield Delivery(Content.CALENDAR, one, "calendar.csv", written.calendar_file(school))
            yield Delivery(Content.STUDENTS, one, "students.csv", written.students_file(here))
            yield Delivery(Content.GUARDIANS, one, "guardians.csv", self._guardians_of(here))

    def deliveries(self, on: date) -> Iterator[Delivery]:
        """Yield everything that arrives on a day, in the order in which it can be imported.

        A storm is announced on the school day before it; who joins comes with guardians before the
        first mark; a file of marks brings the notes that change earlier days, too.
        """
        for school in self.schools.values():
            if on not in school.open_days:
                continue
            one, day = school.source_id, on.isoformat()
            if on == school.warned_on:
                storm = written.storm_file(school)
                yield Delivery(Content.CALENDAR, one, f"calendar-{day}.csv", storm)
            yield from self._roll_changes(school, on)
            changed = self.corrections(one, on).partition(written.LINE_END)[2]
            marks = self.daily_marks(one, on) + changed
            yield Delivery(Content.MARKS, one, f"marks-{day}.csv", marks)

    def daily_marks(self, school: str, on: date) -> bytes:
        """Return the roll of a school day as a file; no bytes where the school is closed."""
        if on not in self.schools[school].open_days:
            return b""
        away, day = self._away.get((school, on), {}), on.isoformat()
        return written.marks_file(
            (one.source_id, day, away.get(one.source_id, PRESENT))
            for one in self._of(self.schools[school])
            if one.on_roll(on)
        )

    def corrections(self, school: str, on: date) -> bytes:
        """Return what a school learns on a day about earlier ones; no bytes for nothing."""
        late = self._late.get((school, on))
        return written.marks_file(sorted(late)) if late else b""

    def reply_to(self, guardian: str, n: int) -> Reply | None:
        """Return a guardian's answer to the n-th text (from 1), if one comes."""
        return self._behaviour.reply(guardian, n)

    def meeting_outcome(self, student: str, n: int = 1) -> str:
        """Return the outcome of a student's n-th meeting (from 1), or NO_SHOW."""
        return self._behaviour.meeting(student, n)

    def staff_decision(self, student: str, stage: str) -> str:
        """Return APPROVE or DECLINE for a proposed stage."""
        return self._behaviour.staff(student, stage)

    def _of(self, school: School) -> list[Pupil]:
        return [pupil for pupil in self.pupils.values() if pupil.school is school]

    def _guardians_of(self, pupils: list[Pupil]) -> bytes:
        wanted = {pupil.source_id for pupil in pupils}
        return written.guardians_file(
            (home, [pupil for pupil in home.pupils if pupil.source_id in wanted])
            for home in self.households
        )

    def _roll_changes(self, school: School, on: date) -> Iterator[Delivery]:
        joiners = [one for one in self._of(school) if one.enrolled_on == on > school.open_days[0]]
        leavers = [one for one in self._of(school) if one.left_on == on]
        one, day = school.source_id, on.isoformat()
        if joiners or leavers:
            said = written.students_file([*joiners, *leavers], left=True)
            yield Delivery(Content.STUDENTS, one, f"students-{day}.csv", said)
        if joiners:
            said = self._guardians_of(joiners)
            yield Delivery(Content.GUARDIANS, one, f"guardians-{day}.csv", said)

    def _take_absences(self, seed: int, home: Household) -> None:
        for pupil, on, code, later, later_on in absences(seed, home, self.patterns):
            school = pupil.school.source_id
            self._away[school, on][pupil.source_id] = code
            if later and later_on:
                self._late[school, later_on].append((pupil.source_id, on.isoformat(), later))


def make_district(
    seed: int, schools: int = 3, pupils: int = 600, first: date = FIRST_DAY
) -> District:
    """Make a district whose school year begins on a Monday.

    Raises:
        ValueError: for another first day, or more schools or families than the town can hold.
    """
    town = make_schools(first, schools)
    households = Town(seed, town, first).households(pupils)
    return District(seed, town, households, patterns(seed, households, pupils))
