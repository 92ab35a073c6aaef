"""When a step's time comes, all that could stand against it is seen first."""

import msgspec
import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.contact_choice.events import ChannelSuppressed, ConsentRecorded
from domain.exemption.events import ExemptionGranted
from domain.kernel.facts import Event
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import TakeStep
from domain.playbook_run.events import (
    RunCompleted,
    RunStarted,
    RunStop,
    RunStopped,
    SkipReason,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
)
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import derived_id
from domain.shared.playbooks import StopCondition
from tests.support.examples import GUARDIAN, KEY, MESSAGE, PLAYBOOK_1, RUN, STEPS, but, example
from tests.support.scenario import Setting, at, given, world

STARTED = example(RunStarted)
SCHEDULED = example(StepScheduled)
TAKE = example(TakeStep)
DUE = "2025-09-24 09:00"
ON_TIME = world(DUE)
CLOSED = [example(CaseOpened), example(CaseClosed)]
EXEMPT = [example(ExemptionGranted)]
SECOND = StepScheduled(
    step_id="email",
    order=2,
    channel=Channel.EMAIL,
    due_at=at("2025-09-26 09:00"),
    school_id=STARTED.school_id,
    scheduled_on=at(DUE).date(),
    contact_on=at("2025-09-26 09:00").date(),
)


def started(purpose: Purpose, *stops: StopCondition) -> RunStarted:
    playbook = msgspec.structs.replace(PLAYBOOK_1, purpose=purpose, stop_conditions=stops)
    return but(RunStarted, playbook=playbook)


def stopped(reason: RunStop) -> RunStopped:
    return but(RunStopped, reason=reason, dropped_step="sms")


def test_a_due_step_asks_for_a_message_under_its_own_key() -> None:
    """000-097 The idempotency key has the form playbook:{runId}:{stepId}:{guardianId}."""
    given(PlaybookRun, STARTED, SCHEDULED, world=ON_TIME).when(TAKE).then(example(StepRequested))
    assert f"playbook:{RUN}:sms:{GUARDIAN}" == KEY
    assert derived_id("message", KEY) == MESSAGE


def test_a_tick_before_the_time_is_ignored() -> None:
    early = world("2025-09-24 08:59")
    given(PlaybookRun, STARTED, SCHEDULED, world=early).when(TAKE).ignored()


def test_a_second_tick_for_the_same_step_is_ignored() -> None:
    taken = given(PlaybookRun, STARTED, SCHEDULED, world=ON_TIME).when(TAKE)
    taken.then(example(StepRequested)).when(TAKE).ignored()
    given(PlaybookRun, *(STARTED, SCHEDULED, example(StepRequested), example(StepSent))).when(
        TAKE, ON_TIME
    ).ignored()


def test_a_tick_for_another_step_is_ignored() -> None:
    given(PlaybookRun, STARTED, SCHEDULED, world=ON_TIME).when(
        but(TakeStep, step_id="email")
    ).ignored()


@pytest.mark.parametrize("end", [example(RunStopped), example(RunCompleted)])
def test_a_tick_for_a_run_that_is_over_is_ignored(end: Event) -> None:
    given(PlaybookRun, STARTED, SCHEDULED, end, world=ON_TIME).when(TAKE).ignored()


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (world(DUE, case=CLOSED), RunStop.CASE_CLOSED),
        (world(DUE, exemption=EXEMPT), RunStop.EXEMPTION_FLAG),
        (world(DUE, case=CLOSED, exemption=EXEMPT), RunStop.CASE_CLOSED),
    ],
)
def test_stop_conditions_are_looked_at_in_their_written_order(
    setting: Setting, reason: RunStop
) -> None:
    """000-181 The case first, 000-182 then exemptions; 000-007 what stops a run; 000-091 at each
    due step, 000-092 then it is STOPPED, 000-098 with the reason; the unit half of 000-016.
    """
    given(PlaybookRun, STARTED, SCHEDULED, world=setting).when(TAKE).then(stopped(reason))


def test_a_closed_case_stops_only_playbooks_that_name_it() -> None:
    """000-035 The stop condition CASE_CLOSED belongs to the playbook."""
    tough = started(Purpose.STATUTORY_NOTICE, StopCondition.GUARDIAN_REPLIED)
    given(PlaybookRun, tough, SCHEDULED, world=world(DUE, case=CLOSED)).when(TAKE).then(
        example(StepRequested)
    )


def test_an_exemption_stops_every_playbook() -> None:
    tough = started(Purpose.STATUTORY_NOTICE)
    given(PlaybookRun, tough, SCHEDULED, world=world(DUE, exemption=EXEMPT)).when(TAKE).then(
        stopped(RunStop.EXEMPTION_FLAG)
    )


def test_an_exemption_that_is_over_stops_nothing() -> None:
    over = but(ExemptionGranted, until=example(ExemptionGranted).starts_on)
    given(PlaybookRun, STARTED, SCHEDULED, world=world(DUE, exemption=[over])).when(TAKE).then(
        example(StepRequested)
    )


def test_a_suppressed_channel_skips_the_step_and_goes_on_to_the_next() -> None:
    """A STOP by text silences that channel; it is no answer, so the run goes on by e-mail."""
    silent = world(DUE, contact_choice=[example(ChannelSuppressed)])
    given(PlaybookRun, started(Purpose.NUDGE), SCHEDULED, world=silent).when(TAKE).then(
        but(StepSkipped, reason=SkipReason.CHANNEL_SUPPRESSED), SECOND
    )


def test_a_nudge_without_a_recorded_yes_is_skipped() -> None:
    """000-093 Runner 4c: consent is looked at, and nothing is asked for without it."""
    nudge = started(Purpose.NUDGE)
    given(PlaybookRun, nudge, SCHEDULED, world=ON_TIME).when(TAKE).then(
        but(StepSkipped, reason=SkipReason.CONSENT_MISSING), SECOND
    )


def test_a_nudge_with_a_recorded_yes_is_asked_for() -> None:
    """000-093 Runner 4c: with consent the message is asked for."""
    willing = world(DUE, contact_choice=[example(ConsentRecorded)])
    given(PlaybookRun, started(Purpose.NUDGE), SCHEDULED, world=willing).when(TAKE).then(
        but(StepRequested, purpose=Purpose.NUDGE)
    )


def test_a_run_whose_last_step_is_skipped_is_completed() -> None:
    playbook = msgspec.structs.replace(PLAYBOOK_1, steps=STEPS[:1], purpose=Purpose.NUDGE)
    silent = world(DUE, contact_choice=[example(ChannelSuppressed)])
    given(PlaybookRun, but(RunStarted, playbook=playbook), SCHEDULED, world=silent).when(TAKE).then(
        but(StepSkipped, reason=SkipReason.CHANNEL_SUPPRESSED),
        but(RunCompleted, completed_on=at(DUE).date()),
    )


def test_a_late_step_schedules_the_next_one_not_before_now() -> None:
    late = world("2025-10-08 15:00", contact_choice=[example(ChannelSuppressed)])
    taken = given(PlaybookRun, started(Purpose.NUDGE), SCHEDULED, world=late).when(TAKE)
    assert isinstance(taken.facts[1], StepScheduled)
    assert taken.facts[1].due_at == at("2025-10-08 15:00")
