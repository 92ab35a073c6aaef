"""Old shapes of facts about messages."""

from domain.kernel.facts import upcast


@upcast("message.requested", from_version=1)
def requested_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 spoke of one child only."""
    return data


@upcast("message.accepted", from_version=1)
def accepted_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 knew the first generation and its channel only, as the absence says."""
    return data


@upcast("message.delivered", from_version=1)
def delivered_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 knew the first generation only."""
    return data


@upcast("message.undelivered", from_version=1)
def undelivered_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 knew the first generation only."""
    return data


@upcast("message.failed", from_version=1)
def failed_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 did not say what would help, unless it was the address."""
    return data
