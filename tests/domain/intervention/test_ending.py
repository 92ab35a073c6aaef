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
    ImprovementChecked,
    InterventionCompleted,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageEntered,
    StageProposed,
    StopReason,
)
from domain.intervention.improvement import improved
from domain.intervention.refusals import InterventionUnknown
from domain.kernel.commands import Command
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage
from tests.support.examples import NUMBERS, TRAILING, but, example
from tests.support.scenario import given

OPENED = example(InterventionOpened)
ENTERED = example(StageEntered)
HISTORY = (OPENED, example(StageProposed), ENTERED)
CHECK = example(CheckImprovement)
IMPROVED = example(AttendanceImproved)
CHECKED = example(ImprovementChecked)
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
    given(InterventionInstance, *HISTORY).when(CHECK).then(CHECKED, IMPROVED).when(CHECK).ignored()


def test_a_new_stage_may_be_followed_by_a_new_improvement() -> None:
    second = but(StageEntered, stage="LETTER_2")
    given(InterventionInstance, *HISTORY, CHECKED, IMPROVED, second).when(CHECK).then(
        but(ImprovementChecked, stage="LETTER_2"), IMPROVED
    )


def test_without_a_stage_or_after_the_end_nothing_is_checked() -> None:
    given(InterventionInstance, OPENED).when(CHECK).ignored()
    given(InterventionInstance, *HISTORY, STOPPED).when(CHECK).ignored()


def test_attendance_that_is_not_better_by_the_rule_says_nothing() -> None:
    given(InterventionInstance, *HISTORY).when(but(CheckImprovement, trailing=NUMBERS)).then(
        but(ImprovementChecked, trailing=NUMBERS, improved=False)
    )


def test_a_checkpoint_is_looked_at_once_and_the_next_one_again() -> None:
    """DOMAIN 9.3: checked every day, noise alone would pass in nine of ten pupils."""
    worse = but(CheckImprovement, trailing=NUMBERS)
    looked = given(InterventionInstance, *HISTORY).when(worse)
    looked.when(CHECK).ignored()
    looked.when(but(CheckImprovement, checkpoint=40)).then(
        but(ImprovementChecked, checkpoint=40), IMPROVED
    )
    given(InterventionInstance, *HISTORY).when(but(CheckImprovement, checkpoint=21)).ignored()


def test_an_absence_that_nobody_has_explained_is_no_improvement() -> None:
    given(InterventionInstance, *HISTORY).when(but(CheckImprovement, unexplained=1)).then(
        but(ImprovementChecked, unexplained=1, improved=False)
    )


def test_better_attendance_stops_the_ladder_where_the_rule_set_says_so() -> None:
    """001-105 Stop: attendance above threshold again."""
    given(InterventionInstance, *HISTORY).when(but(CheckImprovement, stops=True)).then(
        CHECKED,
        IMPROVED,
        InterventionStopped(StopReason.ATTENDANCE_IMPROVED),
    )


def test_a_stop_names_the_proposals_that_it_does_not_reach() -> None:
    """001-106 A closed case ends support; a duty of the law is still proposed."""
    duty = Stage(
        type="NOTICE_20", order=9, track="DUTY", approval=Approval.HEAD, stops=("LEFT_ROLL",)
    )
    waiting = (*HISTORY, but(StageProposed, stage=duty))
    stopped = InterventionStopped(StopReason.CASE_CLOSED, ("NOTICE_20",))
    closed = given(InterventionInstance, *waiting).when(example(StopIntervention)).then(stopped)
    assert set(closed.state.proposed) == {"NOTICE_20"}
    gone = but(StopIntervention, reason=StopReason.LEFT_ROLL)
    given(InterventionInstance, *waiting).when(gone).then(InterventionStopped(StopReason.LEFT_ROLL))


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
        ((2, 19), (0, 40), False),
        ((10, 30), (17, 60), True),
    ],
    ids=[
        "exactly five points",
        "two and a half points",
        "whole percents",
        "a hair less",
        "too few sessions",
        "just enough sessions",
        "no baseline",
        "a baseline of too few sessions",
        "thirds without rounding",
    ],
)
def test_better_means_five_points_over_twenty_sessions_in_whole_numbers(
    baseline: tuple[int, int], trailing: tuple[int, int], better: bool
) -> None:
    assert improved(numbers(*baseline), numbers(*trailing)) is better


@pytest.mark.parametrize(
    ("metric", "threshold", "trailing", "better"),
    [
        ("ABSENCE_RATE", ">= 10/100", (3, 40), True),
        ("ABSENCE_RATE", ">= 10/100", (4, 40), False),
        ("ABSENT_DAYS", ">= 5", (9, 40), True),
        ("ABSENT_DAYS", ">= 5", (10, 40), False),
        ("ABSENT_DAYS", ">= 5", (5, 20), False),
        ("COUNT", ">= 10", (9, 40), True),
        ("COUNT", ">= 10", (10, 40), False),
        ("ABSENT_DAYS_YEAR_TO_DATE", "", (4, 40), True),
    ],
)
def test_better_also_means_below_what_the_stage_asks_for(
    metric: str, threshold: str, trailing: tuple[int, int], better: bool
) -> None:
    """Five days of a window of forty half-days are a quarter of it."""
    stage = msgspec.structs.replace(
        NUMBERS, metric=metric, threshold=threshold, possible_sessions=40
    )
    assert improved(numbers(30, 40), numbers(*trailing), (stage,)) is better


@pytest.mark.parametrize(("absent", "better"), [(19, False), (10, False), (9, True)])
def test_who_misses_half_of_school_is_not_better_whatever_went_before(
    absent: int, *, better: bool
) -> None:
    """A count of a year that was all missed gives a pace of everything."""
    stage = msgspec.structs.replace(
        NUMBERS, metric="ABSENT_DAYS", threshold=">= 15", absent_sessions=30, possible_sessions=30
    )
    assert improved(numbers(30, 30), numbers(absent, 20), (stage,)) is better


def test_the_baseline_lies_before_the_spell_and_is_not_the_year_to_date() -> None:
    """DOMAIN 9.3: the stage's own numbers hold the very absences that it is about."""
    worse = but(StageEntered, stage="LETTER_2", numbers=(TRAILING,), entered_on=CHECK.checked_on)
    given(InterventionInstance, *HISTORY, worse).when(CHECK).then(
        but(ImprovementChecked, stage="LETTER_2"), IMPROVED
    )
    asked = but(CheckImprovement, baseline=TRAILING)
    given(InterventionInstance, *HISTORY).when(asked).then(
        but(ImprovementChecked, baseline=TRAILING, improved=False)
    )
