"""A rule set as it is written: stages on tracks, what leads to each, and where that comes from.

The model reads every rule set that was ever stored; a new one is checked in `rule_faults`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.attendance.rule_parts import (
    Approval,
    Occasion,
    Parallel,
    Population,
    Rearm,
    Retraction,
    Return,
    SchoolYear,
    Source,
    Track,
    Unit,
)
from domain.attendance.rule_problems import wrong
from domain.attendance.triggers import NAME, OF_TODAY, Count, Name, Trigger, WindowType, Written

FLAT: Final = (
    "condition",
    "metric",
    "reasons",
    "codes",
    "excludeCodes",
    "op",
    "value",
    "percent",
    "days",
    "exclusive",
    "window",
    "minPossible",
    "from",
    "to",
)

RETURNS: Final = "RETURNS"
"""The track of returns that are owed when a trigger says so."""


class Stage(Written):
    """One step of a ladder. `track` keeps support and legal duties apart."""

    id: Name | None = None
    order: Count
    type: Name
    trigger: Trigger
    track: Name = "SUPPORT"
    prerequisites: tuple[Name, ...] = ()
    approval: Approval = Approval.STAFF
    settle_days: Count = 0
    days_before_next_stage: Count | None = None
    due_within_school_days: Count | None = None
    due_within_days: Count | None = None
    due_forthwith: bool = False
    rearm: Rearm | None = None
    retraction: Retraction = Retraction.REARM
    content: str | None = None
    outputs: tuple[Name, ...] = ()
    statute: str | None = None
    sources: tuple[Name, ...] = ()
    template: str | None = None
    letter_template_id: UUID | None = None
    stop_conditions: tuple[Name, ...] = ()
    escalation_conditions: Trigger | None = None
    attendees: tuple[Name, ...] = ()
    log_attempts: bool = False
    guards: tuple[Name, ...] = ()
    four_eyes: bool = False
    asks_reason: bool = False
    per_guardian: bool = False
    once_per_illness: bool = False
    period_school_weeks: dict[Literal["min", "max", "default"], Count] | None = None
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat_condition(cls, data: Any) -> Any:
        """Accept a stage that writes its one condition beside its type."""
        if not isinstance(data, dict) or "trigger" in data:
            return data
        condition = {key: data[key] for key in FLAT if key in data}
        rest = {key: value for key, value in data.items() if key not in condition}
        return {**rest, "trigger": condition} if condition else data

    @property
    def key(self) -> str:
        """What tells the stage from the others of its rule set."""
        return self.id or self.type

    @property
    def needs(self) -> tuple[str, ...]:
        """Every stage that must have been entered before, wherever the rule set says so."""
        said = (*self.prerequisites, *self.trigger.prerequisites)
        return tuple(dict.fromkeys((*said, *filter(None, (self.trigger.requires,)))))

    @property
    def waits(self) -> bool:
        """Whether the stage is not asked for before the register of a half-day has closed."""
        return self.trigger.after_roll_call or self.trigger.after_register_close

    @property
    def armed_for(self) -> Rearm:
        """Once for what? Said, or else what the trigger looks at: a day, a term, a school year.

        Illnesses are spells: one is over when the pupil was at school again.
        """
        said = Rearm.SPELL if self.once_per_illness else self.rearm
        return said or _armed_for(self.trigger)


def _armed_for(trigger: Trigger) -> Rearm:
    if trigger.metric in OF_TODAY:
        return Rearm.DAY
    kind = trigger.window.type
    counted = trigger.metric is not None
    if counted and kind in {WindowType.TERM, WindowType.HALF_TERM}:
        return Rearm(kind.value)
    return Rearm.SCHOOL_YEAR


def _at_least_one(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    # Not min_length: it would complain of an empty list when the one stage in it is broken.
    if not stages:
        raise wrong(("stages-missing", "a rule set needs at least one stage", "write one"))
    return stages


class RuleSet(Written):
    """A ladder of stages with the rules that lead to them."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z]{2,3})?$")] | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    unit: Unit = Unit.DAY
    population: Population = Population()
    school_year: SchoolYear = SchoolYear()
    occasion: Occasion | None = None
    sources: tuple[Source, ...] = ()
    tracks: tuple[Track, ...] = ()
    stages: Annotated[tuple[Stage, ...], AfterValidator(_at_least_one)]
    returns: tuple[Return, ...] = ()
    parallel: tuple[Parallel, ...] = ()
    stop: tuple[Name, ...] = ()
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _told_apart(cls, data: Any) -> Any:
        """Give stages of one type ids, and a stage without a trigger what led on to it."""
        return cls.prepared(data) if isinstance(data, dict) else data

    @staticmethod
    def prepared(data: dict[str, Any]) -> dict[str, Any]:
        """Return a rule set as it is read: each stage with an id and a trigger, if it can have."""
        if not isinstance(data.get("stages"), list | tuple):
            return data
        return {**data, "stages": _led_to(_told_apart(data["stages"]))}

    @property
    def every_stage(self) -> tuple[Stage, ...]:
        """The stages in order; then what runs beside them, and returns that are owed on a trigger.

        Each of those stands on a track of its own and waits for nothing.
        """
        after = max(stage.order for stage in self.stages) + 1
        beside: list[Return | Parallel] = [*self.parallel, *self.returns]
        told = [(one, one.trigger) for one in beside if one.trigger is not None]
        more = [_beside(order, *one) for order, one in enumerate(told, after)]
        return (*sorted(self.stages, key=lambda stage: stage.order), *more)


def _beside(order: int, said: Return | Parallel, trigger: Trigger) -> Stage:
    return Stage(
        order=order,
        type=_as_name(said.id),
        track=RETURNS if isinstance(said, Return) else said.id,
        trigger=trigger,
        approval=said.approval,
        once_per_illness=isinstance(said, Return) and said.once_per_illness,
        sources=said.sources,
        note=said.covers if isinstance(said, Return) else said.note,
    )


def _as_name(written: str) -> str:
    """Return the id of a return as a stage may be called; stored ones were not asked for that."""
    return (
        re.sub(r"[^A-Z0-9]", "_", f"R_{written}".upper())[:60] if not _named(written) else written
    )


def _named(written: str) -> bool:
    return re.fullmatch(NAME, written) is not None


def _told_apart(stages: Sequence[Any]) -> list[Any]:
    types = Counter(one.get("type") for one in stages if _plain(one))
    return [
        {**one, "id": f"{one['type']}_{one['order']}"}
        if _plain(one) and "id" not in one and types[one["type"]] > 1
        else one
        for one in stages
    ]


def _led_to(stages: list[Any]) -> list[Any]:
    """Write the escalation conditions of a stage as the trigger of the next one of its track."""
    leads: dict[str, Any] = {}
    found = {}
    for place in sorted(range(len(stages)), key=lambda n: _order(stages[n])):
        one = stages[place]
        if not isinstance(one, dict):
            continue
        track = str(one.get("track", "SUPPORT"))
        before = leads.pop(track, None)
        if before is not None and not set(one) & {"trigger", *FLAT}:
            found[place] = {**one, "trigger": before}
        leads[track] = one.get("escalationConditions")
    return [found.get(place, one) for place, one in enumerate(stages)]


def _order(stage: object) -> int:
    order = stage.get("order") if isinstance(stage, dict) else None
    return order if isinstance(order, int) else 0


def _plain(stage: object) -> bool:
    """Whether a stage as written has a type and an order that an id can be made of."""
    return (
        isinstance(stage, dict)
        and isinstance(stage.get("type"), str)
        and isinstance(stage.get("order"), int)
    )
