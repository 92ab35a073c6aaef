"""The execution log: every step of every run, from its plan to what became of it."""

from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest

from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.message.reasons import MessageSkip
from domain.playbook_run import events as e
from domain.shared.contact import Channel
from domain.shared.ids import derived_id, message_key
from domain.shared.playbooks import OffsetUnit, TaskStep
from projections.execution_log import EXECUTION_LOG
from projections.log_rows import LogRow, LogStatus
from tests.support.examples import (
    GUARDIAN,
    MESSAGE,
    PLAYBOOK,
    PLAYBOOK_1,
    RUN,
    SCHOOL,
    STEPS,
    STUDENT,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import at

STARTED, SCHEDULED = example(e.RunStarted), example(e.StepScheduled)
REQUESTED, SENT = example(e.StepRequested), example(e.StepSent)
SKIPPED, FAILED = example(e.StepSkipped), example(e.StepFailed)
UNKNOWN = example(e.StepOutcomeUnknown)
STOPPED = but(e.RunStopped, dropped_step="sms")
KEY = message_key(RUN, "sms", GUARDIAN)
DUE = SCHEDULED.due_at
LATER = at("2025-09-24 09:01")
CALL = TaskStep(
    step_id="call", order=2, offset=2, unit=OffsetUnit.SCHOOL_DAYS, task="CALL", within=2
)


def run(*facts: Event) -> tuple[Recorded, ...]:
    """Put facts in a run's stream: the first two now, the others a day later."""
    return tuple(
        recorded(fact, version=n, on=LATER if n > 2 else STARTED.triggered_at)
        for n, fact in enumerate(facts, 1)
    )


def line(*facts: Event, step: str = "sms") -> LogRow:
    """Return one step's row after these facts of its run."""
    return project(EXECUTION_LOG, *run(*facts)).rows[f"{RUN}:{step}"]


def test_a_row_is_founded_for_each_step_of_a_run_with_its_key() -> None:
    """000-069 id, 000-071 run, 000-072 step, 000-073 channel, 000-075 and 000-178 key: at once."""
    rows = project(EXECUTION_LOG, STARTED).rows
    assert sorted(rows) == sorted(f"{RUN}:{step.step_id}" for step in STEPS)
    assert rows[f"{RUN}:sms"] == LogRow(
        log_id=derived_id("execution_log", RUN, "sms"),
        run_id=RUN,
        step_id="sms",
        order=1,
        school_id=SCHOOL,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        playbook_id=PLAYBOOK,
        kind="MESSAGE",
        channel=Channel.SMS,
        idempotency_key=f"playbook:{RUN}:sms:{GUARDIAN}",
    )
    assert len({row.idempotency_key for row in rows.values()}) == len(STEPS)


def test_a_run_of_a_household_has_none_in_its_keys() -> None:
    """000-075: the key of a household's step names no guardian."""
    rows = project(EXECUTION_LOG, but(e.RunStarted, guardian_id=None)).rows
    assert rows[f"{RUN}:sms"].idempotency_key == f"playbook:{RUN}:sms:none"


def test_a_scheduled_step_is_logged_with_its_time() -> None:
    """000-077 Status SCHEDULED, 000-084 with the moment for which it is scheduled."""
    row = line(STARTED, SCHEDULED)
    assert (row.status, row.scheduled_for) == (LogStatus.SCHEDULED, DUE)
    assert line(STARTED, SCHEDULED, step="email").status is LogStatus.PLANNED


def test_a_step_that_was_held_keeps_the_moment_when_it_was_due_first() -> None:
    again = but(e.StepScheduled, due_at=DUE + timedelta(days=9))
    assert line(STARTED, SCHEDULED, again).scheduled_for == DUE


def test_a_sent_step_is_logged_with_key_message_and_moment() -> None:
    """000-074 OutboxMessageId, 000-078 Status SENT, 000-085 ExecutedAtUtc."""
    row = line(STARTED, SCHEDULED, REQUESTED, SENT)
    assert (row.status, row.idempotency_key, row.message_id) == ("SENT", KEY, MESSAGE)
    assert (row.requested_at, row.executed_at) == (LATER, LATER)


def test_a_home_s_step_names_the_guardian_whom_it_reaches() -> None:
    started = but(e.RunStarted, guardian_id=None)
    asked = but(e.StepRequested, guardian_id=GUARDIAN, key=message_key(RUN, "sms", None))
    row = line(started, SCHEDULED, asked)
    assert (row.guardian_id, row.idempotency_key) == (GUARDIAN, message_key(RUN, "sms", None))


def test_the_channel_is_the_one_that_was_used() -> None:
    """000-073: where the first channel could not, the log names the other."""
    asked = but(e.StepRequested, channel=Channel.EMAIL)
    assert line(STARTED, SCHEDULED, asked).channel is Channel.EMAIL
    assert line(STARTED, SCHEDULED, REQUESTED, but(e.StepSent, channel=Channel.EMAIL)).channel is (
        Channel.EMAIL
    )


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (SKIPPED, ("SKIPPED", "CONSENT_MISSING", None, None, LATER)),
        (FAILED, ("FAILED", None, "INVALID_NUMBER", FAILED.owner, LATER)),
        (UNKNOWN, ("FAILED", None, "OUTCOME_UNKNOWN", UNKNOWN.owner, None)),
    ],
)
def test_a_step_that_was_not_sent_says_why_and_whose_it_is(
    fact: Event, shown: tuple[object, ...]
) -> None:
    """000-079 Status SKIPPED, 000-080 status FAILED, 000-083 skip reason CONSENT_MISSING."""
    row = line(STARTED, SCHEDULED, REQUESTED, fact)
    told = (row.status, row.skip_reason, row.failure, row.owner, row.executed_at)
    assert told == shown


@pytest.mark.parametrize("reason", list(e.SkipReason))
def test_every_reason_of_a_skip_is_in_the_log(reason: e.SkipReason) -> None:
    """000-081 SkipReason: what the run said, whichever it was."""
    row = line(STARTED, SCHEDULED, but(e.StepSkipped, reason=reason))
    assert (row.status, row.skip_reason) == (LogStatus.SKIPPED, reason.value)


def test_whatever_forbids_a_message_is_a_reason_of_its_step_too() -> None:
    """000-081: the last look's reasons are known to the run that logs them."""
    assert {str(one) for one in MessageSkip} <= {str(one) for one in e.SkipReason}


def test_an_unknown_step_that_was_sent_after_all_has_no_owner_any_more() -> None:
    row = line(STARTED, SCHEDULED, REQUESTED, UNKNOWN, SENT)
    assert (row.status, row.failure, row.owner) == ("SENT", None, None)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (STOPPED, "STOP_CONDITION_MET"),
        (but(e.RunEscalated, dropped_step="sms"), "ESCALATED"),
        (but(e.RunMoved, dropped_step="sms"), "MOVED"),
    ],
)
def test_a_dropped_step_is_skipped_and_says_when_it_was_dropped(end: Event, why: str) -> None:
    """000-082 Skip reason STOP_CONDITION_MET."""
    row = line(STARTED, SCHEDULED, end)
    assert (row.status, row.skip_reason) == ("SKIPPED", why)
    assert (row.dropped_at, row.executed_at) == (LATER, None)


@pytest.mark.parametrize(
    "end", [but(e.RunStopped, dropped_step=None), but(e.RunMoved, dropped_step=None)]
)
def test_an_end_that_drops_nothing_changes_no_line(end: Event) -> None:
    before = (STARTED, SCHEDULED, REQUESTED)
    assert project(EXECUTION_LOG, *before, end).rows == project(EXECUTION_LOG, *before).rows


def test_a_step_that_only_the_newer_version_has_is_logged_from_the_move_on() -> None:
    """000-178: a run that was moved keeps its key for what the new version adds."""
    newer = msgspec.structs.replace(PLAYBOOK_1, version=2, steps=(*STEPS[1:], CALL))
    moved = but(e.RunMoved, playbook=newer, dropped_step="sms")
    rows = project(EXECUTION_LOG, *run(STARTED, SCHEDULED, moved)).rows
    assert rows[f"{RUN}:sms"].skip_reason == "MOVED"
    call = rows[f"{RUN}:call"]
    assert (call.kind, call.channel, call.student_id) == ("CREATE_TASK", None, STUDENT)
    assert call.idempotency_key == message_key(RUN, "call", GUARDIAN)


ENDS: list[tuple[Event, datetime | None]] = [
    (example(e.ActionScheduled), None),
    *((example(kind), LATER) for kind in (e.Waited, e.Branched, e.TaskAsked, e.MeetingAsked)),
    (example(e.LetterAsked), LATER),
]


@pytest.mark.parametrize(("fact", "taken_at"), ENDS, ids=lambda one: type(one).__name__)
def test_a_step_that_is_no_message_is_done_when_it_was_taken(
    fact: Any, taken_at: datetime | None
) -> None:
    step = msgspec.structs.replace(CALL, step_id=fact.step_id)
    book = msgspec.structs.replace(PLAYBOOK_1, steps=(step,))
    row = line(but(e.RunStarted, playbook=book), SCHEDULED_ELSEWHERE, fact, step=fact.step_id)
    assert (row.status, row.executed_at) == ("DONE" if taken_at else "SCHEDULED", taken_at)
    assert row.channel is None
    assert row.scheduled_for is not None


SCHEDULED_ELSEWHERE = example(e.StepDelivered)
NOT_OF_A_STEP = {
    e.StepDelivered,
    e.StepUndelivered,
    e.GuardianReplied,
    e.EscalationScheduled,
    e.EscalationDismissed,
    e.RunPaused,
    e.RunResumed,
    e.RunCompleted,
}


@pytest.mark.parametrize("kind", get_args(e.RunEvent), ids=lambda kind: str(kind.__name__))
def test_every_fact_that_moves_a_step_is_in_the_log(kind: type[Event]) -> None:
    """000-197: every playbook action is in the execution log; delivery is told of messages."""
    logged = bool(EXECUTION_LOG.keys(recorded(example(kind))))
    assert logged == (kind not in NOT_OF_A_STEP)


def test_a_step_that_is_said_with_a_siblings_names_that_message() -> None:
    joined = example(e.StepJoined)
    row = line(STARTED, example(e.StepScheduled), joined)
    assert (row.message_id, row.channel) == (joined.message_id, joined.channel)
    assert row.requested_at is not None
