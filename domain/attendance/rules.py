"""The written form of a rule set: a school's ladder as data, checked when it is read."""

import json
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from domain.attendance.school_days import MonthDay
from domain.attendance.triggers import Count, MonthDayText, Name, Trigger, Written

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


class RuleProblem(NamedTuple):
    """One thing wrong with a rule set, and where."""

    path: str
    message: str


class RuleSetUnreadable(ValueError):
    """The rule set cannot be used: each problem says where and why."""

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path}: {message}" for path, message in problems))


class Unit(StrEnum):
    """What a rule set counts in; it is the unit of minPossible."""

    SESSION = "SESSION"
    DAY = "DAY"
    OCCASION = "OCCASION"


class Approval(StrEnum):
    """Who must say yes before anything leaves the school."""

    AUTO = "AUTO"
    STAFF = "STAFF"
    HEAD = "HEAD"


class SchoolYear(Written):
    """The nominal school year; a term that runs over its first day belongs to it as a whole."""

    start: MonthDayText = "08-01"
    end: MonthDayText | None = None

    @property
    def begins(self) -> MonthDay:
        """The first day, of any year."""
        return MonthDay(*map(int, self.start.split("-")))


class Population(Written):
    """Whom the rule set is about."""

    min_age: Count | None = None
    max_age: Count | None = None
    compulsory_age: bool = False
    on_roll: bool = True
    enrolled: bool = True


class Stage(Written):
    """One step of a ladder. `track` keeps support and legal duties apart."""

    order: Count
    type: Name
    trigger: Trigger
    track: Name = "SUPPORT"
    prerequisites: tuple[Name, ...] = ()
    approval: Approval = Approval.STAFF
    settle_days: Count = 0
    days_before_next_stage: Count | None = None
    content: str | None = None
    outputs: tuple[Name, ...] = ()
    statute: str | None = None
    template: str | None = None
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


def _at_least_one(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    # Not min_length: it would complain of an empty list when the one stage in it is broken.
    if not stages:
        raise ValueError("a rule set needs at least one stage")
    return stages


class Return(Written):
    """A report that is owed to an authority."""

    id: str
    covers: str | None = None
    due_in: str | None = None
    due_within: str | None = None
    cumulative: bool = False
    trigger: Trigger | None = None
    to: str | None = None
    once_per_illness: bool = False


class Parallel(Written):
    """Support that runs beside the ladder."""

    id: Name
    trigger: Trigger
    note: str | None = None


class Occasion(Written):
    """What counts as one occasion where a rule set counts occasions."""

    any_of: tuple[Name, ...]
    max_per_day: Count | None = None


class RuleSet(Written):
    """A ladder of stages with the rules that lead to them."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z]{2,3})?$")] | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    unit: Unit = Unit.DAY
    population: Population = Population()
    school_year: SchoolYear = SchoolYear()
    occasion: Occasion | None = None
    stages: Annotated[tuple[Stage, ...], AfterValidator(_at_least_one)]
    returns: tuple[Return, ...] = ()
    parallel: tuple[Parallel, ...] = ()
    stop: tuple[Name, ...] = ()
    note: str | None = None

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


@cache
def shipped_rule_set(name: str) -> RuleSet:
    """Return a rule set that ships with the product (`ie-ladder-1`)."""
    folder = resources.files("domain.attendance") / "rule_sets"
    return read_rule_set((folder / f"{name}.json").read_bytes())
