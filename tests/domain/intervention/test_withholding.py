"""A stage whose condition holds, and which something else forbids, is withheld and said once."""

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionEnded, ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ProposeStage
from domain.intervention.events import (
    InterventionOpened,
    StageProposed,
    StageWithdrawn,
    StageWithheld,
    WithholdReason,
)
from tests.support.examples import but, example
from tests.support.scenario import Setting, given, world

OPENED = example(InterventionOpened)
PROPOSE = example(ProposeStage)
EXEMPT = world(exemption=[example(ExemptionGranted)])
CLOSED = world(case=[example(CaseOpened), example(CaseClosed)])
BY_EXEMPTION = example(StageWithheld)
BY_CASE = but(StageWithheld, reason=WithholdReason.CASE_CLOSED)


@pytest.mark.parametrize(("setting", "fact"), [(EXEMPT, BY_EXEMPTION), (CLOSED, BY_CASE)])
def test_the_first_evening_says_why_and_the_others_are_silent(
    setting: Setting, fact: StageWithheld
) -> None:
    given(InterventionInstance, world=setting).when(PROPOSE).then(OPENED, fact).when(
        PROPOSE
    ).ignored()


def test_another_reason_is_said_again() -> None:
    given(InterventionInstance, OPENED, BY_EXEMPTION, world=CLOSED).when(PROPOSE).then(BY_CASE)


def test_a_closed_case_is_named_before_an_exemption() -> None:
    both = world(
        case=[example(CaseOpened), example(CaseClosed)], exemption=[example(ExemptionGranted)]
    )
    given(InterventionInstance, world=both).when(PROPOSE).then(OPENED, BY_CASE)


def test_when_the_exemption_is_over_the_stage_is_proposed() -> None:
    over = world(exemption=[example(ExemptionGranted), example(ExemptionEnded)])
    given(InterventionInstance, OPENED, BY_EXEMPTION, world=over).when(PROPOSE).then(
        example(StageProposed)
    )


def test_a_stage_that_was_proposed_in_between_is_withheld_aloud_again() -> None:
    history = (OPENED, BY_EXEMPTION, example(StageProposed), example(StageWithdrawn))
    given(InterventionInstance, *history, world=EXEMPT).when(PROPOSE).then(BY_EXEMPTION)
