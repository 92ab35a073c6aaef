"""What a trigger says that would be passed over in silence, or that nobody could ever meet."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Final, NamedTuple

from domain.attendance.codes import Reasons, normalised
from domain.attendance.rule_problems import Said, nearest, quoted
from domain.attendance.triggers import (
    OF_TODAY,
    RATES,
    Metric,
    Trigger,
    Window,
    WindowType,
    fraction,
)

Place = tuple[str | int, ...]
Found = Iterator[tuple[Place, Said]]
REASONED: Final = frozenset(
    {
        Metric.ABSENT_DAYS,
        Metric.ABSENCE_RATE,
        Metric.ABSENT_DAY_RATE,
        Metric.CONSECUTIVE_DAYS,
    }
)
"""Metrics that ask for reasons of absence."""

_COUNTING: Final = {
    "reasons": "reasons",
    "codes": "codes",
    "exclude_codes": "excludeCodes",
    "value": "value",
    "exclusive": "exclusive",
    "window": "window",
    "min_possible": "minPossible",
    "or_expected": "orExpected",
}
_FOLLOWING: Final = {
    "further_absent_days": "furtherAbsentDays",
    "further_occasions": "furtherOccasions",
    "within_school_days": "withinSchoolDays",
}
_LEAVE_OUT: Final = "leave it out"


class Setting(NamedTuple):
    """What stands around a trigger: stages, codes where all are known, and what an occasion is."""

    stages: Collection[str]
    codes: Collection[str] | None
    occasion: bool


def trigger_problems(at: Place, trigger: Trigger, around: Setting) -> Found:
    """Say what is wrong with a trigger and with each condition in it."""
    yield from _metric(at, trigger, around)
    yield from _window((*at, "window"), trigger.window)
    if trigger.during is not None:
        yield from _window((*at, "during"), trigger.during)
    yield from _following(at, trigger, around)
    yield from _idle(at, trigger)
    yield from _of_a_person(at, trigger)
    for name in ("any", "all"):
        for place, part in enumerate(getattr(trigger, name) or ()):
            yield from trigger_problems((*at, name, place), part, around)


def _metric(at: Place, trigger: Trigger, around: Setting) -> Found:
    name = trigger.metric
    if name is None:
        return
    if name not in set(Metric):
        said = ("unknown-metric", f"no metric is called {quoted(name)}", nearest(name, Metric))
        yield (*at, "metric"), said
    if name in RATES and trigger.exclusive and len(set(fraction(trigger.value or 0))) == 1:
        yield (*at, "value"), ("never-holds", "no rate is above 1", "leave exclusive out")
    occasions = name == Metric.OCCASIONS or trigger.further_occasions is not None
    if occasions and not around.occasion:
        right = 'such as "occasion": {"anyOf": ["FULL_DAY_UNEXCUSED"]} beside the stages'
        yield at, ("occasion-missing", "nobody said what one occasion is", right)
    for field, codes in (("codes", trigger.codes), ("excludeCodes", trigger.exclude_codes)):
        for place, code in enumerate(codes):
            if around.codes is not None and normalised(code) not in around.codes:
                right = nearest(code, sorted(around.codes))
                said = ("unknown-code", f"no code is {quoted(code)} in this place", right)
                yield (*at, field, place), said


def _window(at: Place, window: Window) -> Found:
    rolling = window.type.startswith("ROLLING_")
    dated = window.type is WindowType.DATE_WINDOW
    idle = {
        "n": window.n is not None and not rolling,
        "spansYears": window.spans_years is not None and not rolling,
        "sameSchoolYear": window.same_school_year is not None and not rolling,
        "from": window.begins is not None and not dated,
        "to": window.ends is not None and not dated,
    }
    for name in (name for name, does_nothing in idle.items() if does_nothing):
        yield (*at, name), ("does-nothing", f"{name} does nothing with {window.type}", _LEAVE_OUT)
    if window.spans_years and window.same_school_year:
        right = "one of spansYears and sameSchoolYear"
        yield at, ("contradiction", "a window cannot span years and stay in one", right)
    ends = window.begins, window.ends
    if isinstance(ends[0], date) and isinstance(ends[1], date) and ends[1] < ends[0]:
        yield (*at, "to"), ("backwards", "the window ends before it begins", f"{ends[0]} or later")


def _following(at: Place, trigger: Trigger, around: Setting) -> Found:
    for field, written in _FOLLOWING.items():
        if trigger.after is None and getattr(trigger, field) is not None:
            right = 'say which stage, such as "after": "LETTER_1"'
            yield (*at, written), ("after-missing", f"{written} counts from a stage", right)
    named = {"after": (trigger.after,), "requires": (trigger.requires,)}
    for field, names in {**named, "prerequisites": trigger.prerequisites}.items():
        for name in names:
            if name is not None and name not in around.stages:
                said = f"no stage is called {name}"
                yield (*at, field), ("unknown-stage", said, nearest(name, around.stages))


def _idle(at: Place, trigger: Trigger) -> Found:
    """Say what was written and does nothing where it stands."""
    written = trigger.model_fields_set
    metric = trigger.metric
    if metric is None:
        for field, name in _COUNTING.items():
            further = trigger.further_absent_days is not None and field == "reasons"
            if field in written and not further:
                said = ("metric-missing", f"{name} counts nothing without a metric", "say a metric")
                yield (*at, name), said
        return
    if "reasons" in written and metric in set(Metric) - REASONED and not _is_any(trigger):
        said = ("does-nothing", f"{metric} does not ask for reasons", "name codes, or leave it out")
        yield (*at, "reasons"), said
    if "window" in written and metric in OF_TODAY:
        yield (*at, "window"), ("does-nothing", f"{metric} looks at the day itself", _LEAVE_OUT)


def _is_any(trigger: Trigger) -> bool:
    return trigger.reasons is Reasons.ANY


def _of_a_person(at: Place, trigger: Trigger) -> Found:
    """Guards go with a stage; what a person decides is not computed as well."""
    if trigger.manual:
        shapes = {"metric": trigger.metric, "any": trigger.any, "all": trigger.all}
        for name, value in {**shapes, "after": trigger.after, "during": trigger.during}.items():
            if value is not None:
                right = "leave manual out, or the condition"
                yield (*at, name), ("does-nothing", "a person decides this stage", right)
        return
    if trigger.guards:
        right = "write guards beside the type of the stage"
        yield (*at, "guards"), ("guards-misplaced", "a condition has no guards", right)
    if trigger.not_when_only_codes:
        said = (
            "does-nothing",
            "only a person who decides asks this",
            "leave it out, or say manual",
        )
        yield (*at, "notWhenOnlyCodes"), said
