"""Templates through the door: written, checked, approved by another person, tried out, retired."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from api.bodies.templates import (
    TemplatePage,
    TemplatePreview,
    TemplateVerdict,
    TemplateVersionList,
    TemplateWhole,
    TextCatalogue,
)
from tests.support.front import OTHER_SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
TEMPLATES = "/api/templates"
OURS: dict[str, Any] = {
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "body": "{{ school_name }}: {{ student_first_name }} was missed. Ring {{ school_phone }}.",
    "merge_fields": {"school_name": "text", "student_first_name": "text", "school_phone": "text"},
}


def changed(**more: Any) -> dict[str, Any]:
    return {**OURS, **more}


def written(front: Front, **more: Any) -> str:
    answer = front.post(TEMPLATES, changed(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def seen(front: Front, path: str, version: int, subject: str = "1", **who: Any) -> Response:
    headers = {
        **front.token(subject=subject, **who),
        "Idempotency-Key": str(uuid4()),
        "If-Match": f'"{version}"',
    }
    return front.client.post(path, headers=headers)


def shown(front: Front, path: str) -> TemplateWhole:
    answer = front.get(path)
    assert answer.status_code == 200, answer.text
    return TemplateWhole.model_validate(answer.json())


def test_a_text_is_drafted_by_one_person_and_approved_by_another(front: Front) -> None:
    """001-227 and the rows beside it: list, create, approve, retire; 001-117, 001-118."""
    path = written(front)
    own = seen(front, f"{path}/approve", 1, subject="7")
    assert (own.status_code, own.json()["code"]) == (403, "template-own-words")
    done = seen(front, f"{path}/approve", 1)
    assert done.status_code == 200, done.text
    told = shown(front, path)
    assert (told.status, told.drafted_by, told.approved_by) == ("APPROVED", "staff:7", "staff:1")
    front.settle()
    page = TemplatePage.model_validate(front.get(TEMPLATES, kind="SMS").json())
    assert [(one.key, one.status, one.version) for one in page.items] == [
        ("ATTENDANCE_SMS", "APPROVED", 1)
    ]
    assert front.get("/api/letters/templates").json()["items"] == []
    assert front.post(f"{path}/retire").status_code == 200
    assert shown(front, path).status == "RETIRED"


def test_a_revision_keeps_the_approved_words_until_it_is_approved_itself(front: Front) -> None:
    path = written(front)
    seen(front, f"{path}/approve", 1)
    stale = front.put(path, changed(body="Ring us."), version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")
    assert front.put(path, changed(body="Ring us."), version=2).status_code == 200
    told = shown(front, path)
    assert (told.version, told.draft_version, told.wording.body) == (1, 2, OURS["body"])
    assert shown(front, f"{path}/versions/2").wording.body == "Ring us."
    assert seen(front, f"{path}/approve", 3).status_code == 200
    found = TemplateVersionList.model_validate(front.get(f"{path}/versions").json())
    assert [(one.version, one.status) for one in found.items] == [
        (2, "APPROVED"),
        (1, "SUPERSEDED"),
    ]
    assert front.get(f"{path}/versions/9").json()["code"] == "template-version-unknown"
    other = front.put(path, changed(language="ga"), version=4)
    assert other.json()["code"] == "template-renamed"


def test_what_is_wrong_is_said_with_place_and_line_and_nothing_is_stored(front: Front) -> None:
    faulty = changed(body="Dear ,\n{{ 1 + 1 }}", merge_fields={"shoe_size": "number"})
    answer = front.post(f"{TEMPLATES}/validate", faulty)
    said = TemplateVerdict.model_validate(answer.json())
    assert not said.valid
    assert {(one.path, one.code, one.line) for one in said.errors} == {
        ("$.body", "greeting-empty", 1),
        ("$.body", "syntax-forbidden", 2),
        ("$.merge_fields.shoe_size", "field-unknown", 0),
    }
    refused = front.post(TEMPLATES, faulty)
    assert (refused.status_code, refused.json()["code"]) == (422, "template-faulty")
    assert len(refused.json()["errors"]) == 3
    assert front.get(TEMPLATES).json()["items"] == []


def test_one_fada_is_said_before_the_bill_says_it(front: Front) -> None:
    """Trap 48: 144 characters with one fada are three parts instead of one."""
    body = "{{ student_first_name }} " + "a" * 140
    words = changed(body=body, merge_fields={"student_first_name": "text"})
    said = TemplateVerdict.model_validate(front.post(f"{TEMPLATES}/validate", words).json())
    assert said.sms is not None
    assert (said.sms.alphabet, said.sms.parts, said.sms.parts_with_fada) == ("GSM-7", 1, 3)
    assert [one.code for one in said.warnings] == ["sms-fada"]
    of_its_own = changed(body="á" * 144, merge_fields={})
    said = TemplateVerdict.model_validate(front.post(f"{TEMPLATES}/validate", of_its_own).json())
    assert said.sms is not None
    assert (said.sms.alphabet, said.sms.parts, said.sms.costly) == ("UCS-2", 3, ["á"])
    assert [one.code for one in said.warnings] == ["sms-alphabet"]


def test_a_preview_is_about_nobody_unless_a_right_says_otherwise(
    front: Front, family: Family
) -> None:
    front.enrol(family)
    path = written(front)
    said = TemplatePreview.model_validate(front.get(f"{path}/preview").json())
    assert said.text == "Lakeside School: Ella was missed. Ring 01 555 0100."
    assert (said.is_real, len(said.made_up)) == (False, 3)
    about = {"student": str(family.student)}
    denied = front.get(f"{path}/preview", front.token("auditor"), **about)
    assert denied.status_code == 403
    nobody = front.get(f"{path}/preview", student=str(uuid4()))
    assert nobody.json()["code"] == "template-preview-nobody"
    assert front.get(f"{path}/preview", **about).json()["code"] == "template-preview-nobody"


def test_a_school_writes_its_own_words_unless_the_tenant_has_locked_them(front: Front) -> None:
    """001-119, 001-125, 001-126."""
    place = front.post(TEMPLATES, changed(school_id=str(OTHER_SCHOOL)))
    assert place.json()["code"] == "school-unknown"
    some = front.token("officer", schools=[OTHER_SCHOOL])
    assert front.post(TEMPLATES, OURS, some).json()["code"] == "operation-denied"


def test_another_tenants_template_is_not_there(front: Front) -> None:
    path = written(front)
    strangers = front.token(tenant=STRANGERS)
    assert front.get(path, strangers).json()["code"] == "template-unknown"
    assert front.get(TEMPLATES, strangers).json()["items"] == []


def test_the_catalogue_names_every_field_and_every_shipped_text(front: Front) -> None:
    known = TextCatalogue.model_validate(front.get(f"{TEMPLATES}/catalogue").json())
    assert "student_first_name" in {one["name"] for one in known.fields}
    assert {"en", "ga", "pl"} <= set(known.languages)
    assert ("ATTENDANCE_SMS", "ga") in {(one["key"], one["language"]) for one in known.shipped}
