"""Playbooks as they were stored before, lifted to what they are today."""

from typing import Any


def from_messages_only(playbook: dict[str, Any]) -> dict[str, Any]:
    """Lift a playbook from the time when every step was a message and every trigger a stage."""
    rest = {name: value for name, value in playbook.items() if name != "trigger_stage"}
    stage = playbook["trigger_stage"]
    steps = [{"kind": "MESSAGE", **step} for step in playbook["steps"]]
    return {**rest, "trigger": {"on": "STAGE_ENTERED", "stage": stage}, "steps": steps}
