"""Playbooks through the door: written, checked, changed step by step, put into use, taken out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bodies.playbooks import (
    PlaybookPage,
    PlaybookPreview,
    PlaybookValidation,
    PlaybookVersions,
    PlaybookWhole,
    ShippedPlaybooks,
)
from domain.shared.ids import TenantId
from infrastructure.wiring.founding import found_tenant
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import NOON, OTHER_SCHOOL, STRANGERS, TENANT, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
BOOKS = "/api/playbooks"
SMS: dict[str, Any] = {
    "kind": "MESSAGE",
    "step_id": "sms-1",
    "order": 1,
    "offset": 1,
    "channel": "SMS",
    "template_key": "ATTENDANCE_SMS",
}
CALL: dict[str, Any] = {
    "kind": "CREATE_TASK",
    "step_id": "task-1",
    "order": 2,
    "offset": 3,
    "unit": "CALENDAR_DAYS",
    "task": "CALL_HOME",
    "within": 2,
}
OURS: dict[str, Any] = {
    "name": "Ours",
    "description": "One text.",
    "trigger": {"on": "STAGE_ENTERED", "stage": "LETTER_1"},
    "purpose": "NUDGE",
    "stop_conditions": ["CASE_CLOSED", "ATTENDANCE_IMPROVED"],
    "steps": [SMS],
    "escalation": {"after": 10},
}


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(front.house.database) as commit:
        yield CsvSchool(front.house.database, tmp_path, commit).set_up()


def written(front: Front, **more: Any) -> str:
    answer = front.post(BOOKS, {**OURS, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def seen(front: Front, verb: str, path: str, version: int, body: Any = None) -> Any:
    headers = {**front.token(), "If-Match": f'"{version}"'}
    if verb == "POST":
        headers["Idempotency-Key"] = str(uuid4())
    return front.client.request(verb, path, headers=headers, json=body)


def shown(front: Front, path: str) -> PlaybookWhole:
    answer = front.get(path)
    assert answer.status_code == 200, answer.text
    found = PlaybookWhole.model_validate_json(answer.content)
    assert answer.headers["etag"] == f'"{found.revision}"'
    return found


def in_use(front: Front, **asked: Any) -> list[str]:
    front.settle()
    page = PlaybookPage.model_validate_json(front.get(BOOKS, **asked).content)
    return [item.name for item in page.items]


def test_a_playbook_is_a_draft_until_it_is_put_into_use(front: Front) -> None:
    """000-025 to 000-035, 000-037, 000-038, 000-039, 000-146, 000-147, 000-148: listed with name,
    stage and whether it is active; one with its steps.
    """
    path = written(front)
    assert in_use(front, active=True) == []
    draft = shown(front, path)
    assert (draft.status, draft.is_active) == ("DRAFT", False)
    assert seen(front, "POST", f"{path}/activate", 1).status_code == 200
    used = shown(front, path)
    assert (used.status, used.version, used.draft, used.school_id) == ("ACTIVE", 1, None, None)
    assert (used.trigger_stage, used.escalation_after_days) == ("LETTER_1", 10)
    assert (used.definition.name, used.definition.description) == ("Ours", "One text.")
    assert used.definition.stop_conditions == ["CASE_CLOSED", "ATTENDANCE_IMPROVED"]
    assert used.created_at == used.updated_at == NOON
    assert used.drafted_by == used.activated_by == "staff:7"
    assert in_use(front, active=True, stage="LETTER_1") == ["Ours"]
    assert in_use(front, stage="LETTER_2") == []


def test_an_update_writes_the_next_version_beside_the_one_in_use(front: Front) -> None:
    """000-149 PUT updates."""
    path = written(front)
    seen(front, "POST", f"{path}/activate", 1)
    assert seen(front, "PUT", path, 2, {**OURS, "name": "Firmer"}).status_code == 200
    both = shown(front, path)
    assert (both.definition.name, both.draft and both.draft.name) == ("Ours", "Firmer")
    assert seen(front, "POST", f"{path}/activate", 3).status_code == 200
    versions = PlaybookVersions.model_validate_json(front.get(f"{path}/versions").content)
    assert [(one.version, one.status) for one in versions.items] == [
        (2, "ACTIVE"),
        (1, "SUPERSEDED"),
    ]
    assert shown(front, f"{path}/versions/1").definition.name == "Ours"
    assert front.get(f"{path}/versions/3").json()["code"] == "playbook-version-unknown"


def test_a_playbook_is_deactivated_and_never_erased(front: Front) -> None:
    """000-150 DELETE deactivates, does not erase."""
    path = written(front)
    seen(front, "POST", f"{path}/activate", 1)
    gone = seen(front, "DELETE", path, 2)
    assert gone.status_code == 200
    assert gone.content == seen(front, "DELETE", path, 2).content
    assert shown(front, path).status == "RETIRED"
    assert in_use(front, active=True) == []
    assert in_use(front, active=False) == ["Ours"]
    assert seen(front, "PUT", path, 3, OURS).status_code == 200
    assert front.post(f"{path}/retire").status_code == 200
    told = front.get(f"{path}/versions").json()["items"]
    assert [one["status"] for one in told] == ["DROPPED", "RETIRED"]


def test_steps_are_added_changed_and_removed(front: Front) -> None:
    """000-040, 000-042 to 000-046, 000-050, 000-151, 000-152, 000-153."""
    path = written(front)
    added = seen(front, "POST", f"{path}/steps", 1, CALL)
    assert (added.status_code, added.headers["location"]) == (201, f"{path}/steps/task-1")
    sooner = {**CALL, "offset": 2}
    assert seen(front, "PUT", f"{path}/steps/task-1", 2, sooner).status_code == 200
    steps = shown(front, path).definition.steps
    assert [(s.step_id, s.order, s.offset, s.unit) for s in steps] == [
        ("sms-1", 1, 1, "SCHOOL_DAYS"),
        ("task-1", 2, 2, "CALENDAR_DAYS"),
    ]
    assert seen(front, "DELETE", f"{path}/steps/task-1", 3).status_code == 200
    assert len(shown(front, path).definition.steps) == 1
    last = seen(front, "DELETE", f"{path}/steps/sms-1", 4)
    assert (last.status_code, last.json()["errors"][0]["code"]) == (422, "no-steps")
    for verb, at, body, status, code in (
        ("POST", "steps", SMS, 409, "playbook-step-exists"),
        ("PUT", "steps/sms-1", CALL, 422, "playbook-step-renamed"),
        ("DELETE", "steps/fax-1", None, 404, "playbook-step-unknown"),
    ):
        answer = seen(front, verb, f"{path}/{at}", 4, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_the_same_wish_sent_again_gets_its_receipt_again(front: Front) -> None:
    first, again = (front.post(BOOKS, OURS, key="once") for _ in range(2))
    assert first.content == again.content
    path = first.headers["location"]
    once, twice = (seen(front, "PUT", f"{path}/steps/sms-1", 1, {**SMS, "offset": 2}) for _ in "ab")
    assert (once.status_code, once.content) == (200, twice.content)
    late = seen(front, "DELETE", f"{path}/steps/sms-1", 1)
    assert late.status_code in {412, 422}
    stale = seen(front, "PUT", path, 1, {**OURS, "name": "Late"})
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")


def test_what_is_wrong_is_told_all_at_once_in_words_and_with_its_place(front: Front) -> None:
    before = front.count("ledger")
    broken = {**OURS, "name": " ", "steps": [{**SMS, "offset": 400, "channel": "POST"}]}
    checked = front.post(f"{BOOKS}/validate", broken)
    found = PlaybookValidation.model_validate_json(checked.content)
    assert {(one.path, one.code) for one in found.errors} == {
        ("$.name", "name-empty"),
        ("$.steps[0].offset", "days-out-of-range"),
        ("$.steps[0].channel", "channel-without-sender"),
    }
    right = front.post(f"{BOOKS}/validate", OURS).json()
    assert right == {"valid": True, "errors": [], "warnings": []}
    refused = front.post(BOOKS, broken)
    assert (refused.status_code, refused.json()["code"]) == (422, "playbook-faulty")
    assert len(refused.json()["errors"]) == 3
    odd = front.post(BOOKS, {**OURS, "steps": [{**SMS, "kind": "SHOUT"}]})
    assert odd.json()["errors"][0]["pointer"] == "/steps/0"
    assert front.count("ledger") == before


def test_what_nobody_has_words_for_is_told_and_not_put_into_use(front: Front) -> None:
    """A draft may name a text that is still to be written; whoever uses it is told which."""
    steps = [
        {**SMS, "template_key": "SPRING_SMS"},
        {
            **SMS,
            "step_id": "email-2",
            "order": 2,
            "channel": "EMAIL",
            "template_key": "LETTER_1_ATTENDANCE",
        },
        {**SMS, "step_id": "whatsapp-3", "order": 3, "channel": "WHATSAPP", "fallback": "EMAIL"},
    ]
    verdict = PlaybookValidation.model_validate_json(
        front.post(f"{BOOKS}/validate", {**OURS, "steps": steps}).content
    )
    assert [(one.path, one.code) for one in verdict.errors] == [
        ("$.steps[0].template_key", "text-missing"),
        ("$.steps[1].template_key", "text-missing"),
    ]
    assert [(one.path, one.code) for one in verdict.warnings] == [
        ("$.steps[2].channel", "whatsapp-template-missing")
    ]
    path = written(front, steps=steps[:1])
    refused = seen(front, "POST", f"{path}/activate", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "playbook-text-missing")
    assert refused.json()["errors"][0]["path"] == "$.steps[0].template_key"
    assert shown(front, path).status == "DRAFT"


def test_a_stage_of_no_ladder_is_worth_a_warning(front: Front) -> None:
    odd = {**OURS, "trigger": {"on": "STAGE_ENTERED", "stage": "LETER_1"}}
    assert front.post(f"{BOOKS}/validate", odd).json()["warnings"] == []  # no ladder is in use
    found_tenant(front.house.ledger, TenantId(TENANT), "staff:office")
    front.settle()
    (warning,) = front.post(f"{BOOKS}/validate", odd).json()["warnings"]
    assert (warning["path"], warning["code"]) == ("$.trigger.stage", "stage-unknown")
    assert "LETTER_1" in warning["message"]
    assert front.post(f"{BOOKS}/validate", OURS).json()["warnings"] == []


def test_a_text_counts_as_soon_as_it_is_approved_and_an_answer_stands(front: Front) -> None:
    text = {
        "key": "SPRING_SMS",
        "kind": "SMS",
        "language": "en",
        "body": "{{ school_name }}: {{ student_first_name }} missed {{ days_missed }} days.",
        "merge_fields": {
            "school_name": "text",
            "student_first_name": "text",
            "days_missed": "number",
        },
    }
    words = front.post("/api/templates", text).headers["location"]
    path = written(front, steps=[{**SMS, "template_key": "SPRING_SMS"}])
    once = {**front.token(), "If-Match": '"1"', "Idempotency-Key": "once"}
    by_other = {**front.token(subject="1"), "If-Match": '"1"', "Idempotency-Key": "yes"}
    assert front.client.post(f"{path}/activate", headers=once).status_code == 409
    assert front.client.post(f"{words}/approve", headers=by_other).status_code == 200
    front.settle()
    used = front.client.post(f"{path}/activate", headers=once)
    assert used.status_code == 200, used.text
    gone = {**front.token(), "If-Match": '"2"', "Idempotency-Key": "gone"}
    assert front.client.post(f"{words}/retire", headers=gone).status_code == 200
    front.settle()
    assert front.client.post(f"{path}/activate", headers=once).content == used.content
    elsewhere = front.post(f"{BOOKS}/validate?school={uuid4()}", OURS)
    assert elsewhere.json()["code"] == "school-unknown"


def test_a_preview_shows_real_dates_and_why_they_moved(front: Front, school: CsvSchool) -> None:
    """000-002, 000-044 with the calendar of a school: a half-term is no day of D+n."""
    path = written(front, steps=[{**SMS, "offset": 1}, {**CALL, "offset": 9}])
    asked = {"school": str(SCHOOL), "triggered_at": "2025-10-23T18:00:00Z"}
    answer = front.get(f"{path}/preview", **asked)
    assert answer.status_code == 200, answer.text
    preview = PlaybookPreview.model_validate_json(answer.content)
    assert [f"{one.local_at:%m-%d %H:%M}" for one in preview.steps] == [
        "10-24 09:00",
        "11-03 09:00",
    ]
    assert [[s.why for s in one.moved] for one in preview.steps] == [[], ["SCHOOL_CLOSED"]]
    assert str(preview.escalates_on) == "2025-11-13"
    assert front.get(f"{path}/preview", **{**asked, "version": 2}).status_code == 404
    elsewhere = front.get(f"{path}/preview", school=str(uuid4()))
    assert elsewhere.json()["code"] == "school-unknown"


def test_a_schools_playbook_is_not_for_others_and_the_tenants_not_for_one_school(
    front: Front,
) -> None:
    limited = front.token("principal", schools=[OTHER_SCHOOL])
    refused = front.post(BOOKS, OURS, who=limited)
    assert (refused.status_code, refused.json()["code"]) == (403, "operation-denied")
    path = written(front)
    assert front.get(path, who=limited).status_code == 200
    assert front.put(path, OURS, 1, who=limited).status_code == 403
    assert front.get(path, who=front.token(tenant=STRANGERS)).status_code == 404
    nowhere = front.post(BOOKS, {**OURS, "school_id": str(uuid4())})
    assert nowhere.json()["code"] == "school-unknown"
    unknown = front.get(f"{BOOKS}/{UUID(int=1)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "playbook-unknown")


def test_what_is_shipped_can_be_written_as_ones_own(front: Front) -> None:
    found = ShippedPlaybooks.model_validate_json(front.get(f"{BOOKS}/shipped").content)
    for one in found.items:
        body = one.definition.model_dump(mode="json")
        assert front.post(f"{BOOKS}/validate", body).json()["errors"] == []
    assert written(front, **found.items[0].definition.model_dump(mode="json"))


def test_the_list_has_pages(front: Front) -> None:
    for number in range(3):
        written(front, name=f"Book {number}")
    front.settle()
    first = front.get(BOOKS, limit=2).json()
    rest = front.get(BOOKS, limit=2, cursor=first["next"]).json()
    names = [item["name"] for item in [*first["items"], *rest["items"]]]
    assert sorted(names) == ["Book 0", "Book 1", "Book 2"]
    assert rest["next"] is None
