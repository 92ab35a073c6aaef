"""What people did about pupils, and what facts met, laid out as arrays for a what-if."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.attendance.cumulating import Truth
from domain.attendance.firings import Places
from domain.attendance.guards import DEEDS
from domain.attendance.ladder import CASE_CLOSED, EXEMPTION, Acts, Assumed, Away, Rung
from domain.attendance.register_line import Pupil
from domain.attendance.sheet import EVER
from domain.attendance.windows import Days
from domain.shared.ids import StudentId


@dataclass(frozen=True, eq=False)
class People:
    """What people said, as arrays: a row a stage, a column a pupil; days are ordinals or `EVER`.

    `exempt` and `closed` say on which evenings an exemption held about whom, or the case was
    closed; None: never about anybody. `met` is, by guard, the day from which facts meet it; zero
    where nothing of it happened, so that what would have been counts.
    """

    approved: Days
    declined: Days
    exempt: Truth | None
    closed: Truth | None
    met: Mapping[str, Days]
    assumed: Assumed

    def of(self, stages: Sequence[int], who: Places) -> "People":
        """Return what was said of some stages, a row each, by some pupils, a column each."""
        mine = np.ix_(np.array(stages), who)
        return People(
            self.approved[mine],
            self.declined[mine],
            None if self.exempt is None else self.exempt[:, who],
            None if self.closed is None else self.closed[:, who],
            {guard: days[who] for guard, days in self.met.items()},
            self.assumed,
        )

    def away(self, rung: Rung) -> Truth | None:
        """Return on which evenings a stage is stopped for whom."""
        found = [
            days
            for reason, days in ((EXEMPTION, self.exempt), (CASE_CLOSED, self.closed))
            if days is not None and rung.stopped_by(reason)
        ]
        return np.logical_or.reduce(found) if found else None

    def met_from(self, on: Days) -> dict[str, Places]:
        """Return by guard the evening from which facts meet it: after all of them, if not yet."""
        return {
            guard: np.where(days > 0, np.searchsorted(on, days, "left"), len(on))
            for guard, days in self.met.items()
        }


def people_of(
    acts: Acts,
    assumed: Assumed,
    ladder: Sequence[Rung],
    pupils: Sequence[Pupil] | None,
    columns: int,
    on: Days,
) -> People:
    """Lay what people did out over the pupils of a sheet; None: nobody did anything."""
    shape = (len(ladder), columns)
    approved, declined = np.full(shape, EVER, np.int32), np.full(shape, EVER, np.int32)
    met = {guard: np.zeros(columns, np.int32) for rung in ladder for guard in _facts_of(rung)}
    for column, pupil in enumerate(pupils or ()):
        for days, said in ((approved, acts.approved), (declined, acts.declined)):
            answers = said.get(pupil.student, {})
            for row, rung in enumerate(ladder):
                if rung.name in answers:
                    days[row, column] = answers[rung.name].toordinal()
        for guard, from_day in met.items():
            from_day[column] = _met(acts, pupil.student, guard)
    exempt, closed = (_covered(spans, pupils or (), on) for spans in (acts.exempt, acts.closed))
    return People(approved, declined, exempt, closed, met, assumed)


def _facts_of(rung: Rung) -> tuple[str, ...]:
    return tuple(guard for guard in rung.stage.guards if guard in DEEDS)


def _met(acts: Acts, student: StudentId, guard: str) -> int:
    """Return the day from which facts meet a guard; zero where it would only have been.

    Who really entered all the stages that it asks for, and whose guard was not met, is taken at the
    facts' word: nobody did the work.
    """
    day = acts.met.get(student, {}).get(guard)
    if day is not None:
        return day.toordinal()
    return EVER if {*DEEDS[guard]} <= {*acts.entered.get(student, ())} else 0


def _covered(
    spans: Mapping[StudentId, Sequence[Away]], pupils: Sequence[Pupil], on: Days
) -> Truth | None:
    found: Truth | None = None
    for column, pupil in enumerate(pupils if spans else ()):
        for first, last in spans.get(pupil.student, ()):
            found = np.zeros((len(on), len(pupils)), np.bool_) if found is None else found
            found[:, column] |= (first.toordinal() <= on) & (on <= last.toordinal())
    return found
