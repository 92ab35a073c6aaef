"""A stage is proposed when its condition holds, in order, and not too soon."""

from datetime import date

import msgspec
import pytest

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ProposeStage
from domain.intervention.events import (
    CorrectionReviewed,
    InterventionCompleted,
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageReinstated,
    StageUnsupported,
    StageWithdrawn,
)
from domain.intervention.reasons import ReviewOutcome
from domain.intervention.refusals import StageOutOfOrder, StageTooSoon
from domain.kernel.facts import Event
from domain.shared.stages import Approval, Stage
from tests.support.examples import LETTER_1, but, example
from tests.support.scenario import given, world

OPENED = example(InterventionOpened)
PROPOSED = example(StageProposed)
ENTERED = example(StageEntered)
PROPOSE = example(ProposeStage)
UNSUPPORTED = example(StageUnsupported)
LETTER_2 = Stage(
    type="LETTER_2",
    order=2,
    track="SUPPORT",
    approval=Approval.STAFF,
    prerequisites=("LETTER_1",),
    min_gap_days=10,
)
DUTY = Stage(type="NOTICE_20", order=9, track="DUTY", approval=Approval.AUTO, min_gap_days=10)
LAST = Stage(
    type="ESCALATION",
    order=4,
    track="SUPPORT",
    approval=Approval.AUTO,
    prerequisites=("LETTER_1",),
)


def propose(stage: Stage, on: date = date(2025, 9, 23)) -> ProposeStage:
    return but(ProposeStage, stage=stage, evaluated_on=on)


def reviewed(outcome: ReviewOutcome) -> CorrectionReviewed:
    return but(CorrectionReviewed, outcome=outcome)


def test_the_first_proposal_opens_the_intervention() -> None:
    given(InterventionInstance).when(PROPOSE).then(OPENED, PROPOSED)


def test_the_numbers_that_decided_are_frozen_into_the_proposal() -> None:
    assert PROPOSED.numbers == PROPOSE.numbers
    assert (PROPOSED.evaluated_on, PROPOSED.known_at) == (PROPOSE.evaluated_on, PROPOSE.known_at)


@pytest.mark.parametrize(
    "history",
    [
        (OPENED, PROPOSED),
        (OPENED, PROPOSED, ENTERED),
        (OPENED, PROPOSED, example(StageDeclined)),
        (OPENED, PROPOSED, example(InterventionStopped)),
        (OPENED, PROPOSED, ENTERED, InterventionCompleted()),
    ],
    ids=["proposed", "entered", "declined", "stopped", "completed"],
)
def test_the_same_stage_is_not_proposed_again(history: tuple[Event, ...]) -> None:
    given(InterventionInstance, *history).when(PROPOSE).ignored()


def test_a_withdrawn_stage_may_be_proposed_again() -> None:
    given(InterventionInstance, OPENED, PROPOSED, example(StageWithdrawn)).when(PROPOSE).then(
        PROPOSED
    )


def test_nothing_is_proposed_after_the_end() -> None:
    given(InterventionInstance, OPENED, PROPOSED, ENTERED, example(InterventionStopped)).when(
        propose(LETTER_2, date(2025, 11, 3))
    ).ignored()


def test_a_stage_waits_for_its_prerequisites_to_be_entered() -> None:
    given(InterventionInstance).when(propose(LETTER_2)).refused(StageOutOfOrder, stage="LETTER_2")
    given(InterventionInstance, OPENED, PROPOSED).when(propose(LETTER_2)).refused(StageOutOfOrder)


@pytest.mark.parametrize(
    ("since", "carried"),
    [
        ((), True),
        ((UNSUPPORTED,), False),
        ((UNSUPPORTED, reviewed(ReviewOutcome.FAMILY_TOLD)), False),
        ((UNSUPPORTED, reviewed(ReviewOutcome.STANDS)), True),
        ((UNSUPPORTED, reviewed(ReviewOutcome.STANDS), UNSUPPORTED), False),
        ((UNSUPPORTED, example(StageReinstated)), True),
    ],
    ids=["entered", "void", "void, family told", "stands", "void once more", "given back"],
)
def test_a_stage_without_its_cause_carries_no_later_one(
    since: tuple[Event, ...], *, carried: bool
) -> None:
    """A late correction recounts later stages, too."""
    on = date(2025, 10, 3)
    ladder = given(InterventionInstance, OPENED, PROPOSED, ENTERED, *since)
    if carried:
        ladder.when(propose(LETTER_2, on)).then(but(StageProposed, stage=LETTER_2, evaluated_on=on))
    else:
        ladder.when(propose(LETTER_2, on)).refused(StageOutOfOrder, stage="LETTER_2")


def test_a_stage_waits_for_the_minimum_gap_inside_its_track() -> None:
    entered = given(InterventionInstance, OPENED, PROPOSED, ENTERED)
    entered.when(propose(LETTER_2, date(2025, 10, 3))).then(
        but(StageProposed, stage=LETTER_2, evaluated_on=date(2025, 10, 3))
    )
    given(InterventionInstance, OPENED, PROPOSED, ENTERED).when(
        propose(LETTER_2, date(2025, 10, 2))
    ).refused(StageTooSoon, stage="LETTER_2")


def test_a_gap_counts_from_the_latest_stage_of_the_track() -> None:
    second = but(StageEntered, stage="LETTER_2", entered_on=date(2025, 10, 6))
    third = msgspec.structs.replace(LETTER_2, type="MEETING", order=3)
    given(InterventionInstance, OPENED, second, ENTERED).when(
        propose(third, date(2025, 10, 15))
    ).refused(StageTooSoon)


def test_a_legal_duty_on_its_own_track_waits_for_no_letter() -> None:
    duty = but(StageEntered, stage="NOTICE_20", track="DUTY")
    given(InterventionInstance, OPENED, PROPOSED, ENTERED).when(propose(DUTY)).then(
        but(StageProposed, stage=DUTY), duty
    )


def test_a_stage_that_asks_nobody_is_entered_at_once() -> None:
    automatic = msgspec.structs.replace(LETTER_1, approval=Approval.AUTO)
    given(InterventionInstance).when(propose(automatic)).then(
        OPENED, but(StageProposed, stage=automatic), ENTERED
    )


def test_the_day_of_entry_is_the_schools_own() -> None:
    automatic = msgspec.structs.replace(LETTER_1, approval=Approval.AUTO)
    night = world("2025-09-24 00:30")  # still 23 September in UTC
    entered = given(InterventionInstance, world=night).when(propose(automatic))
    assert entered.facts[2] == but(StageEntered, entered_on=date(2025, 9, 24))


def test_the_last_stage_escalates_the_intervention() -> None:
    given(InterventionInstance, OPENED, PROPOSED, ENTERED).when(propose(LAST)).then(
        but(StageProposed, stage=LAST),
        but(StageEntered, stage="ESCALATION"),
        example(InterventionEscalated),
    )
