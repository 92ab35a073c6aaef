"""Guards of stages: who answers them, and what in a climb stands for what people do."""

from functools import cache
from typing import Final

from domain.attendance.metric_catalogue import catalogue
from domain.attendance.rule_model import Stage

NO_N_MARKS: Final = "NO_N_MARKS"


DEEDS: Final = {
    "CONFERENCE_ATTEMPTED": ("CONFERENCE",),
    "NOTICES_1_2_3_DOCUMENTED": (
        "TRUANCY_NOTICE_1",
        "TRUANCY_NOTICE_2",
        "HABITUAL_TRUANT_NOTICE_3",
    ),
    "PREVENTION_MEASURES_DOCUMENTED": ("PREVENTION_MEASURES",),
}
"""By guard that facts answer, the stages whose work meets it. A what-if has no facts about what
would have been: it takes the work as done on the day on which the stage would be entered."""


@cache
def _of_persons() -> frozenset[str]:
    return frozenset(one.name for one in catalogue().guards if one.decided_by == "PERSON")


def taken_as_met(stage: Stage) -> tuple[str, ...]:
    """Return the guards of a stage that only a person answers; no computation holds it for them."""
    return tuple(guard for guard in stage.guards if guard in _of_persons())
