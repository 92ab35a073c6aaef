"""A step is settled by what became of its message, and then the next one is scheduled."""

import msgspec
import pytest

from domain.kernel.facts import Event
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import SettleStep, StepOutcome
from domain.playbook_run.events import (
    RunCompleted,
    RunStarted,
    RunStopped,
    SkipReason,
    StepFailed,
    StepOutcomeUnknown,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
)
from domain.playbook_run.refusals import StepUnknown
from domain.shared.contact import Channel
from tests.support.examples import PLAYBOOK_1, STEPS, but, example
from tests.support.scenario import at, given, world

STARTED = example(RunStarted)
FLYING = (STARTED, example(StepScheduled), example(StepRequested))
ON_THE_DAY = world("2025-09-24 09:01")
SECOND = StepScheduled(
    step_id="email",
    order=2,
    channel=Channel.EMAIL,
    due_at=at("2025-09-26 09:00"),
    school_id=STARTED.school_id,
    scheduled_on=at("2025-09-24 09:01").date(),
    contact_on=at("2025-09-26 09:00").date(),
)
UNKNOWN = but(SettleStep, outcome=StepOutcome.UNKNOWN)
FAILED = but(SettleStep, outcome=StepOutcome.FAILED, cause="INVALID_NUMBER")
SKIPPED = but(SettleStep, outcome=StepOutcome.SKIPPED, skip_reason=SkipReason.VALID_REASON)
ENDS: list[tuple[SettleStep, Event]] = [
    (example(SettleStep), example(StepSent)),
    (SKIPPED, but(StepSkipped, reason=SkipReason.VALID_REASON)),
    (FAILED, example(StepFailed)),
    (UNKNOWN, example(StepOutcomeUnknown)),
]


@pytest.mark.parametrize(("command", "fact"), ENDS)
def test_each_end_is_recorded_and_the_next_step_scheduled(command: SettleStep, fact: Event) -> None:
    given(PlaybookRun, *FLYING, world=ON_THE_DAY).when(command).then(fact, SECOND)


def test_a_step_skipped_without_a_reason_met_a_stop_condition() -> None:
    given(PlaybookRun, *FLYING, world=ON_THE_DAY).when(
        but(SettleStep, outcome=StepOutcome.SKIPPED)
    ).then(but(StepSkipped, reason=SkipReason.STOP_CONDITION_MET), SECOND)


@pytest.mark.parametrize(("command", "fact"), ENDS)
def test_the_same_end_again_is_ignored(command: SettleStep, fact: Event) -> None:
    given(PlaybookRun, *FLYING, fact, SECOND, world=ON_THE_DAY).when(command).ignored()


def test_the_last_step_completes_the_run() -> None:
    playbook = msgspec.structs.replace(PLAYBOOK_1, steps=STEPS[:1])
    given(PlaybookRun, but(RunStarted, playbook=playbook), *FLYING[1:], world=ON_THE_DAY).when(
        example(SettleStep)
    ).then(example(StepSent), but(RunCompleted, completed_on=at("2025-09-24 09:01").date()))


def test_what_flies_when_a_run_stops_still_lands_and_schedules_nothing() -> None:
    given(PlaybookRun, *FLYING, example(RunStopped), world=ON_THE_DAY).when(
        example(SettleStep)
    ).then(example(StepSent))


def test_an_unknown_step_may_turn_out_to_be_sent_and_schedules_nothing_again() -> None:
    given(PlaybookRun, *FLYING, example(StepOutcomeUnknown), SECOND, world=ON_THE_DAY).when(
        example(SettleStep)
    ).then(example(StepSent)).when(example(SettleStep)).ignored()


@pytest.mark.parametrize("end", [example(StepFailed), example(StepSkipped)])
def test_a_step_whose_message_a_person_sent_once_more_is_sent_after_all(end: Event) -> None:
    by_mail = but(SettleStep, channel=Channel.EMAIL)
    late = given(PlaybookRun, *FLYING, end, SECOND, world=ON_THE_DAY).when(by_mail)
    late.then(but(StepSent, channel=Channel.EMAIL)).when(by_mail).ignored()


def test_a_step_that_still_waits_is_not_settled() -> None:
    given(PlaybookRun, *FLYING[:2], world=ON_THE_DAY).when(example(SettleStep)).ignored()


def test_a_step_that_the_playbook_does_not_have_is_unknown() -> None:
    given(PlaybookRun, *FLYING).when(but(SettleStep, step_id="fax")).refused(StepUnknown)
