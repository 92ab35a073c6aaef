"""The ladder said a second time: one pupil, one evening, the real intervention deciding.

Slow and literal on purpose: what is climbed on arrays is compared with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from domain.attendance.ladder import Acts, Assumed, Away, rungs
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import entered_days, over_days
from domain.attendance.tally import SchoolFacts
from domain.case.aggregate import Case
from domain.case.commands import case_id
from domain.exemption.aggregate import Exemptions
from domain.exemption.events import ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import (
    ApproveStage,
    DeclineStage,
    HoldStages,
    ProposeStage,
    intervention_id,
)
from domain.intervention.events import StageEntered, StageProposed
from domain.kernel.refusals import Refusal
from domain.kernel.world import World
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import RuleSetId, StudentId, TenantId, id_about
from domain.shared.stages import Approval, Stage

DAY = timedelta(days=1)
TENANT = TenantId(UUID(int=3))
RULES = RuleSetId(UUID(int=4))
Way = Mapping[str, tuple[date, date | None]]
"""By stage: the evening that proposed it, and the day on which it was entered."""


def open_days(calendar: SchoolDays) -> list[date]:
    """Return every open day of a school whose terms are known."""
    first = calendar.stretches[0].begins_on
    length = (calendar.stretches[-1].ends_on - first).days + 1
    return [day for n in range(length) if calendar.is_open(day := first + n * DAY)]


class Pupil:
    """One pupil's intervention, the people around it, and what the rules see of the register."""

    def __init__(
        self,
        rules: RuleSet,
        line: RegisterLine,
        facts: SchoolFacts,
        acts: Acts,
        assumed: Assumed,
    ) -> None:
        self.rules, self.line, self.facts = rules, line, facts
        self.acts, self.assumed = acts, assumed
        self.instance = InterventionInstance()
        self.proposed: dict[str, date] = {}
        self.entered: dict[str, date] = {}
        self.firings: list[tuple[str, date]] = []
        self.anchors: dict[str, date] = {}
        self.spells: dict[str, date] = {}
        self.answers: dict[str, date] = {}
        self.refusals: dict[str, date] = {}
        self.recorded: set[str] = set()

    def climb(self, evenings: Sequence[date]) -> Way:
        """Let people answer during the day and the rules look in the evening."""
        day = evenings[0]
        while day <= evenings[-1]:
            looks = day in evenings
            if looks and (self._away(self.acts.exempt, day) or self._away(self.acts.closed, day)):
                self._hold(day)
            self._answer_all(day)
            if looks:
                self._look(day)
                self._answer_all(day)
            day += DAY
        return {name: (on, self.entered.get(name)) for name, on in self.proposed.items()}

    def _away(self, spans: Mapping[StudentId, Sequence[Away]], on: date) -> bool:
        mine = spans.get(self.line.student, ())
        return any(first <= on <= last for first, last in mine)

    def _hold(self, today: date) -> None:
        """Take back what waits: an exemption holds, or the case was closed. Its own day counts."""
        self._refuse(today)
        for stage in [n for n, day in self.answers.items() if day == today and n in self.recorded]:
            self._answer(stage, today)
        waiting = set(self.instance.proposed)
        self._do(HoldStages(**self._about()), today, "process:stop")
        for stage in waiting - set(self.instance.proposed):
            self.answers.pop(stage, None)
            self.refusals.pop(stage, None)

    def _look(self, on: date) -> None:
        tracks: set[str] = set()
        entered = set(self.instance.entered)  # what happens this evening is known on the next
        for stage in list(self._open(on)):
            fired = self.instance.fired.get(stage.type)
            waits = stage.type in self.instance.proposed
            if waits or (fired is not None and self.anchors[stage.type] <= fired.evaluated_on):
                continue
            if stage.stopped_by("CASE_CLOSED") and self._away(self.acts.closed, on):
                continue
            if stage.track in tracks:
                continue
            if any(needed not in entered for needed in stage.prerequisites):
                continue
            done = self._do(self._proposal(stage, on), on, "process:evaluate")
            if done is None:
                continue
            tracks.add(stage.track)
            if done:
                self.firings.append((stage.type, on))
                self.proposed.setdefault(stage.type, on)
                self._ask(stage, on)

    def _anchored(self, name: str, again: Rearm, on: date, *, holds: bool) -> date:
        """The first day of the window in which a stage may fire once."""
        if again is Rearm.SPELL:
            self.spells[name] = self.spells.get(name, on) if holds else on + DAY
            return self.spells[name]
        calendar = self.facts.calendar
        stretches = {Rearm.TERM: calendar.stretches, Rearm.HALF_TERM: calendar.half_terms}
        if again in stretches:
            begun = [one.begins_on for one in stretches[again] if one.begins_on <= on]
            return max(begun, default=date.min)
        return on if again is Rearm.DAY else date(2025, 9, 1)

    def _open(self, on: date) -> Iterator[Stage]:
        entered = {self.line.student: self.entered}
        sheet = sheet_of([self.line])
        known = entered_days(entered, sheet.pupils)
        found = over_days(self.rules, [on], sheet, self.facts, known)
        for rung, one in zip(rungs(self.rules), found, strict=True):
            holds = bool(one.holds[0, 0])
            self.anchors[rung.name] = self._anchored(rung.name, rung.again, on, holds=holds)
            if holds:
                yield Stage(
                    type=rung.name,
                    order=rung.stage.order,
                    track=rung.stage.track,
                    approval=Approval(str(rung.approval)),
                    prerequisites=rung.needs,
                    min_gap_school_days=rung.gap,
                    stops=rung.stops,
                )

    def _proposal(self, stage: Stage, on: date) -> ProposeStage:
        return ProposeStage(
            **self._about(),
            rule_set_id=RULES,
            school_year_from=date(2025, 9, 1),
            stage=stage,
            numbers=(),
            evaluated_on=on,
            known_at=0,
            anchor=self.anchors[stage.type],
        )

    def _ask(self, stage: Stage, on: date) -> None:
        if stage.approval is Approval.AUTO:
            return
        student = self.line.student
        recorded = self.acts.approved.get(student, {}).get(stage.type)
        self.recorded.discard(stage.type)
        if recorded is not None and recorded >= on:
            self.recorded.add(stage.type)
        if recorded is not None:
            self.answers[stage.type] = recorded if recorded >= on else self._school_day(on, 1)
        elif (said := self.acts.declined.get(student, {}).get(stage.type)) is not None:
            self.refusals[stage.type] = said if said >= on else self._school_day(on, 1)
        elif self.assumed.school_days is not None:
            self.answers[stage.type] = self._school_day(on, self.assumed.school_days)

    def _school_day(self, on: date, count: int) -> date:
        while count:
            on += DAY
            count -= self.facts.calendar.is_open(on)
        return on

    def _answer_all(self, today: date) -> None:
        self._refuse(today)
        for stage in list(self.answers):
            self._answer(stage, today)

    def _refuse(self, today: date) -> None:
        for stage in [name for name, day in self.refusals.items() if day <= today]:
            student = self.line.student
            this = intervention_id(TENANT, student, RULES, date(2025, 9, 1))
            no = DeclineStage(intervention_id=this, stage=stage, reason="KNOWN")
            for fact in self.instance.decide(no, World(now=_noon(today), actor="staff:1")):
                self.instance.evolve(fact)
            del self.refusals[stage]

    def _answer(self, stage: str, today: date) -> None:
        """Somebody says yes; too soon after another stage, and they say it again the next day."""
        if self.answers[stage] > today:
            return
        if self._do(ApproveStage(**self._about(), stage=stage), today, "staff:1"):
            del self.answers[stage]

    def _about(self) -> dict[str, Any]:
        student = self.line.student
        return {
            "intervention_id": intervention_id(TENANT, student, RULES, date(2025, 9, 1)),
            "student_id": student,
            "school_id": self.line.school,
            "case_id": case_id(TENANT, student, date(2025, 9, 1)),
        }

    def _do(
        self, command: ProposeStage | ApproveStage | HoldStages, on: date, actor: str
    ) -> bool | None:
        """Say whether a stage was proposed or entered; None where the intervention refuses."""
        exemptions, case = Exemptions(), Case()
        if not isinstance(command, ApproveStage):
            for number, (first, last) in enumerate(self.acts.exempt.get(self.line.student, ())):
                granted = ExemptionGranted(self.line.student, UUID(int=number), first, last)
                exemptions.evolve(granted)
            case.closed = self._away(self.acts.closed, on)
        school = SchoolCalendar("UTC", tuple(open_days(self.facts.calendar)))
        world = World(
            now=_noon(on),
            actor=actor,
            calendars={self.line.school: school},
            consulted={
                id_about("exemption", self.line.student): exemptions,
                command.case_id: case,
            },
        )
        try:
            facts = self.instance.decide(command, world)
        except Refusal:
            return None
        for fact in facts:
            self.instance.evolve(fact)
            if isinstance(fact, StageEntered):
                self.entered.setdefault(fact.stage, fact.entered_on)
        return any(isinstance(fact, StageProposed | StageEntered) for fact in facts)


def way_of(
    rules: RuleSet,
    line: RegisterLine,
    facts: SchoolFacts,
    evenings: Sequence[date],
    acts: Acts,
    assumed: Assumed,
) -> tuple[Way, list[tuple[str, date]]]:
    """Return how one pupil climbs: the first time on each stage, and every firing."""
    one = Pupil(rules, line, facts, acts, assumed)
    return one.climb(evenings), sorted(one.firings)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def student(number: int) -> StudentId:
    """Return a made-up pupil's id."""
    return StudentId(UUID(int=number))
