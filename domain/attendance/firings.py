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
            Firing(one.stage, one.pupils[mine] - first, one.evenings[mine], one.entered[mine])
            for one in self.again
            if (mine := (first <= one.pupils) & (one.pupils < last)).any()
        ]
        return Climb(self.proposed[:, columns], self.entered[:, columns], again)

    def corrected(self, who: Places, anew: "Climb") -> "Climb":
        """Return the same with some pupils' ways in place of what was thought of them."""
        self.proposed[:, who] = anew.proposed[:, who]
        self.entered[:, who] = anew.entered[:, who]
        gone = np.zeros(self.proposed.shape[1], np.bool_)
        gone[who] = True
        kept = [
            Firing(one.stage, one.pupils[stays], one.evenings[stays], one.entered[stays])
            for one in self.again
            if (stays := ~gone[one.pupils]).any()
        ]
        return Climb(self.proposed, self.entered, [*kept, *anew.again])


def by_stage(firings: Sequence[Firing]) -> list[Firing]:
    """Return all firings of each stage as one."""
    found = []
    for stage in sorted({one.stage for one in firings}):
        mine = [one for one in firings if one.stage == stage]
        columns = (np.concatenate(column) for column in list(zip(*mine, strict=True))[1:])
        found.append(Firing(stage, *columns))
    return found
