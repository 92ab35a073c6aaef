"""The written form of a trigger: a metric, a window and a value, or a condition with a name."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from domain.attendance.codes import Reasons
from domain.attendance.rule_problems import Said, nearest, quoted, wrong

_FRACTION: Final = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_MONTH_DAY: Final = re.compile(r"[0-9]{2}-[0-9]{2}")
_PERCENT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?")
NAME: Final = r"^[A-Z][A-Z0-9_]*$"
_LEAP_YEAR: Final = 2024
_DAY_RIGHT: Final = 'write month and day, such as "09-01"'


class Metric(StrEnum):
    """What can be counted. `metric_catalogue.json` says of each how."""

    ABSENT_DAYS = "ABSENT_DAYS"
    ABSENCE_RATE = "ABSENCE_RATE"
    COUNT = "COUNT"
    CONSECUTIVE_DAYS = "CONSECUTIVE_DAYS"
    TARDY_COUNT = "TARDY_COUNT"
    OCCASIONS = "OCCASIONS"
    ABSENT_DAY_RATE = "ABSENT_DAY_RATE"
    UNEXCUSED_DAY_RATE = "UNEXCUSED_DAY_RATE"
    UNEXPLAINED_TODAY = "UNEXPLAINED_TODAY"
    CODE_TODAY = "CODE_TODAY"


RATES: Final = frozenset({Metric.ABSENCE_RATE, Metric.ABSENT_DAY_RATE, Metric.UNEXCUSED_DAY_RATE})
OF_TODAY: Final = frozenset({Metric.UNEXPLAINED_TODAY, Metric.CODE_TODAY})
BY_CODE: Final = frozenset({Metric.COUNT, Metric.CODE_TODAY})


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
    DATE_WINDOW = "DATE_WINDOW"


def month_day(value: object) -> object:
    """Check that a text names a day of every year."""
    if not isinstance(value, str) or not _MONTH_DAY.fullmatch(value):
        raise wrong(("malformed-day", "this is no month and day", _DAY_RIGHT))
    month, day = map(int, value.split("-"))
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        said = ("malformed-day", f"{value} is not a day of the year", _DAY_RIGHT)
        raise wrong(said) from None
    if (month, day) == (2, 29):
        raise wrong(("malformed-day", "29 February does not come every year", 'write "02-28"'))
    return value


def _end_of_dates(value: object) -> object:
    """Accept a date, or a day of every year."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return month_day(value)


def _amount(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and int(str(value)) >= 0:
        return value
    if isinstance(value, str) and _FRACTION.fullmatch(value) and int(value.split("/")[1]):
        return value
    right = 'write a whole number, or a fraction of whole numbers such as "10/100"'
    raise wrong(("malformed-amount", "this is no amount that can be compared exactly", right))


Name = Annotated[str, Field(pattern=NAME, max_length=60)]
Count = Annotated[int, Field(strict=True, ge=0, le=1000)]
Amount = Annotated[int | str, BeforeValidator(_amount)]
MonthDayText = Annotated[str, BeforeValidator(month_day)]
DateText = Annotated[date | str, BeforeValidator(_end_of_dates)]


class Written(BaseModel):
    """Something that a person writes as JSON: camel case, nothing unknown."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Window(Written):
    """The stretch of days that a condition looks at."""

    type: WindowType = WindowType.SCHOOL_YEAR
    n: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    which: Literal["CURRENT", "PREVIOUS"] | None = None
    spans_years: bool | None = None
    same_school_year: bool | None = None
    begins: Annotated[DateText | None, Field(alias="from")] = None
    ends: Annotated[DateText | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _says_what_its_type_needs(self) -> Self:
        if said := self._lacks():
            raise wrong(*said)
        return self

    def _lacks(self) -> list[Said]:
        said: list[Said] = []
        if self.type.startswith("ROLLING_") and self.n is None:
            right = 'the number of days, weeks or months, such as "n": 10'
            said.append(("window-n-missing", f"{self.type} needs n", right))
        dated = self.type is WindowType.DATE_WINDOW
        if dated and (self.begins is None or self.ends is None):
            right = 'dates, or days such as "from": "09-01", "to": "12-31"'
            said.append(("window-dates-missing", "DATE_WINDOW needs from and to", right))
        elif dated and isinstance(self.begins, str) is not isinstance(self.ends, str):
            right = "two dates, or two days of every year"
            said.append(
                ("window-dates-mixed", "from and to are not both dates or both days", right)
            )
        if self.which is not None and self.type not in {WindowType.TERM, WindowType.HALF_TERM}:
            right = "leave which out, or ask for a TERM or a HALF_TERM"
            said.append(("window-which", "which goes with TERM and HALF_TERM only", right))
        return said

    @property
    def stays_in_its_year(self) -> bool:
        """Whether a rolling window ends at the first day of the school year."""
        return bool(self.same_school_year) or self.spans_years is False


class Trigger(Written):
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
    during: Window | None = None
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

    @model_validator(mode="before")
    @classmethod
    def _named_condition(cls, data: Any) -> Any:
        """Write one of the five conditions with a name as the metric that it means."""
        if not isinstance(data, dict) or "condition" not in data:
            return data
        return _translated({key: value for key, value in data.items() if key != "condition"}, data)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if said := [*self._shapeless(), *self._lacks()]:
            raise wrong(*said)
        return self

    def _shapeless(self) -> list[Said]:
        shapes = [self.metric, self.any, self.all, self.manual or None, self.after, self.value]
        if all(shape is None for shape in [*shapes, self.during]):
            right = "say a metric, any, all, after, during, or manual"
            return [("trigger-empty", "nothing leads here", right)]
        if (self.any is not None) + (self.all is not None) + (self.metric is not None) > 1:
            right = "say one of metric, any and all; put the others inside it"
            return [("trigger-mixed", "metric, any and all stand side by side", right)]
        if self.any == () or self.all == ():
            right = "name at least one condition"
            return [("trigger-empty", "an empty list of conditions decides nothing", right)]
        return []

    def _lacks(self) -> list[Said]:
        said: list[Said] = []
        if self.metric in set(Metric) - OF_TODAY and self.value is None:
            right = '"10/100"' if self.metric in RATES else "5"
            said.append(
                ("value-missing", f"{self.metric} needs a value", f'such as "value": {right}')
            )
        elif self.metric in RATES and not _is_rate(self.value):
            right = 'a rate is a fraction between 0 and 1, such as "10/100"'
            said.append(("malformed-rate", f"{self.metric} is a rate and this is none", right))
        if self.metric in BY_CODE and not self.codes:
            right = 'name them, such as "codes": ["N"]'
            said.append(("codes-missing", f"{self.metric} needs codes", right))
        if self.during is not None and self.during.type is not WindowType.DATE_WINDOW:
            right = '{"type": "DATE_WINDOW", "from": "09-01", "to": "12-31"}'
            said.append(("during-dates", "during is a DATE_WINDOW", right))
        return said


NAMED: Final = {
    "AbsenceCountThreshold": Metric.ABSENT_DAYS,
    "AttendancePercentThreshold": Metric.ABSENCE_RATE,
    "ConsecutiveAbsenceDays": Metric.CONSECUTIVE_DAYS,
    "TardyCountThreshold": Metric.TARDY_COUNT,
}
DATE_WINDOW_CONDITION: Final = "DateWindow"


def _translated(said: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what a named condition means. `days` is short for so many rolling calendar days."""
    name = data["condition"]
    if name == DATE_WINDOW_CONDITION:
        dates = {key: said.pop(key) for key in ("from", "to") if key in said}
        return {**said, "during": {"type": WindowType.DATE_WINDOW, **dates}}
    if name not in NAMED:
        right = nearest(name, (*NAMED, DATE_WINDOW_CONDITION))
        raise wrong(("unknown-condition", f"no condition is called {quoted(name)}", right))
    if "days" in said:
        said["window"] = {"type": WindowType.ROLLING_CALENDAR_DAYS, "n": said.pop("days")}
    if NAMED[name] is Metric.ABSENCE_RATE:
        said["value"] = _absence_for(said.pop("percent", None))
    return {**said, "metric": NAMED[name]}


def _absence_for(percent: object) -> str:
    """Return the absence that an attendance of so many percent leaves, as an exact fraction."""
    found = _PERCENT.fullmatch(str(percent))
    if found is None or isinstance(percent, float):
        right = 'such as "percent": 90, or "92.5" as text'
        raise wrong(("malformed-percent", "AttendancePercentThreshold needs percent", right))
    decimals = found[2] or ""
    whole = 100 * 10 ** len(decimals)
    attended = int(found[1] + decimals)
    if attended > whole:
        right = "a number from 0 to 100"
        raise wrong(("malformed-percent", "an attendance is at most 100 percent", right))
    return f"{whole - attended}/{whole}"


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
