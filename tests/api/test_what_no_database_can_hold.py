"""What no text or number of the database can hold is refused at the door, before it is a fact."""

from typing import Any

import pytest

from tests.support.front import Family, Front

pytestmark = pytest.mark.postgres
BOOKS = "/api/playbooks"
RUNS = f"{BOOKS}/runs"
BOOK: dict[str, Any] = {
    "name": "Ours",
    "trigger": {"on": "STAGE_ENTERED", "stage": "LETTER_1"},
    "purpose": "NUDGE",
    "steps": [
        {
            "kind": "MESSAGE",
            "step_id": "sms-1",
            "order": 1,
            "offset": 1,
            "channel": "SMS",
            "template_key": "ATTENDANCE_SMS",
        }
    ],
}


@pytest.mark.parametrize(
    ("path", "name"),
    [(BOOKS, "stage"), (RUNS, "step"), ("/api/templates", "key"), ("/api/templates", "language")],
)
def test_a_nul_is_refused_wherever_it_is_asked_for(front: Front, path: str, name: str) -> None:
    answer = front.get(path, **{name: "A\0"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    nul = {"parameter": name, "in": "query", "kind": "nul"}
    assert {**nul, "expected": "text without the character NUL"} in answer.json()["errors"]


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "a\0b"},
        {"description": "\0"},
        {"trigger": {"on": "STAGE_ENTERED", "stage": "L\0"}},
        {"steps": [{**BOOK["steps"][0], "template_key": "X\0"}]},
    ],
)
def test_a_nul_in_a_body_becomes_no_fact(front: Front, odd: dict[str, Any]) -> None:
    """A fact with one would hold up everybody who reads it into a table, of every tenant."""
    before = front.count("ledger")
    for path in (BOOKS, f"{BOOKS}/validate"):
        answer = front.post(path, {**BOOK, **odd})
        assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
        assert answer.json()["errors"][0]["pointer"] == ""
    assert front.count("ledger") == before
    assert front.post(BOOKS, BOOK).status_code == 201


@pytest.mark.parametrize("version", [0, -1, 2**31, 10**20])
def test_a_version_that_no_playbook_has_is_told_at_once(front: Front, version: int) -> None:
    book = str(Family().run)
    moving = {"playbook": book, "version": 1, "from_version": version}
    for answer in (
        front.get(f"{RUNS}/stop-estimate", version=version),
        front.get(f"{RUNS}/move-preview", **moving),
        front.get(f"{RUNS}/move-preview", playbook=book, version=version),
        front.post(f"{RUNS}/stop", {"version": version, "token": "x"}),
        front.post(f"{RUNS}/move", {**moving, "token": "x"}),
        front.post(f"{RUNS}/move", {"playbook": book, "version": version, "token": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")


def test_a_step_far_beyond_the_others_is_a_fault(front: Front) -> None:
    steps = [{**BOOK["steps"][0], "order": 10**30}]
    answer = front.post(BOOKS, {**BOOK, "steps": steps})
    assert [one["code"] for one in answer.json()["errors"]] == ["order-too-high"]


def test_a_change_of_nothing_that_was_seen_is_a_conflict(front: Front) -> None:
    """Version 0 is the state before the first fact: nobody has seen it of a playbook that is."""
    path = front.post(BOOKS, BOOK).headers["location"]
    answer = front.put(path, {**BOOK, "name": "Other"}, 0)
    assert (answer.status_code, answer.json()["code"]) == (412, "conflict")
