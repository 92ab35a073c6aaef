"""Who has reached which stage, and with which numbers (001-249)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.evaluate import Evaluation, evaluate
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import Mark, Pupil, RegisterLine, Session, register_line
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.tally import SchoolFacts
from domain.shared.ids import SchoolId, StudentId

SCHOOL, OTHER = SchoolId(UUID(int=100)), SchoolId(UUID(int=200))
TERM = Term(date(2025, 8, 27), date(2025, 12, 19), 75)
CALENDAR = SchoolDays((TERM,))
FACTS = {
    SCHOOL: SchoolFacts(CALENDAR, Denominator.MARKS),
    OTHER: SchoolFacts(CALENDAR, Denominator.DECLARED_DAYS),
}
OPEN = [
    day for day in (TERM.begins_on + timedelta(days=n) for n in range(115)) if CALENDAR.is_open(day)
]
ON = OPEN[39]
DAYS = {"metric": "ABSENT_DAYS", "op": ">=", "value": 3, "window": {"type": "SCHOOL_YEAR"}}
RATE = {"metric": "ABSENCE_RATE", "op": ">=", "value": "10/100"}
UNKNOWN = {"metric": "SHOE_SIZE", "value": 3}
LETTERS = {
    "/": MarkStatus.PRESENT,
    "A": MarkStatus.ABSENT_AUTHORISED,
    "F": MarkStatus.ABSENT_UNEXPLAINED,
}


def pupil(number: int, marks: str, school: SchoolId = SCHOOL, **dates: Any) -> RegisterLine:
    """A pupil whose marks are written one letter a day from the first day of term."""
    return register_line(
        Pupil(StudentId(UUID(int=number)), school, f"{number:03}", **dates),
        [
            Mark(day, Session.DAY, letter, LETTERS[letter])
            for day, letter in zip(OPEN, marks, strict=False)
            if letter in LETTERS
        ],
        DayCounting.WHOLE_DAYS,
        CALENDAR,
    )


def ladder(*triggers: dict[str, Any], settle: int = 0, **rest: Any) -> RuleSet:
    stages = [
        {"order": n, "type": f"STAGE_{n}", "trigger": trigger, "settleDays": settle}
        for n, trigger in enumerate(triggers, 1)
    ]
    written = {"id": "t", "schoolYear": {"start": "09-01"}, "stages": stages[::-1], **rest}
    return RuleSet.model_validate(written)


def found(evaluation: Evaluation, stage: int = 0) -> list[str]:
    return [pupil.source_id for pupil in evaluation.stages[stage].pupils]


def test_stages_and_pupils_come_in_a_fixed_order_with_their_numbers() -> None:
    lines = [pupil(3, "AAA/"), pupil(1, "AAA/"), pupil(2, "AA//")]
    answer = evaluate(ladder(DAYS, RATE), ON, lines, FACTS)
    assert [one.stage.type for one in answer.stages] == ["STAGE_1", "STAGE_2"]
    assert found(answer) == ["001", "003"]
    assert found(answer, 1) == ["001", "002", "003"]
    assert answer.stages[0].count == 2
    assert answer.pupils_looked_at == 3
    assert answer.stages[0].pupils[0].numbers() == {
        "absent_days": 3,
        "possible_days": 4,
        "rate": "3/4",
        "rate_percent": "75.0",
        "window": {"from": "2025-08-27", "to": ON.isoformat()},
        "denominator": "MARKS",
        "estimated": False,
        "metric": "ABSENT_DAYS",
        "reasons": "ANY",
        "threshold": ">= 3",
    }


def test_the_order_of_the_lines_changes_nothing() -> None:
    lines = [pupil(n, "A" * n, SCHOOL if n % 2 else OTHER) for n in range(9)]
    rules = ladder(DAYS, {"any": [DAYS, RATE]})
    assert evaluate(rules, ON, lines, FACTS) == evaluate(rules, ON, lines[::-1], FACTS)


def test_marks_younger_than_the_settle_days_are_not_looked_at() -> None:
    """Trap 26: an N of this morning may be an I an hour later; a ladder lets it settle first."""
    line = pupil(1, "/" * 37 + "AAA")
    assert found(evaluate(ladder(DAYS), ON, [line], FACTS)) == ["001"]
    assert found(evaluate(ladder(DAYS, settle=1), ON, [line], FACTS)) == []
    assert found(evaluate(ladder(DAYS, settle=1), OPEN[40], [line], FACTS)) == ["001"]


def test_a_rolling_window_forgets_what_is_older() -> None:
    rolling = {**DAYS, "window": {"type": "ROLLING_CALENDAR_DAYS", "n": 8}}
    line = pupil(1, "AAA")
    on = OPEN[0] + timedelta(days=7)
    assert found(evaluate(ladder(rolling), on, [line], FACTS)) == ["001"]
    assert found(evaluate(ladder(rolling), on + timedelta(days=1), [line], FACTS)) == []


def test_reasons_divide_the_absences() -> None:
    lines = [pupil(1, "AAAF"), pupil(2, "FFFA")]
    excused, unexcused = ({**DAYS, "reasons": reasons} for reasons in ("EXCUSED", "UNEXCUSED"))
    answer = evaluate(ladder(excused, unexcused), ON, lines, FACTS)
    assert found(answer) == ["001"]
    assert found(answer, 1) == ["002"]


def test_codes_are_matched_whatever_their_case() -> None:
    coded = {**DAYS, "codes": ["f"], "value": 1}
    excluded = {**DAYS, "excludeCodes": ["a "], "value": 1}
    lines = [pupil(1, "A"), pupil(2, "F")]
    answer = evaluate(ladder(coded, excluded), ON, lines, FACTS)
    assert found(answer) == found(answer, 1) == ["002"]


@pytest.mark.parametrize(("unit", "reached"), [("SESSION", True), ("DAY", False)])
def test_d_a_small_denominator_is_suppressed_in_the_unit_of_the_rule_set(
    unit: str, reached: bool
) -> None:
    guarded = {**RATE, "minPossible": 20}
    answer = evaluate(ladder(guarded, unit=unit), ON, [pupil(1, "A" * 3 + "/" * 7)], FACTS)
    assert bool(answer.stages[0].count) is reached


def test_any_and_all_keep_every_condition_that_held() -> None:
    both = {"any": [DAYS, RATE]}
    answer = evaluate(ladder(both, {"all": [DAYS, RATE]}), ON, [pupil(1, "AAA/")], FACTS)
    for stage in answer.stages:
        numbers = stage.pupils[0].numbers()
        assert numbers["metric"] == "ABSENT_DAYS"
        assert [one["metric"] for one in numbers["conditions"]] == ["ABSENT_DAYS", "ABSENCE_RATE"]


def test_a_part_that_failed_leaves_none_of_its_numbers() -> None:
    half = {"all": [RATE, {**DAYS, "value": 50}]}
    answer = evaluate(ladder({"any": [half, DAYS]}), ON, [pupil(1, "AAA")], FACTS)
    assert [one.threshold.metric for one in answer.stages[0].pupils[0].decided] == ["ABSENT_DAYS"]


@pytest.mark.parametrize(
    ("trigger", "certain"),
    [
        (UNKNOWN, []),
        ({"any": [UNKNOWN, DAYS]}, ["001"]),
        ({"all": [UNKNOWN, DAYS]}, []),
        ({"all": [{"any": [UNKNOWN, DAYS]}, DAYS]}, ["001"]),
    ],
)
def test_what_is_not_computed_is_never_silently_false(
    trigger: dict[str, Any], certain: list[str]
) -> None:
    answer = evaluate(ladder(trigger), ON, [pupil(1, "AAA"), pupil(2, "///")], FACTS)
    assert answer.stages[0].count is None
    assert answer.stages[0].not_computed == "SHOE_SIZE is not computed here"
    assert found(answer) == certain


def test_none_of_several_conditions_qualifies_nobody() -> None:
    answer = evaluate(ladder({"any": [DAYS, RATE]}), ON, [pupil(1, "/" * 20)], FACTS)
    assert answer.stages[0].count == 0


def test_leavers_are_left_alone_unless_the_rule_set_asks_for_them() -> None:
    line = pupil(1, "AAA/////", left_on=OPEN[6])
    assert evaluate(ladder(DAYS), ON, [line], FACTS).pupils_looked_at == 0
    everyone = ladder(DAYS, population={"onRoll": False})
    assert found(evaluate(everyone, ON, [line], FACTS)) == ["001"]


def test_the_answer_names_every_denominator_and_says_when_it_is_an_estimate() -> None:
    lines = [pupil(1, "AAA"), pupil(2, "AAAAA", OTHER)]
    answer = evaluate(ladder(RATE), ON, lines, FACTS)
    assert answer.denominators == (Denominator.DECLARED_DAYS, Denominator.MARKS)
    assert found(answer) == ["001", "002"]
    assert answer.stages[0].pupils[1].decided[0].numbers.possible == 2 * 40
    assert any("estimated" in warning for warning in answer.warnings)
    over = evaluate(ladder(RATE), TERM.ends_on, lines, FACTS)
    assert found(over) == ["001"]
    assert not any("estimated" in warning for warning in over.warnings)


def test_a_pupil_without_a_possible_day_has_no_rate() -> None:
    answer = evaluate(ladder({**RATE, "value": "0/100"}), ON, [pupil(1, "")], FACTS)
    assert answer.stages[0].count == 0
    assert any("no rate" in warning for warning in answer.warnings)


def test_a_school_that_marks_absences_only_is_told_that_its_rates_mean_nothing() -> None:
    def warned(*lines: RegisterLine) -> bool:
        warnings = evaluate(ladder(RATE), ON, lines, FACTS).warnings
        return any("only absences" in warning for warning in warnings)

    assert warned(pupil(1, "AAA"))
    assert not warned(pupil(1, "AAA"), pupil(2, "/"))
    assert not warned(pupil(1, ""))
    assert not warned(pupil(1, "AAA", OTHER))


def test_an_answer_says_what_the_rule_set_asked_for_in_vain() -> None:
    rules = ladder(
        DAYS,
        population={"minAge": 6, "yearGroups": ["7"]},
        effectiveFrom="2026-01-01",
        effectiveTo="2024-01-01",
    )
    warnings = evaluate(rules, ON, [], FACTS).warnings
    assert warnings == (
        "t is in force from 2026-01-01 only",
        "t was in force until 2024-01-01 only",
    )
