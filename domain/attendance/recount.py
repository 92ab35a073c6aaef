"""The numbers behind a stage, counted again for the few about whom somebody asks."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np

from domain.attendance.findings import Decided
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import Sheet
from domain.attendance.standing import Prepared, StageDays, Standing
from domain.attendance.tally import SchoolFacts
from domain.attendance.windows import Days

_NEAR: Final = 64  # pupils: whoever asks about one asks about neighbours


class Recount:
    """What some evenings said of pupils, by what was known of stages in the end.

    Everything that was counted for a district does not fit into memory, and its numbers are asked
    for where something changed. So they are counted once more, for a few neighbours at a time.
    """

    def __init__(
        self,
        rules: tuple[RuleSet, Prepared],
        on: Sequence[date],
        sheet: Sheet,
        facts: SchoolFacts,
        entered: Mapping[str, Days],
    ) -> None:
        self._rules, self._on, self._facts, self._entered = rules, on, facts, entered
        self._sheet = sheet.afresh()
        self._first = -1
        self._stages: dict[int, StageDays] = {}

    def decided(self, stage: int, evening: int, pupil: int) -> tuple[Decided, ...]:
        """Return the conditions of a stage that held for a pupil, with their numbers."""
        first = pupil - pupil % _NEAR
        if first != self._first:
            last = min(first + _NEAR, len(self._sheet.joined))
            self._some = self._standing.some(np.arange(first, last))
            self._first, self._stages = first, {}
        if stage not in self._stages:
            self._stages[stage] = self._some.at(stage)
        return self._stages[stage].decided(evening, pupil - first)

    @cached_property
    def _standing(self) -> Standing:
        rule_set, prepared = self._rules
        found = Standing(rule_set, self._on, self._sheet, self._facts, prepared=prepared)
        found.looking.entered = dict(self._entered)
        return found
