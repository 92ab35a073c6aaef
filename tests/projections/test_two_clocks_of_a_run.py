"""A run has two clocks, of its step and of a person who takes over; the earlier one is due."""

from datetime import datetime

from domain.playbook_run.events import (
    ActionScheduled,
    EscalationDismissed,
    EscalationScheduled,
    RunCompleted,
    RunEscalated,
    RunMoved,
    RunPaused,
    RunResumed,
    RunStarted,
    StepDelivered,
    StepRequested,
    StepScheduled,
    Waited,
)
from projections.due_steps import DUE_STEPS
from projections.run_monitor import RUN_MONITOR
from tests.support.examples import but, example
from tests.support.following import project

STARTED, STEP, OVER = example(RunStarted), example(StepScheduled), example(EscalationScheduled)
WAIT, REQUESTED = example(ActionScheduled), example(StepRequested)


def due(*facts: object) -> tuple[datetime | None, bool]:
    row = project(DUE_STEPS, STARTED, *facts).row  # type: ignore[arg-type]  # facts of a run
    return row.due_at, row.escalates


def test_the_earlier_clock_is_due() -> None:
    assert due(STEP, OVER) == (STEP.due_at, False)
    assert due(STEP, OVER, REQUESTED) == (OVER.due_at, True)
    assert due(STEP, OVER, REQUESTED, example(EscalationDismissed)) == (None, False)


def test_a_run_that_holds_still_is_not_due_until_it_goes_on() -> None:
    held = (STEP, OVER, example(RunPaused))
    assert due(*held) == (None, False)
    assert due(*held, example(RunResumed), STEP) == (STEP.due_at, False)


def test_a_run_whose_steps_are_over_waits_for_its_taking_over_only() -> None:
    ended = (STARTED, STEP, OVER, REQUESTED, example(RunCompleted))
    assert project(DUE_STEPS, *ended).row.due_at == OVER.due_at
    for end in (example(EscalationDismissed), example(RunEscalated)):
        project(DUE_STEPS, *ended, end).shows_nothing()


def test_a_step_that_was_held_is_in_the_diary_once() -> None:
    again = but(StepScheduled, due_at=OVER.due_at)
    row = project(RUN_MONITOR, STARTED, STEP, again).row
    assert [one.scheduled_for for one in row.steps] == [OVER.due_at]


def test_a_wait_that_needed_no_waiting_has_its_line_all_the_same() -> None:
    """A reply was there before; and one that was waited for ends the line that there is."""
    over = but(Waited, replied=True)
    for facts in ((STARTED, over), (STARTED, WAIT, over)):
        (line,) = project(RUN_MONITOR, *facts).row.steps
        assert (line.kind, line.status, line.result) == ("WAIT_FOR_REPLY", "DONE", "REPLIED")


def test_what_waits_goes_on_under_the_version_that_a_run_was_moved_to() -> None:
    moved = but(RunMoved, dropped_step=None)
    row = project(RUN_MONITOR, STARTED, STEP, example(StepDelivered), moved).row
    assert (row.next_step_scheduled_at, row.steps[0].status) == (STEP.due_at, "SCHEDULED")


def test_the_same_moment_set_again_is_another_entry() -> None:
    """A step that was put off and called back is due when it was, and is to be looked at anew."""
    looked_at = project(DUE_STEPS, STARTED, STEP).row
    called_back = project(DUE_STEPS, STARTED, STEP, but(StepScheduled, due_at=OVER.due_at), STEP)
    assert (looked_at.due_at, looked_at.entry) == (STEP.due_at, 2)
    assert (called_back.row.due_at, called_back.row.entry) == (STEP.due_at, 4)
