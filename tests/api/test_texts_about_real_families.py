"""A text is tried out about a real family by those who may, and the look is on record."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from api.bodies.templates import TemplatePreview, TemplateVerdict
from domain.register_batch.commands import RecordBatch
from domain.shared.ids import BatchId
from tests.support.examples import but
from tests.support.front import SCHOOL, TENANT, Family, Front

pytestmark = pytest.mark.postgres
TEMPLATES = "/api/templates"
OURS: dict[str, Any] = {
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "body": "{{ school_name }}: {{ student_first_name }} missed {{ days_missed }} days.",
    "merge_fields": {"school_name": "text", "student_first_name": "text", "days_missed": "number"},
}


def known(front: Front, family: Family) -> None:
    """Let the register know a school, a child and a guardian who may be told."""
    batch = BatchId(uuid4())
    front.enrol(family)
    front.name(family, given="Áine")
    with front.house.database.worker() as conn:
        conn.execute(
            "insert into staged_batch (tenant, batch, content, source, content_hash)"
            " values (%s, %s, 'guardians', 'test', '')",
            (TENANT, batch),
        )
        conn.execute(
            "insert into school (tenant, school, batch, source, source_id, name, jurisdiction,"
            " zone, code_table, denominator) values (%s, %s, %s, 'test', 'S', 'Lakeside', 'IE',"
            " 'Europe/Dublin', 'ie-default-1', 'MARKS')",
            (TENANT, SCHOOL, batch),
        )
        conn.execute(
            "insert into guardian_link (tenant, student, guardian, batch, priority,"
            " may_receive_info) values (%s, %s, %s, %s, 1, true)",
            (TENANT, family.student, family.guardian, batch),
        )
    front.tell(but(RecordBatch, batch_id=batch, content="guardians"))


def approve(front: Front, path: str, version: int = 1) -> Response:
    headers = {
        **front.token(subject="1"),
        "Idempotency-Key": str(uuid4()),
        "If-Match": f'"{version}"',
    }
    return front.client.post(f"{path}/approve", headers=headers)


def looks(front: Front, student: UUID) -> list[tuple[str, str]]:
    items = front.get("/api/audit/reads", front.token("auditor"), student=str(student)).json()
    return [(one["what"], one["route"]) for one in items["items"]]


def test_a_real_preview_says_what_the_family_would_get_and_is_recorded(
    front: Front, family: Family
) -> None:
    known(front, family)
    path = str(front.post(TEMPLATES, OURS).headers["location"])
    answer = front.get(f"{path}/preview", front.token("officer"), student=str(family.student))
    said = TemplatePreview.model_validate(answer.json())
    assert said.text == "Lakeside: Áine missed 7 days."
    assert (said.is_real, said.made_up) == (True, ["days_missed"])
    assert said.sms is not None
    assert (said.sms.alphabet, said.sms.costly, said.sms.recipients) == ("UCS-2", ["Á"], 1)
    assert looks(front, family.student) == [("template preview", "GET /api/templates/{id}/preview")]
    stranger = {"student": str(family.student), "guardian": str(uuid4())}
    assert front.get(f"{path}/preview", **stranger).json()["code"] == "template-preview-nobody"


def test_the_numbers_of_a_pupils_stage_are_shown_where_there_are_any(
    front: Front, family: Family
) -> None:
    known(front, family)
    front.propose(family)
    front.settle()
    path = str(front.post(TEMPLATES, OURS).headers["location"])
    asked = {"student": str(family.student), "guardian": str(family.guardian)}
    said = TemplatePreview.model_validate(front.get(f"{path}/preview", **asked).json())
    assert (said.text, said.made_up) == ("Lakeside: Áine missed 5 days.", [])


def test_a_school_says_it_its_own_way_until_the_tenant_locks_it(
    front: Front, family: Family
) -> None:
    """001-119, 001-125, 001-126: asked at the draft, at the revision and at the approval."""
    known(front, family)
    own = {**OURS, "school_id": str(SCHOOL)}
    verdict = TemplateVerdict.model_validate(front.post(f"{TEMPLATES}/validate", own).json())
    assert verdict.sms is not None
    assert verdict.sms.recipients == 1
    path = str(front.post(TEMPLATES, own).headers["location"])
    locked = front.post(TEMPLATES, {**OURS, "lock": "DISTRICT_ONLY"}).headers["location"]
    assert approve(front, str(locked)).status_code == 200
    refused = approve(front, path)
    assert (refused.status_code, refused.json()["code"]) == (403, "template-locked")
    assert front.put(path, {**OURS, "body": "Ring us."}, 1).json()["code"] == "template-locked"
    irish = front.post(TEMPLATES, {**own, "language": "ga"})
    assert irish.json()["code"] == "template-locked"
