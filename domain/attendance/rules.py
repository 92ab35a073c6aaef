"""The written form of a rule set: a school's ladder as data, checked when it is read."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationError, model_validator

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
from domain.attendance.triggers import OF_TODAY, Count, Name, Trigger, WindowType, Written

__all__ = [
    "RETURNS",
    "Approval",
    "Occasion",
    "Rearm",
    "Retraction",
    "RuleProblem",
    "RuleSet",
    "RuleSetUnreadable",
    "Stage",
    "Unit",
    "read_rule_set",
    "shipped_rule_set",
    "shipped_rule_sets",
    "shipped_text",
]

_FLAT: Final = (
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


class RuleProblem(NamedTuple):
    """One thing wrong with a rule set, and where."""

    path: str
    message: str


class RuleSetUnreadable(ValueError):
    """The rule set cannot be used: each problem says where and why."""

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path}: {message}" for path, message in problems))


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
    per_guardian: bool = False
    period_school_weeks: dict[Literal["min", "max", "default"], Count] | None = None
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat_condition(cls, data: Any) -> Any:
        """Accept a stage that writes its one condition beside its type."""
        if not isinstance(data, dict) or "trigger" in data:
            return data
        condition = {key: data[key] for key in _FLAT if key in data}
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
    def armed_for(self) -> Rearm:
        """Once for what? Said, or else what the trigger looks at: a day, a term, a school year."""
        return self.rearm or _armed_for(self.trigger)


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
        raise ValueError("a rule set needs at least one stage")
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
        """Give stages of one type an id of their own, by their order."""
        if not isinstance(data, dict) or not isinstance(data.get("stages"), list | tuple):
            return data
        return {**data, "stages": _told_apart(data["stages"])}

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

    @model_validator(mode="after")
    def _stages_fit_together(self) -> Self:
        orders = [stage.order for stage in self.stages]
        if len(set(orders)) < len(orders):
            raise ValueError("two stages have the same order")
        types = {stage.type for stage in self.stages}
        for stage in self.stages:
            for wanted in stage.prerequisites:
                if wanted not in types:
                    raise ValueError(f"{stage.type} asks for {wanted}, which is no stage here")
        return self


def _beside(order: int, said: Return | Parallel, trigger: Trigger) -> Stage:
    return Stage(
        order=order,
        type=said.id,
        track=RETURNS if isinstance(said, Return) else said.id,
        trigger=trigger,
        approval=said.approval,
        sources=said.sources,
        note=said.covers if isinstance(said, Return) else said.note,
    )


def _told_apart(stages: Sequence[Any]) -> list[Any]:
    types = Counter(one.get("type") for one in stages if _plain(one))
    return [
        {**one, "id": f"{one['type']}_{one['order']}"}
        if _plain(one) and "id" not in one and types[one["type"]] > 1
        else one
        for one in stages
    ]


def _plain(stage: object) -> bool:
    """Whether a stage as written has a type and an order that an id can be made of."""
    return (
        isinstance(stage, dict)
        and isinstance(stage.get("type"), str)
        and isinstance(stage.get("order"), int)
    )


def read_rule_set(text: str | bytes) -> RuleSet:
    """Read a rule set from JSON.

    Raises:
        RuleSetUnreadable: with the place and the words for each problem.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise RuleSetUnreadable((RuleProblem("$", f"this is not JSON ({error})"),)) from None
    try:
        return RuleSet.model_validate(data)
    except ValidationError as error:
        raise RuleSetUnreadable(tuple(map(_problem, error.errors()))) from None


def _problem(error: Any) -> RuleProblem:
    path = "$"
    for part in error["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return RuleProblem(path, str(error["msg"]).removeprefix("Value error, "))


_SHIPPED: Final = resources.files("domain.attendance") / "rule_sets"


@cache
def shipped_rule_sets() -> tuple[str, ...]:
    """Return the names of the rule sets that ship with the product."""
    return tuple(sorted(file.name[:-5] for file in _SHIPPED.iterdir()))


def shipped_text(name: str) -> bytes:
    """Return a rule set that ships with the product as its authors wrote it."""
    return (_SHIPPED / f"{name}.json").read_bytes()


@cache
def shipped_rule_set(name: str) -> RuleSet:
    """Return a rule set that ships with the product (`ie-ladder-1`)."""
    return read_rule_set(shipped_text(name))
