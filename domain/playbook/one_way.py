"""Texts under a name cannot be answered: a playbook that waits for an answer is told so.

To an alphanumeric sender there is no reply, no STOP and no START, in any country that allows one.
It is no fault: calls, e-mails and letters may still bring an answer. But nobody should count on it
unawares.
"""

from collections.abc import Collection
from typing import Final

from domain.playbook.faults import Fault
from domain.shared.contact import Channel
from domain.shared.playbooks import Asks, MessageStep, Playbook, Step, StopCondition, WaitStep

_REPLIES: Final = frozenset({Asks.REPLIED, Asks.NOT_REPLIED})


def unanswerable(playbook: Playbook, one_way: Collection[Channel]) -> list[Fault]:
    """Name each message that nobody can answer, where the playbook looks for an answer."""
    if not looks_for_reply(playbook):
        return []
    return [
        Fault(
            f"$.steps[{place}].{name}",
            "reply-impossible",
            f"{channel} goes out under a name here, and nobody can answer a name: no reply to this"
            " step will ever stop, hold or steer the run",
        )
        for place, step in enumerate(playbook.steps)
        if isinstance(step, MessageStep)
        for name, channel in (("channel", step.channel), ("fallback", step.fallback))
        if channel in one_way
    ]


def looks_for_reply(playbook: Playbook) -> bool:
    """Say whether anything in a playbook depends on an answer."""
    stops = StopCondition.GUARDIAN_REPLIED in playbook.stop_conditions
    return stops or any(_step_looks(step) for step in playbook.steps)


def _step_looks(step: Step) -> bool:
    asks = step.condition is not None and step.condition.asks in _REPLIES
    skips = isinstance(step, MessageStep) and step.skip_if_replied
    return asks or skips or isinstance(step, WaitStep)
