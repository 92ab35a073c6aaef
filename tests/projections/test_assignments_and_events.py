"""Who has which line, and what happened in an intervention."""

from domain.intervention.events import (
    AttendanceImproved,
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    StageEntered,
    StageProposed,
    StopReason,
)
from domain.register_batch.events import BatchRecorded
from domain.shared.ids import stage_id
from domain.work_task.events import TaskAssigned, TaskReleased
from projections.assignments import ASSIGNMENTS
from projections.intervention_events import INTERVENTION_EVENTS
from tests.support.examples import (
    INTERVENTION,
    LETTER,
    NUMBERS,
    RULE_SET,
    SCHOOL,
    TRAILING,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import NOW


def test_a_line_has_an_owner_until_it_is_put_back() -> None:
    row = project(ASSIGNMENTS, example(TaskAssigned)).row
    assert (row.line, row.owner) == (f"{INTERVENTION}:LETTER_1", "staff:7")
    project(ASSIGNMENTS, example(TaskAssigned), TaskReleased()).shows_nothing()


def test_the_four_events_of_a_file_are_told_with_what_they_need() -> None:
    """000-017 and rows 001-084, 001-085, 001-086, 001-087, 001-088, 001-089, 001-090, 001-091,
    001-092, 001-093, 001-094 in one file: append-only, each with its instance, stage, artefact and
    moment.
    """
    row = project(
        INTERVENTION_EVENTS,
        example(InterventionOpened),
        example(StageProposed),
        example(StageEntered),
        example(LetterSent),
        example(InterventionEscalated),
        example(InterventionStopped),
    ).row
    kinds = [one.event_type for one in row.events]
    assert kinds == ["STAGE_ENTERED", "LETTER_SENT", "ESCALATED", "STOPPED"]
    assert [one.artifact_id for one in row.events] == [None, LETTER, None, None]
    first = row.events[0]
    assert first.stage_id == stage_id(RULE_SET, "LETTER_1")
    assert (first.instance_id, first.school_id, first.occurred_at) == (INTERVENTION, SCHOOL, NOW)
    assert len({one.event_id for one in row.events}) == 4


def test_what_is_about_something_else_changes_no_row() -> None:
    other = recorded(example(BatchRecorded))
    for model in (ASSIGNMENTS, INTERVENTION_EVENTS):
        assert model.keys(other) == ()
        assert model.evolve(None, other, "x") is None


def test_a_stop_for_better_attendance_shows_by_which_numbers() -> None:
    """DOMAIN 9.3: before the spell, and since; a stop for another reason has none."""
    history = (example(InterventionOpened), example(StageEntered), example(AttendanceImproved))
    better = InterventionStopped(StopReason.ATTENDANCE_IMPROVED)
    (entered, stopped) = project(INTERVENTION_EVENTS, *history, better).row.events
    assert entered.numbers == (NUMBERS,)
    assert stopped.numbers == (NUMBERS, TRAILING)
    closed = InterventionStopped(StopReason.CASE_CLOSED)
    assert project(INTERVENTION_EVENTS, *history, closed).row.events[1].numbers == ()
