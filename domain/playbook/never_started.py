"""A playbook that waits for a stage of no ladder: a slip of the pen that starts nothing.

It is no fault. A ladder with the stage may come into use later.
"""

from collections.abc import Collection

from domain.playbook.faults import Fault
from domain.shared.playbooks import Playbook


def never_started(playbook: Playbook, stages: Collection[str]) -> list[Fault]:
    """Name a trigger that none of the stages in use is; where none is in use nothing is said."""
    stage = playbook.trigger_stage
    if stage is None or not stages or stage in stages:
        return []
    words = (
        f"no rule set in use has this stage, so nothing starts it; there are {', '.join(stages)}"
    )
    return [Fault("$.trigger.stage", "stage-unknown", words)]
