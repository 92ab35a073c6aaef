"""A stage that a person proposes: what the register says at that moment goes with it.

The same look as an evening's, on one pupil; its numbers are those of the stages that it needs, as
they count today and in the windows by which they were decided. Order, gap, exemption and case are
the intervention's to decide, as for every proposal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.attendance.arming import Arming
from domain.attendance.findings import Decided
from domain.attendance.ladder import Rung, rungs
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.rules import Stage as Rule
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import StageDays, entered_days, over_days
from domain.attendance.tally import SchoolFacts
from domain.case.commands import case_id
from domain.intervention.commands import ProposeByHand, intervention_id
from domain.kernel.refusals import NotFound, NotNow
from domain.shared.ids import InterventionId, StudentId, TenantId
from domain.shared.numbers import DecidingNumbers
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import newest_known
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.guarding import Span, guards_of, in_register
from infrastructure.runtime.judging import YEAR_TO_DATE, Known, frozen, stage_of
from infrastructure.runtime.looking import look
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import bound
from projections.interventions import INTERVENTIONS, InterventionRow


class NoRuleSet(NotNow):
    """No rule set decides about this school on this day: of its place, and in force."""

    code = "no-rule-set"


class StageUnknown(NotFound):
    """The rule set in use at this school has no such stage."""

    code = "stage-unknown"


class NotAtSchool(NotNow):
    """The student is not on the school's roll today."""

    code = "not-at-school"


@dataclass(frozen=True, slots=True)
class Moment:
    """One pupil and one stage of the rule set in use, as known today."""

    tenant: TenantId
    student: StudentId
    known: Known
    rung: Rung

    @property
    def intervention(self) -> InterventionId:
        """The pupil's ladder of this school year, whether it has begun or not."""
        return _ladder_id(self.tenant, self.known, self.student)

    @property
    def rule(self) -> Rule:
        """The stage as it is written."""
        return self.rung.stage

    @property
    def line(self) -> RegisterLine:
        """The pupil's line."""
        return self.known.lines[self.student]

    def numbers(self) -> tuple[DecidingNumbers, ...]:
        """Return what counts for the stages that this one needs, and the year to date."""
        known = self.known
        year = known.count(self.student, known.year_from, known.on, YEAR_TO_DATE)
        return (*dict.fromkeys((*self._today(), *self._then())), year)

    def _today(self) -> Iterator[DecidingNumbers]:
        """Count the conditions of the stages that are needed as of today, met or not."""
        sheet, on = sheet_of([self.line]), self.known.on
        facts = SchoolFacts(self.known.calendar, Denominator(self.known.school.denominator))
        entered = entered_days(self.known.entered, sheet.pupils)
        for answer in over_days(self.known.rules, [on], sheet, facts, entered):
            if answer.stage.key in self.rung.needs:
                yield from (_frozen(one) for one in _looked_at(answer))

    def _then(self) -> Iterator[DecidingNumbers]:
        """Return the numbers by which the stages that are needed were decided."""
        row = self.known.rows.get(self.student)
        for line in row.stages if row is not None else ():
            if line.stage in self.rung.needs and line.entered_on is not None:
                yield from (one for one in line.numbers if one.metric != YEAR_TO_DATE)

    def anchor(self) -> date | None:
        """Return the first day of what the stage is armed for; None where it fires once a year.

        A person's stage that is armed for a spell is armed anew when a stage that it needs was
        entered anew.
        """
        known, entered = self.known, self.known.entered.get(self.student, {})
        if self.rung.again is Rearm.SPELL:
            days = [entered[name] for name in self.rung.needs if name in entered]
            return max(days, default=None)
        facts = SchoolFacts(known.calendar, Denominator(known.school.denominator))
        arming = Arming(known.rules, known.on, lambda: sheet_of([self.line]), facts, entered)
        return arming.anchor(self.rung, known.on)


class Ladder(NamedTuple):
    """A pupil's ladder of this school year, whether it has begun or not, and the school's day."""

    intervention: InterventionId
    today: date


def ladder_of(
    conn: Connection, tenant: TenantId, school: SchoolRow, student: StudentId, stage: str
) -> Ladder:
    """Find a pupil's ladder without a look at the pupil.

    Raises:
        NoRuleSet: nothing decides at this school.
        StageUnknown: the rule set in use has no such stage.
    """
    today = school_now(conn).astimezone(ZoneInfo(school.zone)).date()
    row = rules_for(conn, tenant, school, today)
    if row is None:
        raise NoRuleSet
    rules = RuleSet.model_validate(row.definition)
    if stage not in {rung.name for rung in rungs(rules)}:
        raise StageUnknown(stage=stage)
    calendar = register.calendars(conn, tenant, schools=[school.school])[school.school]
    year = calendar.year_named(today, rules.school_year.begins)
    return Ladder(intervention_id(tenant, student, row.rule_set_id, year), today)


def _looked_at(answer: StageDays) -> list[Decided]:
    leaves = answer.finding.leaves()
    return [
        Decided(leaf.threshold, leaf.tally.numbers(0, 0))
        for leaf in leaves
        if leaf.threshold is not None and leaf.tally is not None
    ]


def _frozen(one: Decided) -> DecidingNumbers:
    return frozen(one.numbers, one.threshold.metric, one.threshold.words)


def spans(numbers: Sequence[DecidingNumbers]) -> list[Span]:
    """Return the windows that decided; those of the year only where no other did."""
    decided = [one for one in numbers if one.metric != YEAR_TO_DATE]
    return [(one.window_from, one.window_to) for one in decided or numbers]


def moment(
    conn: Connection,
    ledger: Ledger,
    tenant: TenantId,
    school: SchoolRow,
    student: StudentId,
    stage: str,
) -> Moment:
    """Look at one pupil now, as an evening would; the ladder as the ledger has it this moment.

    Raises:
        NoRuleSet: nothing decides at this school.
        StageUnknown: the rule set in use has no such stage.
        NotAtSchool: the pupil is not on the roll.
    """
    today = school_now(conn).astimezone(ZoneInfo(school.zone)).date()
    rules = rules_for(conn, tenant, school, today)
    if rules is None:
        raise NoRuleSet
    position = newest_known(conn, tenant, bound(conn))
    known = look(conn, tenant, school, today, rules, position, students=[student])
    named = {rung.name: rung for rung in rungs(known.rules, known.answered)}
    if stage not in named:
        raise StageUnknown(stage=stage)
    if student not in known.lines or not known.lines[student].on_roll(today):
        raise NotAtSchool
    rows = _ladder(conn, ledger, tenant, known, student)
    return Moment(tenant, student, replace(known, rows=rows), named[stage])


def _ladder(
    conn: Connection, ledger: Ledger, tenant: TenantId, known: Known, student: StudentId
) -> dict[StudentId, InterventionRow]:
    """Fold the pupil's ladder of this year anew: a read model may be a moment behind."""
    stream = _ladder_id(tenant, known, student)
    row: InterventionRow | None = None
    for fact in ledger.history(conn, stream):
        row = INTERVENTIONS.evolve(row, fact, str(stream))
    return {} if row is None else {student: row}


def _ladder_id(tenant: TenantId, known: Known, student: StudentId) -> InterventionId:
    return intervention_id(tenant, student, known.row.rule_set_id, known.year_named)


def proposal(at: Moment, reason_ref: UUID | None) -> ProposeByHand:
    """Return the command, with the numbers of the moment frozen into it."""
    known, numbers, year = at.known, at.numbers(), at.known.year_named
    rule_set = known.row.rule_set_id
    return ProposeByHand(
        intervention_id=at.intervention,
        student_id=at.student,
        school_id=known.school.school,
        case_id=case_id(at.tenant, at.student, year),
        rule_set_id=rule_set,
        school_year_from=year,
        stage=stage_of(at.rung),
        numbers=numbers,
        evaluated_on=known.on,
        known_at=known.position,
        anchor=at.anchor(),
        guards=guards_of(at.rule),
        findings=in_register(known, at.rule, at.student, spans(numbers)),
        reason_ref=reason_ref,
    )
