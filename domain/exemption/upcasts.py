"""Old shapes of exemption facts."""

from domain.kernel.facts import upcast


@upcast("exemption.granted", from_version=1)
def granted_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 knew one effect, which is the new field's default: the family is left alone."""
    return data
