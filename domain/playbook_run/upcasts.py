"""Old shapes of facts about runs."""

from typing import Any

from domain.kernel.facts import upcast
from domain.shared.playbook_shapes import from_messages_only


@upcast("playbook_run.started", from_version=1)
def before_firings(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 did not know its firing: it is about the latest entry, as its absence says."""
    return data


@upcast("playbook_run.step_scheduled", from_version=1)
def before_budgets(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew no budget of a family's day, as the absence says."""
    return data


@upcast("playbook_run.step_requested", from_version=1)
def before_moves(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 left to the run's beginning what is asked for, as the absence says."""
    return data


@upcast("playbook_run.started", from_version=2)
def before_kinds(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 knew messages only, and stages as the only triggers."""
    return data | {"playbook": from_messages_only(data["playbook"])}


@upcast("playbook_run.guardian_replied", from_version=1)
def before_policies(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 left to the run's beginning what becomes of other runs, as the absence says."""
    return data
