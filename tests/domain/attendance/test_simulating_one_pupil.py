"""One pupil against a rule set: what fires, what is missing, and what holds the rest back."""

from datetime import date
from typing import Any

import pytest

from domain.attendance.held_back import Held, Why
from domain.attendance.metrics import Denominator
from domain.attendance.one_evening import Stood
from domain.attendance.rules import RuleSet
from domain.attendance.tally import SchoolFacts
from tests.support.evenings import NOTHING, ask_one, stands, stood
from tests.support.roll_book import CALENDAR, OPEN, line, whole

DAYS = {"metric": "ABSENT_DAYS"}
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)


def ask(
    stages: list[dict[str, Any]], marks: dict[date, str], known: Stood = NOTHING, **more: Any
) -> list[dict[str, Any]]:
    numbered = [{"order": n, "type": f"S{n}"} | stage for n, stage in enumerate(stages, 1)]
    rules = RuleSet.model_validate({"id": "t", "stages": numbered, **more})
    return [one.as_dict() for one in ask_one(rules, OPEN[29], line(marks), FACTS, known)]


def missing(trigger: dict[str, Any], marks: dict[date, str], **more: Any) -> str:
    (answer,) = ask([{"trigger": trigger}], marks, **more)
    (condition,) = answer["conditions"]
    assert condition["holds"] is False
    return str(condition["missing"])


def test_what_fires_is_told_with_its_numbers_and_windows() -> None:
    """001-096 001-224 The answer of an evening about one pupil."""
    (answer,) = ask([{"trigger": DAYS | {"value": 5}, "settleDays": 2}], whole("I", range(5)))
    assert (answer["fires"], answer["condition_holds"], answer["held_back_by"]) == (True, True, [])
    (condition,) = answer["conditions"]
    assert (condition["counted"], condition["threshold"], condition["missing"]) == (5, ">= 5", None)
    assert condition["window"] == {"from": "2025-08-01", "to": "2025-10-08"}
    assert answer["settle_days"] == 2


@pytest.mark.parametrize(
    ("trigger", "marks", "words"),
    [
        (DAYS | {"value": 5}, whole("I", range(4)), "1 day more of absence"),
        (DAYS | {"value": 5}, {OPEN[0]: "I/"}, "4.5 days more of absence"),
        (DAYS | {"value": 2, "codes": ["F"]}, {}, "2 days more of absence with F"),
        ({"metric": "CONSECUTIVE_DAYS", "value": 2}, {}, "2 days more of absence in a row"),
        (
            {"metric": "ABSENCE_RATE", "value": "10/100", "minPossible": 40},
            {},
            "no rate yet: 10 possible days more are needed first",
        ),
        (
            {"metric": "ABSENCE_RATE", "value": "10/100"},
            whole("I", range(2)),
            "1.5 days more of absence, were the next days all absences",
        ),
        (
            {"metric": "ABSENCE_RATE", "value": "10/100", "exclusive": True},
            whole("I", range(3)),
            "0.5 days more of absence, were the next days all absences",
        ),
        (
            {"metric": "ABSENCE_RATE", "value": "1/1"},
            {},
            "every possible half-day would have to be an absence",
        ),
    ],
)
def test_what_is_missing_is_said_in_words(
    trigger: dict[str, Any], marks: dict[date, str], words: str
) -> None:
    assert missing(trigger, marks) == words


def test_what_is_missing_reaches_the_threshold_and_nothing_less_does() -> None:
    """3 of 60 half-days, at least a tenth: 4 more of 64 make 7, and 3 more of 63 do not."""
    rate = {"metric": "ABSENCE_RATE", "value": "10/100"}
    three = {OPEN[0]: "II", OPEN[1]: "I/"}
    assert missing(rate, three).startswith("2 days more")
    exact = {"metric": "ABSENCE_RATE", "value": "1/2", "exclusive": True}
    assert missing(exact, whole("I", range(10))).startswith("10.5 days more")


def test_sessions_and_occasions_are_counted_as_such() -> None:
    count = {"metric": "COUNT", "codes": ["G"], "value": 10}
    assert (
        missing(count, {OPEN[3]: "G/"}, unit="SESSION") == "9 sessions more with one of the codes"
    )
    occasion = {"anyOf": ["FULL_DAY_UNEXCUSED"]}
    trigger = {"metric": "OCCASIONS", "value": 3}
    assert (
        missing(trigger, whole("G", [1]), occasion=occasion)
        == "2 occasions more of the kind that counts"
    )


def test_a_stage_that_stands_or_whose_time_has_not_come_is_held_back_in_words() -> None:
    stages: list[dict[str, Any]] = [
        {"trigger": DAYS | {"value": 1}, "daysBeforeNextStage": 10},
        {"trigger": DAYS | {"value": 2}, "prerequisites": ["S1"]},
        {"trigger": DAYS | {"value": 3}, "prerequisites": ["S2"]},
    ]
    known = stood(stands("S1", "ENTERED", OPEN[26]), exempt=True, ended="CASE_CLOSED")
    first, second, third = ask(stages, whole("I", range(5)), known)
    assert first["held_back_by"][0] == f"the stage stands already: entered on {OPEN[26]}"
    assert second["held_back_by"] == [
        "the pupil's case is closed",
        f"7 school days must still pass since {OPEN[26]}",
        "an exemption covers this day",
    ]
    assert third["held_back_by"][1] == "S2 was not entered yet"
    assert [one["fires"] for one in (first, second, third)] == [False, False, False]
    later = stood(stands("S1", "ENTERED", OPEN[5]), stands("S3", "DECLINED", OPEN[6]))
    _, second, third = ask(stages, whole("I", range(5)), later)
    assert second["fires"]
    assert third["held_back_by"][0] == f"the stage stands already: declined on {OPEN[6]}"


def test_one_stage_of_a_track_is_proposed_an_evening() -> None:
    stages: list[dict[str, Any]] = [{"trigger": DAYS | {"value": n}} for n in (1, 2)]
    first, second = ask(stages, whole("I", range(5)))
    assert first["fires"]
    assert second["held_back_by"] == ["S1 of the same track comes first this evening"]


def test_a_condition_that_only_a_person_can_answer_is_neither_true_nor_false() -> None:
    (answer,) = ask([{"trigger": {"manual": True}}], {})
    assert (answer["condition_holds"], answer["fires"]) == (None, False)
    assert answer["not_computed"] == "a person decides this stage"


def test_who_is_not_on_the_roll_is_not_proposed() -> None:
    rules = RuleSet.model_validate(
        {"id": "t", "stages": [{"order": 1, "type": "S1", "trigger": DAYS | {"value": 1}}]}
    )
    gone = line(whole("I", range(5)), left_on=OPEN[10])
    (answer,) = ask_one(rules, OPEN[29], gone, FACTS)
    assert answer.held_back == ("the pupil is not on the roll on this day",)
    assert not answer.fires


def test_what_is_counted_after_a_stage_is_counted_once_it_was_entered() -> None:
    stages: list[dict[str, Any]] = [
        {"trigger": DAYS | {"value": 5}},
        {"trigger": {"after": "S1", "furtherAbsentDays": 3}},
    ]
    _, second = ask(stages, whole("I", range(10)))
    assert second["conditions"][0]["missing"] == "it is counted from the day after S1 was entered"
    known = stood(stands("S1", "ENTERED", OPEN[7]))
    _, second = ask(stages, whole("I", range(10)), known)
    assert second["conditions"][0]["missing"] == "1 day more of absence"


def test_a_duty_of_the_law_goes_on_under_an_exemption_and_a_closed_case() -> None:
    """ARCHITECTURE 9.1: what holds support back is no reason to leave a notice of the law out."""
    duty = {"trigger": DAYS | {"value": 1}, "track": "DUTY"}
    stages: list[dict[str, Any]] = [{"trigger": DAYS | {"value": 1}}, duty]
    tracks = [{"id": "SUPPORT"}, {"id": "DUTY", "kind": "STATUTORY"}]
    for known, why in (
        (Stood(exempt=True), "an exemption covers this day"),
        (Stood(ended="CASE_CLOSED"), "the pupil's case is closed"),
    ):
        support, law = ask(stages, whole("I", range(5)), known, tracks=tracks)
        assert (support["held_back_by"], support["fires"]) == ([why], False)
        assert (law["held_back_by"], law["fires"]) == ([], True)


def test_a_guard_that_facts_answer_holds_a_stage_and_a_persons_is_named() -> None:
    guards = ["CONFERENCE_ATTEMPTED", "NOT_HOMELESS"]
    stages: list[dict[str, Any]] = [{"trigger": DAYS | {"value": 1}, "guards": guards}]
    unmet = Stood(unmet=lambda _, guard: guard == guards[0])
    (answer,) = ask(stages, whole("I", range(5)), unmet)
    assert answer["held_back_by"] == ["the guard CONFERENCE_ATTEMPTED is not met"]
    assert answer["taken_as_met"] == ["NOT_HOMELESS"]
    (answer,) = ask(stages, whole("I", range(5)))
    assert answer["fires"]


def test_what_lost_its_cause_fires_again_and_carries_nothing() -> None:
    stages: list[dict[str, Any]] = [
        {"trigger": DAYS | {"value": 1}, "retraction": retraction, "daysBeforeNextStage": 99}
        for retraction in ("REARM", "KEEP")
    ]
    void = stood(*(stands(name, "ENTERED", OPEN[26], unsupported=True) for name in ("S1", "S2")))
    first, second = ask(stages, whole("I", range(5)), void)
    assert first["fires"]
    assert second["held_back_by"][0].startswith("the stage stands already")
    waits = stood(stands("S1", "PROPOSED", OPEN[26]), exempt=True)
    first, _ = ask(stages, whole("I", range(5)), waits)
    assert first["held_back_by"] == ["an exemption covers this day"]


def test_contact_on_the_day_waits_for_nothing_and_comes_once_a_day() -> None:
    today = {"metric": "UNEXPLAINED_TODAY"}
    stages: list[dict[str, Any]] = [{"trigger": today, "prerequisites": []}, {"trigger": today}]
    marks = {OPEN[29]: "NN"}
    assert [one["fires"] for one in ask(stages, marks)] == [True, True]
    known = stood(stands("S1", "ENTERED", OPEN[29]), stands("S2", "ENTERED", OPEN[28]))
    first, second = ask(stages, marks, known)
    assert first["held_back_by"] == [f"the stage stands already: entered on {OPEN[29]}"]
    assert second["fires"]


def test_an_account_counts_by_a_reason_and_names_what_the_reason_is_about() -> None:
    assert Held(Why.GUARD, "CONFERENCE_ATTEMPTED").code == "GUARD_CONFERENCE_ATTEMPTED"
    assert Held(Why.ALREADY, "ENTERED").code == "ALREADY_ENTERED"
    assert Held(Why.STOPPED, "CASE_CLOSED").code == "STOPPED_CASE_CLOSED"
    assert Held(Why.PREREQUISITE_MISSING, "LETTER_1").code == "PREREQUISITE_MISSING"


def test_contact_that_was_taken_back_this_morning_may_come_again() -> None:
    stages: list[dict[str, Any]] = [{"trigger": {"metric": "UNEXPLAINED_TODAY"}}]
    for status, more in (("WITHDRAWN", {}), ("ENTERED", {"unsupported": True})):
        known = stood(stands("S1", status, OPEN[29], **more))
        (answer,) = ask(stages, {OPEN[29]: "NN"}, known)
        assert answer["fires"], status
