"""A stop drops what waits, lets what flies land, and happens once (000-195: stop logic alone)."""

from datetime import date

import msgspec
import pytest

from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import RecordReply, StopRun
from domain.playbook_run.events import (
    GuardianReplied,
    RunCompleted,
    RunStarted,
    RunStop,
    RunStopped,
    StepRequested,
    StepScheduled,
)
from domain.shared.playbooks import StopCondition
from tests.support.examples import NOTES_REF, PLAYBOOK_1, but, example
from tests.support.scenario import given, world

STARTED = example(RunStarted)
WAITING = (STARTED, example(StepScheduled))
FLYING = (*WAITING, example(StepRequested))
ON_THE_DAY = world("2025-09-24 12:00")
REPLY = example(RecordReply)
REPLIED = example(GuardianReplied)
ON_DAY_2 = but(GuardianReplied, replied_on=date(2025, 9, 24), decide_by=date(2025, 9, 26))


def playbook(*stops: StopCondition) -> RunStarted:
    return but(RunStarted, playbook=msgspec.structs.replace(PLAYBOOK_1, stop_conditions=stops))


@pytest.mark.parametrize("reason", list(RunStop))
def test_a_stopped_run_drops_the_step_that_waits(reason: RunStop) -> None:
    given(PlaybookRun, *WAITING, world=ON_THE_DAY).when(but(StopRun, reason=reason)).then(
        but(RunStopped, reason=reason, dropped_step="sms")
    )


def test_a_run_stopped_while_a_message_flies_drops_nothing() -> None:
    given(PlaybookRun, *FLYING, world=ON_THE_DAY).when(example(StopRun)).then(
        but(RunStopped, reason=RunStop.MANUAL, dropped_step=None)
    )


def test_stopping_a_run_that_is_over_is_ignored() -> None:
    given(PlaybookRun, *WAITING, example(RunStopped)).when(example(StopRun)).ignored()
    given(PlaybookRun, *FLYING, example(RunCompleted)).when(example(StopRun)).ignored()


def test_a_reply_stops_the_run() -> None:
    given(PlaybookRun, *WAITING, world=ON_THE_DAY).when(REPLY).then(
        ON_DAY_2, but(RunStopped, dropped_step="sms")
    )


def test_a_reply_is_remembered_where_the_playbook_does_not_stop_for_it() -> None:
    """000-034 The stop condition GUARDIAN_REPLIED belongs to the playbook."""
    given(PlaybookRun, playbook(StopCondition.CASE_CLOSED)).when(REPLY).then(REPLIED)


def test_a_second_reply_to_the_same_message_is_ignored() -> None:
    given(PlaybookRun, *FLYING, REPLIED, example(RunStopped)).when(REPLY).ignored()


def test_a_reply_after_the_end_is_remembered_and_stops_nothing_again() -> None:
    given(PlaybookRun, *FLYING, REPLIED, example(RunStopped)).when(
        but(RecordReply, message_id=NOTES_REF)
    ).then(but(GuardianReplied, message_id=NOTES_REF))


def test_improvement_stops_only_playbooks_that_name_it() -> None:
    """000-033 The stop condition ATTENDANCE_IMPROVED belongs to the playbook."""
    improved = but(StopRun, reason=RunStop.ATTENDANCE_IMPROVED)
    given(PlaybookRun, playbook(StopCondition.GUARDIAN_REPLIED)).when(improved).ignored()
    given(PlaybookRun, playbook(StopCondition.ATTENDANCE_IMPROVED), world=ON_THE_DAY).when(
        improved
    ).then(but(RunStopped, reason=RunStop.ATTENDANCE_IMPROVED, dropped_step=None))
