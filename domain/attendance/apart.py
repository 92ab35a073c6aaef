"""A ladder in parts: stages that have nothing to do with each other climb apart.

Two stages have to do with each other when they stand on one track (one takes its evening, and gaps
lie between them), when one must be entered before the other, and when entering one is work that
meets a guard of the other. Nothing else goes from stage to stage while pupils climb: whatever
people said, exemptions and closed cases are about a pupil, and not about what was entered. So each
part gives the answer that the whole ladder gives, and is climbed by those only for whom a
condition of it ever holds: nobody else is ever proposed for any of its stages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.attendance.climbing import climb
from domain.attendance.cumulating import Truth, chosen, is_nothing
from domain.attendance.evenings import Evenings
from domain.attendance.firings import Climb, Places
from domain.attendance.guards import DEEDS
from domain.attendance.ladder import Rung
from domain.attendance.people import People
from domain.attendance.sheet import EVER

Part = list[int]
"""Stages that have to do with each other, by number, in the order of the ladder."""


def parts_of(ladder: Sequence[Rung]) -> list[Part]:
    """Return the parts of a ladder."""
    part = list(range(len(ladder)))
    for number, rung in enumerate(ladder):
        for other in _met_by(ladder, rung):
            mine, theirs = part[number], part[other]
            part = [mine if one == theirs else one for one in part]
    return [[n for n, one in enumerate(part) if one == name] for name in dict.fromkeys(part)]


def _met_by(ladder: Sequence[Rung], rung: Rung) -> Iterator[int]:
    """Yield the stages that a stage looks at while pupils climb."""
    names = {*rung.needs, *(name for guard in rung.stage.guards for name in DEEDS.get(guard, ()))}
    for number, other in enumerate(ladder):
        if other.track == rung.track or other.name in names:
            yield number


class Climbers(NamedTuple):
    """All who climb a ladder, with everything that decides about it."""

    ladder: Sequence[Rung]
    evenings: Evenings
    people: People
    holds: Sequence[Truth]
    going_on: Mapping[int, Truth]

    def nobody(self) -> Climb:
        """Return the answer before anybody has climbed."""
        shape = len(self.ladder), self.holds[0].shape[1]
        never = len(self.evenings.on)
        return Climb(np.full(shape, never, np.intp), np.full(shape, EVER, np.int32), [])

    def whom(self, part: Part) -> Places:
        """Return for whom a condition of a part ever holds; everybody where that is about all."""
        ever = np.zeros(self.holds[0].shape[1], np.bool_)
        for number in part:
            if not is_nothing(self.holds[number]):
                ever |= np.logical_or.reduce(self.holds[number], axis=0)
        some = np.flatnonzero(ever)
        return some if 2 * len(some) < len(ever) else np.arange(len(ever))

    def climb(self, climbed: Climb, part: Part, who: Places) -> Climb:
        """Return what is known of a climb with some pupils' ways through a part anew."""
        if not len(who):
            return climbed
        going = {part.index(n): chosen(one, who) for n, one in self.going_on.items() if n in part}
        holds = [chosen(self.holds[number], who) for number in part]
        ladder = [self.ladder[number] for number in part]
        anew = climb(ladder, self.evenings, holds, self.people.of(part, who), going)
        return climbed.corrected(part, who, anew)
