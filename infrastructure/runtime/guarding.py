"""Which guards a stage has, and what the register and the record say about them. Pure.

What only a person can know does not hold a proposal back: it is asked at approval.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Final

from domain.attendance.codes import MarkStatus, Reasons, normalised
from domain.attendance.guards import NO_N_MARKS
from domain.attendance.metric_catalogue import catalogue
from domain.attendance.metrics import Counting, Denominator
from domain.attendance.register_line import LETTER, RegisterLine
from domain.attendance.rules import Stage as Rule
from domain.attendance.tally import measure
from domain.intervention.guards import Entry, Record, found_on_record
from domain.shared.guards import Finding, Guard, GuardBy
from domain.shared.ids import StudentId
from infrastructure.runtime.judging import Known
from projections.interventions import InterventionRow

NOT_ONLY: Final = "NOT_WHEN_ONLY_CODES"
_UNEXPLAINED: Final = LETTER[MarkStatus.ABSENT_UNEXPLAINED]
Span = tuple[date, date]


def guards_of(rule: Rule) -> tuple[Guard, ...]:
    """Return what must hold before a stage is entered, beside its condition."""
    named = dict.fromkeys((*rule.guards, *rule.trigger.guards))
    codes = rule.trigger.not_when_only_codes
    only = [Guard(name=NOT_ONLY, by=GuardBy.REGISTER)] if codes else []
    return (*(_catalogued()[name] for name in named if name in _catalogued()), *only)


@cache
def _catalogued() -> dict[str, Guard]:
    return {
        one.name: Guard(
            name=one.name, by=GuardBy(one.decided_by), asks=one.asks, special=one.special
        )
        for one in catalogue().guards
    }


def found(
    known: Known, rule: Rule, track: str, student: StudentId, windows: Sequence[Span]
) -> tuple[Finding, ...]:
    """Return what software finds about a stage's guards, in the windows that decided."""
    guards = guards_of(rule)
    on_record = found_on_record(guards, track, record_of(known.rows.get(student)))
    return (*in_register(known, rule, student, windows), *on_record)


def in_register(
    known: Known, rule: Rule, student: StudentId, windows: Sequence[Span]
) -> tuple[Finding, ...]:
    """Return what the register says of a stage's guards, in the windows that decided."""
    names = {guard.name for guard in guards_of(rule) if guard.by is GuardBy.REGISTER}
    if not names:
        return ()  # a line is not written out for nothing
    line, spans = known.lines[student], _apart(windows)
    looks = []
    if NO_N_MARKS in names:
        counted = sum(unexplained(line, *span) for span in spans)
        looks.append(_finding(NO_N_MARKS, spans, counted, met=not counted))
    if NOT_ONLY in names:
        counted = sum(_others(known, rule, line, span) for span in spans)
        looks.append(_finding(NOT_ONLY, spans, counted, met=counted > 0))
    return tuple(looks)


def unexplained(line: RegisterLine, first: date, last: date) -> int:
    """Count the half-days in a window for which nobody has said why."""
    return sum(
        letter == _UNEXPLAINED
        for number, day in enumerate(line.days)
        if first <= day <= last
        for letter in line.marks[2 * number :][:2]
    )


def _others(known: Known, rule: Rule, line: RegisterLine, span: Span) -> int:
    """Count the half-days without excuse that have other codes than those that do not suffice."""
    codes = frozenset(map(normalised, rule.trigger.not_when_only_codes))
    counting = Counting(Reasons.UNEXCUSED, never_codes=codes)
    denominator = Denominator(known.school.denominator)
    return measure(line, known.calendar, span, counting, denominator).absent


def _finding(guard: str, spans: Sequence[Span], counted: int, *, met: bool) -> Finding:
    return Finding(
        guard=guard,
        met=met,
        counted=counted,
        window_from=min(first for first, _ in spans),
        window_to=max(last for _, last in spans),
    )


def _apart(windows: Iterable[Span]) -> list[Span]:
    """Join windows that overlap, so that no half-day counts twice."""
    joined: list[Span] = []
    for first, last in sorted(windows):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def record_of(row: InterventionRow | None) -> Record:
    """Return what guards look at, as the read model has it: the aggregate has the last word."""
    if row is None:
        return Record({}, ())
    entries = {
        line.stage: Entry(
            track=line.track,
            entered_on=line.stood_on,
            done=bool(line.letters) or line.fulfilled_on is not None,
            fulfilled=line.fulfilled_on is not None,
        )
        for line in row.stages
        if line.stood_on is not None
    }
    return Record(entries, tuple(one for one in row.attempts if not one.failed))
