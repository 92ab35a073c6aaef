"""What is wrong with a playbook is said in words, all at once, with the place."""

import msgspec
import pytest

from domain.shared.contact import Channel
from domain.shared.playbooks import Playbook, Step, StopCondition, faults_of
from tests.support.examples import PLAYBOOK_1, STEPS

FIRST, SECOND, THIRD = STEPS


def with_steps(*steps: Step) -> Playbook:
    return msgspec.structs.replace(PLAYBOOK_1, steps=steps)


def changed(step: Step, **fields: object) -> Step:
    return msgspec.structs.replace(step, **fields)


@pytest.mark.parametrize(
    ("playbook", "faults"),
    [
        (PLAYBOOK_1, []),
        (with_steps(), ["steps: a playbook needs at least one step"]),
        (
            with_steps(FIRST, changed(SECOND, step_id="sms")),
            ["steps: two steps have the same id"],
        ),
        (
            with_steps(SECOND, changed(FIRST, offset=9)),
            ["steps.sms.order: must be above 2"],
        ),
        (
            with_steps(FIRST, changed(SECOND, order=1)),
            ["steps.email.order: must be above 1"],
        ),
        (with_steps(FIRST, changed(SECOND, offset=1)), []),
        (
            with_steps(FIRST, changed(SECOND, step_id="asthma-call")),
            ["steps.2.step_id: a way and a number, such as sms-1"],
        ),
        (
            with_steps(FIRST, changed(SECOND, offset=0)),
            ["steps.email.offset: comes before the step ahead of it"],
        ),
        (
            with_steps(FIRST, changed(SECOND, channel=Channel.POST)),
            ["steps.email.channel: POST has no sender in this release"],
        ),
        (
            with_steps(SECOND, FIRST),
            [
                "steps.sms.order: must be above 2",
                "steps.sms.offset: comes before the step ahead of it",
            ],
        ),
    ],
)
def test_each_fault_is_named(playbook: Playbook, faults: list[str]) -> None:
    assert faults_of(playbook) == faults


def test_a_step_is_found_by_its_id_and_the_next_by_its_order() -> None:
    assert PLAYBOOK_1.step("email") is SECOND
    assert (PLAYBOOK_1.after(1), PLAYBOOK_1.after(3)) == (SECOND, None)


def test_stop_conditions_are_written_in_the_order_of_the_looks() -> None:
    assert list(StopCondition) == [
        "CASE_CLOSED",
        "EXEMPTION_FLAG",
        "GUARDIAN_REPLIED",
        "ATTENDANCE_IMPROVED",
    ]
