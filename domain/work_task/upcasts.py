"""Old shapes of facts about tasks."""

from typing import Any

from domain.kernel.facts import upcast


@upcast("work_task.raised", from_version=1)
def before_playbooks(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 was asked of anybody, for no day and of no run, as the absences say."""
    return data
