"""Rule sets through the door: written, checked, put into use, replaced, retired; versions stay."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.bodies.rules import RulesCatalogue, RuleSetPage, RuleSetWhole, Validation, VersionList
from domain.attendance.rules import shipped_text
from domain.shared.ids import TenantId
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.imports import Importer
from tests.support.front import OTHER_SCHOOL, STRANGERS, TENANT, Front

pytestmark = pytest.mark.postgres
RULES = "/api/interventions/rules"
OURS: dict[str, Any] = {
    "id": "ours",
    "name": "Our ladder",
    "jurisdiction": "IE",
    "stop": ["CASE_RESOLVED"],
    "stages": [
        {
            "order": 1,
            "type": "LETTER_1",
            "trigger": {"metric": "ABSENT_DAYS", "value": 5},
            "letterTemplateId": "018f6f5e-7c1a-7b7e-9c55-616e73656f0a",
            "daysBeforeNextStage": 10,
            "stopConditions": ["ATTENDANCE_IMPROVED"],
        },
        {
            "order": 2,
            "type": "LETTER_2",
            "trigger": {"metric": "ABSENT_DAYS", "value": 10},
            "prerequisites": ["LETTER_1"],
        },
    ],
}


def changed(**more: Any) -> dict[str, Any]:
    return {**OURS, **more}


def written(front: Front, **more: Any) -> str:
    answer = front.post(RULES, {"definition": changed(**more)})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def activated(front: Front, path: str, version: int) -> Any:
    headers = {**front.token(), "Idempotency-Key": str(uuid4()), "If-Match": f'"{version}"'}
    return front.client.post(f"{path}/activate", headers=headers)


def shown(front: Front, path: str) -> RuleSetWhole:
    answer = front.get(path)
    assert answer.status_code == 200, answer.text
    found = RuleSetWhole.model_validate_json(answer.content)
    assert answer.headers["etag"] == f'"{found.revision}"'
    return found


def in_use(front: Front) -> list[str]:
    front.settle()
    page = RuleSetPage.model_validate_json(front.get(RULES, active=True).content)
    return [item.name for item in page.items]


def test_a_rule_set_is_a_draft_until_it_is_put_into_use(front: Front) -> None:
    """001-052, 001-053, 001-054, 001-055, 001-056, 001-057, 001-225; listed with name, place,
    whether it is active, its rules.
    """
    path = written(front)
    assert in_use(front) == []
    draft = shown(front, path)
    assert (draft.status, draft.is_active, draft.draft_version) == ("DRAFT", False, 1)
    assert activated(front, path, 1).status_code == 200
    used = shown(front, path)
    assert (used.status, used.is_active, used.version, used.draft_version) == (
        "ACTIVE",
        True,
        1,
        None,
    )
    assert (used.name, used.jurisdiction, used.rules_json) == ("Our ladder", "IE", OURS)
    assert used.drafted_by == used.activated_by == "staff:7"
    assert in_use(front) == ["Our ladder"]


def test_a_stage_has_its_usual_names(front: Front) -> None:
    """001-058, 001-059, 001-060, 001-061, 001-062, 001-063, 001-064, 001-065, 001-066"""
    first, second = shown(front, written(front)).stages
    assert first.stage_id != second.stage_id
    assert first.rule_set_id == second.rule_set_id
    assert (first.order, first.stage_type) == (1, "LETTER_1")
    assert str(first.letter_template_id) == "018f6f5e-7c1a-7b7e-9c55-616e73656f0a"
    assert first.days_before_next_stage == 10
    assert first.stop_conditions_json == ["ATTENDANCE_IMPROVED"]
    assert first.escalation_conditions_json == second.trigger_json
    assert second.stop_conditions_json == ["CASE_RESOLVED"]
    assert (second.letter_template_id, second.days_before_next_stage) == (None, None)
    assert second.escalation_conditions_json is None


def test_an_update_writes_the_next_version_beside_the_one_in_use(front: Front) -> None:
    """001-226."""
    path = written(front)
    activated(front, path, 1)
    answer = front.put(path, {"definition": changed(name="Firmer")}, 2)
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"3"'
    assert (shown(front, path).name, shown(front, path).draft_version) == ("Our ladder", 2)
    assert activated(front, path, 3).status_code == 200
    assert (shown(front, path).name, shown(front, path).version) == ("Firmer", 2)
    versions = VersionList.model_validate_json(front.get(f"{path}/versions").content)
    assert [(one.version, one.status) for one in versions.items] == [
        (2, "ACTIVE"),
        (1, "SUPERSEDED"),
    ]
    old = RuleSetWhole.model_validate_json(front.get(f"{path}/versions/1").content)
    assert old.rules_json == OURS
    assert front.get(f"{path}/versions/3").json()["code"] == "rule-set-version-unknown"


def test_a_change_needs_the_version_that_was_seen(front: Front) -> None:
    path = written(front)
    body = {"definition": changed(name="Firmer")}
    without = front.client.put(path, headers=front.token(), json=body)
    assert (without.status_code, without.json()["code"]) == (428, "if-match-missing")
    stale = front.put(path, body, 7)
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")
    assert stale.json()["details"] == {"expected": 7, "version": 1}
    assert front.put(path, body, 1).status_code == 200
    late = activated(front, path, 1)
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    unseen = front.post(f"{path}/activate")
    assert (unseen.status_code, unseen.json()["code"]) == (428, "if-match-missing")


def test_the_same_wish_sent_again_gets_its_receipt_again(front: Front) -> None:
    body = {"definition": OURS}
    first, again = (front.post(RULES, body, key="once") for _ in range(2))
    assert first.content == again.content
    path = first.headers["location"]
    change = {"definition": changed(name="Firmer")}
    assert front.put(path, change, 1).content == front.put(path, change, 1).content
    taken = front.post(RULES, {"definition": changed(name="Another")})
    assert (taken.status_code, taken.json()["code"]) == (409, "rule-set-exists")


def test_what_is_wrong_is_told_all_at_once_with_places_and_codes(front: Front) -> None:
    broken = changed(jurisdiction="UK", stages=[{**OURS["stages"][0], "track": "x"}])
    wanted = {("/jurisdiction", "unknown-jurisdiction"), ("/stages/0/track", "malformed-name")}
    path = written(front)
    for answer in (
        front.post(RULES, {"definition": broken}),
        front.put(path, {"definition": broken}, 1),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "rule-set-faulty")
        assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == wanted
        assert all(e["message"] and e["right"] for e in answer.json()["errors"])
    renamed = front.put(path, {"definition": changed(id="theirs")}, 1)
    assert (renamed.status_code, renamed.json()["code"]) == (422, "rule-set-renamed")


def test_a_rule_set_is_checked_without_storing_it(front: Front) -> None:
    before = front.count("ledger")
    good = front.post(f"{RULES}/validate", {"definition": OURS})
    found = Validation.model_validate_json(good.content)
    assert found.valid
    assert [stage.stage for stage in found.stages] == ["LETTER_1", "LETTER_2"]
    bad = front.post(f"{RULES}/validate", {"definition": changed(colour="red")})
    assert bad.status_code == 200
    assert bad.json()["errors"][0]["code"] == "unknown-field"
    shipped = {"definition": json.loads(shipped_text("us-tx-default-1"))}
    texas = front.post(f"{RULES}/validate", shipped).json()
    assert [s["not_computed"] for s in texas["stages"]] == [None] * 3 + [
        "a person decides this stage"
    ]
    assert front.count("ledger") == before


def test_what_is_put_into_use_takes_the_place_of_what_decided_before(front: Front) -> None:
    found_tenant(front.house.ledger, TENANT, "test")  # type: ignore[arg-type]  # a tenant's id
    assert len(in_use(front)) == 1
    path = front.post(RULES, {"shipped": "ie-default-1"}).headers["location"]
    activated(front, path, 1)
    (name,) = in_use(front)
    assert name.startswith("Ireland")
    rows = front.get(RULES, active=False).json()["items"]
    assert [row["status"] for row in rows] == ["RETIRED"]
    told = front.get(f"{RULES}/{rows[0]['rule_set_id']}/versions").json()["items"]
    assert [(one["status"], one["ended_by"]) for one in told] == [("RETIRED", "staff:7")]


def test_a_rule_set_of_another_place_is_refused_and_one_for_some_schools_is_not(
    front: Front, tmp_path: Path
) -> None:
    """Each school takes the set of its place; one that none of them lies in decides nothing."""
    schools = tmp_path / "schools.csv"
    rows = "S1,One,IE,Europe/Dublin\nS2,Two,GB-ENG,Europe/London\n"
    schools.write_text("school,name,jurisdiction,zone\n" + rows, encoding="utf-8")
    Importer(front.house, TenantId(TENANT), "staff:office").schools(schools)
    for name in ("ie-default-1", "gb-eng-default-1"):
        path = front.post(RULES, {"shipped": name}).headers["location"]
        assert activated(front, path, 1).status_code == 200
    assert sorted(name[:7] for name in in_use(front)) == ["England", "Ireland"]
    path = front.post(RULES, {"shipped": "us-tx-default-1"}).headers["location"]
    refused = activated(front, path, 1)
    assert refused.status_code == 422
    assert refused.json()["code"] == "rule-set-elsewhere"


def test_a_retired_rule_set_decides_nothing_and_can_be_used_again(front: Front) -> None:
    path = written(front)
    activated(front, path, 1)
    assert front.post(f"{path}/retire").status_code == 200
    assert in_use(front) == []
    nothing = activated(front, path, 3)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-drafted")
    assert front.put(path, {"definition": OURS}, 3).status_code == 200
    assert activated(front, path, 4).status_code == 200
    assert shown(front, path).version == 2


def test_the_whole_tenants_rules_are_not_for_one_school_to_change(front: Front) -> None:
    limited = front.token("principal", schools=[OTHER_SCHOOL])
    refused = front.post(RULES, {"definition": OURS}, who=limited)
    assert (refused.status_code, refused.json()["code"]) == (403, "operation-denied")
    path = written(front)
    assert front.get(path, who=limited).status_code == 200
    assert front.put(path, {"definition": changed(name="X")}, 1, who=limited).status_code == 403
    assert front.get(path, who=front.token(tenant=STRANGERS)).status_code == 404
    school = {"definition": OURS, "school_id": str(uuid4())}
    assert front.post(RULES, school).json()["code"] == "school-unknown"
    for body in ({}, {"definition": OURS, "shipped": "ie-default-1"}, {"shipped": "nowhere"}):
        assert front.post(RULES, body).json()["code"] == "definition-ambiguous"


def test_the_catalogue_and_the_schema_say_what_may_be_written(front: Front) -> None:
    """The five conditions by name, and each metric with unit, denominator and source."""
    catalogue = RulesCatalogue.model_validate_json(front.get("/api/rules/catalogue").content)
    assert all({"unit", "denominator", "source"} <= set(metric) for metric in catalogue.metrics)
    assert all({"unit", "from", "to", "source"} <= set(window) for window in catalogue.windows)
    assert {one["name"] for one in catalogue.conditions} == {
        "AbsenceCountThreshold",
        "AttendancePercentThreshold",
        "ConsecutiveAbsenceDays",
        "TardyCountThreshold",
        "DateWindow",
    }
    assert {one.id for one in catalogue.shipped} >= {"ie-default-1", "us-tx-default-1"}
    schema = front.get("/api/rules/schema").json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_list_has_pages(front: Front) -> None:
    for number in range(3):
        written(front, id=f"ours-{number}", name=f"Ladder {number}")
    front.settle()
    first = front.get(RULES, limit=2).json()
    rest = front.get(RULES, limit=2, cursor=first["next"]).json()
    names = [item["name"] for item in [*first["items"], *rest["items"]]]
    assert sorted(names) == ["Ladder 0", "Ladder 1", "Ladder 2"]
    assert rest["next"] is None
