"""The last days of a school year settle, too: what falls on them is found (DOMAIN 3.2, 4.1)."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance import windows
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.attendance.settling import look_days
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import evenings, over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import Window
from domain.attendance.what_if import climb_school
from domain.attendance.windows import Timetable
from tests.support.naive_ladder import open_days
from tests.support.roll_book import CALENDAR, OPEN, line, whole

DAY = timedelta(days=1)
IE, ENG, CA, TX = (
    shipped_rule_set(f"{place}-default-1") for place in ("ie", "gb-eng", "us-ca", "us-tx")
)
FRIDAY = CALENDAR.stretches[-1].ends_on  # 17 July 2026
MONDAY = FRIDAY + 3 * DAY
LAST = len(OPEN) - 1


def stands(
    rules: RuleSet, stage: str, marks: dict[date, str], calendar: SchoolDays = CALENDAR
) -> list[date]:
    """The days, of two calendar years, on which a pupil stands at a stage."""
    days = [date(2025, 7, 1) + n * DAY for n in range(550)]
    facts = SchoolFacts(calendar, Denominator.MARKS)
    found = over_days(rules, days, sheet_of([line(marks, calendar=calendar)]), facts, {})
    (one,) = (found for found in found if found.stage.type == stage)
    return [day for day, holds in zip(days, one.holds[:, 0].tolist(), strict=True) if holds]


def test_a_twentieth_day_on_the_last_day_of_school_is_reported() -> None:
    """Education (Welfare) Act 2000, s. 21(4): not less than 20; its marks settle for one day."""
    marks = whole("I", [*range(19), LAST])
    assert stands(IE, "STATUTORY_20_DAY", marks)[0] == MONDAY
    assert stands(IE, "STATUTORY_20_DAY", marks)[-1] == date(2026, 8, 31)


def test_what_is_corrected_on_the_next_weekday_is_not_reported() -> None:
    """The negative: before that day nothing was said, and from then on there is nothing to say."""
    assert stands(IE, "STATUTORY_20_DAY", whole("I", range(19))) == []


@pytest.mark.parametrize(
    ("rules", "stage", "marks", "settle"),
    [
        (CA, "TRUANCY_NOTICE_1", whole("U", [0, 1, LAST]), 3),
        (TX, "TRUANT_CONDUCT", whole("U", [*range(LAST - 8, LAST + 1), LAST - 20]), 3),
        (ENG, "LETTER_1", whole("I", [*range(LAST - 20, LAST + 1)]), 5),
        (ENG, "CONSIDER_PENALTY_NOTICE", whole("U", range(LAST - 4, LAST + 1)), 5),
    ],
)
def test_every_stage_settles_by_weekdays_after_the_last_day_of_school(
    rules: RuleSet, stage: str, marks: dict[date, str], settle: int
) -> None:
    nominal = rules.school_year.begins.in_year(2026)
    if nominal <= FRIDAY:  # a school of that country ends before its year does
        year = RuleSet.model_validate(rules.model_dump() | {"school_year": {"start": "08-01"}})
        rules = year
    weekdays = [MONDAY + n * DAY for n in (0, 1, 2, 3, 4)]
    assert weekdays[settle - 1] in stands(rules, stage, marks)
    if stage != "LETTER_1":  # whose rate was reached before the last day
        assert weekdays[settle - 1] == stands(rules, stage, marks)[0]


def test_a_year_that_ends_with_its_last_day_of_school_takes_that_day_as_it_is() -> None:
    """No weekday is left in the year for its marks to settle, and they must not be lost."""
    calendar = SchoolDays((Term(date(2025, 8, 11), date(2026, 6, 30)),))
    days = open_days(calendar)
    notice = stands(CA, "TRUANCY_NOTICE_1", dict.fromkeys(days[-1:] + days[:2], "UU"), calendar)
    assert notice == [date(2026, 6, 30)]


def test_christmas_is_no_end_of_a_year() -> None:
    """Nobody corrects a register while school is closed in between: DOMAIN 4.1, settleDays."""
    (autumn, spring) = CALENDAR.stretches[:2]
    marks = dict.fromkeys([*OPEN[:19], autumn.ends_on], "II")
    assert stands(IE, "STATUTORY_20_DAY", marks)[0] == spring.begins_on
    looks = evenings(IE, CALENDAR, autumn.ends_on, spring.begins_on)
    assert looks == [autumn.ends_on, spring.begins_on]


def test_where_no_later_term_is_known_yet_marks_settle_by_weekdays() -> None:
    autumn = SchoolDays(CALENDAR.stretches[:1], closed=CALENDAR.closed)
    days = open_days(autumn)
    marks = dict.fromkeys([*days[:19], days[-1]], "II")
    assert stands(IE, "STATUTORY_20_DAY", marks, autumn)[0] == days[-1] + 3 * DAY


def test_a_new_year_begins_with_nothing_of_the_old_one() -> None:
    """Trap 22: totals reset. What was not said last year is not said of this one."""
    calendar = SchoolDays((*CALENDAR.terms, Term(date(2026, 9, 1), date(2026, 12, 18))))
    marks = whole("I", [*range(19), LAST])
    assert stands(IE, "STATUTORY_20_DAY", marks, calendar)[-1] == date(2026, 8, 31)


def test_rules_look_on_school_days_and_after_a_year_until_its_marks_have_settled() -> None:
    year = MonthDay(9, 1)
    found = look_days(CALENDAR, year, 2, FRIDAY - DAY, date(2026, 10, 1))
    assert found == [FRIDAY - DAY, FRIDAY, MONDAY, MONDAY + DAY]
    assert look_days(CALENDAR, year, 0, FRIDAY, date(2026, 10, 1)) == [FRIDAY]
    assert look_days(CALENDAR, year, 5, MONDAY + DAY, MONDAY + DAY) == [MONDAY + DAY]
    assert look_days(SchoolDays(), year, 2, FRIDAY, MONDAY) == [FRIDAY, MONDAY]


def test_a_what_if_proposes_what_the_last_day_of_a_year_brings() -> None:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    on = evenings(IE, CALENDAR, OPEN[0], date(2026, 8, 31))
    sheet = sheet_of([line(whole("I", [*range(19), LAST]))])
    climbed = climb_school(IE, on, sheet, facts)
    stages = [rung.name for rung in climbed.ladder]
    step = climbed.step(stages.index("STATUTORY_20_DAY"), 0)
    assert step is not None
    assert step.proposed == MONDAY


TERMLY = {"metric": "ABSENT_DAYS", "value": 3, "window": {"type": "TERM"}}


def counting(window: str, settle: int, **more: str) -> RuleSet:
    trigger = {**TERMLY, "window": {"type": window, **more}}
    stage = {"order": 1, "type": "MEETING", "trigger": trigger, "settleDays": settle}
    written = {"id": "t", "schoolYear": {"start": "09-01"}, "stages": [stage]}
    return RuleSet.model_validate(written)


@pytest.mark.parametrize(
    ("window", "until", "settle", "found"),
    [
        ("TERM", date(2025, 12, 19), 2, date(2025, 12, 23)),
        ("TERM", date(2025, 12, 19), 30, date(2026, 1, 2)),
        ("TERM", FRIDAY, 2, MONDAY + DAY),
        ("HALF_TERM", date(2025, 10, 24), 2, date(2025, 10, 28)),
        ("HALF_TERM", date(2025, 12, 19), 2, date(2025, 12, 23)),
    ],
    ids=["christmas", "too few weekdays", "summer", "half-term", "end of a half"],
)
def test_the_last_days_of_a_term_settle_by_weekdays(
    window: str, until: date, settle: int, found: date
) -> None:
    """When school opens again the window is the next one, and they would never be looked at."""
    last = [day for day in OPEN if day <= until][-3:]
    rules = counting(window, settle)
    assert stands(rules, "MEETING", dict.fromkeys(last, "II"))[0] == found
    assert found in evenings(rules, CALENDAR, until + DAY, found)
    assert not stands(rules, "MEETING", dict.fromkeys(last[1:], "II"))


def test_a_new_term_begins_with_nothing_of_the_old_one() -> None:
    last = [day for day in OPEN if day <= date(2025, 12, 19)][-3:]
    held = stands(counting("TERM", 2), "MEETING", dict.fromkeys(last, "II"))
    assert held[-1] == date(2026, 1, 4)


def test_a_previous_half_term_is_whole_from_the_first_day_of_the_next() -> None:
    last = [day for day in OPEN if day <= date(2025, 10, 24)][-3:]
    rules = counting("HALF_TERM", 2, which="PREVIOUS")
    assert stands(rules, "MEETING", dict.fromkeys(last, "II"))[0] == date(2025, 11, 3)


def test_without_terms_there_is_no_window_and_nothing_to_settle() -> None:
    rules, nobody_said = counting("TERM", 2), SchoolDays()
    asked = line({FRIDAY: "II"}, calendar=CALENDAR)
    facts = SchoolFacts(nobody_said, Denominator.MARKS)
    (found,) = over_days(rules, [FRIDAY, MONDAY], sheet_of([asked]), facts, {})
    assert not found.holds.any()
    assert evenings(rules, nobody_said, FRIDAY, MONDAY) == [FRIDAY, MONDAY]


YEARS = st.builds(
    lambda first, ends, month, day: (Term(first, first + ends * DAY), MonthDay(month, day)),
    st.dates(date(2024, 8, 1), date(2024, 9, 20)),
    st.integers(200, 330),
    st.sampled_from([7, 8, 9]),
    st.sampled_from([1, 15]),
)


def never_looked_at(term: Term, year: MonthDay, settle: int) -> list[date]:
    """The open days of a year that lie in the window of no look of that year."""
    following = Term(date(2025, 9, 22), date(2026, 5, 1))
    calendar = SchoolDays((term, following))
    looks = look_days(calendar, year, settle, term.begins_on, following.begins_on + 60 * DAY)
    assert all(one < other for one, other in pairwise(looks))
    on = np.array([day.toordinal() for day in looks], np.int32)
    spans = Timetable(calendar, year, on).span(Window(), settle)
    begins = calendar.year_begins(following.begins_on, year)
    taught = [day for day in open_days(calendar) if term.begins_on <= day < begins]
    return [
        day
        for day in taught
        if not ((spans.first <= day.toordinal()) & (day.toordinal() <= spans.last)).any()
    ]


@settings(max_examples=60, deadline=None)
@given(made=YEARS, settle=st.integers(0, 6))
def test_each_school_day_is_looked_at_in_its_own_year(
    made: tuple[Term, MonthDay], settle: int
) -> None:
    """On some evening, whatever the end of that year is, and however long marks settle."""
    assert never_looked_at(*made, settle) == []


def test_without_weekdays_that_settle_the_last_days_are_never_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control."""
    monkeypatch.setattr(windows, "closings", lambda *_: [])
    term = Term(date(2024, 9, 2), date(2025, 6, 27))
    assert len(never_looked_at(term, MonthDay(9, 1), 3)) == 3
