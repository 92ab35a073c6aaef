"""The written form of a rule set: a school's ladder as data, checked when it is read."""

import json
import re
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from domain.attendance.codes import Reasons
from domain.attendance.school_days import MonthDay

_FRACTION: Final = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_MONTH_DAY: Final = re.compile(r"[0-9]{2}-[0-9]{2}")
_FLAT: Final = ("metric", "reasons", "codes", "excludeCodes", "op", "value", "exclusive", "window")
_NAME: Final = r"^[A-Z][A-Z0-9_]*$"
_LEAP_YEAR: Final = 2024


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


class WindowType(StrEnum):
    """The stretch of days that a condition looks at."""

    SCHOOL_YEAR = "SCHOOL_YEAR"
    TERM = "TERM"
    HALF_TERM = "HALF_TERM"
    ROLLING_SCHOOL_WEEKS = "ROLLING_SCHOOL_WEEKS"
    ROLLING_SCHOOL_DAYS = "ROLLING_SCHOOL_DAYS"
    ROLLING_CALENDAR_DAYS = "ROLLING_CALENDAR_DAYS"
    ROLLING_MONTHS = "ROLLING_MONTHS"
    ENROLMENT_TO_DATE = "ENROLMENT_TO_DATE"


def _month_day(value: object) -> object:
    if not isinstance(value, str) or not _MONTH_DAY.fullmatch(value):
        raise ValueError('write month and day, such as "09-01"')
    month, day = map(int, value.split("-"))
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        raise ValueError(f"{value} is not a day of the year") from None
    if (month, day) == (2, 29):
        raise ValueError("29 February does not come every year")
    return value


def _amount(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and int(str(value)) >= 0:
        return value
    if isinstance(value, str) and _FRACTION.fullmatch(value) and int(value.split("/")[1]):
        return value
    raise ValueError('write a whole number, or a fraction of whole numbers such as "10/100"')


Name = Annotated[str, Field(pattern=_NAME, max_length=60)]
Count = Annotated[int, Field(strict=True, ge=0, le=1000)]
Amount = Annotated[int | str, BeforeValidator(_amount)]
MonthDayText = Annotated[str, BeforeValidator(_month_day)]


class _Written(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class SchoolYear(_Written):
    """The nominal school year; a term that runs over its first day belongs to it as a whole."""

    start: MonthDayText = "08-01"
    end: MonthDayText | None = None

    @property
    def begins(self) -> MonthDay:
        """The first day, of any year."""
        return MonthDay(*map(int, self.start.split("-")))


class Population(_Written):
    """Whom the rule set is about."""

    min_age: Count | None = None
    max_age: Count | None = None
    compulsory_age: bool = False
    on_roll: bool = True
    enrolled: bool = True


class Window(_Written):
    """The stretch of days that a condition looks at."""

    type: WindowType = WindowType.SCHOOL_YEAR
    n: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    which: Name | None = None
    spans_years: bool | None = None
    same_school_year: bool | None = None

    @model_validator(mode="after")
    def _rolling_says_how_many(self) -> Self:
        if self.type.startswith("ROLLING_") and self.n is None:
            raise ValueError(f"{self.type} needs n, the number of days, weeks or months")
        return self


class Trigger(_Written):
    """When a stage is reached: one condition, `any` or `all` of several, or a person's decision."""

    metric: Name | None = None
    reasons: Reasons = Reasons.ANY
    codes: tuple[str, ...] = ()
    exclude_codes: tuple[str, ...] = ()
    op: Literal[">="] = ">="
    value: Amount | None = None
    exclusive: bool = False
    window: Window = Window()
    min_possible: Count = 0
    min_enrolled_days: Count | None = None
    any: tuple["Trigger", ...] | None = None
    all: tuple["Trigger", ...] | None = None
    manual: bool = False
    after: Name | None = None
    further_absent_days: Count | None = None
    further_occasions: Count | None = None
    within_school_days: Count | None = None
    after_roll_call: bool = False
    after_register_close: bool = False
    or_expected: bool = False
    prerequisites: tuple[Name, ...] = ()
    requires: Name | None = None
    guards: tuple[Name, ...] = ()
    not_when_only_codes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        shapes = [self.metric, self.any, self.all, self.manual or None, self.after, self.value]
        if all(shape is None for shape in shapes):
            raise ValueError("say a metric, any, all, after, or manual")
        if (self.any is not None) + (self.all is not None) + (self.metric is not None) > 1:
            raise ValueError("say one of metric, any and all")
        if self.any == () or self.all == ():
            raise ValueError("an empty list of conditions decides nothing")
        if self.metric in COMPUTED_METRICS and self.value is None:
            raise ValueError(f"{self.metric} needs a value")
        if self.metric == ABSENCE_RATE and not _is_rate(self.value):
            raise ValueError('a rate is a fraction between 0 and 1, such as "10/100"')
        return self


class Stage(_Written):
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
        condition = {key: data[key] for key in (*_FLAT, "minPossible") if key in data}
        rest = {key: value for key, value in data.items() if key not in condition}
        return {**rest, "trigger": condition} if condition else data


def _at_least_one(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    # Not min_length: it would complain of an empty list when the one stage in it is broken.
    if not stages:
        raise ValueError("a rule set needs at least one stage")
    return stages


class Return(_Written):
    """A report that is owed to an authority."""

    id: str
    covers: str | None = None
    due_in: str | None = None
    due_within: str | None = None
    cumulative: bool = False
    trigger: Trigger | None = None
    to: str | None = None
    once_per_illness: bool = False


class Parallel(_Written):
    """Support that runs beside the ladder."""

    id: Name
    trigger: Trigger
    note: str | None = None


class Occasion(_Written):
    """What counts as one occasion where a rule set counts occasions."""

    any_of: tuple[Name, ...]
    max_per_day: Count | None = None


class RuleSet(_Written):
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


ABSENT_DAYS: Final = "ABSENT_DAYS"
ABSENCE_RATE: Final = "ABSENCE_RATE"
COMPUTED_METRICS: Final = frozenset({ABSENT_DAYS, ABSENCE_RATE})


def fraction(value: int | str) -> tuple[int, int]:
    """Return a written amount as numerator and denominator."""
    if isinstance(value, int):
        return value, 1
    above, below = value.split("/")
    return int(above), int(below)


def _is_rate(value: int | str | None) -> bool:
    if not isinstance(value, str):
        return False
    above, below = fraction(value)
    return above <= below


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
