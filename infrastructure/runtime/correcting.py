"""What a correction takes back and gives back, stage by stage, the oldest firing first. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from domain.attendance.codes import MarkStatus
from domain.attendance.ladder import rungs
from domain.attendance.register_line import LETTER
from domain.attendance.rules import RuleSet
from domain.intervention.commands import ExplainAbsence, ReinstateStage, WithdrawStage
from domain.shared.ids import StudentId
from infrastructure.runtime.judging import YEAR_TO_DATE, Known, is_same_day, judged
from infrastructure.runtime.proposing import Step
from projections.interventions import InterventionRow
from projections.stage_lines import FiringLine, StageLine

_AWAY: Final = frozenset(
    LETTER[status]
    for status in (
        MarkStatus.ABSENT_AUTHORISED,
        MarkStatus.ABSENT_UNAUTHORISED,
        MarkStatus.ABSENT_UNEXPLAINED,
    )
)


class _Fired(NamedTuple):
    """One firing of a stage: it waits for a decision, or was entered."""

    student: StudentId
    line: StageLine
    firing: FiringLine

    @property
    def waits(self) -> bool:
        """Whether nobody has decided about it yet."""
        return self.firing.entered_on is None

    @property
    def rests(self) -> bool:
        """Whether nobody has to be asked any more why the child was away."""
        latest = not self.waits and self.firing.entered_on == self.line.entered_on
        done = latest and self.line.fulfilled_on is not None
        return done or self.firing.explained or self.firing.unsupported


@dataclass(frozen=True, slots=True)
class Corrected:
    """What follows from what became known, and what is known once that has happened."""

    steps: list[Step]
    known: Known

    @property
    def students(self) -> frozenset[StudentId]:
        """Return whose ladder stands otherwise than before."""
        rows = self.known.rows
        mine = {row.intervention_id: student for student, row in rows.items()}
        named = (getattr(step.command, "intervention_id", None) for step in self.steps)
        return frozenset(mine[one] for one in named if one in mine)


def corrections(known: Known) -> Corrected:
    """Ask of each firing that a correction may concern whether its own day still supports it.

    The day is asked anew by the rules of that time and by what was entered then, as the register
    knows it now. What a correction took away a further one may give back; and a stage that stood on
    another goes with it, on the same evening.
    """
    ladders, contacts = dict(known.rows), dict(known.contacts)
    steps: list[Step] = []
    for rows in (ladders, contacts):
        for (day, position), several in sorted(_fired(known, rows).items()):
            rules = known.rules_at(position)
            students = {fired.student for fired in several}
            asked = _Day(known, rules, day, {one: rows[one] for one in students})
            lines = known.lines.only(students)
            answer = judged(known, rules, day, lines, asked.entered)
            holds = {(s.stage.key, one.student) for s in answer.stages for one in s.pupils}
            for fired in several:
                student = fired.student
                step = asked.recounted(fired, holds=(fired.line.stage, student) in holds)
                if step is not None:
                    steps.append(step)
                    rows[student] = asked.rows[student] = _after(asked.rows[student], fired, step)
    return Corrected(steps, replace(known, rows=ladders, contacts=contacts))


def _fired(
    known: Known, rows: Mapping[StudentId, InterventionRow]
) -> dict[tuple[date, int], list[_Fired]]:
    """Return by day and position the firings of whose day something new is known.

    A day after the one that is looked at is none of this look's: its marks are not seen.
    """
    found: dict[tuple[date, int], list[_Fired]] = defaultdict(list)
    for student, row in rows.items():
        for line, firing in _standing(row) if student in known.lines else ():
            day = firing.evaluated_on
            if day is not None and day <= known.on and known.corrected(student, day):
                found[day, firing.known_at].append(_Fired(student, line, firing))
    return found


def _standing(row: InterventionRow) -> Iterator[tuple[StageLine, FiringLine]]:
    for line in row.stages:
        for entered in line.entered:
            yield line, entered
        if line.status == "PROPOSED":
            yield line, FiringLine(line.firing, line.evaluated_on, line.known_at)


class _Day:
    """One day on which stages fired, asked again: pupils' ladders as far as they are recounted."""

    def __init__(
        self, known: Known, rules: RuleSet, day: date, rows: dict[StudentId, InterventionRow]
    ) -> None:
        self.rows = rows
        self._known, self._day = known, day
        self._rungs = {rung.name: rung for rung in rungs(rules)}

    @property
    def entered(self) -> dict[StudentId, dict[str, date]]:
        """Return the entries that a look on that day went by, without those that lost their cause.

        A stage that fired again since had an earlier entry then.
        """
        return {
            student: {
                line.stage: entered
                for line in row.stages
                if (entered := line.entered_by(self._day)) is not None
            }
            for student, row in self.rows.items()
        }

    def recounted(self, fired: _Fired, *, holds: bool) -> Step | None:
        """Return what follows for a firing from whether its condition holds on its day."""
        rung = self._rungs.get(fired.line.stage)
        if rung is not None and rung.stage.trigger.manual:
            return None  # a person decided it, and no mark can take that back
        row = self.rows[fired.student]
        if rung is not None and is_same_day(rung.stage):
            if not holds and self._was_away(fired.student):
                return self._explained(row, fired)
        elif rung is not None:
            lines = {one.stage: one for one in row.stages}
            stood = (name in lines and lines[name].entered_by(self._day) for name in rung.needs)
            holds = holds and all(stood)
        return self._supported(row, fired, holds=holds)

    def _supported(self, row: InterventionRow, fired: _Fired, *, holds: bool) -> Step | None:
        if holds is not fired.firing.unsupported:
            return None
        known, stage = self._known, fired.line.stage
        said: dict[str, Any] = {
            "intervention_id": row.intervention_id,
            "stage": stage,
            "numbers": (known.count(row.student_id, known.year_from, self._day, YEAR_TO_DATE),),
            "evaluated_on": known.on,
            "known_at": known.position,
            "firing": fired.firing.firing,
        }
        if holds:
            return Step(stage, "REINSTATED", ReinstateStage(**said))
        word = "WITHDRAWN" if fired.waits else "UNSUPPORTED"
        return Step(stage, word, WithdrawStage(**said))

    def _was_away(self, student: StudentId) -> bool:
        """Say whether the pupil was absent on the day, for whatever reason is known by now."""
        line = self._known.lines[student]
        if self._day not in line.days:
            return False
        place = 2 * line.days.index(self._day)
        return not _AWAY.isdisjoint(line.marks[place : place + 2])

    def _explained(self, row: InterventionRow, fired: _Fired) -> Step | None:
        if fired.rests:
            return None
        command = ExplainAbsence(
            intervention_id=row.intervention_id,
            stage=fired.line.stage,
            evaluated_on=self._day,
            known_at=self._known.position,
            firing=fired.firing.firing,
        )
        return Step(fired.line.stage, "EXPLAINED", command)


_SAID: Final[Mapping[str, Mapping[str, object]]] = {
    "UNSUPPORTED": {"unsupported": True, "reviewed": ""},
    "REINSTATED": {"unsupported": False},
    "EXPLAINED": {"explained": True},
}


def _after(row: InterventionRow, fired: _Fired, step: Step) -> InterventionRow:
    """Return a ladder as it will stand: the rest of the evening goes by it."""

    def then(line: StageLine) -> StageLine:
        if fired.waits:
            return line.but(status=step.word)
        return line.told(fired.firing.firing, **_SAID[step.word])

    lines = (then(one) if one.stage == step.stage else one for one in row.stages)
    return row.but(stages=tuple(lines))
