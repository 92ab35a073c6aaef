"""What one look at one school sees, and what the rules say about it. Pure: nothing is loaded here.

`judge(known)` is a function of the day and of what was known at a ledger position, so the nightly
look, the look after an import, and somebody who asks about last year get the same answer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from domain.attendance.evaluate import Evaluation, Qualifier, StageAnswer, evaluate
from domain.attendance.metrics import Counting, Denominator, Numbers
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.rules import Stage as Rule
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts, measure
from domain.attendance.triggers import OF_TODAY
from domain.shared.ids import StudentId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage
from infrastructure.register.rows import SchoolRow
from projections.definitions import RuleSetRow
from projections.interventions import InterventionRow

YEAR_TO_DATE: Final = "ABSENT_DAYS_YEAR_TO_DATE"
SAME_DAY: Final = "SAME_DAY"
_CLOSED: Final = "CASE_CLOSED"
_DUTY_STOPS: Final = ("LEFT_ROLL",)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What one look at one school sees.

    `lines` are the pupils looked at. `rows` are their ladders of this year under this rule set,
    `earlier` those of the year before, `contacts` what was done on the day of an absence. `learned`
    names the earliest day about which something became known since the last look, by pupil.
    `versions` are the rule set's older definitions with the position of each. `answered` are the
    stages for which a playbook is in use, `exempt` the pupils whom rules leave alone that day.
    """

    school: SchoolRow
    on: date
    rules: RuleSet
    row: RuleSetRow
    position: int
    calendar: SchoolDays
    lines: Mapping[StudentId, RegisterLine]
    rows: Mapping[StudentId, InterventionRow]
    learned: Mapping[StudentId, date]
    earlier: Mapping[StudentId, InterventionRow] = field(default_factory=dict)
    contacts: Mapping[StudentId, InterventionRow] = field(default_factory=dict)
    versions: tuple[tuple[int, RuleSet], ...] = ()
    answered: Collection[str] = frozenset()
    exempt: Collection[StudentId] = frozenset()

    @property
    def year_from(self) -> date:
        """The first day of the school year."""
        return self.calendar.year_begins(self.on, self.rules.school_year.begins)

    @property
    def year_named(self) -> date:
        """The day that the school year is known by, whatever day the school really opens on."""
        return self.calendar.year_named(self.on, self.rules.school_year.begins)

    @property
    def entered(self) -> dict[StudentId, dict[str, date]]:
        """On which day each student entered which stage: what `after` in a trigger refers to."""
        return {
            student: {
                one.stage: one.entered_on
                for one in row.stages
                if one.entered_on is not None and one.carries
            }
            for student, row in self.rows.items()
        }

    def corrected(self, student: StudentId, day: date) -> bool:
        """Say whether something about a day or an earlier one was learned since the last look."""
        first = self.learned.get(student)
        return first is not None and first <= day

    def rules_at(self, position: int) -> RuleSet:
        """Return the definition by which a decision at a position was made: it stays the measure.

        A rule set that changes never takes back what the one before it has led to.
        """
        before = [rules for since, rules in self.versions if since <= position]
        return before[-1] if before else self.rules

    def count(self, student: StudentId, first: date, last: date, metric: str) -> DecidingNumbers:
        """Count one student's absence in a window, any reason."""
        numbers = measure(
            self.lines[student],
            self.calendar,
            (first, last),
            Counting(),
            Denominator(self.school.denominator),
        )
        return frozen(numbers, metric, "")


def judge(known: Known) -> Evaluation:
    """Return who has reached which stage. A pure function of what is known and the day."""
    return judged(known, known.rules, known.on, known.lines.values())


def judged(known: Known, rules: RuleSet, on: date, lines: Iterable[RegisterLine]) -> Evaluation:
    """Return who of some pupils had reached which stage on a day, by some rules."""
    return evaluate(rules, on, lines, {known.school.school: facts_of(known)}, known.entered)


def facts_of(known: Known) -> SchoolFacts:
    """Return what counting must know of the school."""
    school = known.school
    return SchoolFacts(known.calendar, school.denominator, school.codes)


def is_same_day(rule: Rule) -> bool:
    """Say whether a stage looks at the day itself, while school is open."""
    return rule.trigger.metric in OF_TODAY


@dataclass(frozen=True, slots=True)
class Reached:
    """A pupil who has reached a stage: the stage as an intervention knows it, and as written."""

    stage: Stage
    rule: Rule
    pupil: Qualifier


def by_student(
    known: Known, answer: Evaluation, *, same_day: bool = False
) -> dict[StudentId, list[Reached]]:
    """Return for each student the stages that were reached, in the order of the rule set."""
    found: dict[StudentId, list[Reached]] = {}
    gaps: dict[str, int] = {}
    for answered in answer.stages:
        if is_same_day(answered.stage) is not same_day:
            continue
        stage = _stage(known, answered, gaps)
        for pupil in answered.pupils:
            found.setdefault(pupil.student, []).append(Reached(stage, answered.stage, pupil))
    return found


def _stage(known: Known, answer: StageAnswer, gaps: dict[str, int]) -> Stage:
    """Return a stage as an intervention knows it; its gap is what the stage before asks for."""
    rule = answer.stage
    if is_same_day(rule):
        # Nobody is contacted by software where no playbook says how: then a person is asked to.
        approval = Approval.AUTO if rule.key in known.answered else Approval.STAFF
        track, gap = SAME_DAY, 0
    else:
        approval, track = Approval(str(rule.approval)), rule.track
        gap, gaps[track] = gaps.get(track, 0), rule.days_before_next_stage or 0
    return Stage(
        type=rule.key,
        order=rule.order,
        track=track,
        approval=approval,
        prerequisites=rule.needs,
        min_gap_school_days=gap,
        due_school_days=0 if is_same_day(rule) else rule.due_within_school_days,
        due_days=rule.due_within_days,
        forthwith=rule.due_forthwith,
        stops=_stops(known.rules, rule),
    )


def _stops(rules: RuleSet, rule: Rule) -> tuple[str, ...] | None:
    """Return what holds a stage back: what it says itself, else what its track is for."""
    if rule.stop_conditions:
        said = (_CLOSED if name == "CASE_RESOLVED" else name for name in rule.stop_conditions)
        return tuple(dict.fromkeys(said))
    duty = any(t.id == rule.track and t.kind == "STATUTORY" for t in rules.tracks)
    return _DUTY_STOPS if duty else None


def anchor(known: Known, reached: Reached, fired_on: date) -> date | None:
    """Return the first day of what a stage is armed for now, where it has fired on a day before.

    None where it cannot fire again: it is armed once for the school year or for ever.
    """
    match reached.rule.armed_for:
        case Rearm.DAY:
            return known.on
        case Rearm.TERM:
            return _begun(known.calendar.stretches, known.on)
        case Rearm.HALF_TERM:
            return _begun(known.calendar.half_terms, known.on)
        case Rearm.SPELL:
            return _spell_began(known, reached, fired_on)
        case Rearm.SCHOOL_YEAR if fired_on < known.year_from:
            return known.year_from
        case _:
            return None


def _begun(stretches: Iterable[Term], on: date) -> date | None:
    return max((one.begins_on for one in stretches if one.begins_on <= on), default=None)


def _spell_began(known: Known, reached: Reached, fired_on: date) -> date | None:
    """Return when the condition began to hold anew, after a firing and a day without it.

    A run that has ended is over, though its window may still know of it.
    """
    if known.on <= fired_on:
        return None
    since, until = (fired_on + _DAY).toordinal(), known.on.toordinal()
    asked = {*known.calendar.open_ordinals(since, until), until}
    days = [date.fromordinal(day) for day in sorted(asked)]
    sheet = sheet_of([known.lines[reached.pupil.student]])
    stages = over_days(known.rules, days, sheet, facts_of(known))
    column = next(one.going_on[:, 0] for one in stages if one.stage.key == reached.rule.key)
    going = [day for day, holds in zip(days, column.tolist(), strict=True) if holds]
    without = {*days} - {*going}
    before = [day for day in without if going and day < going[-1]]
    return max(before) + _DAY if before else None


def frozen(numbers: Numbers, metric: str, threshold: str) -> DecidingNumbers:
    """Return numbers as facts keep them."""
    return DecidingNumbers(
        metric=metric,
        absent_sessions=numbers.absent,
        possible_sessions=numbers.possible,
        sessions_per_day=2,
        threshold=threshold,
        window_from=numbers.first,
        window_to=numbers.last,
        denominator=str(numbers.denominator),
        undecided_days=numbers.undecided,
    )
