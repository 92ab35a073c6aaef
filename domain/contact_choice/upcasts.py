"""Old shapes of facts about choices."""

from typing import Any

from domain.kernel.facts import upcast


@upcast("contact_choice.consent_recorded", from_version=1)
def before_purposes(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 was about messages of the nudging kind, and about consent: it said so."""
    return data | {"purpose": "NUDGE", "basis": "CONSENT"}


@upcast("contact_choice.suppression_lifted", from_version=1)
def before_reasons(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 did not ask why, as the absence says."""
    return data
