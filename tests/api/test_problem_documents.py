"""Errors: each one a problem document, none with a stack, a name or what was sent."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

import domain
from api import problems
from api.main import create_app
from api.problems import known_problems, status_of
from domain.kernel import refusals as r
from infrastructure.settings import Settings
from infrastructure.store.errors import CommitUnknown, Unavailable
from infrastructure.wiring.house import House
from tests.support.front import Family, Front

MEMBERS = {"type", "title", "status", "code", "detail", "instance", "correlation_id"}


def all_refusals() -> Iterator[type[r.Refusal]]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if module.name.endswith(".refusals"):
            importlib.import_module(module.name)
    seen = [r.Refusal]
    while seen:
        for below in seen.pop().__subclasses__():
            seen.append(below)
            yield below


def test_every_refusal_has_a_number_a_code_and_a_sentence() -> None:
    found = list(all_refusals())
    assert len(found) > 30
    for refusal in found:
        assert 400 <= status_of(refusal) < 500, refusal
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", refusal.code), refusal
        assert (refusal.__doc__ or "").strip().endswith("."), refusal


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in all_refusals()]
    assert sorted(codes) == sorted(set(codes))


def test_a_refusal_of_no_kind_has_no_number() -> None:
    with pytest.raises(LookupError):
        status_of(r.Refusal)


def checked(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, problems.MEDIA_TYPE)
    body: dict[str, Any] = answer.json()
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/api/problems/{code}")
    assert str(UUID(body["correlation_id"])) == answer.headers["x-correlation-id"]
    assert "Traceback" not in answer.text
    return body


@pytest.mark.postgres
def test_broken_json_is_a_problem_and_not_a_stack(front: Front) -> None:
    headers = {**front.token(), "Idempotency-Key": "k", "Content-Type": "application/json"}
    for content in (b"{canary", b"", b"\xff\xfe", b'{"a": 1e999}', b"[" * 50_000):
        answer = front.client.post("/api/exemptions", content=content, headers=headers)
        assert answer.status_code in {400, 422}, content[:10]
        checked(answer, answer.status_code, answer.json()["code"])
        assert "canary" not in answer.text
    broken = front.client.post("/api/exemptions", content=b"{", headers=headers)
    checked(broken, 400, "body-malformed")


@pytest.mark.postgres
def test_what_was_sent_is_not_said_back(front: Front, family: Family) -> None:
    body = {
        "student_id": "canary-id",
        "starts_on": "canary-day",
        "reason": ["canary-reason"],
    }
    answer = checked(front.post("/api/exemptions", body), 422, "request-invalid")
    pointers = {error["pointer"] for error in answer["errors"]}
    assert pointers == {"/student_id", "/starts_on", "/reason"}
    assert "canary" not in str(answer)
    headers = {**front.token(), "Idempotency-Key": "k", "Content-Type": "application/json"}
    lone = front.client.post("/api/exemptions", content=b'{"reason": "\\ud800"}', headers=headers)
    errors = checked(lone, 422, "request-invalid")["errors"]
    assert {"pointer": "/reason", "kind": "string_unicode"} in errors


@pytest.mark.postgres
def test_malformed_ids_say_which_parameter(front: Front) -> None:
    for path, name in (
        ("/api/interventions/students/7", "studentId"),
        ("/api/playbooks/runs/runs", "runId"),
        ("/api/letters/artifacts/..%2f..%2fetc", "letterId"),
    ):
        answer = front.get(path)
        if answer.status_code == 404:  # the framework took it for another path
            checked(answer, 404, "not-found")
            continue
        body = checked(answer, 422, "request-invalid")
        assert [(e["parameter"], e["in"]) for e in body["errors"]] == [(name, "path")]
    for path in ("approve", "decline"):
        answer = front.post(f"/api/interventions/x/stages/a%00b/{path}", {"reason": "A"})
        checked(answer, 422, "request-invalid")


@pytest.mark.postgres
def test_limits_of_parameters_are_kept(front: Front) -> None:
    for asked in (
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"after": -1},
        {"after": 2**63},
        {"stage": "a'; drop table ledger; --"},
        {"school": "*"},
        {"action": "DANCE"},
        {"cursor": "x" * 401},
    ):
        answer = front.get("/api/interventions/queue", **asked)
        checked(answer, 422, "request-invalid")


@pytest.mark.postgres
def test_unknown_paths_and_methods_are_problems_too(front: Front) -> None:
    checked(front.get("/api/nowhere"), 404, "not-found")
    checked(front.get("/api/interventions/queue/"), 404, "not-found")
    answer = front.client.delete("/api/interventions/queue", headers=front.token())
    checked(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.postgres
def test_a_large_body_is_not_read(front: Front) -> None:
    answer = front.post("/api/exemptions", {"reason": "x" * 70_000})
    checked(answer, 413, "body-too-large")


@pytest.mark.postgres
def test_a_clients_correlation_is_kept_when_it_is_an_id(front: Front, family: Family) -> None:
    front.propose(family)
    wanted = "018f6f5e-7c1a-7b7e-9c55-616e73656f00"
    path = f"/api/interventions/{family.intervention}/stages/LETTER_1/approve"
    for given, kept in ((wanted, True), ("a-name", False)):
        headers = {**front.token(), "Idempotency-Key": str(kept), "X-Correlation-ID": given}
        answer = front.client.post(path, headers=headers)
        assert (answer.headers["x-correlation-id"] == wanted) is kept
    with front.house.database.worker() as conn:
        row = conn.execute(
            "select correlation::text from ledger where topic = 'intervention.stage_entered'"
        ).fetchone()
    assert row == (wanted,)


@pytest.mark.postgres
def test_a_store_that_is_away_says_when_to_come_back(front: Front) -> None:
    front.house.database.url = "host=127.0.0.1 port=1 dbname=x"
    app = create_app(front.house)
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.door.pool.timeout = 0.2
        answer = client.get("/api/interventions/queue", headers=front.token())
    checked(answer, 503, "store-away")
    assert answer.headers["retry-after"] == "2"


def test_a_commit_of_unknown_end_may_be_asked_for_again(tmp_path: Path) -> None:
    handlers = create_app(House(Settings(ANSEO_HOME=tmp_path), "host=nowhere")).exception_handlers
    assert handlers[CommitUnknown] is handlers[Unavailable]


@pytest.mark.postgres
def test_a_fault_of_ours_shows_nothing(
    front: Front, family: Family, capsys: pytest.CaptureFixture[str]
) -> None:
    """The vault cannot open a row: the answer says so little that it is safe to show."""
    front.name(family)
    front.propose(family)
    front.settle()
    with front.house.database.worker() as conn:
        conn.execute("update vault_part set part = 'canary'::bytea")
    answer = front.get("/api/interventions/queue")
    body = checked(answer, 500, "internal")
    assert "vault" not in answer.text.lower()
    logged = capsys.readouterr().out
    assert body["correlation_id"] in logged
    assert "VaultDamaged" in logged


@pytest.mark.postgres
def test_every_code_is_explained_where_its_type_leads(front: Front) -> None:
    assert len(known_problems()) > 40
    for code in known_problems():
        answer = front.client.get(f"/api/problems/{code}")
        assert answer.status_code == 200, code
        assert answer.json()["meaning"].endswith("."), code
    checked(front.client.get("/api/problems/no-such-code"), 404, "code-unknown")


@pytest.mark.postgres
def test_what_would_be_right_is_told_and_what_was_sent_is_not(front: Front) -> None:
    """One line a fault: where, what kind, what would be right."""
    day = {"student_id": "Síofra", "date": "2025-13-41", "session": "NIGHT", "reason": ""}
    said = checked(front.post("/api/attendance/corrections", day), 422, "request-invalid")
    assert [(one["pointer"], one["expected"]) for one in said["errors"]] == [
        ("/student_id", "an id, as 018f6f5e-7c1a-7b7e-9c55-616e73656f00"),
        ("/date", "a day of the calendar, as 2025-09-01"),
        ("/session", "'AM', 'PM' or 'DAY'"),
        ("/reason", "a length of 1 or more"),
    ]
    whole = {**day, "student_id": str(uuid4()), "date": "2025-10-06", "session": "AM"}
    answer = front.post("/api/attendance/corrections", {**whole, "reason": "rang"})
    (fault,) = checked(answer, 422, "request-invalid")["errors"]
    assert fault["expected"] == "CORRECT needs a code, DELETE has none"
    stage = f"/api/interventions/{uuid4()}/stages/LETTER_1/approve"
    (fault,) = checked(front.post(stage, {"answers": []}), 422, "request-invalid")["errors"]
    assert (fault["pointer"], fault["expected"]) == ("/answers", "a JSON object")
    book = {"name": "Ours", "trigger": {"kind": "STAGE_ENTERED"}, "purpose": "NUDGE", "steps": []}
    faults = checked(front.post("/api/playbooks/validate", book), 422, "request-invalid")["errors"]
    assert ("/trigger", "an object that says its 'on'") in [
        (one["pointer"], one.get("expected")) for one in faults
    ]


@pytest.mark.postgres
def test_a_filter_that_is_not_known_is_refused_and_not_passed_over(front: Front) -> None:
    """A slip of the pen would otherwise answer with everything."""
    answer = front.get("/api/interventions/queue", schol=str(uuid4()))
    (fault,) = checked(answer, 422, "request-invalid")["errors"]
    assert (fault["parameter"], fault["in"]) == ("schol", "query")
