"""The ladder said a second time: one pupil, one evening, the real intervention deciding.

Slow and literal on purpose: what is climbed on arrays is compared with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from domain.attendance.ladder import Acts, Assumed, rungs
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import entered_days, over_days
from domain.attendance.tally import SchoolFacts
from domain.case.aggregate import Case
from domain.case.commands import case_id
from domain.exemption.aggregate import Exemptions
from domain.exemption.events import ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, ProposeStage, intervention_id
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
        self.answers: dict[str, date] = {}

    def climb(self, evenings: Sequence[date]) -> Way:
        """Let people answer during the day and the rules look in the evening."""
        day = evenings[0]
        while day <= evenings[-1]:
            for stage in list(self.answers):
                self._answer(stage, day)
            if day in evenings:
                self._look(day)
                for stage in list(self.answers):
                    self._answer(stage, day)
            day += DAY
        entered = {name: fact.entered_on for name, fact in self.instance.entered.items()}
        return {name: (on, entered.get(name)) for name, on in self.proposed.items()}

    def _look(self, on: date) -> None:
        tracks: set[str] = set()
        entered = {name: fact.entered_on for name, fact in self.instance.entered.items()}
        for stage in self._open(on):
            stands = stage.type in self.instance.proposed or stage.type in entered
            if stands or stage.type in self.instance.declined or stage.track in tracks:
                continue
            if any(needed not in entered for needed in stage.prerequisites):
                continue
            tracks.add(stage.track)
            if self._do(self._proposal(stage, on), on, "process:evaluate") and self._stands(stage):
                self.proposed[stage.type] = on
                self._ask(stage, on)

    def _stands(self, stage: Stage) -> bool:
        return stage.type in self.instance.proposed or stage.type in self.instance.entered

    def _open(self, on: date) -> Iterator[Stage]:
        entered = {self.line.student: {n: f.entered_on for n, f in self.instance.entered.items()}}
        sheet = sheet_of([self.line])
        known = entered_days(entered, sheet.pupils)
        found = over_days(self.rules, [on], sheet, self.facts, known)
        for rung, one in zip(rungs(self.rules), found, strict=True):
            if one.holds[0, 0]:
                yield Stage(
                    type=rung.name,
                    order=rung.stage.order,
                    track=rung.stage.track,
                    approval=Approval(str(rung.stage.approval)),
                    prerequisites=rung.needs,
                    min_gap_days=rung.gap,
                )

    def _proposal(self, stage: Stage, on: date) -> ProposeStage:
        student = self.line.student
        return ProposeStage(
            intervention_id=intervention_id(TENANT, student, RULES, date(2025, 9, 1)),
            student_id=student,
            school_id=self.line.school,
            case_id=case_id(TENANT, student, date(2025, 9, 1)),
            rule_set_id=RULES,
            school_year_from=date(2025, 9, 1),
            stage=stage,
            numbers=(),
            evaluated_on=on,
            known_at=0,
        )

    def _ask(self, stage: Stage, on: date) -> None:
        if stage.approval is Approval.AUTO:
            return
        student = self.line.student
        recorded = self.acts.approved.get(student, {}).get(stage.type)
        if recorded is not None:
            self.answers[stage.type] = recorded if recorded >= on else self._school_day(on, 1)
        elif stage.type in self.acts.declined.get(student, {}):
            pass
        elif self.assumed.school_days is not None:
            self.answers[stage.type] = self._school_day(on, self.assumed.school_days)

    def _school_day(self, on: date, count: int) -> date:
        while count:
            on += DAY
            count -= self.facts.calendar.is_open(on)
        return on

    def _answer(self, stage: str, today: date) -> None:
        """Somebody says yes; too soon after another stage, and they say it again the next day."""
        if self.answers[stage] > today:
            return
        student = self.line.student
        yes = ApproveStage(
            intervention_id=intervention_id(TENANT, student, RULES, date(2025, 9, 1)),
            student_id=student,
            school_id=self.line.school,
            case_id=case_id(TENANT, student, date(2025, 9, 1)),
            stage=stage,
        )
        if self._do(yes, today, "staff:1"):
            del self.answers[stage]

    def _do(self, command: ProposeStage | ApproveStage, on: date, actor: str) -> bool:
        exemptions = Exemptions()
        for number, (first, last) in enumerate(self.acts.away.get(self.line.student, ())):
            if isinstance(command, ProposeStage):
                granted = ExemptionGranted(self.line.student, UUID(int=number), first, last)
                exemptions.evolve(granted)
        school = SchoolCalendar("UTC", ())
        world = World(
            now=datetime.combine(on, time(16), UTC),
            actor=actor,
            calendars={self.line.school: school},
            consulted={
                id_about("exemption", self.line.student): exemptions,
                command.case_id: Case(),
            },
        )
        try:
            facts = self.instance.decide(command, world)
        except Refusal:
            return False
        for fact in facts:
            self.instance.evolve(fact)
        return bool(facts)


def way_of(
    rules: RuleSet,
    line: RegisterLine,
    facts: SchoolFacts,
    evenings: Sequence[date],
    acts: Acts | None = None,
    assumed: Assumed | None = None,
) -> Way:
    """Return how one pupil climbs."""
    one = Pupil(rules, line, facts, acts or Acts(), assumed or Assumed())
    return one.climb(evenings)


def student(number: int) -> StudentId:
    """Return a made-up pupil's id."""
    return StudentId(UUID(int=number))
