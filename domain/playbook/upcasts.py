"""Old shapes of playbooks."""

from typing import Any

from domain.kernel.facts import upcast
from domain.shared.playbook_shapes import from_messages_only


@upcast("playbook.activated", from_version=1)
def before_kinds(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew messages only, and stages as the only triggers."""
    return data | {"playbook": from_messages_only(data["playbook"])}
