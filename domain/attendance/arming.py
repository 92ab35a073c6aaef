"""What a stage that has fired once is armed for now: a day, a term, a year, a new spell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from domain.attendance.ladder import Rung
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.school_days import Term
from domain.attendance.sheet import Sheet
from domain.attendance.standing import entered_days, over_days
from domain.attendance.tally import SchoolFacts

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arming:
    """The rules that ask about one pupil on one evening, and the stages entered so far.

    `sheet` returns the pupil's marks; only spells look at them.
    """

    rules: RuleSet
    on: date
    sheet: Callable[[], Sheet]
    facts: SchoolFacts
    entered: Mapping[str, date] = field(default_factory=dict)

    def anchor(self, rung: Rung, fired_on: date) -> date | None:
        """Return the first day of what a stage is armed for now, where it fired on a day before.

        None where it cannot fire again: it is armed once for the school year or for ever.
        """
        calendar = self.facts.calendar
        begins = calendar.year_begins(self.on, self.rules.school_year.begins)
        match rung.again:
            case Rearm.DAY:
                return self.on
            case Rearm.TERM:
                return _begun(calendar.stretches, self.on)
            case Rearm.HALF_TERM:
                return _begun(calendar.half_terms, self.on)
            case Rearm.SPELL:
                return self._spell_began(rung, fired_on)
            case Rearm.SCHOOL_YEAR if fired_on < begins:
                return begins
            case _:
                return None

    def _spell_began(self, rung: Rung, fired_on: date) -> date | None:
        """Return when the condition began to hold anew, after a firing and a day without it.

        A run that has ended is over, though its window may still know of it.
        """
        if self.on <= fired_on:
            return None
        since, until = (fired_on + _DAY).toordinal(), self.on.toordinal()
        asked = {*self.facts.calendar.open_ordinals(since, until), until}
        days = [date.fromordinal(day) for day in sorted(asked)]
        sheet = self.sheet()
        known = entered_days({sheet.pupils[0].student: self.entered}, sheet.pupils)
        stages = over_days(self.rules, days, sheet, self.facts, known)
        column = next(one.going_on[:, 0] for one in stages if one.stage.key == rung.name)
        going = [day for day, holds in zip(days, column.tolist(), strict=True) if holds]
        without = {*days} - {*going}
        before = [day for day in without if going and day < going[-1]]
        return max(before) + _DAY if before else None


def _begun(stretches: Iterable[Term], on: date) -> date | None:
    return max((one.begins_on for one in stretches if one.begins_on <= on), default=None)
