"""Whatever a rule set says changes something, or it is said that software does not do it.

Every field of the model is walked: each has an example of a rule set in which it makes a difference
to who stands where, what is proposed, when rules look, or what is refused; or to the list of what
is left to people.
"""

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from domain.attendance import not_done as notes
from domain.attendance.comparing import work_of
from domain.attendance.evaluate import evaluate
from domain.attendance.ladder import rungs
from domain.attendance.lines import Lines
from domain.attendance.metrics import Denominator
from domain.attendance.rule_faults import problems_of
from domain.attendance.rule_model import RuleSet, Stage
from domain.attendance.rule_parts import (
    Occasion,
    Parallel,
    Population,
    Return,
    SchoolYear,
    Source,
    Track,
)
from domain.attendance.rule_shape import shape_problems
from domain.attendance.rules import shipped_rule_set
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import evenings, over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import Trigger, Window
from domain.attendance.what_if import climb_school
from domain.shared.ids import StudentId
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.judging import Known, judge, stage_of
from infrastructure.runtime.proposing import proposals
from infrastructure.runtime.recounting import checkpoints
from projections.interventions import InterventionRow, StageLine
from projections.stage_lines import FiringLine
from tests.properties.test_no_letter_without_cause import rule_set_row
from tests.support.examples import CASE, INTERVENTION, RULE_SET, TENANT
from tests.support.naive_ladder import student
from tests.support.roll_book import CALENDAR, OPEN, SCHOOL, line, whole

ROW = SchoolRow(
    SCHOOL, "test", "S1", "Test", "GB-ENG", "Europe/London", "gb-eng", Denominator.MARKS
)
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
LATES = {OPEN[20]: "LU", OPEN[21]: "LU", OPEN[22]: "/U"}
ILL = whole("I", [*range(3), *range(30, 36), *range(100, 104)])
AWAY = whole("U", [5, 6, 8, 12, 14, 40, 41, 90, 110])
LINES = Lines.of(
    (
        line(ILL | AWAY | LATES, number=1),
        line(whole("U", range(0, 60, 3)), number=2),
        line(whole("N", range(10)), number=3, left_on=OPEN[30]),
        line(whole("I", range(50, 80)), number=4, enrolled_on=OPEN[45]),
    )
)
FIRED = StudentId(student(2))
AT = datetime(2025, 10, 1, tzinfo=UTC)
EVENINGS = (OPEN[9], OPEN[35], OPEN[59], OPEN[60], OPEN[61], OPEN[120])


def ladder_row() -> InterventionRow:
    """A pupil who lost the first stage to a correction, and entered the second."""
    fired = FiringLine(1, OPEN[9], 1, OPEN[10])
    kept = StageLine("OTHER", "ENTERED", AT, OPEN[10], "OTHER", (), OPEN[9], firings=(fired,))
    void = (fired.but(unsupported=True),)
    lost = kept.but(stage="LETTER_1", track="SUPPORT", unsupported=True, firings=void)
    return InterventionRow(
        INTERVENTION,
        FIRED,
        SCHOOL,
        CASE,
        RULE_SET,
        date(2025, 9, 1),
        "ACTIVE",
        AT,
        current_stage="OTHER",
        stages=(lost, kept),
    )


DAYS: Final = {"metric": "ABSENT_DAYS", "value": 5}
BASE: Final[dict[str, Any]] = {
    "id": "t",
    "jurisdiction": "GB-ENG",
    "schoolYear": {"start": "09-01"},
    "occasion": {"anyOf": ["FULL_DAY_UNEXCUSED", "PART_DAY_UNEXCUSED", "TARDY"]},
    "sources": [{"id": "LAW", "kind": "STATUTE", "law": "an act"}],
    "tracks": [{"id": "SUPPORT"}, {"id": "OTHER"}],
    "stages": [
        {"order": 1, "type": "LETTER_1", "trigger": DAYS},
        {"order": 2, "type": "LETTER_2", "trigger": {"after": "LETTER_1", "furtherAbsentDays": 1}},
        {
            "order": 3,
            "type": "OTHER",
            "track": "OTHER",
            "trigger": {"metric": "OCCASIONS", "value": 3},
        },
    ],
    "returns": [{"id": "SICK", "trigger": {"metric": "COUNT", "codes": ["I"], "value": 3}}],
    "parallel": [
        {"id": "BESIDE", "trigger": {"metric": "ABSENCE_RATE", "value": "5/100"}},
    ],
}
Path = tuple[str | int, ...]
Change = tuple[Path, Any]


def changed(written: dict[str, Any], *changes: Change) -> dict[str, Any]:
    made = deepcopy(written)
    for path, value in changes:
        part: Any = made
        for step in path[:-1]:
            part = part[step]
        if value is None:
            del part[path[-1]]
        else:
            part[path[-1]] = value
    return made


def effects(written: dict[str, Any]) -> str:
    """Everything that software makes of a rule set, as one text."""
    return _effects(json.dumps(written))


@cache
def _effects(text: str) -> str:
    written = json.loads(text)
    problems = [one.as_dict() for one in problems_of(written)]
    if shape_problems(written):
        return json.dumps(problems)
    rules = RuleSet.model_validate(written)
    sheet, looks = (
        sheet_of([*LINES.values()]),
        evenings(rules, CALENDAR, OPEN[0], date(2026, 8, 31)),
    )
    stages = over_days(rules, OPEN, sheet, FACTS, as_reached=True)
    climbed = climb_school(rules, OPEN, sheet, FACTS)
    told: list[Any] = [
        problems,
        [day.isoformat() for day in looks],
        [
            (one.stage.key, one.holds.tobytes().hex(), one.going_on.tobytes().hex())
            for one in stages
        ],
        [one.not_computed for one in stages],
        [(rung.name, repr(stage_of(rung)), work_of(rung)) for rung in rungs(rules)],
        climbed.climb.proposed.tolist(),
        climbed.climb.entered.tolist(),
        [(one.stage, one.pupils.tolist(), one.evenings.tolist()) for one in climbed.climb.again],
        *(evening(rules, on) for on in EVENINGS),
    ]
    answer = evaluate(rules, OPEN[60], [*LINES.values()], {SCHOOL: FACTS})
    told += [answer.rule_set, [w for w in answer.warnings if not w.startswith("not done")]]
    return json.dumps(told, default=str)


def evening(rules: RuleSet, on: date) -> list[Any]:
    known = Known(
        school=ROW,
        on=on,
        rules=rules,
        row=rule_set_row(),
        position=7,
        calendar=CALENDAR,
        lines=LINES,
        rows={FIRED: ladder_row()},
        learned={},
    )
    plan = proposals(TENANT, known, judge(known))
    return [*map(repr, plan.steps), sorted(plan.left.items()), *map(repr, checkpoints(known))]


SIX = "6 weeks of last school day"
S0, S1, S2 = (("stages", number) for number in range(3))
T0, T1, T2 = ((*stage, "trigger") for stage in (S0, S1, S2))
W0 = (*T0, "window")
TERM = {"type": "TERM"}
NO_TRIGGER: Change = (T1, None)
# For each field a change to BASE, or what BASE has to say first and then the change.
Case = Change | tuple[tuple[Change, ...], Change]
CASES: Final[dict[type[BaseModel], dict[str, Case]]] = {
    RuleSet: {
        "id": (("id",), "u"),
        "jurisdiction": (("jurisdiction",), "IE"),
        "effective_from": (("effectiveFrom",), "2026-06-01"),
        "effective_to": (("effectiveTo",), "2025-09-02"),
        "unit": (("unit",), "SESSION"),
        "population": (("population",), {"onRoll": False}),
        "school_year": (("schoolYear",), {"start": "12-01"}),
        "occasion": (("occasion",), {"anyOf": ["TARDY"]}),
        "sources": (((((*S0, "sources"), ["LAW"]),)), (("sources",), [])),
        "tracks": (("tracks",), [{"id": "SUPPORT"}]),
        "stages": (("stages",), [{"order": 1, "type": "LETTER_1", "trigger": DAYS}]),
        "returns": (("returns",), []),
        "parallel": (("parallel",), []),
        "stop": (("stop",), ["ATTENDANCE_IMPROVED"]),
    },
    Stage: {
        "id": ((*S0, "id"), "FIRST"),
        "order": ((*S0, "order"), 5),
        "type": ((*S0, "type"), "MEETING"),
        "trigger": (T0, {**DAYS, "value": 9}),
        "track": ((*S0, "track"), "OTHER"),
        "prerequisites": ((*S2, "prerequisites"), ["LETTER_2"]),
        "approval": ((*S0, "approval"), "AUTO"),
        "settle_days": ((*S0, "settleDays"), 3),
        "days_before_next_stage": ((*S0, "daysBeforeNextStage"), 30),
        "due_within_school_days": ((*S0, "dueWithinSchoolDays"), 5),
        "due_within_days": ((*S0, "dueWithinDays"), 5),
        "due_forthwith": ((*S0, "dueForthwith"), True),
        "rearm": (
            ((T2, {"metric": "CONSECUTIVE_DAYS", "value": 2}),),
            ((*S2, "rearm"), "SPELL"),
        ),
        "retraction": ((*S0, "retraction"), "KEEP"),
        "content": ((*S0, "content"), "days missed"),
        "outputs": ((*S0, "outputs"), ["NOTICE_TO_OFFICER"]),
        "statute": (((((*S0, "approval"), "AUTO"),)), ((*S0, "statute"), "s. 1")),
        "sources": ((*S0, "sources"), ["NOWHERE"]),
        "template": ((*S0, "template"), "CA-1"),
        "letter_template_id": ((*S0, "letterTemplateId"), str(RULE_SET)),
        "stop_conditions": ((*S0, "stopConditions"), ["LEFT_ROLL"]),
        "escalation_conditions": (((NO_TRIGGER,)), ((*S0, "escalationConditions"), DAYS)),
        "attendees": ((*S0, "attendees"), ["PARENT"]),
        "log_attempts": ((*S0, "logAttempts"), True),
        "four_eyes": ((*S0, "fourEyes"), True),
        "asks_reason": ((*S0, "asksReason"), True),
        "guards": ((*S2, "guards"), ["CONFERENCE_ATTEMPTED"]),
        "per_guardian": ((*S0, "perGuardian"), True),
        "once_per_illness": (
            (
                (T2, {**DAYS, "codes": ["I"]}),
                ((*S2, "type"), "SICK_AGAIN"),
                ((*S2, "rearm"), "SPELL"),
            ),
            ((*S2, "oncePerIllness"), True),
        ),
        "period_school_weeks": ((*S0, "periodSchoolWeeks"), {"min": 3}),
    },
    Trigger: {
        "metric": ((*T0, "metric"), "CONSECUTIVE_DAYS"),
        "reasons": ((*T0, "reasons"), "UNEXCUSED"),
        "codes": ((*T0, "codes"), ["U"]),
        "exclude_codes": ((*T0, "excludeCodes"), ["U"]),
        "value": ((*T0, "value"), 6),
        "exclusive": ((*T0, "exclusive"), True),
        "window": ((*T0, "window"), TERM),
        "min_possible": ((*T0, "minPossible"), 80),
        "min_enrolled_days": ((*T0, "minEnrolledDays"), 80),
        "during": ((*T0, "during"), {"type": "DATE_WINDOW", "from": "09-01", "to": "09-20"}),
        "any": (T0, {"any": [DAYS, {"metric": "CONSECUTIVE_DAYS", "value": 2}]}),
        "all": (T0, {"all": [DAYS, {"metric": "CONSECUTIVE_DAYS", "value": 5}]}),
        "manual": (T0, {"manual": True}),
        "after": ((*T1, "after"), "OTHER"),
        "further_absent_days": ((*T1, "furtherAbsentDays"), 9),
        "further_occasions": (T1, {"after": "LETTER_1", "furtherOccasions": 9}),
        "within_school_days": ((*T1, "withinSchoolDays"), 1),
        "after_roll_call": ((*T0, "afterRollCall"), True),
        "after_register_close": ((*T0, "afterRegisterClose"), True),
        "or_expected": ((*T0, "orExpected"), True),
        "prerequisites": ((*T2, "prerequisites"), ["LETTER_2"]),
        "requires": ((*T2, "requires"), "LETTER_2"),
        "guards": (((T2, {"manual": True}),), (T2, {"manual": True, "guards": ["NO_N_MARKS"]})),
        "not_when_only_codes": (
            ((T2, {"manual": True}),),
            (T2, {"manual": True, "notWhenOnlyCodes": ["G"]}),
        ),
    },
    Window: {
        "type": (W0, TERM),
        "n": (
            ((W0, {"type": "ROLLING_SCHOOL_DAYS", "n": 40}),),
            (W0, {"type": "ROLLING_SCHOOL_DAYS", "n": 20}),
        ),
        "which": (((W0, TERM),), (W0, {**TERM, "which": "PREVIOUS"})),
        "spans_years": (
            ((W0, {"type": "ROLLING_MONTHS", "n": 12}), (("schoolYear",), {"start": "12-01"})),
            (W0, {"type": "ROLLING_MONTHS", "n": 12, "spansYears": False}),
        ),
        "same_school_year": (
            ((W0, {"type": "ROLLING_MONTHS", "n": 12}), (("schoolYear",), {"start": "12-01"})),
            (W0, {"type": "ROLLING_MONTHS", "n": 12, "sameSchoolYear": True}),
        ),
        "begins": (
            ((W0, {"type": "DATE_WINDOW", "from": "09-01", "to": "12-31"}),),
            ((*W0, "from"), "10-01"),
        ),
        "ends": (
            ((W0, {"type": "DATE_WINDOW", "from": "09-01", "to": "12-31"}),),
            ((*W0, "to"), "09-10"),
        ),
    },
    Population: {
        "min_age": (("population",), {"minAge": 6}),
        "max_age": (("population",), {"maxAge": 16}),
        "compulsory_age": (("population",), {"compulsoryAge": True}),
        "year_groups": (("population",), {"yearGroups": ["6"]}),
        "on_roll": (("population",), {"onRoll": False}),
        "enrolled": (("population",), {"enrolled": False}),
    },
    SchoolYear: {
        "start": (("schoolYear", "start"), "12-01"),
        "end": (("schoolYear", "end"), "07-01"),
    },
    Occasion: {
        "any_of": (("occasion", "anyOf"), ["TARDY"]),
        "max_per_day": (("occasion", "maxPerDay"), 2),
    },
    Return: {
        "id": (("returns", 0, "id"), "ILL"),
        "covers": (((("returns", 0), {"id": "R"}),), (("returns", 0, "covers"), "whole year")),
        "due_in": (((("returns", 0), {"id": "R"}),), (("returns", 0, "dueIn"), "January")),
        "due_within": (((("returns", 0), {"id": "R"}),), (("returns", 0, "dueWithin"), SIX)),
        "cumulative": (((("returns", 0), {"id": "R"}),), (("returns", 0, "cumulative"), True)),
        "trigger": (("returns", 0, "trigger", "value"), 9),
        "to": (("returns", 0, "to"), "LA"),
        "once_per_illness": (("returns", 0, "oncePerIllness"), True),
        "approval": (("returns", 0, "approval"), "STAFF"),
        "sources": (("returns", 0, "sources"), ["NOWHERE"]),
    },
    Parallel: {
        "id": (("parallel", 0, "id"), "ASIDE"),
        "trigger": (("parallel", 0, "trigger", "value"), "50/100"),
        "approval": (("parallel", 0, "approval"), "AUTO"),
        "sources": (("parallel", 0, "sources"), ["NOWHERE"]),
    },
    Source: {"id": (((((*S0, "sources"), ["LAW"]),)), (("sources", 0, "id"), "ACT"))},
    Track: {
        "id": (("tracks", 1, "id"), "ELSE"),
        "kind": (("tracks", 1, "kind"), "STATUTORY"),
    },
}
# Words by which people know what they read, and where it comes from: nothing is asked of software.
WORDS: Final[dict[type[BaseModel], set[str]]] = {
    RuleSet: {"name", "note"},
    Stage: {"note"},
    Track: {"title"},
    Parallel: {"note"},
    Source: {"kind", "law", "paragraph", "read", "effective_from", "effective_to", "note"},
}
FIELDS = [(model, field) for model, cases in CASES.items() for field in cases]


def case_of(model: type[BaseModel], field: str) -> tuple[dict[str, Any], dict[str, Any]]:
    case: Any = CASES[model][field]
    first, change = case if isinstance(case[1], tuple) else ((), case)
    before = changed(BASE, *first)
    return before, changed(before, change)


def silent(model: type[BaseModel], field: str) -> bool:
    """Whether a field changes nothing and nobody is told."""
    before, after = case_of(model, field)
    if effects(before) != effects(after):
        return False
    told = (set(notes.not_done(RuleSet.model_validate(one))) for one in (before, after))
    return not next(told) ^ next(told)


@pytest.mark.parametrize(
    ("model", "field"), FIELDS, ids=[f"{model.__name__}.{field}" for model, field in FIELDS]
)
def test_a_field_changes_something_or_is_owned_up_to(model: type[BaseModel], field: str) -> None:
    assert not silent(model, field)


def models(model: type[BaseModel] = RuleSet) -> Iterator[type[BaseModel]]:
    """The model and every model inside it."""
    seen, waiting = set(), [model]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            waiting += [m for f in one.model_fields.values() for m in inside(f.annotation)]


def inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from inside(part)


def has_a_choice(model: type[BaseModel], field: str) -> bool:
    """Whether there is anything else to write: `op` is always at least."""
    annotation = model.model_fields[field].annotation
    return get_origin(annotation) is not Literal or len(get_args(annotation)) > 1


def forgotten(model: type[BaseModel]) -> set[str]:
    fields = {field for field in model.model_fields if has_a_choice(model, field)}
    return fields - set(CASES[model]) - WORDS.get(model, set())


def test_every_field_of_the_model_is_walked() -> None:
    assert {model.__name__: forgotten(model) for model in models() if forgotten(model)} == {}
    assert set(models()) == set(CASES)
    for model, fields in WORDS.items():
        assert fields <= set(model.model_fields)


def test_a_field_that_nobody_thought_of_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(Stage):
        shoe_size: int = 0

    walked: dict[type[BaseModel], dict[str, Case]] = {**CASES, Later: CASES[Stage]}
    monkeypatch.setattr(sys.modules[__name__], "CASES", walked)
    assert forgotten(Later) == {"shoe_size", "note"}


def test_a_field_without_effect_that_is_not_owned_up_to_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notes, "not_done", lambda _: ())
    assert [field for field in CASES[Stage] if silent(Stage, field)] == [
        "content",
        "outputs",
        "template",
        "letter_template_id",
        "per_guardian",
        "period_school_weeks",
    ]


def test_what_the_shipped_rule_sets_leave_to_people_is_listed() -> None:
    said = notes.not_done(shipped_rule_set("gb-eng-default-1"))
    assert "not done by software: ATTENDANCE_RETURN, to LA: a person sends it" in said
    assert any("CONSIDER_PENALTY_NOTICE, perGuardian" in one for one in said)
