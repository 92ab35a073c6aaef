"""What a register cannot answer for a rule set: which data are missing, by stage, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from domain.attendance.codes import MarkStatus
from domain.attendance.conditions import Condition, reasons_not_computed, thresholds
from domain.attendance.metrics import Denominator
from domain.attendance.occasions import leaves_open
from domain.attendance.populations import AGE, YEAR_GROUP, members
from domain.attendance.register_line import LETTER, Pupil, RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.standing import conditions_of
from domain.attendance.tally import SchoolFacts

_KINDS: Final = {AGE: "the age", YEAR_GROUP: "the year group"}
_LATE: Final = LETTER[MarkStatus.PRESENT_LATE]


def unanswered(
    rule_set: RuleSet, lines: Iterable[RegisterLine], schools: Iterable[SchoolFacts]
) -> dict[str, Any]:
    """Return for each stage what the register cannot say, and what is true of all of them."""
    known, facts = list(lines), list(schools)
    without_minutes = sum(map(_late_without_minutes, known))
    parts = _parts_of_days(facts)
    without_word = sum(_without_a_word(line, parts) for line in known)
    declared = [_weekdays_too_many(one) for one in facts if _declares(one)]
    general = list(_not_known(rule_set, known, facts))
    stages = [
        {
            "stage": stage.key,
            "cannot_say": list(_of_stage(condition, (without_minutes, without_word), declared)),
            "a_person_must_show": [*stage.guards, *stage.trigger.guards],
        }
        for stage, condition in conditions_of(rule_set, following=True)
    ]
    return {
        "rule_set": rule_set.id,
        "late_marks_without_minutes": without_minutes,
        "days_without_a_word_on_an_excuse": without_word,
        "weekdays_not_known_open_or_closed": sum(declared),
        "in_general": general,
        "stages": stages,
        "answered": [one["stage"] for one in stages if not one["cannot_say"]],
    }


def _of_stage(condition: Condition, without: tuple[int, int], declared: list[int]) -> Iterator[str]:
    yield from reasons_not_computed(condition)
    counts = thresholds(condition)
    minutes, word = without
    if minutes and any(one.occasions.later_than is not None for one in counts):
        yield f"{minutes} late marks came without minutes: occasions may be missing"
    if word and any(leaves_open(one.occasions) for one in counts):
        yield f"on {word} days nobody said whether a part was excused: occasions may be missing"
    if any(declared) and any(one.is_rate for one in counts):
        yield f"rates are estimates: which {sum(declared)} weekdays were closed nobody has said"


def _late_without_minutes(line: RegisterLine) -> int:
    known = {place // 2 for place, _ in line.late}
    pairs = (line.marks[2 * day :][:2] for day in range(len(line.days)))
    return sum(_LATE in pair and day not in known for day, pair in enumerate(pairs))


def _not_known(
    rule_set: RuleSet, lines: list[RegisterLine], schools: list[SchoolFacts]
) -> Iterator[str]:
    """Say of how many pupils the ages or year groups that the rules ask about are not known.

    Asked is the last day of the register.
    """
    last = max((line.days[-1] for line in lines if line.days), default=None)
    if last is None:
        return
    pupils = [Pupil(line.student, line.school, line.source_id) for line in lines]
    on = np.array([last.toordinal()], np.int32)
    told = [members(rule_set.population, one.years, pupils, on) for one in schools]
    for kind, words in _KINDS.items():
        truths = [one.open[kind] for one in told if one is not None and kind in one.open]
        count = int(np.logical_and.reduce(truths).sum()) if truths else 0
        if count:
            yield f"{words} of {count} pupils is not known: nobody is left out for it"


def _parts_of_days(schools: Iterable[SchoolFacts]) -> dict[str, bool | None]:
    tables = [one.codes.parts_of_days for one in schools if one.codes is not None]
    return {code: said for table in tables for code, said in table.items()}


def _without_a_word(line: RegisterLine, parts: Mapping[str, bool | None]) -> int:
    """Count the days with a part of which the code does not say whether it was excused."""
    unsaid = [
        parts.get(code) is None and (letter == _LATE or code in parts)
        for code, letter in zip(line.codes, line.marks, strict=True)
    ]
    return sum(map(any, zip(unsaid[::2], unsaid[1::2], strict=True)))


def _declares(school: SchoolFacts) -> bool:
    return school.denominator is Denominator.DECLARED_DAYS


def _weekdays_too_many(school: SchoolFacts) -> int:
    """Count the weekdays of terms beyond the days that the school says it taught."""
    return sum(
        max(school.calendar.open_days(term.begins_on, term.ends_on) - term.declared_days, 0)
        for term in school.calendar.terms
        if term.declared_days is not None
    )
