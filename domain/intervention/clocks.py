"""Clocks of the law: their last day by the calendar of the moment, and what is past due.

A clock runs from the qualifying day until somebody has done what the stage asks for. Its last day
moves with the calendar: a closure that is entered afterwards moves school days, and nobody is told
early. What software enters by itself asks nobody, and has no clock any more.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.kernel.world import World
from domain.shared.stages import Stage

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


class Calendar(Protocol):
    """The open days of a school."""

    def school_days_after(self, on: date, count: int) -> date | None:
        """Return the count-th open day after a day; None behind the known ones."""
        ...

    def weekday_past_the_end(self, on: date, count: int) -> date:
        """Return the count-th day after a day where the known ones end before."""
        ...


class Began(Protocol):
    """What a clock begins with: the day of the look, and that of the mark that qualified."""

    @property
    def evaluated_on(self) -> date:
        """The day of the look."""
        ...

    @property
    def qualified_on(self) -> date | None:
        """The day of the mark that reached the threshold; absent: that of the look."""
        ...


def last_day(stage: Stage, said: Began, calendar: Calendar) -> date | None:
    """Return the last day of a stage's clock by a calendar; None where none runs."""
    began = said.qualified_on or said.evaluated_on
    if stage.forthwith:
        return said.evaluated_on
    if stage.due_days is not None:
        return began + timedelta(days=stage.due_days)
    if stage.due_school_days is None:
        return None
    return school_days_later(began, stage.due_school_days, calendar)


def school_days_later(began: date, count: int, calendar: Calendar) -> date:
    """Return the count-th school day after a day; behind the known ones weekdays count."""
    return calendar.school_days_after(began, count) or calendar.weekday_past_the_end(began, count)


def running(state: "InterventionInstance", name: str) -> e.StageProposed | None:
    """Return what a running clock began with: a proposal that waits, or one that was entered."""
    clock = state.proposed.get(name)
    if clock is None and name not in state.met:
        began = state.began.get(name)
        clock = began if began and state.firings.carries((name, began.firing)) else None
    return None if clock is None or clock.due_on is None else clock


def _shown(state: "InterventionInstance", clock: e.StageProposed) -> date | None:
    """Return the last day of a clock as it was said last."""
    return state.due.get((clock.stage.type, clock.firing), clock.due_on)


def as_shown(state: "InterventionInstance", clock: e.StageProposed) -> e.StageProposed:
    """Return a proposal with the last day of its clock as it stands now."""
    return replace(clock, due_on=_shown(state, clock))


def late(state: "InterventionInstance", name: str, on: date | None = None) -> bool:
    """Say whether what is done now, or on a day, is done after the clock ran out."""
    clock = running(state, name)
    if clock is None:
        return False
    due = _shown(state, clock)
    passed = on is not None and due is not None and on > due
    return passed or (name, clock.firing) in state.past_due


def watch(
    state: "InterventionInstance", command: c.WatchClock, world: World, *, rests: bool
) -> list[e.InterventionEvent]:
    """Say that the last day has moved, and once for a firing that it has passed.

    Where the stage `rests`, because a stop or an exemption reaches it, nothing is past due.
    """
    name, clock = command.stage, running(state, command.stage)
    if clock is None or clock.firing != command.firing:
        return []
    due = command.due_on
    passed = world.today(command.school_id) > due
    told = (name, clock.firing) in state.past_due
    facts: list[e.InterventionEvent] = []
    if due != _shown(state, clock):
        again = told and not passed
        facts.append(e.DueMoved(stage=name, due_on=due, firing=clock.firing, runs_again=again))
    if passed and not told and not rests:
        owner = _owner(state, clock)
        facts.append(e.DuePassed(stage=name, due_on=due, firing=clock.firing, owner=owner))
    return facts


def _owner(state: "InterventionInstance", clock: e.StageProposed) -> str:
    """Return whom the stage is asked of: who approved it, else who proposed it by hand."""
    entered = state.entered.get(clock.stage.type)
    waits = clock.stage.type in state.proposed
    return clock.proposed_by if waits or entered is None else entered.approved_by
