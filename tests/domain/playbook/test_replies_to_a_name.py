"""A playbook that looks for a reply over a sender that nobody can answer is told so (trap 43)."""

from typing import Any

import msgspec
import pytest

from domain.playbook.one_way import unanswerable
from domain.shared.contact import Channel
from domain.shared.playbooks import (
    END,
    Asks,
    Condition,
    MessageStep,
    OffsetUnit,
    Playbook,
    Step,
    TaskStep,
    WaitStep,
)
from tests.support.examples import PLAYBOOK_1, STEPS

FIRST = STEPS[0]
DAYS = OffsetUnit.SCHOOL_DAYS
TASK = TaskStep(step_id="task-4", order=4, offset=8, unit=DAYS, task="CALL_HOME", within=2)
TEXT = MessageStep(
    step_id="sms-1", order=1, offset=1, unit=DAYS, channel=Channel.SMS, template_key="T"
)
BY_NAME = frozenset({Channel.SMS})


def book(*steps: Step, **fields: Any) -> Playbook:
    return msgspec.structs.replace(PLAYBOOK_1, **{"stop_conditions": (), "steps": steps, **fields})


def changed(step: Step, **fields: Any) -> Step:
    return msgspec.structs.replace(step, **fields)


def places(playbook: Playbook) -> list[str]:
    return [fault.path for fault in unanswerable(playbook, BY_NAME)]


def test_a_playbook_that_stops_on_a_reply_is_told_which_texts_bring_none() -> None:
    """Trap 43."""
    [fault, *_] = unanswerable(PLAYBOOK_1, BY_NAME)
    assert (fault.path, fault.code) == ("$.steps[0].channel", "reply-impossible")
    assert "nobody can answer a name" in fault.words


@pytest.mark.parametrize(
    "step",
    [
        changed(TASK, condition=Condition(asks=Asks.REPLIED)),
        changed(TASK, condition=Condition(asks=Asks.NOT_REPLIED)),
        changed(TEXT, step_id="sms-2", order=2, channel=Channel.EMAIL, skip_if_replied=True),
        WaitStep(step_id="wait-2", order=2, offset=1, unit=DAYS, wait=3, on_success=END),
    ],
    ids=["asks", "asks for none", "skips", "waits"],
)
def test_each_way_to_look_for_a_reply_counts(step: Step) -> None:
    """Trap 43."""
    assert places(book(TEXT, step)) == ["$.steps[0].channel"]


def test_a_fallback_may_be_the_one_that_nobody_can_answer() -> None:
    mail = changed(TEXT, channel=Channel.EMAIL, fallback=Channel.SMS, skip_if_replied=True)
    assert places(book(mail)) == ["$.steps[0].fallback"]


def test_a_playbook_that_looks_for_none_may_text_under_a_name() -> None:
    asks_else = changed(TASK, condition=Condition(asks=Asks.STEP_SENT, step_id="sms-1"))
    assert places(book(TEXT, asks_else)) == []


def test_a_sender_with_a_number_can_be_answered() -> None:
    assert unanswerable(PLAYBOOK_1, frozenset()) == []
