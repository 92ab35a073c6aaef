"""Which stages follow from what the rules found, and what is left, and why. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.attendance.evaluate import Evaluation
from domain.attendance.ladder import Rung
from domain.attendance.one_evening import OneEvening
from domain.attendance.register_hours import CONTACT
from domain.case.commands import case_id
from domain.intervention.commands import ProposeStage, intervention_id, same_day_id
from domain.kernel.commands import Command
from domain.shared.ids import StudentId, TenantId
from infrastructure.runtime.guarding import Span, guards_of, in_register
from infrastructure.runtime.guarding import found as found_about
from infrastructure.runtime.judging import (
    YEAR_TO_DATE,
    Known,
    Reached,
    by_student,
    evening_of,
    frozen,
    stage_of,
)
from projections.interventions import InterventionRow

TOO_LATE: Final = "TOO_LATE"


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and the word for it in the account of a look."""

    stage: str
    word: str
    command: Command


@dataclass(slots=True)
class Plan:
    """What a look leads to. `left` counts pupils by stage and by the reason in a code."""

    steps: list[Step] = field(default_factory=list)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)


def proposals(tenant: TenantId, known: Known, answer: Evaluation) -> Plan:
    """Propose for each student the first stage of each track that stands open."""
    plan = Plan()
    for answered in answer.stages:
        if answered.not_computed is not None:
            plan.left[answered.stage.key, "NOT_COMPUTED"] += 0
        if answered.outside:
            plan.left[answered.stage.key, "OUTSIDE_POPULATION"] += answered.outside
    for student, found in by_student(known, answer).items():
        _climb(tenant, known, student, found, plan)
    return plan


def _climb(
    tenant: TenantId, known: Known, student: StudentId, found: list[Reached], plan: Plan
) -> None:
    row = known.rows.get(student)
    evening = asked_in_order(known, row, found)
    for reached in found:
        _ask(tenant, known, evening, reached, plan)


def asked_in_order(
    known: Known, row: InterventionRow | None, found: Sequence[Reached]
) -> OneEvening:
    """Return one pupil's evening, on which the stages found are asked in their order."""
    by_name = {reached.rung.name: reached for reached in found}

    def unmet(rung: Rung, guard: str) -> bool:
        """Say whether software finds a guard unmet; what a person knows is asked at approval."""
        asked = by_name[rung.name]
        student, spans = asked.pupil.student, windows(asked)
        findings = found_about(known, rung.stage, rung.track, student, spans)
        return any(one.guard == guard and not one.met for one in findings)

    return evening_of(known, found[0].pupil.student, row, unmet)


def windows(reached: Reached) -> list[Span]:
    """Return the windows that decided a stage."""
    return [(one.numbers.first, one.numbers.last) for one in reached.pupil.decided]


def _ask(tenant: TenantId, known: Known, evening: OneEvening, reached: Reached, plan: Plan) -> None:
    """Propose a stage, or count what holds it back; what an exemption withholds says so."""
    name = reached.rung.name
    since, held = evening.ask(reached.rung)
    if held:
        plan.left[name, held[0].code] += 1
        return
    command = propose(tenant, known, reached, since=since)
    word = TOO_LATE if command.too_late else "PROPOSED"
    word = "WITHHELD" if evening.withheld(reached.rung) else word
    plan.steps.append(Step(name, word, command))


def same_day(tenant: TenantId, known: Known, answer: Evaluation) -> Plan:
    """Contact today, whatever the ladder says: each stage once a day, none waits for another.

    What became known when families hear nothing more is on record as too late, pupil by pupil.
    """
    plan = Plan()
    for student, found in by_student(known, answer, same_day=True).items():
        evening = asked_in_order(known, known.contacts.get(student), found)
        for reached in found:
            _ask(tenant, known, evening, reached, plan)
    return plan


def propose(tenant: TenantId, known: Known, reached: Reached, since: date | None) -> ProposeStage:
    """Return the command for one stage, with the numbers that decided frozen into it."""
    pupil = reached.pupil
    rule_set, year = known.row.rule_set_id, known.year_named
    decided = [
        frozen(one.numbers, one.threshold.metric, one.threshold.words, pupil.not_known)
        for one in pupil.decided
    ]
    settled = decided[0].window_to
    of_today = reached.rung.same_day
    identity = same_day_id if of_today else intervention_id
    return ProposeStage(
        intervention_id=identity(tenant, pupil.student, rule_set, year),
        student_id=pupil.student,
        school_id=pupil.school,
        case_id=case_id(tenant, pupil.student, year),
        rule_set_id=rule_set,
        school_year_from=year,
        stage=stage_of(reached.rung),
        numbers=(*decided, known.count(pupil.student, known.year_from, settled, YEAR_TO_DATE)),
        evaluated_on=known.on,
        known_at=known.position,
        anchor=since,
        same_day=of_today,
        too_late=of_today and known.over is not None and CONTACT in known.over,
        guards=guards_of(reached.rung.stage),
        findings=in_register(known, reached.rung.stage, pupil.student, windows(reached)),
    )
