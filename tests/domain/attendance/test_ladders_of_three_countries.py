"""The ladders and thresholds that schools are held to, as worked examples through a real year."""

from collections.abc import Mapping
from datetime import date

import pytest

from domain.attendance.codes import code_table
from domain.attendance.evaluate import Evaluation, evaluate
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.sheet import EVER, sheet_of
from domain.attendance.standing import StageDays, over_days
from domain.attendance.tally import SchoolFacts
from tests.support.roll_book import CALENDAR, DAY, HALF_TERM, OPEN, SCHOOL, line, whole

IE, ENG, CA, TX = (
    shipped_rule_set(f"{place}-default-1") for place in ("ie", "gb-eng", "us-ca", "us-tx")
)
# English school weeks 1 to 8, half-term, 9 to 15, Christmas (two weeks), 16 and on.
Marks = Mapping[date, str]


def ask(
    rules: RuleSet, on: date, one: RegisterLine, entered: Mapping[str, date] | None = None
) -> Evaluation:
    facts = {SCHOOL: SchoolFacts(CALENDAR, Denominator.MARKS, code_table("us-ca"))}
    known = None if entered is None else {one.student: entered}
    return evaluate(rules, on, [one], facts, known)


def reached(
    rules: RuleSet, on: date, one: RegisterLine, entered: Mapping[str, date] | None = None
) -> set[str]:
    return {stage.stage.type for stage in ask(rules, on, one, entered).stages if stage.pupils}


def days(rules: RuleSet, one: RegisterLine) -> dict[str, StageDays]:
    """Every open day of the year at once; a stage is entered when its condition first holds."""
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    found = over_days(rules, OPEN, sheet_of([one]), facts, as_reached=True)
    return {stage.stage.type: stage for stage in found}


def first(stage: StageDays) -> date | None:
    day = int(stage.first_day()[0])
    return None if day == EVER else date.fromordinal(day)


def week(number: int, sessions: int, letter: str = "U") -> dict[date, str]:
    """So many unauthorised sessions from the Monday of a school week on."""
    mondays = [day for day in OPEN if day.weekday() == 0]
    full, half = divmod(sessions, 2)
    marks = {mondays[number - 1] + n * DAY: letter * 2 for n in range(full)}
    return {**marks, mondays[number - 1] + full * DAY: f"{letter}/"} if half else marks


@pytest.mark.parametrize(("last_week", "met"), [(14, True), (15, False)])
def test_ten_sessions_in_ten_school_weeks_over_christmas(last_week: int, met: bool) -> None:
    """The worked window: 6, 1, 1, 1 and 1 sessions in weeks 5, 8, 10, 12 and 14 or 15."""
    marks = week(5, 6) | week(8, 1, "N") | week(10, 1, "G") | week(12, 1, "O")
    one = line(marks | week(last_week, 1))
    assert (first(days(ENG, one)["CONSIDER_PENALTY_NOTICE"]) is not None) is met


def test_ten_school_weeks_are_thirteen_weeks_of_the_calendar() -> None:
    """Half-term and Christmas lie between: seventy days would get it wrong."""
    one = line(week(8, 6) | week(17, 4))
    stage = days(ENG, one)["CONSIDER_PENALTY_NOTICE"]
    on = first(stage)
    assert on is not None
    number = OPEN.index(on)
    (found,) = stage.decided(number, 0)
    assert (found.numbers.absent, found.threshold.words) == (10, ">= 10")
    assert (found.numbers.last - found.numbers.first).days >= 12 * 7
    assert found.as_dict()["unit"] == "SESSION"


def test_a_window_of_school_weeks_spans_terms_and_settles_first() -> None:
    """Five school days must pass; what was counted then is not lost from the window's beginning."""
    one = line(week(6, 9) | week(15, 1))
    stage = days(ENG, one)["CONSIDER_PENALTY_NOTICE"]
    marked = max(day for day, _ in (week(15, 1)).items())
    on = first(stage)
    assert on is not None
    assert OPEN.index(on) - OPEN.index(marked) == 5


@pytest.mark.parametrize(("absent", "stage"), [(19, False), (20, True)])
def test_not_less_than_twenty_irish_days_of_any_reason(absent: int, stage: bool) -> None:
    one = line(whole("I", range(absent)))
    assert ("STATUTORY_20_DAY" in reached(IE, OPEN[40], one)) is stage


def test_irish_texts_come_at_five_and_ten_days_and_a_letter_at_fifteen() -> None:
    one = line(whole("I", range(15)))
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    stages = over_days(IE, OPEN, sheet_of([one]), facts)
    told = {"NUDGE_5_DAYS", "NUDGE_10_DAYS", "LETTER_1"}
    firsts = [first(stage) for stage in stages if stage.stage.type in told]
    assert firsts == [OPEN[4], OPEN[9], OPEN[16]]


@pytest.mark.parametrize(("unexplained", "met"), [(4, False), (5, True)])
def test_five_unexplained_irish_days_bring_the_letter_too(unexplained: int, met: bool) -> None:
    assert ("LETTER_1" in reached(IE, OPEN[30], line(whole("F", range(unexplained))))) is met


@pytest.mark.parametrize(
    ("further", "on", "met"),
    [
        (range(31, 34), 40, True),
        (range(31, 33), 40, False),
        (range(31, 34), 61, False),
        (range(28, 31), 40, False),
    ],
)
def test_a_meeting_follows_three_more_days_within_thirty_school_days(
    further: range, on: int, met: bool
) -> None:
    one = line(whole("I", range(15)) | whole("I", further))
    entered = {"LETTER_1": OPEN[30]}
    assert ("MEETING" in reached(IE, OPEN[on], one, entered)) is met


def test_nothing_follows_a_stage_that_was_not_entered_or_that_nobody_knows_of() -> None:
    one = line(whole("I", range(30)))
    assert "MEETING" not in reached(IE, OPEN[40], one, {})
    (meeting,) = [s for s in ask(IE, OPEN[40], one).stages if s.stage.type == "MEETING"]
    assert meeting.count is None
    assert "LETTER_1" in str(meeting.not_computed)


@pytest.mark.parametrize(("length", "met"), [(5, False), (6, True)])
def test_six_days_of_suspension_in_a_row_over_a_weekend(length: int, met: bool) -> None:
    one = line(whole("D", range(3, 3 + length)))
    assert ("SUSPENSION_NOTICE" in reached(IE, OPEN[2 + length], one)) is met


def test_g_a_run_goes_over_weekends_closures_and_days_that_do_not_count() -> None:
    """Friday and Monday are two days in a row; a half day of absence is no day of a run."""
    run = RuleSet.model_validate(
        {
            "id": "t",
            "stages": [
                {"order": 1, "type": "RUN", "trigger": {"metric": "CONSECUTIVE_DAYS", "value": 2}}
            ],
        }
    )
    friday, monday = date(2025, 10, 24), date(2025, 11, 3)
    over_half_term = line({friday: "II", monday: "GG"})
    assert reached(run, monday, over_half_term) == {"RUN"}
    assert reached(run, friday, over_half_term) == set()
    assert reached(run, monday + DAY, over_half_term) == {"RUN"}  # it may be known only then
    assert reached(run, monday, line({friday: "II", monday: "G/"})) == set()
    between = line({monday: "II", monday + DAY: "YY", monday + 2 * DAY: "I#"})
    assert reached(run, monday + 2 * DAY, between) == {"RUN"}
    assert reached(run, monday + DAY, line({monday: "II", monday + DAY: "I/"})) == set()


@pytest.mark.parametrize(("absent", "met"), [(38, True), (37, False)])
def test_an_english_letter_at_ten_percent_exactly(absent: int, met: bool) -> None:
    """38 of 380 half-days is persistent absence, 37 is not; and both only after 40 possible."""
    assert len(OPEN) * 2 > 380
    last = OPEN[189]
    rules = ENG.model_copy(
        update={"stages": tuple(s.model_copy(update={"settle_days": 0}) for s in ENG.stages)}
    )
    marks = whole("I", range(absent // 2)) | ({OPEN[100]: "I/"} if absent % 2 else {})
    assert ("LETTER_1" in reached(rules, last, line(marks))) is met


def test_d_three_of_twenty_sessions_are_no_case_yet() -> None:
    """Fifteen percent ten days after joining; with forty sessions it is asked."""
    gone = whole("I", [100]) | {OPEN[101]: "I/"}
    joiner = line(gone, enrolled_on=OPEN[100])
    assert "LETTER_1" not in reached(ENG, OPEN[114], joiner)
    more = line(gone | whole("I", [119]), enrolled_on=OPEN[100])
    assert "LETTER_1" in reached(ENG, OPEN[124], more)


@pytest.mark.parametrize(("half", "met"), [(190, True), (189, False)])
def test_severe_absence_is_half_of_what_was_possible(half: int, met: bool) -> None:
    marks = whole("I", range(half // 2)) | ({OPEN[150]: "I/"} if half % 2 else {})
    assert ("SEVERE_ABSENCE_PLAN" in reached(ENG, OPEN[189], line(marks))) is met


def test_a_nudge_looks_at_the_half_term_before() -> None:
    """More than five percent of the previous half-term; exactly five is not more."""
    second = OPEN[45]
    first_half = [day for day in OPEN if day < min(HALF_TERM)]
    assert len(first_half) == 40
    assert "NUDGE_DAYS_MISSED" not in reached(ENG, second, line(whole("I", range(2))))
    more = line(whole("I", range(2)) | {OPEN[5]: "I/"})
    assert "NUDGE_DAYS_MISSED" in reached(ENG, second, more)
    assert "NUDGE_DAYS_MISSED" not in reached(ENG, first_half[-1], more)


def test_first_day_contact_asks_about_an_unexplained_mark_of_that_day_only() -> None:
    one = line({OPEN[9]: "N/"})
    assert "FIRST_DAY_CONTACT" in reached(ENG, OPEN[9], one)
    assert "FIRST_DAY_CONTACT" not in reached(ENG, OPEN[10], one)
    assert "SAME_DAY_TEXT" in reached(IE, OPEN[9], one)
    assert "SAME_DAY_TEXT" not in reached(IE, OPEN[9], line({OPEN[9]: "II"}))


@pytest.mark.parametrize(
    ("marks", "minutes", "met"),
    [
        (whole("U", [0, 1, 2]), {}, True),
        (whole("U", [0, 1]), {}, False),
        (whole("U", [0]) | {OPEN[1]: "U/", OPEN[2]: "T/"}, {OPEN[2]: 31}, True),
        (whole("U", [0]) | {OPEN[1]: "U/", OPEN[2]: "T/"}, {OPEN[2]: 30}, False),
        (whole("U", [0]) | {OPEN[1]: "U/", OPEN[2]: "L/"}, {OPEN[2]: 31}, False),
        (whole("U", [0, 1]) | {OPEN[2]: "LU"}, {OPEN[2]: 45}, True),
        (whole("I", [0, 1, 2]), {}, False),
    ],
)
def test_three_californian_occasions_of_any_kind_and_thirty_minutes_are_none(
    marks: Marks, minutes: Mapping[date, int], met: bool
) -> None:
    assert ("TRUANCY_NOTICE_1" in reached(CA, OPEN[20], line(marks, minutes=minutes), {})) is met


def test_the_californian_notices_follow_each_other_with_one_more_occasion_each() -> None:
    one = line(whole("U", [0, 1, 2, 20, 40]))
    found = days(CA, one)
    entered = [
        first(found[name])
        for name in (
            "TRUANCY_NOTICE_1",
            "TRUANCY_NOTICE_2",
            "CONFERENCE",
            "HABITUAL_TRUANT_NOTICE_3",
        )
    ]
    assert entered == [OPEN[5], OPEN[20], OPEN[6], OPEN[40]]


@pytest.mark.parametrize(("gone", "met"), [(6, True), (5, False)])
def test_chronic_truancy_is_a_tenth_of_the_days_since_enrolment(gone: int, met: bool) -> None:
    one = line(whole("U", range(60, 60 + gone)), enrolled_on=OPEN[50])
    assert ("CHRONIC_TRUANT_FLAG" in reached(CA, OPEN[109], one, {})) is met


@pytest.mark.parametrize(("third", "met"), [(27, True), (28, False)])
def test_three_texan_days_or_parts_of_days_within_four_weeks(third: int, met: bool) -> None:
    one = line({OPEN[1]: "UU", OPEN[2]: "U/", (on := OPEN[1] + third * DAY): "/U"})
    assert OPEN.index(on)
    assert ("WARNING_NOTICE" in reached(TX, OPEN[OPEN.index(on) + 3], one, {})) is met


def test_ten_texan_days_count_six_months_back_and_only_in_their_school_year() -> None:
    one = line(whole("U", range(0, 20, 2)))
    assert "TRUANT_CONDUCT" in reached(TX, OPEN[21], one, {})
    assert "TRUANT_CONDUCT" not in reached(TX, OPEN[20], one, {})
    assert "TRUANT_CONDUCT" in reached(TX, OPEN[115], one, {})
    assert "TRUANT_CONDUCT" not in reached(TX, OPEN[125], one, {})


def test_i_late_is_never_one_thing() -> None:
    """L is present, U is an unauthorised absence; late arrivals are counted for themselves."""
    one = line({OPEN[0]: "L/", OPEN[1]: "LU"})
    late = RuleSet.model_validate(
        {
            "id": "t",
            "unit": "SESSION",
            "stages": [
                {"order": 1, "type": "LATE", "trigger": {"metric": "TARDY_COUNT", "value": 2}},
                {"order": 2, "type": "GONE", "trigger": {"metric": "ABSENT_DAYS", "value": "1/2"}},
                {
                    "order": 3,
                    "type": "U",
                    "trigger": {"metric": "COUNT", "codes": ["U"], "value": 1},
                },
            ],
        }
    )
    assert reached(late, OPEN[1], one) == {"LATE", "GONE", "U"}
    assert reached(late, OPEN[0], one) == set()
