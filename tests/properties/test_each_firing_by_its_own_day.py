"""A stage that comes again: each firing stands by its own day, whatever is learned when.

The same made-up school, under a rule that fires for each spell of absence. What is right is counted
by hand: two days of absence among the ten school days up to the evening on which the stage fired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as some

from domain.attendance.rules import RuleSet
from domain.kernel.commands import Command
from tests.properties.test_no_letter_without_cause import DAYS, INTERVENTION, School

LEAST, WINDOW = 2, 10
RULES = RuleSet.model_validate(
    {
        "id": "spells",
        "schoolYear": {"start": "09-01"},
        "stages": [
            {
                "order": 1,
                "type": "NUDGE",
                "approval": "AUTO",
                "rearm": "SPELL",
                "trigger": {
                    "metric": "ABSENT_DAYS",
                    "value": LEAST,
                    "window": {"type": "ROLLING_SCHOOL_DAYS", "n": WINDOW},
                },
            }
        ],
    }
)
Act = tuple[str, int]
ACTS = some.lists(
    some.tuples(
        some.sampled_from(["absent", "absent", "present", "close", "look", "look"]),
        some.integers(0, len(DAYS) - 1),
    ),
    min_size=10,
    max_size=60,
)


@dataclass
class Spells(School):
    """The school, with a look that may forget all firings but the latest."""

    rules: RuleSet = RULES
    forgets: bool = False

    def _tell(self, command: Command) -> Sequence[Any]:
        firing = getattr(command, "firing", None)
        state: Any = self.town.stream("intervention", INTERVENTION).state
        if self.forgets and firing is not None and firing != state.entered["NUDGE"].firing:
            return ()
        return super()._tell(command)

    def holds(self) -> None:
        """See that exactly those firings are without support whose own day lost its absences."""
        state: Any = self.town.stream("intervention", INTERVENTION).state
        open_days = [day for day in DAYS if day not in self.closed]
        for key, fired in state.firings.decided.items():
            until = [day for day in open_days if day <= fired.evaluated_on][-WINDOW:]
            counted = len(self.absent.intersection(until))
            assert (counted < LEAST) is (key in state.firings.lost), f"{key}: {counted} days"
        row = self.row()
        lines = [] if row is None else [one for line in row.stages for one in line.firings]
        lost = {number for _, number in state.firings.lost}
        assert {one.firing for one in lines if one.unsupported} == lost


def live(acts: Sequence[Act], *, forgets: bool = False) -> Spells:
    school = Spells(forgets=forgets)
    for what, number in acts:
        school.act(what, number)
        if what == "look":
            school.holds()
    return school


@settings(max_examples=100, deadline=None)
@examples(ACTS)
def test_after_each_look_each_firing_has_the_support_that_its_own_day_gives(
    acts: list[Act],
) -> None:
    """ARCHITECTURE 1.6 for a stage that came several times, with aggregate and row alike."""
    live(acts)


TWO_SPELLS: list[Act] = [
    *(("absent", n) for n in (1, 2, 20, 21)),
    *[("look", 0)] * 5,
]


def test_an_old_spell_that_was_none_is_told_of_after_a_newer_one_fired() -> None:
    state: Any = live(TWO_SPELLS).town.stream("intervention", INTERVENTION).state
    assert [fired for _, fired in state.firings.entered] == [1, 2]
    school = live([*TWO_SPELLS, ("present", 1), ("look", 0), ("absent", 1), ("look", 0)])
    state = school.town.stream("intervention", INTERVENTION).state
    assert state.firings.again == {("NUDGE", 1): 1}


def test_with_the_latest_firing_only_an_old_one_keeps_a_support_that_it_lost() -> None:
    """The control: as it was when a stage's line knew of one firing."""
    with pytest.raises(AssertionError, match="1 days"):
        live([*TWO_SPELLS, ("present", 1), ("look", 0)], forgets=True)
