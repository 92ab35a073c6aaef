"""A playbook that waits for a stage of no ladder is told so, and may be written all the same."""

import msgspec

from domain.playbook.never_started import never_started
from domain.shared.playbooks import ByHand, OnStage
from tests.support.examples import PLAYBOOK_1

STAGES = ("LETTER_1", "LETTER_2")


def test_a_stage_that_no_ladder_has_is_named_with_those_that_there_are() -> None:
    slip = msgspec.structs.replace(PLAYBOOK_1, trigger=OnStage(stage="LETER_1"))
    (fault,) = never_started(slip, STAGES)
    assert (fault.path, fault.code) == ("$.trigger.stage", "stage-unknown")
    assert fault.words.endswith("there are LETTER_1, LETTER_2")


def test_what_can_start_and_what_nobody_can_judge_is_left_alone() -> None:
    assert never_started(PLAYBOOK_1, STAGES) == []
    assert never_started(PLAYBOOK_1, ()) == []
    by_hand = msgspec.structs.replace(PLAYBOOK_1, trigger=ByHand())
    assert never_started(by_hand, STAGES) == []
