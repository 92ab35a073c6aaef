"""What if these rules had been in force, or the calendar another: one school, every evening."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress, pairwise
from typing import Final, NamedTuple, assert_never

import numpy as np

from domain.attendance.climbing import climb
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
from domain.attendance.cumulating import is_nothing, nowhere
from domain.attendance.evenings import Evenings
from domain.attendance.findings import Decided, Truth
from domain.attendance.firings import Climb, Places
from domain.attendance.ladder import Acts, Assumed, Rung, rungs
from domain.attendance.metrics import Denominator
from domain.attendance.people import People, people_of
from domain.attendance.register_line import Pupil
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import Term
from domain.attendance.sheet import EVER, Sheet
from domain.attendance.sheet_joining import fit_together, one_behind_the_other
from domain.attendance.standing import Prepared, StageDays, Standing, prepare
from domain.attendance.tally import SchoolFacts
from domain.attendance.windows import Days

_NOBODY: Final = Acts()
_AS_USUAL: Final = Assumed()
_TOGETHER: Final = 5_000  # pupils: longer arrays are no quicker, and take memory


class Step(NamedTuple):
    """A stage that was proposed to one pupil, and the day on which it was entered, if it was."""

    proposed: date
    entered: date | None


class Stood(NamedTuple):
    """Who stood at a stage on each evening: all pupils of a school, or some by their number."""

    days: StageDays
    pupils: Places | None = None

    def decided(self, evening: int, pupil: int) -> tuple[Decided, ...]:
        """Return the conditions that held for a pupil, with their numbers."""
        column = pupil if self.pupils is None else int(np.searchsorted(self.pupils, pupil))
        return self.days.decided(evening, column)


@dataclass(frozen=True, eq=False)
class Climbed:
    """When each pupil of a school would have entered which stage, with the numbers behind it."""

    ladder: Sequence[Rung]
    on: Sequence[date]
    pupils: Sequence[Pupil]
    standing: Sequence[Stood | None]
    climb: Climb
    first: int = 0  # the place of the first pupil among those who were asked together

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
            stood = self.standing[stage]
            if rung.name == name and stood is not None and evening < len(self.on):
                return stood.decided(evening, self.first + pupil)
        return ()


def climb_school(
    rule_set: RuleSet,
    on: Sequence[date],
    sheet: Sheet,
    facts: SchoolFacts,
    acts: Acts = _NOBODY,
    assumed: Assumed = _AS_USUAL,
) -> Climbed:
    """Let a school's pupils climb a ladder on some evenings of one school year, in their order."""
    return climb_schools(rule_set, on, [(sheet, facts)], acts, assumed)[0]


def climb_schools(
    rule_set: RuleSet,
    on: Sequence[date],
    schools: Sequence[tuple[Sheet, SchoolFacts]],
    acts: Acts = _NOBODY,
    assumed: Assumed = _AS_USUAL,
    answered: Collection[str] | None = None,
) -> list[Climbed]:
    """Let the pupils of schools that share a calendar climb together: many at once are quicker.

    `answered` is what `rungs` takes: who is asked about contact on the day itself.
    A stage that follows another is asked again once it is known who entered that one, until
    nothing changes: each round settles at least the earliest thing that was still open.
    """
    rules = rule_set, prepare(rule_set, following=True)
    blocks = list(_blocks(schools))
    asked = [_Asked(rules, on, block.sheet, block.facts) for block in blocks]
    ladder = rungs(rule_set, answered)
    edges = np.cumsum([0, *(len(block.sheet.joined) for block in blocks)]).tolist()
    pupils = None if acts == _NOBODY else [one for sheet, _ in schools for one in sheet.pupils]
    evenings = _evenings(asked[0].standing, schools[0][1])
    people = people_of(acts, assumed, ladder, pupils, edges[-1], evenings.on)
    climbed = _settled(ladder, evenings, people, asked, list(pairwise(edges)))
    return [
        Climbed(ladder, on, pupils, one.found, climbed.of(first, first + len(pupils)), first - edge)
        for one, block, edge in zip(asked, blocks, edges, strict=False)
        for first, pupils in block.schools(edge)
    ]


class _Block(NamedTuple):
    """Schools that are asked as one: each array then is long enough to be worth its call."""

    sheet: Sheet
    facts: SchoolFacts
    pupils: Sequence[Sequence[Pupil]]

    def schools(self, edge: int) -> Iterator[tuple[int, Sequence[Pupil]]]:
        """Yield the place of each school's first pupil, and its pupils."""
        for pupils in self.pupils:
            yield edge, pupils
            edge += len(pupils)


def _blocks(schools: Sequence[tuple[Sheet, SchoolFacts]]) -> Iterator[_Block]:
    """Yield schools as they are, and neighbours whose marks mean the same as one."""
    here: list[Sheet] = []
    about = schools[0][1]
    for sheet, facts in schools:
        if here and not (facts == about and _may_join(here, sheet, facts)):
            yield _Block(one_behind_the_other(here), about, [one.pupils for one in here])
            here = []
        here, about = [*here, sheet], facts
    yield _Block(one_behind_the_other(here), about, [one.pupils for one in here])


def _may_join(here: Sequence[Sheet], sheet: Sheet, facts: SchoolFacts) -> bool:
    """Say whether a school may be asked with others; who marks exceptions only has its own days."""
    pupils = sum(len(one.joined) for one in (*here, sheet))
    several = pupils <= _TOGETHER and facts.denominator is Denominator.MARKS
    return several and fit_together([*here, sheet])


def _settled(
    ladder: Sequence[Rung],
    evenings: Evenings,
    people: People,
    asked: Sequence["_Asked"],
    spans: Sequence[tuple[int, int]],
) -> Climb:
    """Climb, and once more for those about whom a condition learns something, until none does."""
    holds = _holds(asked)
    going = _going_on(asked)
    climbed = climb(ladder, evenings, holds, people, going_on=going)
    while True:
        news = [one.learn(ladder, climbed, *span) for one, span in zip(asked, spans, strict=True)]
        who = np.concatenate(news)
        if not len(who):
            return climbed
        told = [len(new) > 0 for new in news]
        for one, span in compress(zip(asked, spans, strict=True), told):
            one.again(holds, slice(*span))
        climbed = climbed.corrected(who, climb(ladder, evenings, holds, people, who, going))


def _holds(asked: Sequence["_Asked"]) -> list[Truth]:
    """Return whether each condition holds; an array to write to where one may be asked again."""
    answers = zip(asked[0].follows, *(one.holds for one in asked), strict=True)
    return [
        np.concatenate(blocks, axis=1)
        if follows or not all(map(is_nothing, blocks))
        else nowhere(len(blocks[0]), sum(one.shape[1] for one in blocks))
        for follows, *blocks in answers
    ]


def _going_on(asked: Sequence["_Asked"]) -> dict[int, Truth]:
    """Return by stage when it stood open by what had not ended yet, where that differs."""
    found = {}
    for number, one in enumerate(asked[0].found):
        if one is not None and one.days.going_on is not one.days.holds:
            days = [other.found[number] for other in asked]
            found[number] = np.concatenate([d.days.going_on for d in days if d is not None], axis=1)
    return found


def _evenings(standing: Standing, facts: SchoolFacts) -> Evenings:
    calendar, timetable = facts.calendar, standing.timetable
    begins = [_begins(one) for one in (calendar.stretches, calendar.half_terms)]
    return Evenings(timetable.on, timetable.open, *begins)


class _Asked:
    """One school's conditions, as far as it is known who entered what.

    A condition that holds for nobody but those who entered a stage is asked about these only.
    """

    def __init__(
        self,
        rules: tuple[RuleSet, Prepared],
        on: Sequence[date],
        sheet: Sheet,
        facts: SchoolFacts,
    ) -> None:
        rule_set, prepared = rules
        self._rules = rules
        self._school = on, sheet, facts
        self.standing = Standing(rule_set, on, sheet, facts, prepared=prepared)
        conditions = [condition for _, condition in self.standing.stages]
        self.follows = [_followed(condition) for condition in conditions]
        self._only = [_only_followers(condition) for condition in conditions]
        self.found = [
            None if only else Stood(self.standing.at(number).guarded())
            for number, only in enumerate(self._only)
        ]

    @property
    def holds(self) -> list[Truth]:
        """Whether each condition holds on which evening for whom."""
        on, sheet, _ = self._school
        nobody = nowhere(len(on), len(sheet.joined))
        return [nobody if one is None else one.days.holds for one in self.found]

    def learn(self, ladder: Sequence[Rung], climbed: Climb, first: int, last: int) -> Places:
        """Tell the conditions who entered what; return those about whom that is news."""
        wanted = frozenset[str]().union(*self.follows)
        known = self.standing.looking.entered
        news = np.zeros(last - first, np.bool_)
        for number, rung in enumerate(ladder):
            if rung.name in wanted:
                entered = climbed.entered[number, first:last].copy()
                news |= entered != known.get(rung.name, EVER)
                known[rung.name] = entered
        return np.flatnonzero(news) + first

    def again(self, holds: Sequence[Truth], mine: slice) -> None:
        """Ask the conditions that follow a stage once more."""
        known = self.standing.looking.entered
        followers = np.flatnonzero(np.stack(list(known.values())).min(axis=0) < EVER)
        (rule_set, prepared), (on, sheet, facts) = self._rules, self._school
        some = Standing(rule_set, on, sheet.some(followers), facts, prepared=prepared)
        some.looking.entered = {name: days[followers] for name, days in known.items()}
        for number, names in enumerate(self.follows):
            here = holds[number][:, mine]
            if self._only[number]:
                one = Stood(some.at(number).guarded(), followers)
                here[:] = False
                here[:, followers] = one.days.holds
                self.found[number] = one
            elif names:
                one = Stood(self.standing.at(number).guarded())
                here[:] = one.days.holds
                self.found[number] = one


def _begins(stretches: Sequence[Term]) -> Days:
    return np.array([one.begins_on.toordinal() for one in stretches], np.int32)


def _only_followers(condition: Condition) -> bool:
    """Say whether a condition can hold for those only who entered a stage before."""
    match condition:
        case Following():
            return True
        case Threshold(since=since):
            return since is not None
        case AnyOf(parts):
            return all(map(_only_followers, parts))
        case AllOf(parts):
            return any(map(_only_followers, parts))
        case During() | EnrolledFor() | NotComputed():
            return False
        case _:
            assert_never(condition)


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
