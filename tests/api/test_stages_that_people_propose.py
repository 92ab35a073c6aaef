"""A penalty notice pack from the proposal of an officer to the head's yes, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
