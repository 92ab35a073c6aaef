"""What if these rules had been in force, or the calendar another: one school, every evening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, assert_never

import numpy as np

from domain.attendance.climbing import Climb, Evenings, climb, people_of
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
from domain.attendance.findings import Decided
from domain.attendance.ladder import Acts, Assumed, Rung, rungs
from domain.attendance.register_line import Pupil
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import Term
from domain.attendance.sheet import Sheet
from domain.attendance.standing import StageDays, Standing
from domain.attendance.tally import SchoolFacts
from domain.attendance.windows import Days

_NOBODY: Final = Acts()
_AS_USUAL: Final = Assumed()


class Step(NamedTuple):
    """A stage that was proposed to one pupil, and the day on which it was entered, if it was."""

    proposed: date
    entered: date | None


@dataclass(frozen=True, eq=False)
class Climbed:
    """When each pupil of a school would have entered which stage, with the numbers behind it."""

    ladder: Sequence[Rung]
    on: Sequence[date]
    pupils: Sequence[Pupil]
    standing: Sequence[StageDays]
    climb: Climb

    @property
    def last(self) -> int:
        """The day number of the last evening. What people would do after it is not known."""
        return self.on[-1].toordinal()

    def step(self, stage: int, pupil: int) -> Step | None:
        """Return when a pupil was proposed for a stage and entered it, as far as it is known."""
        evening, day = (
            int(days[stage, pupil]) for days in (self.climb.proposed, self.climb.entered)
        )
        if evening == len(self.on):
            return None
        return Step(self.on[evening], date.fromordinal(day) if day <= self.last else None)

    def numbers(self, name: str, pupil: int) -> tuple[Decided, ...]:
        """Return the numbers of the evening that proposed a stage; nothing where none did."""
        for stage, rung in enumerate(self.ladder):
            evening = int(self.climb.proposed[stage, pupil])
            if rung.name == name and evening < len(self.on):
                return self.standing[stage].decided(evening, pupil)
        return ()


def climb_school(
    rule_set: RuleSet,
    on: Sequence[date],
    sheet: Sheet,
    facts: SchoolFacts,
    acts: Acts = _NOBODY,
    assumed: Assumed = _AS_USUAL,
) -> Climbed:
    """Let a school's pupils climb a ladder on some evenings of one school year, in their order.

    A stage that follows another is asked again once it is known who entered that one, until
    nothing changes: each round settles at least the earliest thing that was still open.
    """
    ladder = rungs(rule_set)
    standing = Standing(rule_set, on, sheet, facts, following=True)
    follows = [_followed(condition) for _, condition in standing.stages]
    timetable, calendar = standing.timetable, facts.calendar
    begins = [_begins(one) for one in (calendar.stretches, calendar.half_terms)]
    evenings = Evenings(timetable.on, timetable.open, *begins)
    people = people_of(acts, assumed, ladder, sheet.pupils, evenings.on)
    found = [standing.at(number) for number in range(len(ladder))]
    climbed = climb(ladder, evenings, [one.holds for one in found], people)
    while _learn(standing, ladder, climbed, follows):
        for number, names in enumerate(follows):
            if names:
                found[number] = standing.at(number)
        climbed = climb(ladder, evenings, [one.holds for one in found], people)
    return Climbed(ladder, on, sheet.pupils, found, climbed)


def _begins(stretches: Sequence[Term]) -> Days:
    return np.array([one.begins_on.toordinal() for one in stretches], np.int32)


def _learn(
    standing: Standing, ladder: Sequence[Rung], climbed: Climb, follows: Sequence[frozenset[str]]
) -> bool:
    """Tell the conditions who entered what; say whether that is news to any of them."""
    entered = {rung.name: days for rung, days in zip(ladder, climbed.entered, strict=True)}
    wanted = frozenset[str]().union(*follows) & entered.keys()
    known: Mapping[str, Days] = standing.looking.entered
    news = any(not np.array_equal(known.get(name, ()), entered[name]) for name in wanted)
    standing.looking.entered = entered
    return news


def _followed(condition: Condition) -> frozenset[str]:
    """Return the stages that a condition asks to have been entered."""
    match condition:
        case Following(stage=stage):
            return frozenset({stage})
        case Threshold(since=since):
            return frozenset() if since is None else frozenset({since})
        case AnyOf(parts) | AllOf(parts):
            return frozenset[str]().union(*map(_followed, parts))
        case During() | EnrolledFor() | NotComputed():
            return frozenset()
        case _:
            assert_never(condition)
