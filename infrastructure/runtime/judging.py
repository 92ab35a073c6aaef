"""What one look at one school sees, and what the rules say about it. Pure: nothing is loaded here.

`judge(known)` is a function of the day and of what was known at a ledger position, so the nightly
look, the look after an import, and somebody who asks about last year get the same answer.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.attendance.arming import Arming
from domain.attendance.evaluate import Evaluation, Qualifier, evaluate_sheets
from domain.attendance.ladder import CASE_CLOSED, SAME_DAY, Rung, rungs
from domain.attendance.lines import Lines
from domain.attendance.metrics import Denominator, Numbers
from domain.attendance.one_evening import OneEvening, Stood
from domain.attendance.populations import PupilYears
from domain.attendance.rules import RuleSet
from domain.attendance.rules import Stage as Rule
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import Sheet
from domain.attendance.standing import Entered
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import OF_TODAY
from domain.shared.ids import StudentId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage
from infrastructure.register.rows import SchoolRow
from projections.definitions import RuleSetRow
from projections.interventions import InterventionRow, StageLine

YEAR_TO_DATE: Final = "ABSENT_DAYS_YEAR_TO_DATE"
_OVER: Final = frozenset({"STOPPED", "COMPLETED"})
_PASSED: Final = frozenset({"ATTENDANCE_IMPROVED", "VALID_REASON"})
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What one look at one school sees.

    `lines` are the pupils looked at. `rows` are their ladders of this year under this rule set,
    `earlier` those of the year before, `contacts` what was done on the day of an absence. `learned`
    names the earliest day about which something became known since the last look, by pupil.
    `versions` are the rule set's older definitions with the position of each. `answered` are the
    stages for which a playbook is in use, `exempt` the pupils whom rules leave alone that day.
    `closed` are pupils with a closed case beyond what the rows say: the intervention asks itself.
    `years` are ages and year groups of the school year, where the rule set asks for them.
    `over` says of a look at the day itself what was over by then.
    """

    school: SchoolRow
    on: date
    rules: RuleSet
    row: RuleSetRow
    position: int
    calendar: SchoolDays
    lines: Lines
    rows: Mapping[StudentId, InterventionRow]
    learned: Mapping[StudentId, date]
    earlier: Mapping[StudentId, InterventionRow] = field(default_factory=dict)
    contacts: Mapping[StudentId, InterventionRow] = field(default_factory=dict)
    versions: tuple[tuple[int, RuleSet], ...] = ()
    answered: Collection[str] = frozenset()
    exempt: Collection[StudentId] = frozenset()
    closed: Collection[StudentId] = frozenset()
    years: PupilYears | None = None
    over: tuple[str, ...] | None = None

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
        return {student: Stood(lines_of(row)).entered for student, row in self.rows.items()}

    @property
    def facts(self) -> SchoolFacts:
        """The school, as counting needs to know it."""
        school = self.school
        return SchoolFacts(self.calendar, school.denominator, school.codes, self.years)

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
        facts = SchoolFacts(self.calendar, Denominator(self.school.denominator))
        numbers = self.lines.absent(student, facts, (first, last))
        return frozen(numbers, metric, "")


def judge(known: Known) -> Evaluation:
    """Return who has reached which stage. A pure function of what is known and the day."""
    return judged(known, known.rules, known.on, known.lines)


def judged(
    known: Known, rules: RuleSet, on: date, lines: Lines, entered: Entered | None = None
) -> Evaluation:
    """Return who of some pupils had reached which stage on a day, by some rules.

    `entered` are the entries that the day knew of; absent: those that are known now.
    """
    school = known.school.school
    sheets, facts = {school: lines.sheet}, {school: known.facts}
    return evaluate_sheets(rules, on, sheets, facts, known.entered if entered is None else entered)


def is_same_day(rule: Rule) -> bool:
    """Say whether a stage looks at the day itself, while school is open."""
    return rule.trigger.metric in OF_TODAY


@dataclass(frozen=True, slots=True)
class Reached:
    """A pupil who has reached a stage of a ladder."""

    rung: Rung
    pupil: Qualifier


def by_student(
    known: Known, answer: Evaluation, *, same_day: bool = False
) -> dict[StudentId, list[Reached]]:
    """Return for each student the stages that were reached, in the order of the rule set."""
    found: dict[StudentId, list[Reached]] = {}
    ladder = {rung.name: rung for rung in rungs(known.rules, known.answered)}
    for answered in answer.stages:
        rung = ladder[answered.stage.key]
        if rung.same_day is not same_day:
            continue
        for pupil in answered.pupils:
            found.setdefault(pupil.student, []).append(Reached(rung, pupil))
    return found


def stage_of(rung: Rung) -> Stage:
    """Return a stage as an intervention knows it."""
    rule = rung.stage
    return Stage(
        type=rung.name,
        order=rule.order,
        track=SAME_DAY if rung.same_day else rung.track,
        approval=Approval(str(rung.approval)),
        prerequisites=rung.needs,
        min_gap_school_days=rung.gap,
        due_school_days=0 if rung.same_day else rule.due_within_school_days,
        due_days=rule.due_within_days,
        forthwith=rule.due_forthwith,
        stops=rung.stops,
        by_hand=rule.trigger.manual,
        four_eyes=rule.four_eyes,
        asks_reason=rule.asks_reason,
        log_attempts=rule.log_attempts,
        attendees=rule.attendees,
    )


def evening_of(
    known: Known,
    student: StudentId,
    row: InterventionRow | None,
    unmet: Callable[[Rung, str], bool],
) -> OneEvening:
    """Return one pupil's ladder as it stands on the evening of a look."""
    of_today = row is not None and row.same_day
    stood = Stood(
        lines=lines_of(row),
        before={} if of_today else lines_of(known.earlier.get(student)),
        ended=_ended(known, student, row),
        exempt=student in known.exempt,
        unmet=unmet,
    )

    def sheet() -> Sheet:
        return known.lines.only([student]).sheet

    arming = Arming(known.rules, known.on, sheet, known.facts, stood.entered)
    return OneEvening(known.on, known.calendar, stood, arming.anchor)


def lines_of(row: InterventionRow | None) -> Mapping[str, StageLine]:
    """Return where each stage of an intervention stands, by its name."""
    return {} if row is None else {line.stage: line for line in row.stages}


def _ended(known: Known, student: StudentId, row: InterventionRow | None) -> str:
    """Return the stop that still holds: some reasons pass when a child is absent again."""
    if student in known.closed:
        return CASE_CLOSED
    if row is None or row.status not in _OVER:
        return ""
    if row.stop_reason not in _PASSED or row.stopped_at is None:
        return row.stop_reason
    day = row.stopped_at.astimezone(ZoneInfo(known.school.zone)).date()
    if day >= known.on:
        return row.stop_reason
    since = known.count(row.student_id, day + _DAY, known.on, YEAR_TO_DATE)
    return "" if since.absent_sessions else row.stop_reason


def frozen(
    numbers: Numbers, metric: str, threshold: str, not_known: tuple[str, ...] = ()
) -> DecidingNumbers:
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
        not_known=not_known,
    )
