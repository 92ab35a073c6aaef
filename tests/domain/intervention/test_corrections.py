"""A late correction to the register is honoured, before and after a stage was entered."""

import pytest

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import WithdrawStage
from domain.intervention.events import (
    InterventionOpened,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageUnsupported,
    StageWithdrawn,
)
from domain.kernel.facts import Event
from tests.support.examples import example
from tests.support.scenario import given

OPENED = example(InterventionOpened)
PROPOSED = example(StageProposed)
ENTERED = example(StageEntered)
WITHDRAWN = example(StageWithdrawn)
UNSUPPORTED = example(StageUnsupported)
WITHDRAW = example(WithdrawStage)


def test_before_entry_the_proposal_is_withdrawn_once() -> None:
    given(InterventionInstance, OPENED, PROPOSED).when(WITHDRAW).then(WITHDRAWN).when(
        WITHDRAW
    ).ignored()


def test_after_entry_the_stage_stays_on_record_as_unsupported_once() -> None:
    given(InterventionInstance, OPENED, PROPOSED, ENTERED).when(WITHDRAW).then(UNSUPPORTED).when(
        WITHDRAW
    ).ignored()


@pytest.mark.parametrize("history", [(), (OPENED,), (OPENED, PROPOSED, example(StageDeclined))])
def test_where_nothing_was_proposed_there_is_nothing_to_withdraw(
    history: tuple[Event, ...],
) -> None:
    given(InterventionInstance, *history).when(WITHDRAW).ignored()
