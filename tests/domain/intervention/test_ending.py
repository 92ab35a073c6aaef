"""Letters, meetings, improvement, and the end of an intervention."""

import msgspec
import pytest

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import (
    CheckImprovement,
    CompleteIntervention,
    RecordLetterSent,
    RecordMeetingArranged,
    StopIntervention,
)
from domain.intervention.events import (
    AttendanceImproved,
    InterventionCompleted,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageEntered,
    StageProposed,
)
from domain.intervention.improvement import improved
from domain.intervention.refusals import InterventionUnknown
from domain.kernel.commands import Command
from domain.shared.numbers import DecidingNumbers
from tests.support.examples import NUMBERS, TRAILING, but, example
from tests.support.scenario import given

OPENED = example(InterventionOpened)
ENTERED = example(StageEntered)
HISTORY = (OPENED, example(StageProposed), ENTERED)
CHECK = example(CheckImprovement)
IMPROVED = example(AttendanceImproved)
STOPPED = example(InterventionStopped)
COMPLETED = InterventionCompleted()


def numbers(absent: int, possible: int) -> DecidingNumbers:
    return msgspec.structs.replace(NUMBERS, absent_sessions=absent, possible_sessions=possible)


def test_a_posted_letter_is_heard_of_once() -> None:
    given(InterventionInstance, *HISTORY).when(example(RecordLetterSent)).then(
        example(LetterSent)
    ).when(example(RecordLetterSent)).ignored()


def test_a_letter_of_no_intervention_is_unknown() -> None:
    given(InterventionInstance).when(example(RecordLetterSent)).refused(InterventionUnknown)


def test_an_arranged_meeting_is_heard_of_once() -> None:
    given(InterventionInstance, *HISTORY).when(example(RecordMeetingArranged)).then(
        example(MeetingArranged)
    ).when(example(RecordMeetingArranged)).ignored()


@pytest.mark.parametrize(
    "command",
    [
        example(RecordMeetingArranged),
        example(StopIntervention),
        CompleteIntervention(example(StopIntervention).intervention_id),
        CHECK,
    ],
)
def test_news_for_an_intervention_that_was_never_opened_is_ignored(command: Command) -> None:
    given(InterventionInstance).when(command).ignored()


def test_an_intervention_ends_once() -> None:
    stopped = given(InterventionInstance, *HISTORY).when(example(StopIntervention)).then(STOPPED)
    stopped.when(example(StopIntervention)).ignored()
    stopped.when(example(CompleteIntervention)).ignored()
    given(InterventionInstance, *HISTORY).when(example(CompleteIntervention)).then(COMPLETED).when(
        example(StopIntervention)
    ).ignored()


def test_better_attendance_is_said_once_for_a_stage() -> None:
    given(InterventionInstance, *HISTORY).when(CHECK).then(IMPROVED).when(CHECK).ignored()


def test_a_new_stage_may_be_followed_by_a_new_improvement() -> None:
    second = but(StageEntered, stage="LETTER_2")
    given(InterventionInstance, *HISTORY, IMPROVED, second).when(CHECK).then(IMPROVED)


def test_without_a_stage_or_after_the_end_nothing_is_checked() -> None:
    given(InterventionInstance, OPENED).when(CHECK).ignored()
    given(InterventionInstance, *HISTORY, STOPPED).when(CHECK).ignored()


def test_attendance_that_is_not_better_by_the_rule_says_nothing() -> None:
    given(InterventionInstance, *HISTORY).when(but(CheckImprovement, trailing=NUMBERS)).ignored()


@pytest.mark.parametrize(
    ("baseline", "trailing", "better"),
    [
        ((10, 40), (8, 40), True),
        ((10, 40), (9, 40), False),
        ((20, 100), (15, 100), True),
        ((20, 100), (1501, 10000), False),
        ((10, 40), (0, 19), False),
        ((10, 40), (0, 20), True),
        ((0, 0), (0, 40), False),
        ((1, 3), (17, 60), True),
    ],
    ids=[
        "exactly five points",
        "two and a half points",
        "whole percents",
        "a hair less",
        "too few sessions",
        "just enough sessions",
        "no baseline",
        "thirds without rounding",
    ],
)
def test_better_means_five_points_over_twenty_sessions_in_whole_numbers(
    baseline: tuple[int, int], trailing: tuple[int, int], better: bool
) -> None:
    assert improved(numbers(*baseline), numbers(*trailing)) is better


def test_the_baseline_is_the_one_of_the_latest_stage() -> None:
    worse = but(StageEntered, stage="LETTER_2", numbers=(TRAILING,), entered_on=CHECK.checked_on)
    given(InterventionInstance, *HISTORY, worse).when(CHECK).ignored()
