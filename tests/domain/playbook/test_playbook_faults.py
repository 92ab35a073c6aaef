"""What is wrong with a playbook is said in words, all at once, with the place and a code."""

from datetime import time
from typing import Any

import msgspec
import pytest

from domain.playbook.faults import faults_of
from domain.shared.contact import Channel
from domain.shared.playbooks import (
    END,
    Asks,
    BranchStep,
    Condition,
    Escalation,
    LetterStep,
    MeetingStep,
    OffsetUnit,
    OnStage,
    Playbook,
    SendWindow,
    Step,
    StopCondition,
    TaskStep,
    WaitStep,
    Weekday,
)
from tests.support.examples import PLAYBOOK_1, STEPS

FIRST, SECOND, THIRD = STEPS
DAYS = OffsetUnit.SCHOOL_DAYS
WAIT = WaitStep(step_id="wait-2", order=2, offset=1, unit=DAYS, wait=3, on_success=END)
BRANCH = BranchStep(
    step_id="branch-2",
    order=2,
    offset=1,
    unit=DAYS,
    condition=Condition(asks=Asks.STEP_SENT, step_id="sms"),
)
TASK = TaskStep(step_id="task-4", order=4, offset=8, unit=DAYS, task="CALL_HOME", within=2)
MEETING = MeetingStep(step_id="meeting-5", order=5, offset=9, unit=DAYS, within=5)
LETTER = LetterStep(
    step_id="letter-6", order=6, offset=9, unit=DAYS, template_key="LETTER_1_ATTENDANCE"
)


def book(*steps: Step, **fields: Any) -> Playbook:
    return msgspec.structs.replace(PLAYBOOK_1, steps=steps or STEPS, **fields)


def changed(step: Step, **fields: Any) -> Step:
    return msgspec.structs.replace(step, **fields)


def asking(asks: Asks, step_id: str | None) -> Condition:
    return Condition(asks=asks, step_id=step_id)


GRAPH = (FIRST, BRANCH, changed(SECOND, order=3), TASK, MEETING, LETTER)
NO_STOPS: dict[str, Any] = {"stop_conditions": ()}


@pytest.mark.parametrize(
    "playbook",
    [
        PLAYBOOK_1,
        book(FIRST, changed(SECOND, offset=1)),
        book(*GRAPH),
        book(FIRST, WAIT, changed(SECOND, order=3), **NO_STOPS),
        book(changed(FIRST, on_success="last"), SECOND, changed(THIRD, on_failure=END)),
        book(FIRST, changed(SECOND, unit=OffsetUnit.CALENDAR_DAYS, offset=0)),
        book(changed(FIRST, fallback=Channel.EMAIL, expires_after=3)),
        book(FIRST, changed(SECOND, condition=asking(Asks.NOT_REPLIED, None))),
    ],
)
def test_what_can_be_walked_has_no_fault(playbook: Playbook) -> None:
    assert faults_of(playbook) == []


@pytest.mark.parametrize(
    ("playbook", "faults"),
    [
        (msgspec.structs.replace(PLAYBOOK_1, steps=()), [("$.steps", "no-steps")]),
        (book(name=" "), [("$.name", "name-empty")]),
        (book(trigger=OnStage(stage="")), [("$.trigger.stage", "stage-empty")]),
        (book(trigger=OnStage(stage="L\0")), [("$.trigger.stage", "stage-unfit")]),
        (book(trigger=OnStage(stage="letter one")), [("$.trigger.stage", "stage-unfit")]),
        (book(changed(FIRST, order=10**30)), [("$.steps[0].order", "order-too-high")]),
        (
            book(changed(FIRST, template_key="x" * 99)),
            [("$.steps[0].template_key", "template-unfit")],
        ),
        (book(window=SendWindow(days=())), [("$.window.days", "window-empty")]),
        (
            book(window=SendWindow(days=(Weekday.MONDAY,), opens=time(18), closes=time(9))),
            [("$.window.closes", "window-empty")],
        ),
        (book(escalation=Escalation(after=0)), [("$.escalation.after", "days-out-of-range")]),
        (book(FIRST, changed(SECOND, step_id="sms")), [("$.steps", "step-id-twice")]),
        (
            book(changed(FIRST, step_id="asthma-call")),
            [("$.steps[0].step_id", "step-id-unfit")],
        ),
        (book(changed(FIRST, offset=-1)), [("$.steps[0].offset", "days-out-of-range")]),
        (
            book(changed(FIRST, expires_after=0)),
            [("$.steps[0].expires_after", "days-out-of-range")],
        ),
        (book(changed(TASK, within=999)), [("$.steps[0].within", "days-out-of-range")]),
        (
            book(changed(WAIT, wait=0), **NO_STOPS),
            [("$.steps[0].wait", "days-out-of-range")],
        ),
        (book(FIRST, WAIT), [("$.steps[1].kind", "wait-in-vain")]),
        (
            book(changed(FIRST, channel=Channel.POST)),
            [("$.steps[0].channel", "channel-without-sender")],
        ),
        (
            book(changed(FIRST, fallback=Channel.POST)),
            [("$.steps[0].fallback", "channel-without-sender")],
        ),
        (book(changed(FIRST, fallback=Channel.SMS)), [("$.steps[0].fallback", "fallback-same")]),
        (book(changed(FIRST, template_key="")), [("$.steps[0].template_key", "template-missing")]),
        (
            book(FIRST, changed(BRANCH, condition=None)),
            [("$.steps[1].condition", "condition-missing")],
        ),
        (
            book(changed(FIRST, condition=asking(Asks.REPLIED, "sms"))),
            [("$.steps[0].condition.step_id", "condition-names-step")],
        ),
        (
            book(FIRST, changed(BRANCH, condition=asking(Asks.STEP_SENT, None))),
            [("$.steps[1].condition.step_id", "condition-step-unknown")],
        ),
        (
            book(changed(FIRST, condition=asking(Asks.STEP_SENT, "email")), SECOND),
            [("$.steps[0].condition.step_id", "condition-step-later")],
        ),
        (book(FIRST, changed(SECOND, order=1)), [("$.steps[1].order", "order-not-rising")]),
        (
            book(changed(FIRST, on_failure="post-9")),
            [("$.steps[0].on_failure", "follower-unknown")],
        ),
        (
            book(FIRST, changed(SECOND, on_failure="sms", offset=1)),
            [("$.steps[0].on_success", "steps-in-a-circle")],
        ),
        (
            book(changed(FIRST, on_success=END, on_failure=END), SECOND),
            [("$.steps[1]", "step-unreachable")],
        ),
        (book(FIRST, changed(SECOND, offset=0)), [("$.steps[1].offset", "offset-backwards")]),
    ],
)
def test_each_fault_is_named(playbook: Playbook, faults: list[tuple[str, str]]) -> None:
    found = faults_of(playbook)
    assert [(fault.path, fault.code) for fault in found] == faults
    assert all(fault.words.startswith(f"{fault.path}: ") for fault in found)


def test_a_step_is_found_by_its_id_and_the_next_by_its_order_or_its_name() -> None:
    assert PLAYBOOK_1.step("email") is SECOND
    assert (PLAYBOOK_1.following(FIRST), PLAYBOOK_1.following(THIRD)) == (SECOND, None)
    named = book(changed(FIRST, on_success="last", on_failure=END), SECOND, THIRD)
    first = named.step("sms")
    assert (named.following(first), named.following(first, failed=True)) == (THIRD, None)


def test_stop_conditions_are_written_in_the_order_of_the_looks() -> None:
    assert list(StopCondition) == [
        "CASE_CLOSED",
        "EXEMPTION_FLAG",
        "GUARDIAN_REPLIED",
        "ATTENDANCE_IMPROVED",
    ]
