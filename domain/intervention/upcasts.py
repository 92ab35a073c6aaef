"""Old shapes of intervention facts."""

from domain.kernel.facts import upcast


@upcast("intervention.opened", from_version=1)
@upcast("intervention.stage_proposed", from_version=1)
@upcast("intervention.stage_proposed", from_version=3)
@upcast("intervention.stage_entered", from_version=1)
@upcast("intervention.stage_entered", from_version=2)
@upcast("intervention.stage_unsupported", from_version=1)
@upcast("intervention.correction_reviewed", from_version=1)
@upcast("intervention.letter_sent", from_version=1)
@upcast("intervention.meeting_arranged", from_version=1)
@upcast("intervention.stage_fulfilled", from_version=1)
@upcast("intervention.stopped", from_version=1)
def before_new_fields(data: dict[str, object]) -> dict[str, object]:
    """Older versions knew none of the new fields; each default says what its absence means."""
    return data


@upcast("intervention.stage_proposed", from_version=2)
def before_qualifying_days(data: dict[str, object]) -> dict[str, object]:
    """Version 2 had no qualifying day: its clock began with the look, as its absence says."""
    return data
