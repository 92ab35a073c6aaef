"""When stages were proposed and entered, for many pupils at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.windows import Days

Places = npt.NDArray[np.intp]
"""Evenings, or pupils, by number. The number of all evenings means never."""


class Firing(NamedTuple):
    """A stage that was proposed to some pupils, each on an evening, and the day of their entry."""

    stage: int
    pupils: Places
    evenings: Places
    entered: Days

    def only(self, some: npt.NDArray[np.bool_]) -> "Firing":
        """Return the same of some pupils."""
        return Firing(self.stage, self.pupils[some], self.evenings[some], self.entered[some])


@dataclass(frozen=True, eq=False)
class Climb:
    """When each stage was first proposed and entered: a row a stage, a column a pupil.

    `proposed` are numbers of evenings, `entered` days as ordinals, `EVER` where it never was.
    `again` are further firings of stages that may be reached more than once.
    """

    proposed: Places
    entered: Days
    again: Sequence[Firing]

    def of(self, first: int, last: int) -> "Climb":
        """Return the part of some pupils that stand side by side."""
        columns = slice(first, last)
        again = [
            mine._replace(pupils=mine.pupils - first)
            for one in self.again
            if len((mine := one.only((first <= one.pupils) & (one.pupils < last))).pupils)
        ]
        return Climb(self.proposed[:, columns], self.entered[:, columns], again)

    def corrected(self, stages: Sequence[int], who: Places, anew: "Climb") -> "Climb":
        """Return the same with some pupils' ways, a column each, in place of what was thought.

        They are about some stages, a row each; of the others nothing changes.
        """
        mine = np.ix_(np.array(stages), who)
        self.proposed[mine], self.entered[mine] = anew.proposed, anew.entered
        stays = np.ones(self.proposed.shape[1], np.bool_)
        stays[who] = False
        kept = [one.only(stays[one.pupils]) if one.stage in stages else one for one in self.again]
        again = [
            one._replace(stage=stages[one.stage], pupils=who[one.pupils]) for one in anew.again
        ]
        return Climb(self.proposed, self.entered, [*kept, *again])


def by_stage(firings: Sequence[Firing]) -> list[Firing]:
    """Return all firings of each stage as one."""
    found = []
    for stage in sorted({one.stage for one in firings}):
        mine = [one for one in firings if one.stage == stage]
        columns = (np.concatenate(column) for column in list(zip(*mine, strict=True))[1:])
        found.append(Firing(stage, *columns))
    return found
