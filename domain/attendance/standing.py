"""Which pupils stand at which stage on each of many days: one pass for a day, a term or a year."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from domain.attendance.conditions import (
    Condition,
    condition_of,
    going_on,
    reasons_not_computed,
    thresholds,
    while_ill,
)
from domain.attendance.cumulating import Truth, all_of, chosen, is_nothing
from domain.attendance.findings import Decided, Finding, Looking
from domain.attendance.guards import NO_N_MARKS
from domain.attendance.populations import Members, members
from domain.attendance.register_line import Pupil
from domain.attendance.roll import NOBODY, places_of
from domain.attendance.rules import Rearm, RuleSet, Stage
from domain.attendance.school_days import SchoolDays
from domain.attendance.settling import look_days
from domain.attendance.sheet import EVER, Places, Sheet
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import WindowType
from domain.attendance.windows import Days, Timetable, look_back
from domain.shared.ids import StudentId

Entered = Mapping[StudentId, Mapping[str, date]]
"""On which day each pupil entered which stage."""


@dataclass(frozen=True, eq=False)
class StageDays:
    """Which pupils of a school stand at one stage, on each of many days: a row a day.

    Rows are the days of asking, columns the pupils of the sheet. Who was not on the roll, where the
    rule set wants that, or is outside its population does not stand anywhere. `going_on` leaves out
    runs that have ended, where a stage is armed anew for each spell: one spell ends before the next
    begins.
    """

    stage: Stage
    holds: Truth
    not_computed: str | None
    finding: Finding
    looking: Looking
    members: Members | None = None
    find_going_on: Callable[[], Truth] | None = None

    @cached_property
    def going_on(self) -> Truth:
        """Who stands there by what has not ended, where that differs; asked for by few."""
        return self.holds if self.find_going_on is None else self.find_going_on()

    def first_day(self) -> Days:
        """Return the first day on which each pupil stood at the stage; `EVER` where never."""
        by_pupil = np.ascontiguousarray(self.holds.T)
        reached = self.looking.timetable.on[np.argmax(by_pupil, axis=1)]
        return np.where(by_pupil.any(axis=1), reached, EVER).astype(np.int32)

    def guarded(self) -> "StageDays":
        """Return the same without those whom a guard of the register holds back."""
        if NO_N_MARKS not in self.stage.guards:
            return self
        unexplained = self.looking.unexplained(self.finding, self.stage.settle_days)
        holds = self.holds & ~unexplained
        return replace(self, holds=holds, find_going_on=lambda: self.going_on)

    def decided(self, day: int, pupil: int) -> tuple[Decided, ...]:
        """Return the conditions that held for a pupil, with their numbers."""
        found = self.finding.decided(day, pupil)
        settled = self.stage.settle_days
        return tuple(found) or (self.looking.year_to_date(day, pupil, settled),)


class Standing:
    """One school and one rule set on some days: asked stage by stage, in any order."""

    def __init__(
        self,
        rule_set: RuleSet,
        on: Sequence[date],
        sheet: Sheet,
        facts: SchoolFacts,
        *,
        following: bool = True,
        prepared: "Prepared | None" = None,
    ) -> None:
        days = np.array([one.toordinal() for one in on], np.int32)
        self.stages, back = prepared or prepare(rule_set, following=following)
        self.timetable = Timetable(facts.calendar, rule_set.school_year.begins, days, back)
        self.looking = Looking(sheet, facts, self.timetable)
        population = rule_set.population
        wanted = population.on_roll and population.enrolled
        self.members = members(population, facts.years, sheet.pupils, days)
        may = [sheet.on_roll(days)] if wanted else []
        if self.members is not None and not is_nothing(self.members.outside):
            may.append(~self.members.outside)
        self._may_stand = all_of(may) if may else None

    def some(self, who: Places) -> "Standing":
        """Return the same about some of the pupils, with what is known of their stages."""
        some = copy(self)
        some.looking = self.looking.some(who)
        some.members = None if self.members is None else self.members.of(who)
        may = self._may_stand
        some._may_stand = None if may is None else chosen(may, who)  # noqa: SLF001  its own kind
        return some

    def at(self, number: int) -> StageDays:
        """Return who stands at a stage, as far as it is known who entered the ones it follows."""
        stage, condition = self.stages[number]
        finding = self.looking.find(condition, stage.settle_days)
        why = "; ".join(reasons_not_computed(condition)) or None
        holds = self._standing(finding)
        running = while_ill(condition) if stage.once_per_illness else going_on(condition)
        if stage.armed_for is not Rearm.SPELL or running == condition:
            return StageDays(stage, holds, why, finding, self.looking, self.members)
        known = self.looking.as_known()

        def find_going_on() -> Truth:
            return self._standing(known.find(running, stage.settle_days))

        return StageDays(stage, holds, why, finding, self.looking, self.members, find_going_on)

    def _standing(self, finding: Finding) -> Truth:
        """Return for whom of those who may stand anywhere a condition holds."""
        return (
            finding.holds if self._may_stand is None else all_of([finding.holds, self._may_stand])
        )


class Prepared(NamedTuple):
    """A rule set's stages with their conditions, and how far they look back: for many schools."""

    stages: Sequence[tuple[Stage, Condition]]
    back: int


def prepare(rule_set: RuleSet, *, following: bool) -> Prepared:
    """Return what is the same for every school that a rule set is asked about."""
    return Prepared(conditions_of(rule_set, following=following), longest_look_back(rule_set))


def over_days(
    rule_set: RuleSet,
    on: Sequence[date],
    sheet: Sheet,
    facts: SchoolFacts,
    entered: Mapping[str, Days] | None = None,
    *,
    as_reached: bool = False,
    prepared: Prepared | None = None,
) -> tuple[StageDays, ...]:
    """Return for each stage, in order, who stands at it on each of some days, in one pass.

    `entered` are the days on which each pupil entered a stage. `as_reached` takes a stage as
    entered on the first day on which its condition held: the question of what would have been.
    Whoever asks about many schools has `prepared` the rule set.
    """
    following = as_reached or entered is not None
    standing = Standing(rule_set, on, sheet, facts, following=following, prepared=prepared)
    standing.looking.entered = dict(entered or {})
    answers = []
    for number in range(len(standing.stages)):
        answers.append(standing.at(number))
        if as_reached:
            stage = answers[-1]
            standing.looking.enter(stage.stage.key, stage.first_day())
    return tuple(answers)


def conditions_of(rule_set: RuleSet, *, following: bool) -> list[tuple[Stage, Condition]]:
    """Return the stages in order, each with its trigger as a condition."""
    unit, occasion = rule_set.unit, rule_set.occasion
    return [
        (stage, condition_of(stage.trigger, unit, occasion, following=following))
        for stage in rule_set.every_stage
    ]


def longest_look_back(rule_set: RuleSet) -> int:
    """Return how many days before the day of asking a rule set may look, the year apart."""
    found = [
        look_back(one.window)
        for _, condition in conditions_of(rule_set, following=True)
        for one in thresholds(condition)
    ]
    return max(found, default=0)


def evenings(rule_set: RuleSet, calendar: SchoolDays, first: date, last: date) -> list[date]:
    """Return the days on whose evening a rule set is asked about a school."""
    settled = max(stage.settle_days for stage in rule_set.every_stage)
    begins = rule_set.school_year.begins
    halves = _settling_in(rule_set, WindowType.HALF_TERM)
    terms = _settling_in(rule_set, WindowType.TERM)
    others = [(calendar.half_terms, halves), (calendar.stretches, terms)]
    return look_days(calendar, begins, settled, first, last, *(o for o in others if o[1]))


def _settling_in(rule_set: RuleSet, window: WindowType) -> int:
    """Return for how many days marks settle in the stages that count in such windows."""
    found = [
        stage.settle_days
        for stage, condition in conditions_of(rule_set, following=True)
        if any(one.window.type is window for one in thresholds(condition))
    ]
    return max(found, default=0)


def entered_days(entered: Entered, pupils: Sequence[Pupil]) -> dict[str, Days]:
    """Return for each stage the day on which each pupil of a sheet entered it."""
    found: dict[str, Days] = {}
    for place, stages in zip(places_of(pupils, entered), entered.values(), strict=True):
        for stage, on in () if place == NOBODY else stages.items():
            if stage not in found:
                found[stage] = np.full(len(pupils), EVER, np.int32)
            found[stage][place] = on.toordinal()
    return found
