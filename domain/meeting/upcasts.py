"""Old shapes of meeting facts."""

from domain.kernel.facts import upcast

HALF_AN_HOUR = 30


@upcast("meeting.scheduled", from_version=1)
def scheduled_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 had no duration: diaries then had half-hour slots only."""
    return {**data, "duration_minutes": HALF_AN_HOUR}
