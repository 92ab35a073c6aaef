"""A stage whose condition holds, and which something else forbids, is withheld and said once."""

import pytest
from msgspec.structs import replace

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionEffect, ExemptionEnded, ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ProposeStage
from domain.intervention.events import (
    InterventionOpened,
    StageEntered,
    StageProposed,
    StageUnsupported,
    StageWithdrawn,
    StageWithheld,
    WithholdReason,
)
from domain.intervention.refusals import StageOutOfOrder, StageTooSoon
from domain.shared.stages import Approval, Stage
from tests.support.examples import but, example
from tests.support.scenario import Setting, given, world

OPENED = example(InterventionOpened)
PROPOSE = example(ProposeStage)
EXEMPT = world(exemption=[example(ExemptionGranted)])
CLOSED = world(case=[example(CaseOpened), example(CaseClosed)])
SECOND = Stage(
    type="LETTER_2",
    order=2,
    track="SUPPORT",
    approval=Approval.STAFF,
    prerequisites=("LETTER_1",),
)
BY_EXEMPTION = example(StageWithheld)
BY_CASE = but(StageWithheld, reason=WithholdReason.CASE_CLOSED)


@pytest.mark.parametrize(("setting", "fact"), [(EXEMPT, BY_EXEMPTION), (CLOSED, BY_CASE)])
def test_the_first_evening_says_why_and_the_others_are_silent(
    setting: Setting, fact: StageWithheld
) -> None:
    given(InterventionInstance, OPENED, world=setting).when(PROPOSE).then(fact).when(
        PROPOSE
    ).ignored()


@pytest.mark.parametrize("setting", [EXEMPT, CLOSED])
def test_a_child_who_is_left_alone_gets_no_file_before_anything_real(setting: Setting) -> None:
    """Trap 51: bereavement opens neither an intervention nor, through it, a case."""
    given(InterventionInstance, world=setting).when(PROPOSE).ignored()


def test_a_worker_is_told_though_nothing_was_opened_before() -> None:
    to_worker = but(ExemptionGranted, effect=ExemptionEffect.TO_WORKER)
    told = but(StageWithheld, reason=WithholdReason.TO_WORKER)
    given(InterventionInstance, world=world(exemption=[to_worker])).when(PROPOSE).then(OPENED, told)


def test_order_is_asked_before_anything_is_withheld() -> None:
    """What would be out of order is refused, and no exemption makes a fact of it."""
    second = but(ProposeStage, stage=SECOND)
    story = given(InterventionInstance, OPENED, world=EXEMPT)
    story.when(second).refused(StageOutOfOrder, stage="LETTER_2")


def test_an_old_history_that_was_opened_by_what_was_withheld_goes_on() -> None:
    over = world(exemption=[example(ExemptionGranted), example(ExemptionEnded)])
    old = given(InterventionInstance, OPENED, BY_EXEMPTION, world=over)
    old.when(PROPOSE).then(example(StageProposed))


def test_a_gap_is_not_kept_to_what_lost_its_cause() -> None:
    lost = (OPENED, example(StageProposed), example(StageEntered), example(StageUnsupported))
    stage = but(ProposeStage, stage=replace(SECOND, prerequisites=(), min_gap_school_days=5))
    given(InterventionInstance, *lost[:3]).when(stage).refused(StageTooSoon, stage="LETTER_2")
    after = given(InterventionInstance, *lost).when(stage)
    assert [type(one) for one in after.facts] == [StageProposed]


def test_another_reason_is_said_again() -> None:
    given(InterventionInstance, OPENED, BY_EXEMPTION, world=CLOSED).when(PROPOSE).then(BY_CASE)


def test_a_closed_case_is_named_before_an_exemption() -> None:
    both = world(
        case=[example(CaseOpened), example(CaseClosed)], exemption=[example(ExemptionGranted)]
    )
    given(InterventionInstance, OPENED, world=both).when(PROPOSE).then(BY_CASE)


def test_when_the_exemption_is_over_the_stage_is_proposed() -> None:
    over = world(exemption=[example(ExemptionGranted), example(ExemptionEnded)])
    given(InterventionInstance, OPENED, BY_EXEMPTION, world=over).when(PROPOSE).then(
        example(StageProposed)
    )


def test_a_stage_that_was_proposed_in_between_is_withheld_aloud_again() -> None:
    history = (OPENED, BY_EXEMPTION, example(StageProposed), example(StageWithdrawn))
    given(InterventionInstance, *history, world=EXEMPT).when(PROPOSE).then(BY_EXEMPTION)
