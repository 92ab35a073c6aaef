"""Stored lines say what the marks say, whatever became known in which order (001-048, 001-051).

The other way, pupil by pupil from every mark, shares no code with them above the domain.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attendance.sheet import sheet_of
from domain.attendance.sheet_joining import lines_of
from domain.shared.ids import SchoolId, StudentId
from infrastructure.imports.prepared import CalendarDay, SchoolTerm
from infrastructure.register import changes as changes_module
from infrastructure.register import pages, stored_lines
from infrastructure.register.changes import Change, learned
from infrastructure.store.database import Database
from tests.support.register_batches import DAYS, PLACES, SPAN, histories, tell
from tests.support.register_story import MONDAY, Story, differences, story

pytestmark = pytest.mark.postgres


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(place=st.sampled_from(PLACES), history=histories)
def test_stored_lines_are_what_recomputing_gives(
    database: Database, place: tuple[str, str], history: list[Any]
) -> None:
    with story(database, place) as one:
        one.tell("students", *(one.pupil(n) for n in range(4)))
        positions = [one.newest()]
        for batch, looks in history:
            tell(one, batch)
            positions.append(one.newest())
            if looks:
                assert differences(one.stored(SPAN), one.recomputed(SPAN)) == []
        for position in positions[-4:]:  # as known then, also where newer lines are stored
            then = one.stored(SPAN, position), one.recomputed(SPAN, position)
            assert differences(*then) == []
        assert differences(one.stored(SPAN), one.recomputed(SPAN)) == []


@pytest.fixture
def irish(database: Database) -> Iterator[Story]:
    with story(database) as one:
        one.tell("students", *(one.pupil(n, n % 2) for n in range(6)))
        one.tell("marks", *(one.mark(n, day, "P", school=n % 2) for n in range(6) for day in DAYS))
        one.stored(SPAN)
        yield one


Forgetful = Callable[[Change], Change]
FORGETFUL: Final[dict[str, Forgetful]] = {
    "marks": lambda one: Change(one.everything, one.roll, one.days),
    "days": lambda one: Change(one.everything, one.roll, set(), one.marks),
    "roll": lambda one: Change(one.everything, roll=False, days=one.days, marks=one.marks),
}


@pytest.mark.parametrize("kind", sorted(FORGETFUL))
def test_lines_that_missed_a_batch_would_be_found(
    irish: Story, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The control: a register that overlooks one kind of news differs from the marks."""

    def forgetful(*asked: Any) -> Any:
        known = changes_module.changes(*asked)
        return known and {school: FORGETFUL[kind](one) for school, one in known.items()}

    monkeypatch.setattr(stored_lines, "changes", forgetful)
    if kind == "marks":
        irish.tell("marks", irish.mark(0, DAYS[1], "F"))
    elif kind == "days":
        irish.tell("calendar", CalendarDay(irish.schools[0], DAYS[1], "CLOSED", is_open=False))
    else:
        irish.tell("students", irish.pupil(7))
    with pytest.raises((AssertionError, KeyError)):
        assert differences(irish.stored(SPAN), irish.recomputed(SPAN)) == []


def test_what_one_batch_touches_is_all_that_is_written(irish: Story) -> None:
    """A corrected mark changes one line; a new day is put behind every line of its school."""
    before = rows(irish)
    irish.tell("marks", irish.mark(0, DAYS[1], "F"))
    irish.stored(SPAN)
    corrected = rows(irish)
    assert [student for student in before if before[student] != corrected[student]] == [
        irish.student(0)
    ]
    day = DAYS[-1] + timedelta(days=1)
    irish.tell("marks", *(irish.mark(n, day, "P") for n in (0, 2, 4)))
    irish.stored(SPAN)
    longer = rows(irish)
    assert {student for student in before if corrected[student] != longer[student]} == {
        irish.student(n) for n in (0, 2, 4)
    }
    assert all(longer[s][:-2] == corrected[s] for s in map(irish.student, (0, 2, 4)))


def rows(story: Story) -> dict[object, bytes]:
    with story.database.tenant(story.tenant) as conn:
        return dict(conn.execute("select student, marks from register_line").fetchall())


def test_a_sheet_gives_its_lines_back(irish: Story) -> None:
    """Evaluations of single pupils take lines: the same marks, minutes and days on the roll."""
    irish.tell("marks", irish.mark(0, DAYS[1], "F", late=12))
    irish.tell("students", irish.pupil(2, enrolled_on=DAYS[2], left_on=DAYS[4]))
    stored = irish.stored(SPAN)
    again = {school: sheet_of(list(lines_of(sheet))) for school, sheet in stored.items()}
    assert differences(stored, again) == []


def test_news_of_a_closure_is_news_about_everybody(irish: Story) -> None:
    """Trap 21: an emergency closure entered afterwards is looked at again."""
    school, since = irish.schools[0], irish.newest()
    irish.tell("marks", irish.mark(0, DAYS[3], "F"), irish.mark(2, DAYS[4], "F"))
    irish.tell("marks", irish.mark(0, DAYS[1], "A"))
    marks = {irish.student(0): DAYS[1], irish.student(2): DAYS[4]}
    assert news(irish, school, since) == (marks, None)
    irish.tell("calendar", CalendarDay(school, DAYS[2], "EMERGENCY_CLOSURE", is_open=False))
    assert news(irish, school, since) == (marks, DAYS[2])
    assert news(irish, irish.schools[1], since) == ({}, None)
    irish.tell("calendar", SchoolTerm(school, "autumn", DAYS[1], date(2025, 12, 12), None))
    assert news(irish, school, since) == (marks, date.min)


def news(story: Story, school: SchoolId, since: int) -> tuple[dict[StudentId, date], date | None]:
    with story.database.tenant(story.tenant) as conn:
        return learned(conn, story.tenant, school, since, story.newest())


def test_years_lie_side_by_side(irish: Story) -> None:
    """A window of ten school weeks may begin in the year before."""
    summer = (date(2025, 6, 2), MONDAY)
    irish.tell("marks", irish.mark(0, summer[0], "F"), irish.mark(0, summer[0], "A", "PM"))
    both = irish.stored(summer)
    assert differences(both, irish.recomputed(summer)) == []
    assert [int(day) for day in both[irish.schools[0]].days] == [
        day.toordinal() for day in (summer[0], MONDAY)
    ]


def test_a_tenant_reads_and_writes_its_own_lines_only(database: Database, irish: Story) -> None:
    with story(database) as other:
        assert all(len(sheet.pupils) == 0 for sheet in other.stored(SPAN).values())
        with database.tenant(other.tenant) as conn:
            assert pages.pages(conn, irish.tenant, SPAN[0]) == []
