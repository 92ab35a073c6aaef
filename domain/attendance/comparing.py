"""What would have been beside what really happened: by stage, by week, and child by child."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np

from domain.attendance.findings import Decided
from domain.attendance.guards import taken_as_met
from domain.attendance.ladder import Rung
from domain.attendance.register_line import Pupil
from domain.attendance.what_if import Climbed, Step
from domain.shared.ids import StudentId

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


class Work(StrEnum):
    """What an entered stage makes people do; told by the words of its name and its outputs."""

    LETTER = "LETTER"
    MEETING = "MEETING"
    OTHER = "OTHER"


_WORDS: Final = {
    Work.MEETING: ("MEETING", "CONFERENCE"),
    Work.LETTER: ("LETTER", "NOTICE"),
}


def work_of(rung: Rung) -> Work:
    """Return what a stage makes people do. A letter about a meeting is a meeting."""
    said = (rung.stage.type, *rung.stage.outputs)
    for work, words in _WORDS.items():
        if any(word in one for one in said for word in words):
            return work
    return Work.OTHER


class Difference(StrEnum):
    """How what would have been differs from what was, by the day on which a stage was entered."""

    NEW = "NEW"
    GONE = "GONE"
    EARLIER = "EARLIER"
    LATER = "LATER"
    SAME = "SAME"


class Change(NamedTuple):
    """One stage of one pupil that would have been otherwise."""

    pupil: Pupil
    stage: str
    difference: Difference
    would_be: Step | None
    really: Step | None
    numbers: tuple[Decided, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the change as it is printed."""
        return {
            "student": str(self.pupil.student),
            "source_id": self.pupil.source_id,
            "school": str(self.pupil.school),
            "stage": self.stage,
            "difference": self.difference.value,
            "would_be": _step(self.would_be),
            "really": _step(self.really),
            "numbers": [one.as_dict() for one in self.numbers],
        }


def _step(step: Step | None) -> dict[str, str | None] | None:
    if step is None:
        return None
    entered = None if step.entered is None else step.entered.isoformat()
    return {"proposed_on": step.proposed.isoformat(), "entered_on": entered}


def differ(would_be: Step | None, really: Step | None) -> Difference:
    """Compare two steps. Nobody entered and nobody asked: the same."""
    one = None if would_be is None else would_be.entered
    other = None if really is None else really.entered
    if one == other:
        return Difference.SAME
    if other is None:
        return Difference.NEW
    if one is None:
        return Difference.GONE
    return Difference.EARLIER if one < other else Difference.LATER


Happened = Mapping[StudentId, Mapping[str, Step]]
"""What really happened: by pupil and stage."""


@dataclass
class Comparison:
    """Adds up school after school. At most `most` changes are kept one by one; all are counted."""

    most: int
    rungs: dict[str, Rung] = field(default_factory=dict)
    stages: dict[str, Counter[str]] = field(default_factory=dict)
    weeks: dict[date, Counter[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    changed: int = 0
    pupils: int = 0
    schools: int = 0

    def begin(self, pupils: int) -> None:
        """Count a school with so many pupils."""
        self.schools += 1
        self.pupils += pupils

    def add(self, schools: Sequence[Climbed], happened: Happened) -> None:
        """Add schools that climbed one ladder in one school year beside what happened there."""
        for number, rung in enumerate(schools[0].ladder):
            self._would_be(schools, number, rung)
        for climbed in schools:
            self._differ(climbed, happened)

    def _differ(self, climbed: Climbed, happened: Happened) -> None:
        pupils = climbed.pupils
        known = [n for n, one in enumerate(pupils) if one.student in happened] if happened else []
        for place in known:
            self._beside(climbed, place, happened[pupils[place].student])
        self._alone(climbed, known)

    def _would_be(self, schools: Sequence[Climbed], number: int, rung: Rung) -> None:
        """Count a stage on arrays: nobody's line is looked at one by one."""
        self.rungs.setdefault(rung.name, rung)
        count = self.stages.setdefault(rung.name, Counter())
        climbs, never = [one.climb for one in schools], len(schools[0].on)
        again = [one.entered for climb in climbs for one in climb.again if one.stage == number]
        proposed = np.concatenate([climb.proposed[number] for climb in climbs])
        count["proposed"] += int((proposed < never).sum()) + sum(map(len, again))
        days = np.concatenate([*(climb.entered[number] for climb in climbs), *again])
        days = days[days <= schools[0].last]
        count["entered"] += len(days)
        if not len(days):
            return
        first, work = int(days.min() - 1) // _WEEK, work_of(rung)
        many = np.bincount((days - 1) // _WEEK - first)
        for week in np.flatnonzero(many).tolist():
            monday = date.fromordinal((first + week) * _WEEK + 1)
            self._in_week(monday, work, "would_be", int(many[week]))

    def _in_week(self, monday: date, work: Work, side: str, many: int) -> None:
        week = self.weeks.setdefault(monday, Counter())
        week[f"{side} {work}"] += many

    def _beside(self, climbed: Climbed, place: int, really: Mapping[str, Step]) -> None:
        """Compare one pupil, stage by stage; a stage that the ladder does not know is gone."""
        ladder = {rung.name: number for number, rung in enumerate(climbed.ladder)}
        for name in (*ladder, *(one for one in really if one not in ladder)):
            number, was = ladder.get(name), really.get(name)
            would = None if number is None else climbed.step(number, place)
            count = self.stages.setdefault(name, Counter())
            if was is not None and was.entered is not None:
                count["really_entered"] += 1
                if number is not None:
                    monday = was.entered - was.entered.weekday() * _DAY
                    self._in_week(monday, work_of(climbed.ladder[number]), "really", 1)
            difference = differ(would, was)
            count[difference] += would is not None or was is not None
            if difference is not Difference.SAME:
                self._change(climbed, place, name, difference, (would, was))

    def _alone(self, climbed: Climbed, known: Sequence[int]) -> None:
        """Count those about whom nothing happened: whatever they would have entered is new."""
        would = climbed.climb.entered <= climbed.last
        would[:, known] = False
        for rung, some in zip(climbed.ladder, would, strict=True):
            self.stages[rung.name][Difference.NEW] += int(some.sum())
        new = np.argwhere(would.T)
        for place, number in new[: max(self.most - len(self.changes), 0)].tolist():
            step, name = climbed.step(number, place), climbed.ladder[number].name
            self._change(climbed, place, name, Difference.NEW, (step, None))
            self.changed -= 1
        self.changed += len(new)

    def _change(
        self,
        climbed: Climbed,
        place: int,
        name: str,
        difference: Difference,
        steps: tuple[Step | None, Step | None],
    ) -> None:
        self.changed += 1
        if len(self.changes) < self.most:
            numbers = climbed.numbers(name, place)
            self.changes.append(Change(climbed.pupils[place], name, difference, *steps, numbers))

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as it is printed."""
        return {
            "schools": self.schools,
            "pupils": self.pupils,
            "stages": [
                _counted(name, self.rungs.get(name), self.stages[name]) for name in self.stages
            ],
            "weeks": [_week(monday, week) for monday, week in sorted(self.weeks.items())],
            "changes": [change.as_dict() for change in self.changes],
            "changes_left_out": self.changed - len(self.changes),
        }


def _counted(name: str, rung: Rung | None, count: Counter[str]) -> dict[str, Any]:
    return {
        "stage": name,
        "track": None if rung is None else rung.stage.track,
        "approval": None if rung is None else rung.approval.value,
        "work": None if rung is None else work_of(rung).value,
        "taken_as_met": [] if rung is None else list(taken_as_met(rung.stage)),
        "proposed": count["proposed"],
        "entered": count["entered"],
        "really_entered": count["really_entered"],
        **{one.value.lower(): count[one] for one in Difference},
    }


def _week(monday: date, week: Counter[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"week_of": monday.isoformat()}
    for side in ("would_be", "really"):
        said[side] = {
            "entered": sum(week[f"{side} {work}"] for work in Work),
            "letters": week[f"{side} {Work.LETTER}"],
            "meetings": week[f"{side} {Work.MEETING}"],
        }
    return said
