"""Counters by school and day."""

from datetime import date

import pytest

from domain.intervention.events import StageEntered
from domain.kernel.facts import Event
from domain.playbook_run.events import (
    ActionScheduled,
    RunEscalated,
    RunStarted,
    RunStop,
    RunStopped,
    StepScheduled,
    StepSent,
)
from projections.automation_metrics import AUTOMATION_METRICS, MINUTES_PER_MANUAL_TOUCH, MetricsRow
from tests.support.examples import EVENTS, SCHOOL, but, example
from tests.support.following import project, recorded

WEDNESDAY = date(2025, 9, 24)


def counted(on: date = date(2025, 9, 23), **counts: int) -> MetricsRow:
    return MetricsRow(SCHOOL, on).but(**counts)


@pytest.mark.parametrize(
    ("fact", "row"),
    [
        (example(RunStarted), counted(playbooks_started=1)),
        (example(StepScheduled), counted(steps_scheduled=1)),
        (
            example(StepSent),
            counted(WEDNESDAY, steps_sent=1, estimated_minutes_saved=MINUTES_PER_MANUAL_TOUCH),
        ),
        (example(ActionScheduled), counted(date(2025, 9, 23), steps_scheduled=1)),
        (example(RunEscalated), counted(date(2025, 10, 7), escalations=1)),
        (example(RunStopped), counted(WEDNESDAY, playbooks_stopped_by_reply=1)),
        (
            but(RunStopped, reason=RunStop.ATTENDANCE_IMPROVED),
            counted(WEDNESDAY, playbooks_stopped_by_improvement=1),
        ),
        (but(StageEntered, stage="ESCALATION"), counted(escalations=1)),
    ],
)
def test_each_fact_is_counted_on_its_own_school_day(fact: Event, row: MetricsRow) -> None:
    project(AUTOMATION_METRICS, fact).shows(row)


def test_counts_of_a_day_add_up_and_days_stay_apart() -> None:
    sent = example(StepSent)
    other_day = but(StepSent, sent_on=date(2025, 9, 25))
    project(AUTOMATION_METRICS, sent, other_day, sent).shows(
        counted(WEDNESDAY, steps_sent=2, estimated_minutes_saved=10),
        counted(date(2025, 9, 25), steps_sent=1, estimated_minutes_saved=5),
    )


def test_minutes_saved_are_five_for_each_step_sent() -> None:
    """000-127 Minutes saved = touches sent times MinutesPerManualTouch."""
    row = project(AUTOMATION_METRICS, *[example(StepSent)] * 7).row
    assert row.estimated_minutes_saved == row.steps_sent * MINUTES_PER_MANUAL_TOUCH == 35


@pytest.mark.parametrize(
    "reason",
    [r for r in RunStop if r not in {RunStop.GUARDIAN_REPLIED, RunStop.ATTENDANCE_IMPROVED}],
)
def test_other_stops_are_not_counted(reason: RunStop) -> None:
    project(AUTOMATION_METRICS, but(RunStopped, reason=reason)).shows_nothing()


def test_nothing_else_is_counted() -> None:
    counting = {RunStarted, StepScheduled, ActionScheduled, StepSent, RunStopped, RunEscalated}
    for cls, event in EVENTS.items():
        assert (cls in counting) == bool(AUTOMATION_METRICS.keys(recorded(event)))


def test_a_row_takes_only_the_counts_of_its_own_key() -> None:
    fact = recorded(example(RunStarted))
    assert AUTOMATION_METRICS.evolve(None, fact, "another row") is None
