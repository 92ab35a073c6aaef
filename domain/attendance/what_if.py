"""What if these rules had been in force, or the calendar another: one school, every evening."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple, assert_never

import numpy as np

from domain.attendance.apart import Climbers, parts_of
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
from domain.attendance.cumulating import Truth, is_nothing, nowhere
from domain.attendance.evenings import Evenings
from domain.attendance.findings import Decided
from domain.attendance.firings import Climb, Places
from domain.attendance.ladder import Acts, Assumed, Rung, rungs
from domain.attendance.metrics import Denominator
from domain.attendance.people import People, people_of
from domain.attendance.recount import Recount
from domain.attendance.register_line import Pupil
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import Term
from domain.attendance.sheet import EVER, Sheet
from domain.attendance.sheet_joining import fit_together, one_behind_the_other
from domain.attendance.standing import Prepared, Standing, prepare
from domain.attendance.tally import SchoolFacts
from domain.attendance.windows import Days, Timetable

_NOBODY: Final = Acts()
_AS_USUAL: Final = Assumed()
_TOGETHER: Final = 5_000  # pupils: longer arrays are no quicker, and take memory


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
    recount: Recount
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
            if rung.name == name and evening < len(self.on):
                return self.recount.decided(stage, evening, self.first + pupil)
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
    evenings = _evenings(asked[0].timetable, schools[0][1])
    people = people_of(acts, assumed, ladder, pupils, edges[-1], evenings.on)
    climbed = _settled(ladder, evenings, people, asked, list(pairwise(edges)))
    recounts = [one.recount() for one in asked]
    return [
        Climbed(ladder, on, pupils, one, climbed.of(first, first + len(pupils)), first - edge)
        for one, block, edge in zip(recounts, blocks, edges, strict=False)
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
    holds, going = _looked_at(asked)
    climbers = Climbers(ladder, evenings, people, holds, going)
    climbed = climbers.nobody()
    parts = parts_of(ladder)
    for part in parts:
        climbed = climbers.climb(climbed, part, climbers.whom(part))
    learning = [part for part in parts if any(asked[0].follows[number] for number in part)]
    while True:
        news = [one.learn(ladder, climbed, *span) for one, span in zip(asked, spans, strict=True)]
        for one, new, (first, last) in zip(asked, news, spans, strict=True):
            if len(new):
                one.again([rows[:, first:last] for rows in holds], new)
        who = np.concatenate([new + first for new, (first, _) in zip(news, spans, strict=True)])
        if not len(who):
            return climbed
        for part in learning:
            climbed = climbers.climb(climbed, part, who)


def _looked_at(asked: Sequence["_Asked"]) -> tuple[list[Truth], dict[int, Truth]]:
    """Return whether each condition holds, and by what had not ended yet where that differs.

    What holds is an array to write to where a condition may be asked again.
    """
    holds, going = [], {}
    for number, follows in enumerate(asked[0].follows):
        looks = [one.look(number) for one in asked]
        blocks = [one.holds for one in looks]
        if follows or not all(map(is_nothing, blocks)):
            holds.append(np.concatenate(blocks, axis=1))
        else:
            holds.append(nowhere(len(blocks[0]), sum(one.shape[1] for one in blocks)))
        if any(one.going_on is not one.holds for one in looks):
            going[number] = np.concatenate([one.going_on for one in looks], axis=1)
    return holds, going


def _evenings(timetable: Timetable, facts: SchoolFacts) -> Evenings:
    calendar = facts.calendar
    begins = [_begins(one) for one in (calendar.stretches, calendar.half_terms)]
    return Evenings(timetable.on, timetable.open, *begins)


class _Look(NamedTuple):
    """On which evening a condition holds for whom, and by what had not ended yet."""

    holds: Truth
    going_on: Truth


class _Asked:
    """One block's conditions, as far as it is known who entered what.

    A condition that holds for nobody but those who entered a stage is asked about these only.
    """

    def __init__(
        self,
        rules: tuple[RuleSet, Prepared],
        on: Sequence[date],
        sheet: Sheet,
        facts: SchoolFacts,
    ) -> None:
        self._asked = rules, on, sheet, facts
        self._standing = Standing(rules[0], on, sheet, facts, prepared=rules[1])
        conditions = [condition for _, condition in self._standing.stages]
        self.follows = [_followed(condition) for condition in conditions]
        self._only = [_only_followers(condition) for condition in conditions]

    @property
    def timetable(self) -> Timetable:
        """The days of the school."""
        return self._standing.timetable

    def look(self, number: int) -> _Look:
        """Ask a condition while nobody has entered anything. What was counted is not kept."""
        if self._only[number]:
            _, on, sheet, _ = self._asked
            nobody = nowhere(len(on), len(sheet.joined))
            return _Look(nobody, nobody)
        days = self._standing.at(number).guarded()
        return _Look(days.holds, days.going_on)

    def learn(self, ladder: Sequence[Rung], climbed: Climb, first: int, last: int) -> Places:
        """Tell the conditions who entered what; return those about whom that is news."""
        wanted = frozenset[str]().union(*self.follows)
        known = self._standing.looking.entered
        news = np.zeros(last - first, np.bool_)
        for number, rung in enumerate(ladder):
            if rung.name in wanted:
                entered = climbed.entered[number, first:last].copy()
                news |= entered != known.get(rung.name, EVER)
                known[rung.name] = entered
        return np.flatnonzero(news)

    def again(self, holds: Sequence[Truth], who: Places) -> None:
        """Ask the conditions that follow a stage once more, about some pupils."""
        some = self._standing.some(who)
        entered = np.stack(list(some.looking.entered.values())).min(axis=0) < EVER
        for number, names in enumerate(self.follows):
            if names:
                found = some.at(number).guarded().holds
                holds[number][:, who] = found & entered if self._only[number] else found

    def recount(self) -> Recount:
        """Return what counts again, for whoever asks for numbers."""
        return Recount(*self._asked, self._standing.looking.entered)


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
