"""Runs, their timers and their execution log, each from the run's own stream."""

import pytest

from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.playbook_run.events import (
    ActionScheduled,
    GuardianReplied,
    RunCompleted,
    RunEscalated,
    RunStarted,
    RunStopped,
    StepFailed,
    StepJoined,
    StepOutcomeUnknown,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
)
from domain.register_batch.events import BatchRecorded
from projections.due_steps import DUE_STEPS, DueRow
from projections.execution_log import EXECUTION_LOG
from projections.kit import Unfounded
from projections.run_monitor import RUN_MONITOR
from projections.run_rows import RunStatus, StepLine
from tests.support.examples import (
    CASE,
    GUARDIAN,
    KEY,
    MESSAGE,
    PLAYBOOK,
    RUN,
    SCHOOL,
    STUDENT,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import at

STARTED, SCHEDULED = example(RunStarted), example(StepScheduled)
REQUESTED, SENT = example(StepRequested), example(StepSent)
WAITING = example(ActionScheduled)
SKIPPED, FAILED = example(StepSkipped), example(StepFailed)
UNKNOWN, REPLIED = example(StepOutcomeUnknown), example(GuardianReplied)
SECOND = but(StepScheduled, step_id="email", order=2, due_at=at("2025-09-26 09:00"))
STOPPED = but(RunStopped, dropped_step="sms")
DUE = SCHEDULED.due_at
LATER = at("2025-09-24 09:01")


def run(*facts: Event) -> tuple[Recorded, ...]:
    """Put facts in a run's stream: the first two now, the others a day later."""
    return tuple(
        recorded(fact, version=n, on=LATER if n > 2 else STARTED.triggered_at)
        for n, fact in enumerate(facts, 1)
    )


def test_a_timer_carries_what_a_decision_about_its_step_looks_at() -> None:
    project(DUE_STEPS, STARTED, SCHEDULED).shows(
        DueRow(
            run_id=RUN,
            school_id=SCHOOL,
            student_id=STUDENT,
            case_id=CASE,
            guardian_id=GUARDIAN,
            step_id="sms",
            step_due_at=DUE,
            due_at=DUE,
            contact_on=SCHEDULED.contact_on,
            entry=2,
        )
    )


@pytest.mark.parametrize(
    ("facts", "step", "due"),
    [
        ((STARTED,), "", None),
        ((STARTED, SCHEDULED, REQUESTED), "sms", None),
        ((STARTED, SCHEDULED, REQUESTED, SENT, SECOND), "email", SECOND.due_at),
        ((STARTED, SCHEDULED, example(StepJoined)), "sms", None),
        ((STARTED, WAITING), WAITING.step_id, WAITING.due_at),
        ((STARTED, SCHEDULED, SKIPPED, SECOND), "email", SECOND.due_at),
    ],
)
def test_a_run_has_one_timer_at_most(facts: tuple[Event, ...], step: str, due: object) -> None:
    row = project(DUE_STEPS, *facts).row
    assert (row.step_id, row.due_at) == (step, due)


@pytest.mark.parametrize("end", [STOPPED, example(RunCompleted)])
def test_a_run_that_is_over_has_no_timer(end: Event) -> None:
    project(DUE_STEPS, STARTED, SCHEDULED, end).shows_nothing()


def test_a_started_run_is_shown_with_its_playbook_and_family() -> None:
    """000-060 Status ACTIVE."""
    row = project(RUN_MONITOR, STARTED).row
    assert (row.run_id, row.school_id, row.student_id) == (RUN, SCHOOL, STUDENT)
    assert (row.guardian_id, row.playbook_id, row.playbook_version) == (GUARDIAN, PLAYBOOK, 1)
    assert (row.status, row.steps, row.version) == (RunStatus.ACTIVE, (), 1)


def test_a_run_shows_its_next_step_and_moment() -> None:
    """000-067 CurrentStepOrder, 000-068 NextStepScheduledAtUtc: absent until one is planned."""
    assert project(RUN_MONITOR, STARTED).row.next_step_scheduled_at is None
    row = project(RUN_MONITOR, STARTED, SCHEDULED).row
    assert (row.current_step_order, row.next_step_scheduled_at) == (1, DUE)
    assert row.steps == (StepLine("sms", 1, SCHEDULED.channel, DUE),)
    assert row.version == 2


def test_a_run_shows_each_step_as_it_went() -> None:
    row = project(RUN_MONITOR, *run(STARTED, SCHEDULED, REQUESTED, SENT, SECOND)).row
    first, second = row.steps
    assert (first.status, first.message_id, first.idempotency_key) == ("SENT", MESSAGE, KEY)
    assert (first.executed_at, second.status) == (LATER, "SCHEDULED")
    assert (row.current_step_order, row.next_step_scheduled_at) == (2, SECOND.due_at)


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (REQUESTED, ("SCHEDULED", None)),
        (SKIPPED, ("SKIPPED", "CONSENT_MISSING")),
        (FAILED, ("FAILED", "INVALID_NUMBER")),
        (UNKNOWN, ("FAILED", "OUTCOME_UNKNOWN")),
    ],
)
def test_a_step_shows_its_status_and_reason(fact: Event, shown: tuple[str, str | None]) -> None:
    step = project(RUN_MONITOR, STARTED, SCHEDULED, fact).row.steps[0]
    assert (step.status, step.reason) == shown


def test_a_stopped_run_shows_when_and_why_and_what_it_dropped() -> None:
    """000-061 Status STOPPED, 000-065 when, 000-066 for which named reason."""
    row = project(RUN_MONITOR, *run(STARTED, SCHEDULED, REPLIED, STOPPED)).row
    assert (row.status, row.stop_reason) == (RunStatus.STOPPED, "GUARDIAN_REPLIED")
    assert (row.stopped_at, row.replied_at) == (LATER, LATER)
    assert row.next_step_scheduled_at is None
    assert (row.steps[0].status, row.steps[0].reason) == ("SKIPPED", "STOP_CONDITION_MET")


def test_a_run_stopped_while_a_message_flies_drops_no_step() -> None:
    flying = but(RunStopped, dropped_step=None)
    row = project(RUN_MONITOR, STARTED, SCHEDULED, REQUESTED, flying).row
    assert (row.status, row.steps[0].status) == (RunStatus.STOPPED, "SCHEDULED")


def test_a_completed_run_shows_when() -> None:
    """000-062 Status COMPLETED."""
    row = project(RUN_MONITOR, *run(STARTED, SCHEDULED, REQUESTED, SENT, example(RunCompleted))).row
    assert (row.status, row.completed_at) == (RunStatus.COMPLETED, LATER)
    assert row.next_step_scheduled_at is None


def test_an_escalated_run_shows_when() -> None:
    """000-063 Status ESCALATED."""
    row = project(RUN_MONITOR, *run(STARTED, SCHEDULED, example(RunEscalated))).row
    assert (row.status, row.escalated_at) == (RunStatus.ESCALATED, LATER)
    assert row.next_step_scheduled_at is None


def test_other_streams_leave_runs_alone() -> None:
    other = recorded(example(BatchRecorded))
    for keys in (DUE_STEPS.keys, RUN_MONITOR.keys, EXECUTION_LOG.keys):
        assert keys(other) == ()
    row = project(RUN_MONITOR, STARTED).row
    assert RUN_MONITOR.evolve(row, other, "x") == row


@pytest.mark.parametrize("kind", RUN_MONITOR.listens, ids=lambda kind: str(kind.__name__))
def test_every_fact_of_a_run_is_seen(kind: type[Event]) -> None:
    row = project(RUN_MONITOR, STARTED).row
    seen = RUN_MONITOR.evolve(row, recorded(example(kind), version=7), "x")
    assert seen is not None
    assert seen.version == 7


def test_a_table_is_named_after_its_read_model_and_version() -> None:
    assert RUN_MONITOR.table == f"run_monitor_v{RUN_MONITOR.version}"


def test_a_step_of_a_run_that_nobody_started_is_not_guessed() -> None:
    with pytest.raises(Unfounded):
        project(RUN_MONITOR, SCHEDULED)
