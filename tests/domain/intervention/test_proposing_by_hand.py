"""A named person proposes a stage that no rule decides; everything else holds as for the rules."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionGranted
from domain.intervention import refusals as r
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, ProposeByHand
from domain.intervention.events import (
    InterventionOpened,
    InterventionStopped,
    StageDeclined,
    StageEntered,
    StageProposed,
    StopReason,
)
from domain.kernel.facts import Event
from domain.shared.stages import Stage
from tests.support.examples import BY_HAND, NUMBERS, REASON_REF, TODAY, but, example
from tests.support.scenario import STAFF, Setting, given, world

OPENED, WISH = example(InterventionOpened), example(ProposeByHand)
PROPOSED = but(
    StageProposed,
    stage=BY_HAND,
    numbers=(NUMBERS,),
    proposed_by=STAFF,
    reason_ref=REASON_REF,
)
ENTERED = but(StageEntered, stage="REFERRAL", track="REFERRAL", approved_by=STAFF)
BY_STAFF = world(actor=STAFF)


def asked(**changes: object) -> ProposeByHand:
    return replace(WISH, stage=replace(BY_HAND, **changes))


def test_a_persons_proposal_waits_with_its_numbers_and_who_made_it() -> None:
    given(InterventionInstance, world=BY_STAFF).when(WISH).then(OPENED, PROPOSED)
    given(InterventionInstance, OPENED, world=BY_STAFF).when(WISH).then(PROPOSED)


def test_said_twice_it_waits_once() -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=BY_STAFF).when(WISH).ignored()


def test_the_same_wish_is_known_by_what_was_asked_and_not_by_the_numbers_of_the_moment() -> None:
    later = replace(WISH, numbers=(), known_at=99, evaluated_on=date(2025, 9, 24))
    assert later.wish == WISH.wish
    assert replace(WISH, reason_ref=None).wish != WISH.wish
    assert example(ApproveStage).wish == example(ApproveStage)


def test_software_proposes_no_such_stage() -> None:
    given(InterventionInstance, world=world(actor="process:evaluate")).when(WISH).refused(
        r.ApprovalByPersonOnly
    )


def test_what_the_rules_decide_is_not_proposed_by_hand() -> None:
    given(InterventionInstance, world=BY_STAFF).when(asked(by_hand=False)).refused(
        r.StageNotByHand, stage="REFERRAL"
    )


def test_where_the_rule_set_asks_for_a_reason_there_is_one() -> None:
    wish = asked(asks_reason=True)
    given(InterventionInstance, world=BY_STAFF).when(replace(wish, reason_ref=None)).refused(
        r.ProposalReasonMissing
    )
    assert given(InterventionInstance, world=BY_STAFF).when(wish).facts


@pytest.mark.parametrize(
    ("history", "setting"),
    [
        ((), world(actor=STAFF, case=[example(CaseOpened), example(CaseClosed)])),
        ((), world(actor=STAFF, exemption=[example(ExemptionGranted)])),
        ((example(InterventionStopped),), BY_STAFF),
    ],
    ids=["case closed", "exempt", "stopped"],
)
def test_what_forbids_a_stage_is_said_to_the_person(
    history: tuple[Event, ...], setting: Setting
) -> None:
    given(InterventionInstance, OPENED, *history, world=setting).when(WISH).refused(
        r.StageForbidden, stage="REFERRAL"
    )


def test_a_stop_that_does_not_reach_a_duty_holds_no_proposal_of_it_back() -> None:
    stopped = but(InterventionStopped, reason=StopReason.VALID_REASON)
    wish = asked(stops=("LEFT_ROLL",))
    then = replace(PROPOSED, stage=wish.stage)
    given(InterventionInstance, OPENED, stopped, world=BY_STAFF).when(wish).then(then)


def test_order_and_gap_hold_for_people_too() -> None:
    given(InterventionInstance, OPENED, world=BY_STAFF).when(
        asked(prerequisites=("LETTER_1",))
    ).refused(r.StageOutOfOrder)
    before = but(StageEntered, track="REFERRAL")
    given(InterventionInstance, OPENED, before, world=BY_STAFF).when(
        asked(min_gap_school_days=5)
    ).refused(r.StageTooSoon)


def test_what_was_declined_may_be_proposed_again() -> None:
    no = but(StageDeclined, stage="REFERRAL")
    again = replace(PROPOSED, firing=2)
    given(InterventionInstance, OPENED, PROPOSED, no, world=BY_STAFF).when(WISH).then(again)


def test_what_was_entered_comes_again_only_when_its_cause_has_come_anew() -> None:
    done = given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=BY_STAFF)
    done.when(replace(WISH, anchor=TODAY)).refused(r.StageNotArmed)
    anew = date(2025, 9, 30)
    later = replace(WISH, anchor=anew, evaluated_on=anew)
    given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=BY_STAFF).when(later).then(
        replace(PROPOSED, anchor=anew, evaluated_on=anew, firing=2)
    )


def eyes(stage: Stage) -> StageProposed:
    return replace(PROPOSED, stage=stage)


def test_with_four_eyes_somebody_else_approves() -> None:
    yes = but(ApproveStage, stage="REFERRAL")
    four = eyes(replace(BY_HAND, four_eyes=True))
    given(InterventionInstance, OPENED, four, world=BY_STAFF).when(yes).refused(
        r.SecondPersonNeeded, stage="REFERRAL"
    )
    other = world(actor="staff:8")
    given(InterventionInstance, OPENED, four, world=other).when(yes).then(
        replace(ENTERED, approved_by="staff:8")
    )
    given(InterventionInstance, OPENED, eyes(BY_HAND), world=BY_STAFF).when(yes).then(ENTERED)
