"""Old shapes of letter facts."""

from domain.kernel.facts import upcast


@upcast("letter.requested", from_version=1)
def requested_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 knew no clocks, and none ran."""
    return data
