"""A penalty notice pack from the proposal of an officer to the head's yes, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.attendance.rules import shipped_text
from tests.support.english_school import (
    CONSIDER,
    PACK,
    TWICE,
    EnglishSchool,
    english_school,
)
from tests.support.front import Front

pytestmark = pytest.mark.postgres


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[EnglishSchool]:
    with english_school(front, tmp_path) as school:
        yield school


def test_a_pack_is_proposed_answered_and_approved(school: EnglishSchool) -> None:
    """DOMAIN 3.1: a person decides; the numbers of the moment stay with the proposal; trap 50."""
    school.to_the_threshold()
    assert school.propose().status_code == 201
    (line,) = [one for one in school.queue() if one["stage"] == PACK]
    assert (line["action"], line["approval"]) == ("APPROVE_STAGE", "HEAD")
    assert line["proposed_by"] == "staff:officer"
    counted = {one["metric"]: one["absent_sessions"] for one in line["numbers"]}
    assert counted == {"COUNT": 10, "ABSENT_DAYS_YEAR_TO_DATE": 10}
    assert [(one["guard"], one["met"], one["counted"]) for one in line["findings"]] == [
        ("NO_N_MARKS", True, 0)
    ]
    asked = {one["name"]: one["asks"] for one in line["guards"] if one["by"] == "PERSON"}
    assert list(asked) == [TWICE]
    missing = school.say("approve")
    assert (missing.status_code, missing.json()["code"]) == (422, "guards-unanswered")
    assert missing.json()["details"]["guards"] == [{"guard": TWICE, "asks": asked[TWICE]}]
    denied = school.say("approve", {"answers": {TWICE: False}})
    assert (denied.status_code, denied.json()["code"]) == (409, "guard-denied")
    assert school.stage()["status"] == "PROPOSED"
    assert school.say("approve", {"answers": {TWICE: True}}).status_code == 200
    assert school.stage()["status"] == "ENTERED"
    shown = school.guards().json()
    assert (shown["status"], shown["waits_for"]) == ("ENTERED", [])
    assert [(one["guard"], one["met"], one["who"]) for one in shown["guards"]] == [
        ("NO_N_MARKS", True, None),
        (TWICE, True, "staff:head"),
    ]


def test_an_unexplained_session_in_the_window_holds_the_pack_back(school: EnglishSchool) -> None:
    """DOMAIN 3.1: block the pack until no N is left, in the window that decided and only there."""
    school.look()
    assert school.say("approve", stage=CONSIDER).status_code == 200
    held = school.propose()
    assert (held.status_code, held.json()["code"]) == (409, "guard-not-met")
    (guard,) = held.json()["details"]["guards"]
    assert (guard["guard"], guard["counted"]) == ("NO_N_MARKS", 1)
    school.correct("2025-09-26", "PM", "U")
    assert school.propose().status_code == 201


def with_more(**more: object) -> bytes:
    """Return the English set whose pack asks for more."""
    rules = json.loads(shipped_text("gb-eng-default-1"))
    pack = next(one for one in rules["stages"] if one["type"] == PACK)
    pack["guards"] = [*pack["guards"], *more.pop("guards", ())]  # type: ignore[misc]  # the test's own list
    pack.update(more)
    return json.dumps(rules).encode()


def test_two_people_a_reason_and_an_answer_about_a_home(front: Front, tmp_path: Path) -> None:
    """ARCHITECTURE 9.7: what tells of a child's home lies in the vault, and so does the reason."""
    rules = with_more(guards=["NOT_HOMELESS"], fourEyes=True, asksReason=True)
    with english_school(front, tmp_path, rules) as school:
        school.to_the_threshold()
        without = school.propose(who=school.head)
        assert (without.status_code, without.json()["code"]) == (422, "proposal-reason-missing")
        assert school.propose(body={"reason": "Canary"}, who=school.head).status_code == 201
        yes = {"answers": {TWICE: True, "NOT_HOMELESS": True}}
        alone = school.say("approve", yes)
        assert (alone.status_code, alone.json()["code"]) == (403, "second-person-needed")
        deputy = front.token("principal", subject="deputy")
        assert school.say("approve", yes, who=deputy).status_code == 200
        shown = {one["guard"]: one for one in school.guards().json()["guards"]}
        assert (shown["NOT_HOMELESS"]["met"], shown["NOT_HOMELESS"]["who"]) == (
            True,
            "staff:deputy",
        )
        with front.house.database.worker() as conn:
            rows = conn.execute("select state from ledger").fetchall()
        written = b"".join(bytes(state) for (state,) in rows)
        assert b"Canary" not in written
        assert b'"guard":"NOT_HOMELESS"' not in written
        assert TWICE.encode() in written  # the control: what tells nothing of a home is a fact


def test_an_attempt_at_a_meeting_is_on_record_once(school: EnglishSchool) -> None:
    school.to_the_threshold()
    rang = {"way": "PHONE", "outcome": "NO_ANSWER", "made_on": "2025-10-13"}
    first = school.say("attempts", rang, stage=CONSIDER, key="rang-once")
    again = school.say("attempts", rang, stage=CONSIDER, key="rang-once")
    assert (first.status_code, again.json()) == (201, first.json())
    facts = [one["name"] for one in school.history()["facts"]]
    assert facts.count("intervention.attempt_logged") == 1
    for wrong, stage, code in (
        (rang | {"made_on": "2025-10-14"}, CONSIDER, "attempt-in-future"),
        (rang | {"invited": ["COUNSEL"]}, CONSIDER, "attendee-unknown"),
        (rang, PACK, "stage-not-entered"),
    ):
        assert school.say("attempts", wrong, stage=stage).json()["code"] == code
