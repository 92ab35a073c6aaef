"""One pupil asked on one evening, with what facts say of the pupil's ladder."""

from datetime import UTC, date, datetime
from typing import Any

from domain.attendance.arming import Arming
from domain.attendance.ladder import rungs
from domain.attendance.one_evening import OneEvening, Stood
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.simulating import Asking, Simulated, simulate
from domain.attendance.tally import SchoolFacts
from projections.stage_lines import FiringLine, StageLine

NOTHING = Stood()


def stands(stage: str, status: str, on: date | None = None, **more: Any) -> StageLine:
    """A stage of the track SUPPORT as facts say it stands."""
    entered = on if status == "ENTERED" else None
    fired = {"evaluated_on": on, "entered_on": entered, "track": "SUPPORT"}
    void = bool(more.get("unsupported"))
    decided = (FiringLine(1, on, 1, entered, void),) if status in {"ENTERED", "DECLINED"} else ()
    line = StageLine(stage, status, datetime(2025, 9, 1, tzinfo=UTC), **(fired | more))
    return line.but(firings=decided)


def stood(*lines: StageLine, **more: Any) -> Stood:
    """What facts say of some stages."""
    return Stood({one.stage: one for one in lines}, **more)


def ask_one(
    rules: RuleSet, on: date, who: RegisterLine, facts: SchoolFacts, known: Stood = NOTHING
) -> list[Simulated]:
    """Ask every stage about one pupil on one evening."""
    arming = Arming(rules, on, lambda: sheet_of([who]), facts, known.entered)
    evenings = [OneEvening(on, facts.calendar, known, arming.anchor) for _ in range(2)]
    return simulate(Asking(rules, rungs(rules), on, who, facts), *evenings)
