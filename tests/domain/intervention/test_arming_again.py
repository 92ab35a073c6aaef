"""A stage fires once for what it is armed for; what the register took back is armed again."""

from datetime import date

import msgspec
import pytest

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ProposeStage
from domain.intervention.events import (
    InterventionOpened,
    InterventionResumed,
    InterventionStopped,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageUnsupported,
    StopReason,
)
from domain.intervention.reasons import ResumeReason
from domain.kernel.facts import Event
from domain.shared.stages import Approval, Stage
from tests.support.examples import LETTER_1, NUMBERS, but, example
from tests.support.scenario import given, world

OPENED, PROPOSED = example(InterventionOpened), example(StageProposed)
ENTERED, UNSUPPORTED = example(StageEntered), example(StageUnsupported)
BEHIND = date(2025, 9, 24)  # the day after the last one that the example's numbers saw
LATER = world("2025-12-02 18:00")


def again(anchor: date | None, **changes: object) -> ProposeStage:
    on = date(2025, 12, 2)
    numbers = msgspec.structs.replace(NUMBERS, window_from=anchor or date(2025, 9, 1), window_to=on)
    return but(ProposeStage, anchor=anchor, evaluated_on=on, numbers=(numbers,), **changes)


def second(wish: ProposeStage) -> StageProposed:
    return but(
        StageProposed,
        numbers=wish.numbers,
        evaluated_on=wish.evaluated_on,
        anchor=wish.anchor,
        firing=2,
    )


@pytest.mark.parametrize("end", [ENTERED, example(StageDeclined)], ids=["entered", "declined"])
def test_what_begins_behind_the_last_firing_fires_again(end: Event) -> None:
    """DOMAIN 4.1: the key of a firing holds the anchor of its window."""
    wish = again(BEHIND)
    given(InterventionInstance, OPENED, PROPOSED, end, world=LATER).when(wish).then(second(wish))


@pytest.mark.parametrize("anchor", [None, date(2025, 9, 1), PROPOSED.evaluated_on])
def test_what_began_before_the_last_firing_does_not_fire_again(anchor: date | None) -> None:
    given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=LATER).when(
        again(anchor)
    ).ignored()


def test_a_stage_that_lost_its_cause_is_armed_again() -> None:
    """DOMAIN 3.3 (Mississippi): below the level the entry is taken back and can fire again."""
    wish = again(None)
    lost = given(InterventionInstance, OPENED, PROPOSED, ENTERED, UNSUPPORTED, world=LATER)
    lost.when(wish).then(second(wish)).when(wish).ignored()


def test_a_stage_on_the_day_fires_every_day_and_makes_no_second_one_on_the_same() -> None:
    today = Stage(type="SAME_DAY_TEXT", order=0, track="SAME_DAY", approval=Approval.AUTO)
    monday, tuesday = date(2025, 9, 22), date(2025, 9, 23)
    texts = given(InterventionInstance, world=world("2025-09-22 10:05"))
    for day, hour, facts in (
        (monday, "2025-09-22 10:05", 3),
        (monday, "2025-09-22 10:20", 0),
        (tuesday, "2025-09-23 10:05", 2),
    ):
        numbers = msgspec.structs.replace(NUMBERS, window_from=day, window_to=day)
        wish = but(
            ProposeStage,
            stage=today,
            numbers=(numbers,),
            evaluated_on=day,
            anchor=day,
            same_day=True,
        )
        texts.when(wish, world(hour))
        assert len(texts.facts) == facts, texts.facts


@pytest.mark.parametrize(
    ("reason", "resumed"),
    [
        (StopReason.ATTENDANCE_IMPROVED, ResumeReason.ABSENT_AGAIN),
        (StopReason.VALID_REASON, ResumeReason.ABSENT_AGAIN),
        (StopReason.LEFT_ROLL, ResumeReason.BACK_ON_ROLL),
    ],
)
def test_a_reason_that_passed_lets_the_ladder_go_on(
    reason: StopReason, resumed: ResumeReason
) -> None:
    letter = msgspec.structs.replace(LETTER_1, type="LETTER_2", prerequisites=("LETTER_1",))
    wish = but(ProposeStage, stage=letter)
    history = (OPENED, PROPOSED, ENTERED, InterventionStopped(reason))
    going = given(InterventionInstance, *history).when(wish)
    going.then(InterventionResumed(resumed), but(StageProposed, stage=letter))
    assert not going.state.over


def test_a_closed_case_ends_support_for_the_year_and_no_duty_of_the_law() -> None:
    """ARCHITECTURE 9.1: nothing of the support ladder holds back a legal duty."""
    history = (OPENED, PROPOSED, ENTERED, InterventionStopped(StopReason.CASE_CLOSED))
    duty = Stage(
        type="NOTICE_20", order=9, track="DUTY", approval=Approval.HEAD, stops=("LEFT_ROLL",)
    )
    given(InterventionInstance, *history).when(but(ProposeStage, stage=duty)).then(
        but(StageProposed, stage=duty)
    )
