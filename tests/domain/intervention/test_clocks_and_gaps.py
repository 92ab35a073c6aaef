"""Gaps are counted in school days; clocks of the law say on which day a duty is past due."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.exemption.events import ExemptionEffect, ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import FulfilStage, HoldStages, ProposeStage
from domain.intervention.events import (
    InterventionOpened,
    StageEntered,
    StageFulfilled,
    StageProposed,
    StageWithheld,
    WithholdReason,
)
from domain.intervention.refusals import StageNotEntered, StageTooSoon
from domain.shared.stages import Approval, Stage
from tests.support.examples import but, example
from tests.support.scenario import STAFF, given, world

OPENED, PROPOSED = example(InterventionOpened), example(StageProposed)
ENTERED = but(StageEntered, entered_on=date(2025, 10, 20))
CLOSED = "2025-10-27/2025-10-31"


def second(gap: int) -> Stage:
    return Stage(
        type="LETTER_2",
        order=2,
        track="SUPPORT",
        approval=Approval.STAFF,
        prerequisites=("LETTER_1",),
        min_gap_school_days=gap,
    )


def test_a_gap_of_school_days_does_not_run_through_a_holiday() -> None:
    """DOMAIN trap 19 and section 12: offsets are school days. Five of them reach over half-term."""
    for day, soon in ((date(2025, 10, 31), True), (date(2025, 11, 3), False)):
        wish = but(ProposeStage, stage=second(5), evaluated_on=day)
        asked = given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=world(closed=CLOSED))
        asked.when(wish)
        assert isinstance(asked.refusal, StageTooSoon) is soon, day


def clock(due_school_days: int | None = None, due_days: int | None = None) -> Stage:
    return Stage(
        type="NOTICE_20",
        order=9,
        track="DUTY",
        approval=Approval.HEAD,
        due_school_days=due_school_days,
        due_days=due_days,
    )


@pytest.mark.parametrize(
    ("stage", "due_on"),
    [
        (clock(due_school_days=1), date(2025, 11, 3)),
        (clock(due_school_days=3), date(2025, 11, 5)),
        (clock(due_days=7), date(2025, 10, 31)),
        (clock(), None),
    ],
)
def test_a_clock_runs_from_the_day_of_the_proposal(stage: Stage, due_on: date | None) -> None:
    wish = but(ProposeStage, stage=stage, evaluated_on=date(2025, 10, 24))
    found = given(InterventionInstance, world=world(closed=CLOSED)).when(wish)
    assert [fact.due_on for fact in found.facts if isinstance(fact, StageProposed)] == [due_on]


def test_a_clock_runs_from_the_day_of_the_mark_that_reached_the_threshold() -> None:
    """DOMAIN 3.3: "within 7 days of the qualifying date", however late the register was settled."""
    qualified = date(2025, 10, 22)
    for stage, due_on in (
        (clock(due_days=7), date(2025, 10, 29)),
        (clock(due_school_days=3), date(2025, 11, 3)),
    ):
        evening = date(2025, 11, 6)
        wish = but(ProposeStage, stage=stage, evaluated_on=evening, qualified_on=qualified)
        found = given(InterventionInstance, world=world(closed=CLOSED)).when(wish)
        proposed = found.state.proposed["NOTICE_20"]
        assert (proposed.qualified_on, proposed.due_on) == (qualified, due_on)


def test_what_is_due_forthwith_is_due_on_the_day_on_which_it_was_found() -> None:
    stage = replace(clock(), forthwith=True)
    wish = but(
        ProposeStage, stage=stage, evaluated_on=date(2025, 10, 24), qualified_on=date(2025, 10, 22)
    )
    found = given(InterventionInstance).when(wish)
    assert found.state.proposed["NOTICE_20"].due_on == date(2025, 10, 24)


def test_a_clock_past_the_known_calendar_counts_weekdays() -> None:
    wish = but(ProposeStage, stage=clock(due_school_days=2), evaluated_on=date(2026, 6, 26))
    found = given(InterventionInstance).when(wish)
    assert found.state.proposed["NOTICE_20"].due_on == date(2026, 6, 30)


def test_a_named_person_says_once_that_a_duty_was_done() -> None:
    done = given(InterventionInstance, OPENED, PROPOSED, example(StageEntered))
    by_staff = world(actor=STAFF)
    done.when(example(FulfilStage), by_staff).then(example(StageFulfilled))
    done.when(example(FulfilStage), by_staff).ignored()
    given(InterventionInstance, OPENED, world=by_staff).when(example(FulfilStage)).refused(
        StageNotEntered, stage="LETTER_1"
    )


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (ExemptionEffect.LEAVE_ALONE, WithholdReason.EXEMPTION_FLAG),
        (ExemptionEffect.TO_WORKER, WithholdReason.TO_WORKER),
    ],
)
def test_an_exemption_holds_what_waits_for_approval(
    effect: ExemptionEffect, reason: WithholdReason
) -> None:
    """001-107 Stop: exemption flag set. DOMAIN 4.1: a child with a worker is routed there."""
    exempt = world(exemption=[but(ExemptionGranted, effect=effect)])
    held = given(InterventionInstance, OPENED, PROPOSED, world=exempt).when(example(HoldStages))
    held.then(but(StageWithheld, reason=reason)).when(example(HoldStages)).ignored()
    held.when(example(ProposeStage), world("2025-10-06 18:00")).then(PROPOSED)


def test_an_exemption_does_not_hold_a_duty_that_knows_no_exemption() -> None:
    duty = but(StageProposed, stage=but_stops(clock(), ("LEFT_ROLL",)))
    exempt = world(exemption=[example(ExemptionGranted)])
    given(InterventionInstance, OPENED, duty, world=exempt).when(example(HoldStages)).ignored()


def but_stops(stage: Stage, stops: tuple[str, ...]) -> Stage:
    return Stage(
        type=stage.type, order=stage.order, track=stage.track, approval=stage.approval, stops=stops
    )
