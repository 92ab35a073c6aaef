"""Old shapes of evaluation facts."""

from domain.kernel.facts import upcast


@upcast("evaluation.completed", from_version=1)
def completed_1(data: dict[str, object]) -> dict[str, object]:
    """Version 1 was written by the look of the evening only, and did not say what it left."""
    return data


@upcast("evaluation.completed", from_version=2)
def completed_2(data: dict[str, object]) -> dict[str, object]:
    """Version 2 asked no register whether it had closed; that `over` is absent says so."""
    return data


@upcast("evaluation.completed", from_version=3)
def completed_3(data: dict[str, object]) -> dict[str, object]:
    """Version 3 did not say by which engine; 0 stands for all before they had numbers."""
    return data
