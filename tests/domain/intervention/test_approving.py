"""A named person approves or declines what was proposed; software never does."""

from datetime import date

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, DeclineStage
from domain.intervention.events import (
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageWithdrawn,
)
from domain.intervention.refusals import (
    ApprovalByPersonOnly,
    InterventionUnknown,
    ReasonMissing,
    StageForbidden,
    StageNotProposed,
    StageTooSoon,
)
from domain.kernel.facts import Event
from domain.shared.stages import Approval, Stage
from tests.support.examples import but, example
from tests.support.scenario import STAFF, Setting, given, world

OPENED = example(InterventionOpened)
PROPOSED = example(StageProposed)
ENTERED = but(StageEntered, approved_by=STAFF)
DECLINED = example(StageDeclined)
APPROVE, DECLINE = example(ApproveStage), example(DeclineStage)
BY_STAFF = world(actor=STAFF)
BOTH = pytest.mark.parametrize("command", [APPROVE, DECLINE])
Decision = ApproveStage | DeclineStage


def test_an_approved_stage_is_entered_with_the_numbers_of_its_proposal() -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=BY_STAFF).when(APPROVE).then(ENTERED)


def test_a_declined_stage_is_not_entered() -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=BY_STAFF).when(DECLINE).then(DECLINED).when(
        APPROVE
    ).refused(StageNotProposed)


def test_the_same_decision_again_is_ignored() -> None:
    given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=BY_STAFF).when(APPROVE).ignored()
    given(InterventionInstance, OPENED, PROPOSED, DECLINED, world=BY_STAFF).when(DECLINE).ignored()


@BOTH
@pytest.mark.parametrize("actor", ["system", "integration:wonde", "staffing-agency"])
def test_software_neither_approves_nor_declines(command: Decision, actor: str) -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=world(actor=actor)).when(command).refused(
        ApprovalByPersonOnly
    )


@BOTH
def test_a_decision_on_no_intervention_is_unknown(command: Decision) -> None:
    given(InterventionInstance, world=BY_STAFF).when(command).refused(InterventionUnknown)


@BOTH
@pytest.mark.parametrize(
    "history",
    [
        (OPENED,),
        (OPENED, PROPOSED, example(StageWithdrawn)),
        (OPENED, PROPOSED, example(InterventionStopped)),
    ],
    ids=["never proposed", "withdrawn", "stopped"],
)
def test_what_does_not_wait_cannot_be_decided(
    command: Decision, history: tuple[Event, ...]
) -> None:
    """After a stop a proposal could not be approved, and yet be declined."""
    given(InterventionInstance, *history, world=BY_STAFF).when(command).refused(
        StageNotProposed, stage="LETTER_1"
    )


def test_declining_needs_a_reason() -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=BY_STAFF).when(
        but(DeclineStage, reason="")
    ).refused(ReasonMissing)


@pytest.mark.parametrize(
    "setting",
    [
        world(actor=STAFF, case=[example(CaseOpened), example(CaseClosed)]),
        world(actor=STAFF, exemption=[example(ExemptionGranted)]),
    ],
    ids=["case closed", "exempt"],
)
def test_what_is_forbidden_by_now_cannot_be_approved(setting: Setting) -> None:
    given(InterventionInstance, OPENED, PROPOSED, world=setting).when(APPROVE).refused(
        StageForbidden, stage="LETTER_1"
    )


def test_two_waiting_stages_of_a_track_are_not_entered_on_one_day() -> None:
    """Both were proposed on one evening, before either was entered, so neither had to wait."""
    warning = Stage(
        type="WARNING", order=2, track="SUPPORT", approval=Approval.STAFF, min_gap_days=10
    )
    both = (OPENED, PROPOSED, but(StageProposed, stage=warning), ENTERED)
    given(InterventionInstance, *both, world=BY_STAFF).when(
        but(ApproveStage, stage="WARNING")
    ).refused(StageTooSoon, stage="WARNING")
    later = world("2025-10-03 11:00", actor=STAFF)
    given(InterventionInstance, *both, world=later).when(but(ApproveStage, stage="WARNING")).then(
        but(StageEntered, stage="WARNING", entered_on=date(2025, 10, 3), approved_by=STAFF)
    )


def test_approving_the_last_stage_escalates() -> None:
    last = Stage(type="ESCALATION", order=4, track="SUPPORT", approval=Approval.HEAD)
    given(InterventionInstance, OPENED, but(StageProposed, stage=last), world=BY_STAFF).when(
        but(ApproveStage, stage="ESCALATION")
    ).then(but(StageEntered, stage="ESCALATION", approved_by=STAFF), example(InterventionEscalated))
