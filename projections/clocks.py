"""Clocks of stages in the row of an intervention: which still run, and the first to run out."""

from typing import TYPE_CHECKING, Final

from domain.intervention import events as e
from domain.intervention.ladder import condition
from domain.shared.stages import Stage

if TYPE_CHECKING:
    from projections.ladders import InterventionRow
    from projections.stage_lines import StageLine

_OVER: Final = frozenset({"STOPPED", "COMPLETED"})


def school_days(stage: Stage) -> int | None:
    """Return how many school days a clock counts; None where the calendar cannot move it."""
    return None if stage.forthwith or stage.due_days is not None else stage.due_school_days


def told(line: "StageLine", event: e.DueMoved | e.DuePassed) -> "StageLine":
    """Return a stage whose last day has moved or passed."""
    if line.firing != event.firing:
        return line
    if isinstance(event, e.DuePassed):
        return line.but(due_on=event.due_on, past_due_on=event.due_on)
    return line.but(due_on=event.due_on, past_due_on=None if event.runs_again else line.past_due_on)


def looked_at(row: "InterventionRow") -> "InterventionRow":
    """Return the row with what its clocks come to."""
    over = condition(row.stop_reason) if row.status in _OVER else ""
    days = [(s.due_on, s.past_due_on) for s in row.stages if s.due_on and runs(s, over)]
    open_still = (due for due, passed in days if passed is None)
    return row.but(clock=bool(days), due_on=min(open_still, default=None))


def runs(line: "StageLine", over: str = "") -> bool:
    """Say whether a clock of a stage runs, also behind its last day; `over` is what has ended."""
    if over and (line.stops is None or over in line.stops):
        return False
    return line.status == "PROPOSED" or (
        line.status == "ENTERED" and line.carries and not line.done
    )
