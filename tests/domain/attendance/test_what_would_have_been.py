"""A what-if beside what really happened: by stage, by week and child by child."""

from datetime import date
from typing import Any

from domain.attendance.comparing import Comparison, Happened, Work, work_of
from domain.attendance.ladder import Assumed, rungs
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Step, climb_school
from tests.support.naive_ladder import student
from tests.support.roll_book import CALENDAR, OPEN, line, whole

RULES = RuleSet.model_validate(
    {
        "id": "t",
        "stages": [
            {"order": 1, "type": "LETTER_1", "trigger": {"metric": "ABSENT_DAYS", "value": 5}},
            {"order": 2, "type": "MEETING", "trigger": {"metric": "ABSENT_DAYS", "value": 7}},
            {"order": 3, "type": "ESCALATION", "trigger": {"manual": True}},
        ],
    }
)
ONE, OTHER, THIRD = (line(whole("I", range(n)), number=n) for n in (5, 7, 2))


def compared(
    happened: Happened, lines: list[RegisterLine], most: int = 10, **how: Any
) -> dict[str, Any]:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    climbed = climb_school(RULES, OPEN[:30], sheet_of(lines), facts, **how)
    comparison = Comparison(most)
    comparison.begin(len(lines))
    comparison.add([climbed], happened)
    return comparison.as_dict()


def test_where_nothing_happened_everything_is_new_and_counted_by_week() -> None:
    told = compared({}, [ONE, OTHER, THIRD])
    letter, meeting, escalation = told["stages"]
    assert (letter["entered"], letter["new"], letter["really_entered"]) == (2, 2, 0)
    assert (meeting["entered"], meeting["work"]) == (1, "MEETING")
    assert (escalation["proposed"], escalation["entered"]) == (0, 0)
    (week,) = told["weeks"]
    assert week["week_of"] == "2025-09-08"
    assert week["would_be"] == {"entered": 3, "letters": 2, "meetings": 1}
    assert (told["schools"], told["pupils"], told["changes_left_out"]) == (1, 3, 0)
    change = told["changes"][0]
    assert change["would_be"] == {"proposed_on": "2025-09-05", "entered_on": "2025-09-08"}
    assert change["numbers"][0]["absent_days"] == 5


def test_what_happened_otherwise_is_earlier_later_gone_or_the_same() -> None:
    as_would_be = Step(OPEN[4], OPEN[5])
    happened = {
        ONE.student: {"LETTER_1": as_would_be, "OLD_STAGE": Step(OPEN[1], OPEN[2])},
        OTHER.student: {"LETTER_1": Step(OPEN[2], OPEN[3]), "MEETING": Step(OPEN[9], OPEN[10])},
        THIRD.student: {"LETTER_1": Step(OPEN[1], OPEN[2]), "MEETING": Step(OPEN[3], None)},
        student(99): {"LETTER_1": as_would_be},
    }
    told = compared(happened, [ONE, OTHER, THIRD])
    counted = {one["stage"]: one for one in told["stages"]}
    letter = counted["LETTER_1"]
    assert {name: letter[name] for name in ("same", "later", "gone", "new", "earlier")} == {
        "same": 1,
        "later": 1,
        "gone": 1,
        "new": 0,
        "earlier": 0,
    }
    assert letter["really_entered"] == 3
    assert (counted["MEETING"]["earlier"], counted["MEETING"]["same"]) == (1, 1)
    assert (counted["OLD_STAGE"]["gone"], counted["OLD_STAGE"]["track"]) == (1, None)
    assert {one["difference"] for one in told["changes"]} == {"LATER", "EARLIER", "GONE"}
    gone = next(one for one in told["changes"] if one["stage"] == "OLD_STAGE")
    assert (gone["would_be"], gone["really"]["entered_on"], gone["numbers"]) == (
        None,
        "2025-09-03",
        [],
    )
    assert sum(week["really"]["letters"] for week in told["weeks"]) == 3


def test_only_so_many_changes_are_told_and_the_others_counted() -> None:
    lines = [line(whole("I", range(7)), number=n) for n in range(5)]
    told = compared({}, lines, most=3)
    assert (len(told["changes"]), told["changes_left_out"]) == (3, 7)
    happened = {one.student: {"LETTER_1": Step(OPEN[0], None)} for one in lines}
    told = compared(happened, lines, most=3)
    assert (len(told["changes"]), told["changes_left_out"]) == (3, 7)


def test_without_approvals_nothing_that_asks_a_person_is_entered() -> None:
    told = compared({}, [ONE, OTHER], assumed=Assumed(None))
    assert [one["entered"] for one in told["stages"]] == [0, 0, 0]
    assert [one["proposed"] for one in told["stages"]] == [2, 1, 0]
    assert told["changes"] == []
    proposed = {ONE.student: {"LETTER_1": Step(OPEN[4], OPEN[4])}}
    (change,) = compared(proposed, [ONE], assumed=Assumed(None))["changes"]
    assert change["would_be"] == {"proposed_on": "2025-09-05", "entered_on": None}


def test_an_answer_after_the_last_evening_was_not_given_yet() -> None:
    told = compared({}, [ONE], assumed=Assumed(200))
    assert (told["stages"][0]["proposed"], told["stages"][0]["entered"]) == (1, 0)


def test_the_assumption_is_said_in_words() -> None:
    assert "a person approves one school day later" in Assumed().words
    assert "a person approves 3 school days later" in Assumed(3).words
    assert "nobody approves" in Assumed(None).words
    assert "work that would meet a guard is done when its stage is entered" in Assumed(None).words


def test_letters_and_meetings_are_told_by_the_words_of_stages() -> None:
    stages = [
        {"order": n, "type": name, "trigger": {"manual": True}, "outputs": outputs}
        for n, (name, outputs) in enumerate(
            [
                ("TRUANCY_NOTICE_1", []),
                ("MEETING_ATTENDANCE_CONTRACT", ["LETTER_PARENT"]),
                ("STATUTORY_20_DAY", ["LETTER_PARENT_20"]),
                ("NUDGE", []),
            ]
        )
    ]
    ladder = rungs(RuleSet.model_validate({"id": "t", "stages": stages}))
    assert [work_of(rung) for rung in ladder] == [
        Work.LETTER,
        Work.MEETING,
        Work.LETTER,
        Work.OTHER,
    ]


def test_a_week_begins_on_monday() -> None:
    told = compared({ONE.student: {"LETTER_1": Step(OPEN[4], date(2025, 9, 14))}}, [ONE])
    assert [week["week_of"] for week in told["weeks"]] == ["2025-09-08"]


def test_a_stage_that_may_be_reached_again_is_counted_each_time() -> None:
    contact = {"metric": "UNEXPLAINED_TODAY"}
    stages = [{"order": 1, "type": "FIRST_DAY_CONTACT", "trigger": contact, "approval": "AUTO"}]
    rules = RuleSet.model_validate({"id": "t", "stages": stages})
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    sheet = sheet_of([line(whole("N", [1, 2, 9])), line(whole("N", [2]), number=8)])
    comparison = Comparison(10)
    comparison.add([climb_school(rules, OPEN[:20], sheet, facts)], {})
    (contacted,) = comparison.as_dict()["stages"]
    assert (contacted["proposed"], contacted["entered"], contacted["new"]) == (4, 4, 2)
