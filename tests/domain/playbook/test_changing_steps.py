"""Steps are added, changed and removed one by one, and keep their ids. 000-151 to 000-153."""

import msgspec
import pytest

from domain.playbook.refusals import StepExists, StepNotThere, StepRenamed
from domain.playbook.writing import with_step, with_step_changed, without_step
from domain.shared.playbooks import OffsetUnit, TaskStep
from tests.support.examples import PLAYBOOK_1, STEPS

TASK = TaskStep(
    step_id="task-1", order=2, offset=1, unit=OffsetUnit.SCHOOL_DAYS, task="CALL_HOME", within=2
)
ROOMY = msgspec.structs.replace(
    PLAYBOOK_1, steps=tuple(msgspec.structs.replace(s, order=s.order * 10) for s in STEPS)
)


def ids(playbook: object) -> list[str]:
    return [step.step_id for step in getattr(playbook, "steps", ())]


def test_a_step_is_added_in_its_order() -> None:
    """000-151 POST adds a step."""
    later = msgspec.structs.replace(TASK, order=15)
    assert ids(with_step(ROOMY, later)) == ["sms", "task-1", "email", "last"]
    with pytest.raises(StepExists):
        with_step(ROOMY, STEPS[0])


def test_a_step_is_changed_and_keeps_its_id() -> None:
    """000-152 PUT updates a step."""
    moved = msgspec.structs.replace(STEPS[0], order=25)
    assert ids(with_step_changed(ROOMY, "sms", moved)) == ["email", "sms", "last"]
    with pytest.raises(StepNotThere):
        with_step_changed(ROOMY, "fax", moved)
    with pytest.raises(StepRenamed):
        with_step_changed(ROOMY, "email", moved)


def test_a_step_is_removed() -> None:
    """000-153 DELETE removes a step."""
    assert ids(without_step(ROOMY, "email")) == ["sms", "last"]
    with pytest.raises(StepNotThere):
        without_step(ROOMY, "fax")
