"""One condition asked of one line through `evaluate`, the way every evening asks it."""

from datetime import date
from typing import Any

from domain.attendance.evaluate import evaluate
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.tally import SchoolFacts

ALWAYS_OPEN = SchoolDays()
PERSISTENT = {"metric": "ABSENCE_RATE", "value": "10/100"}
SEVERE = {"metric": "ABSENCE_RATE", "value": "50/100"}


def days_absent(value: int | str, **more: Any) -> dict[str, Any]:
    """So many days absent in the school year."""
    return {"metric": "ABSENT_DAYS", "value": value, **more}


def reaches(
    line: RegisterLine,
    trigger: dict[str, Any],
    on: date,
    *,
    settle: int = 0,
    calendar: SchoolDays = ALWAYS_OPEN,
    unit: str = "SESSION",
) -> bool:
    """Say whether an evaluation of a day finds that a pupil meets a condition."""
    stage = {"order": 1, "type": "ASKED", "trigger": trigger, "settleDays": settle}
    written = {"id": "t", "unit": unit, "schoolYear": {"start": "09-01"}, "stages": [stage]}
    schools = {line.school: SchoolFacts(calendar, Denominator.MARKS)}
    (answer,) = evaluate(RuleSet.model_validate(written), on, [line], schools).stages
    assert answer.not_computed is None
    return bool(answer.pupils)
