"""The day a mark is about, and since when it is known: two clocks (ARCHITECTURE 9.3).

What was known at a position is the same for ever, and the same marks say the same in any order.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attendance.sheet import Sheet
from domain.shared.ids import SchoolId
from infrastructure.imports.prepared import Mark
from infrastructure.store.database import Database
from tests.support.register_batches import DAYS, PLACES, SPAN, histories, tell
from tests.support.register_story import Story, said, story

pytestmark = pytest.mark.postgres
LIGHT: Final = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def answers(sheets: dict[SchoolId, Sheet]) -> dict[SchoolId, Any]:
    return {school: said(sheet) for school, sheet in sheets.items()}


@settings(max_examples=12, **LIGHT)  # type: ignore[arg-type]  # a plain dict of settings
@given(place=st.sampled_from(PLACES), history=histories)
def test_what_was_known_at_a_position_never_changes(
    database: Database, place: tuple[str, str], history: list[Any]
) -> None:
    with story(database, place) as one:
        one.tell("students", *(one.pupil(n) for n in range(4)))
        then: list[tuple[int, Any]] = []
        for batch, looks in history:
            tell(one, batch)
            if looks:
                position = one.newest()
                then.append((position, answers(one.stored(SPAN, position))))
        for position, answer in then:
            assert answers(one.stored(SPAN, position)) == answer
            assert answers(one.recomputed(SPAN, position)) == answer


@pytest.fixture
def irish(database: Database) -> Iterator[Story]:
    with story(database) as one:
        one.tell("students", *(one.pupil(n) for n in range(4)))
        yield one


def test_a_register_that_reads_only_the_newest_would_be_found(irish: Story) -> None:
    """The control: without the second clock the answer about then changes with every batch."""
    irish.tell("marks", irish.mark(0, DAYS[0], "F"))
    position = irish.newest()
    then = answers(irish.stored(SPAN, position))
    irish.tell("marks", irish.mark(0, DAYS[0], "A"))
    assert answers(irish.stored(SPAN, position)) == then
    assert answers(irish.stored(SPAN)) != then


def arrived(
    database: Database, marks: list[tuple[int, int, int]], seed: int, most: int = 12
) -> set[Any]:
    """Tell marks in an order and in batches of that seed; return what the register then says."""
    random = Random(seed)
    with story(database) as one:
        one.tell("students", *(one.pupil(n) for n in range(4)))
        rows: list[Mark] = [one.mark(who, DAYS[on], "PAFH"[code]) for who, on, code in marks]
        random.shuffle(rows)
        while rows:
            size = random.randint(1, min(most, len(rows)))
            one.tell("marks", *rows[:size])
            rows = rows[size:]
            if random.random() < 0.5:
                one.stored(SPAN)
        sheet = one.stored(SPAN)[one.schools[0]]
        source: dict[UUID, str] = {pupil.student: pupil.source_id for pupil in sheet.pupils}
        return {(source[who], *place, entry) for (who, *place), entry in said(sheet)[0].items()}


@settings(max_examples=8, **LIGHT)  # type: ignore[arg-type]  # a plain dict of settings
@given(
    marks=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 3)),
        min_size=2,
        max_size=12,
        unique_by=lambda one: one[:2],
    ),
    seed=st.integers(0, 2**16),
)
def test_the_order_in_which_the_same_marks_arrive_changes_nothing(
    database: Database, marks: list[tuple[int, int, int]], seed: int
) -> None:
    assert arrived(database, marks, seed) == arrived(database, marks, seed + 1)


def test_two_words_about_one_mark_are_another_story(database: Database) -> None:
    """The control: a correction is no repetition; of two words the one known later counts."""
    both = [(0, 0, 0), (0, 0, 1)]
    ways = {tuple(sorted(arrived(database, both, seed, most=1))) for seed in range(6)}
    assert len(ways) == 2
