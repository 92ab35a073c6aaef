"""Old shapes of facts about runs."""

from domain.kernel.facts import upcast


@upcast("playbook_run.started", from_version=1)
def before_firings(data: dict[str, object]) -> dict[str, object]:
    """Version 1 did not know its firing: it is about the latest entry, as its absence says."""
    return data
