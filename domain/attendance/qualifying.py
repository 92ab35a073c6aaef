"""On which day pupils came to stand at a stage: the day of the mark that reached its threshold.

A look finds it in the evening, or days later, once marks have settled. Clocks of the law run from
the day itself, so it is frozen beside the numbers. It is the day by the marks as known at the look.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import assert_never

import numpy as np

from domain.attendance.conditions import (
    AllOf,
    AnyOf,
    Condition,
    During,
    EnrolledFor,
    Following,
    NotComputed,
    Threshold,
)
from domain.attendance.cumulating import Truth
from domain.attendance.findings import Looking
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import EVER, sheet_of
from domain.attendance.standing import Entered, Standing, entered_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.windows import Days
from domain.shared.ids import StudentId


def qualifying_days(
    rules: RuleSet,
    on: date,
    found: Mapping[str, Collection[StudentId]],
    lines: Mapping[StudentId, RegisterLine],
    facts: SchoolFacts,
    entered: Entered,
) -> dict[tuple[str, StudentId], date]:
    """Return for pupils who were found at stages the day that brought them there.

    Nothing is said where neither a mark nor a date did: a person decides such a stage.
    """
    pupils = sorted({student for students in found.values() for student in students})
    sheet = sheet_of([lines[student] for student in pupils])
    standing = Standing(rules, [on], sheet, facts)
    standing.looking.entered = entered_days(entered, sheet.pupils)
    place = {student: number for number, student in enumerate(pupils)}
    said = {}
    for stage, condition in standing.stages:
        students = found.get(stage.key, ())
        days = _since(standing.looking, condition, stage.settle_days) if students else None
        if days is not None:
            of_stage = {student: int(days[place[student]]) for student in students}
            said.update({(stage.key, who): day for who, day in of_stage.items() if day < EVER})
    return {key: date.fromordinal(day) for key, day in said.items()}


def _since(looking: Looking, condition: Condition, settle_days: int) -> Days | None:
    """Return since which day a condition holds for each pupil, `EVER` where it does not.

    None where it is about no day: a person's decision, or days on the roll.
    """
    match condition:
        case Threshold():
            return _last_rise(*looking.reached_by(condition, settle_days))
        case Following(stage):
            return looking.entered.get(stage)
        case During(window):
            first = looking.timetable.dates(window).first[-1:]
            return np.repeat(first, len(looking.sheet.joined))
        case EnrolledFor() | NotComputed():
            return None
        case AnyOf(parts):
            return _joined(np.minimum, looking, parts, settle_days)
        case AllOf(parts):
            return _joined(np.maximum, looking, parts, settle_days)
        case _:
            assert_never(condition)


def _joined(
    join: np.ufunc, looking: Looking, parts: Collection[Condition], settle_days: int
) -> Days | None:
    said = [since for one in parts if (since := _since(looking, one, settle_days)) is not None]
    found: Days | None = join.reduce(said) if said else None
    return found


def _last_rise(days: Days, holds: Truth) -> Days:
    """Return the day from which on a condition held until the last day without a break."""
    if not len(days):
        return np.full(holds.shape[1], EVER, np.int32)
    unbroken = np.argmin(holds[::-1], axis=0)  # how many of the last days, but 0 for all of them
    always = holds.all(axis=0)
    begun = np.where(always, 0, len(days) - unbroken)
    known = np.append(days, EVER).astype(np.int32)
    return known[begun]
