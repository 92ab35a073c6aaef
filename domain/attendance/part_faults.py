"""What is wrong with one part of a rule set: ends that do not meet, words without effect."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from domain.attendance.guards import taken_as_met
from domain.attendance.returns import days_within, month_of
from domain.attendance.rule_model import Stage
from domain.attendance.rule_parts import Approval, Population, Rearm, SchoolYear
from domain.attendance.rule_problems import RuleProblem, path_of, quoted
from domain.attendance.trigger_faults import Place
from domain.attendance.triggers import Trigger


def spans(data: dict[str, Any]) -> Iterator[RuleProblem]:
    """Say which two ends are the wrong way round."""
    first, last = data.get("effectiveFrom"), data.get("effectiveTo")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        words = "the rule set ends before it begins"
        yield RuleProblem("$.effectiveTo", words, "backwards", f"{quoted(first)} or later")
    yield from _end_of_year(data.get("schoolYear"))
    try:
        ages = Population.model_validate(data.get("population", {}))
    except ValidationError:
        return
    if ages.min_age is not None and ages.max_age is not None and ages.max_age < ages.min_age:
        words = "nobody is old enough and young enough"
        yield RuleProblem("$.population.maxAge", words, "backwards", f"{ages.min_age} or more")


def _end_of_year(said: object) -> Iterator[RuleProblem]:
    """Say where a school year would end on another day than the one before it begins."""
    try:
        year = SchoolYear.model_validate(said if isinstance(said, dict) else {})
    except ValidationError:
        return
    day = date(2025, year.begins.month, year.begins.day) - timedelta(days=1)
    last = f"{day:%m-%d}"
    if year.end not in {None, last}:
        words = "a school year ends on the day before the next one begins"
        yield RuleProblem("$.schoolYear.end", words, "contradiction", last)


def period(at: Place, stage: Stage) -> Iterator[RuleProblem]:
    """Say where the weeks of a period are not in order."""
    weeks = stage.period_school_weeks or {}
    said = [weeks[name] for name in ("min", "default", "max") if name in weeks]
    if said != sorted(said):
        words = "min, default and max are not in this order"
        path = path_of((*at, "periodSchoolWeeks"))
        yield RuleProblem(path, words, "backwards", "min <= default <= max")


def people(at: Place, stage: Stage) -> Iterator[RuleProblem]:
    """Say where a stage asks for somebody who, by its other words, never comes."""
    alone = stage.approval is Approval.AUTO
    for name, said in (("fourEyes", stage.four_eyes), ("asksReason", stage.asks_reason)):
        if said and not stage.trigger.manual:
            words = f"{name} does nothing where rules propose the stage, and no person does"
            right = 'leave it out, or "trigger": {"manual": true}'
            yield RuleProblem(path_of((*at, name)), words, "does-nothing", right)
    path, right = path_of((*at, "approval")), "STAFF or HEAD"
    if alone and stage.trigger.manual:
        words = "what a person proposes would be let in by software"
        yield RuleProblem(path, words, "contradiction", right)
    for guard in taken_as_met(stage) if alone else ():
        words = f"only a person can answer {guard}, and software alone approves"
        yield RuleProblem(path_of((*at, "guards")), words, "contradiction", right)


def clocks(at: Place, stage: Stage) -> Iterator[RuleProblem]:
    """Say where a stage has two last days, or one for what software enters at once."""
    said = {
        "dueForthwith": stage.due_forthwith,
        "dueWithinDays": stage.due_within_days is not None,
        "dueWithinSchoolDays": stage.due_within_school_days is not None,
    }
    named = [name for name, is_said in said.items() if is_said]
    for name in named[1:]:
        words = f"a stage has one last day, and {named[0]} names another"
        yield RuleProblem(path_of((*at, name)), words, "contradiction", f"one of {', '.join(said)}")
    if named and stage.approval is Approval.AUTO and not stage.trigger.manual:
        words = f"{named[0]} does nothing where software enters the stage at once"
        yield RuleProblem(path_of((*at, named[0])), words, "does-nothing", "leave it out")


def illness(at: Place, stage: Stage) -> Iterator[RuleProblem]:
    """Say where nobody could tell an illness from another absence, or once from often."""
    if not stage.once_per_illness:
        return
    path = path_of((*at, "oncePerIllness"))
    if not _has_codes(stage.trigger):
        right = 'name them in the trigger, such as "codes": ["I"]'
        yield RuleProblem(path, "no code says what an illness is", "does-nothing", right)
    if stage.rearm not in {None, Rearm.SPELL}:
        words = f"once for each illness is not once a {stage.rearm}"
        yield RuleProblem(path, words, "contradiction", "one of rearm and oncePerIllness")


def _has_codes(trigger: Trigger) -> bool:
    parts = (*(trigger.any or ()), *(trigger.all or ()))
    return bool(trigger.codes) or any(map(_has_codes, parts))


def owed(at: Place, said: dict[str, Any]) -> Iterator[RuleProblem]:
    """Say what of a return does nothing: with a trigger it is owed for a pupil, without dates."""
    triggered = said.get("trigger") is not None
    dated, about = ("covers", "dueIn", "dueWithin", "cumulative"), ("oncePerIllness",)
    for name in dated if triggered else about:
        if said.get(name):
            which = "has a trigger" if triggered else "has no trigger"
            words = f"{name} does nothing where a return {which}"
            yield RuleProblem(path_of((*at, name)), words, "does-nothing", "leave it out")
    if not triggered:
        yield from _due_days(at, said)


def _due_days(at: Place, said: dict[str, Any]) -> Iterator[RuleProblem]:
    """Say of a return by its dates where nobody could tell its last day."""
    month, within = said.get("dueIn"), said.get("dueWithin")
    for name, value, known, right in (
        ("dueIn", month, month_of, "a month, such as January"),
        ("dueWithin", within, days_within, "such as: 6 weeks of last school day"),
    ):
        if isinstance(value, str) and known(value) is None:
            words = f"no last day follows from {quoted(value)}"
            yield RuleProblem(path_of((*at, name)), words, "unreadable-day", right)
    if month and within:
        words = "a return has one last day: dueIn or dueWithin"
        yield RuleProblem(path_of((*at, "dueWithin")), words, "contradiction", "leave one out")
