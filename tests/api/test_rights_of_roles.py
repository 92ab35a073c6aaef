"""Who may do what: every operation of OpenAPI, every role, every way to be the wrong caller."""

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from api.main import create_app
from api.rights import Rights, RightsIncomplete, rights
from domain.attendance.rules import shipped_text
from domain.letter.commands import RequestLetter, letter_id
from domain.meeting.commands import ScheduleMeeting
from domain.playbook.commands import DraftPlaybook
from domain.rule_set.commands import DraftRuleSet
from domain.shared.ids import MeetingId, MessageId, TenantId
from domain.template.commands import DraftTemplate
from infrastructure.imports.sync_plans import set_plan
from tests.support.examples import (
    LETTER_1,
    NUMBERS,
    PLAYBOOK,
    TEMPLATE,
    TODAY,
    WORDING,
    but,
    example,
)
from tests.support.front import (
    ALL_ROLES,
    HEAD_STAGE,
    OTHER_SCHOOL,
    SOON,
    STRANGERS,
    Family,
    Front,
)
from tests.support.syncs import PLAN

pytestmark = pytest.mark.postgres
EVERY_ROLE = (*ALL_ROLES, "guardian")
LADDER = json.loads(shipped_text("ie-ladder-1"))


@dataclass
class Asked:
    """A request that would do something if the caller might."""

    method: str
    path: str
    body: Any = None
    names_a_thing: bool = True


def story(front: Front, family: Family) -> dict[str, Asked]:
    """Begin everything that the operations are about, and say how each is asked for."""
    meeting = MeetingId(uuid4())
    letter = letter_id(family.intervention, "LETTER_1", family.guardian)
    front.name(family)
    front.enrol(family)
    front.propose(family)
    front.open_case(family)
    front.start_run(family)
    front.tell(
        ScheduleMeeting(
            meeting_id=meeting,
            intervention_id=family.intervention,
            student_id=family.student,
            school_id=family.school,
            stage="MEETING",
            scheduled_at=SOON,
            duration_minutes=30,
        )
    )
    front.tell(
        RequestLetter(
            letter_id=letter,
            intervention_id=family.intervention,
            case_id=family.case,
            stage="LETTER_1",
            student_id=family.student,
            guardian_id=family.guardian,
            school_id=family.school,
            template_key="LETTER_1_ATTENDANCE",
            requested_on=TODAY,
            numbers=(NUMBERS,),
        )
    )
    plan_sync(front, family)
    rules = example(DraftRuleSet).rule_set_id
    front.tell(but(DraftRuleSet, definition=LADDER, school_id=family.school))
    front.tell(but(DraftPlaybook, school_id=family.school))
    front.tell(but(DraftTemplate, below=(), school_id=family.school))
    front.settle()
    stages = f"/api/interventions/{family.intervention}/stages/LETTER_1"
    line = f"/api/interventions/queue/{family.intervention}/LETTER_1"
    agreed = {
        "intervention_id": str(family.intervention),
        "stage": "MEETING",
        "scheduled_at": SOON.isoformat(),
    }
    person = f"/api/guardians/{family.guardian}"
    exempt = {"student_id": str(family.student), "starts_on": "2025-10-13", "reason": "private"}
    return {
        "list_queue": Asked("get", "/api/interventions/queue", names_a_thing=False),
        "student_history": Asked("get", f"/api/interventions/students/{family.student}"),
        "propose_stage": Asked(
            "post", f"/api/interventions/students/{family.student}/stages/REFERRAL/propose"
        ),
        "stage_guards": Asked("get", f"{stages}/guards"),
        "log_attempt": Asked(
            "post",
            f"{stages}/attempts",
            {"way": "PHONE", "outcome": "REACHED", "made_on": "2025-10-13"},
        ),
        "approve_stage": Asked("post", f"{stages}/approve"),
        "fulfil_stage": Asked("post", f"{stages}/fulfil"),
        "review_stage": Asked("post", f"{stages}/review", {"outcome": "STANDS"}),
        "stop_intervention": Asked(
            "post", f"/api/interventions/{family.intervention}/stop", {"reason": "VALID_REASON"}
        ),
        "assign_task": Asked("post", f"{line}/assign", {}),
        "release_task": Asked("post", f"{line}/release"),
        "finish_task": Asked("post", f"{line}/finish"),
        "evaluate_school": Asked(
            "post",
            "/api/interventions/evaluations",
            {"school_id": str(family.school), "on": "2025-10-13"},
        ),
        "list_evaluations": Asked("get", "/api/interventions/evaluations", names_a_thing=False),
        "list_returns": Asked("get", "/api/returns", names_a_thing=False),
        "submit_return": Asked("post", f"/api/returns/{uuid4()}/submit", {}),
        "show_preferences": Asked("get", f"{person}/preferences"),
        "show_choice_history": Asked("get", f"{person}/history"),
        "set_preferences": Asked("put", f"{person}/preferences", {}),
        "record_consent": Asked(
            "post",
            f"{person}/consents",
            {
                "channel": "SMS",
                "purpose": "NUDGE",
                "given": True,
                "basis": "CONSENT",
                "source": "STAFF",
            },
        ),
        "record_notice_email": Asked(
            "post", f"{person}/notice-email", {"given": True, "source": "STAFF"}
        ),
        "suppress_channel": Asked(
            "post", f"{person}/suppressions", {"channel": "SMS", "cause": "STOP"}
        ),
        "lift_suppression": Asked("delete", f"{person}/suppressions/SMS?reason=GUARDIAN_ASKED"),
        "list_exemptions": Asked("get", f"/api/exemptions/students/{family.student}"),
        "end_exemption": Asked("post", f"/api/exemptions/students/{family.student}/{uuid4()}/end"),
        "decline_stage": Asked("post", f"{stages}/decline", {"reason": "IN_CONTACT"}),
        "simulate": Asked(
            "post",
            "/api/interventions/simulate",
            {"student_id": str(family.student), "on": "2025-10-13", "rule_set": "ie-default-1"},
        ),
        "ask_what_if": Asked(
            "post",
            "/api/interventions/what-if",
            {"rule_set": "ie-default-1", "from": "2025-09-01", "to": "2025-10-13"},
            names_a_thing=False,
        ),
        "list_runs": Asked("get", "/api/playbooks/runs", names_a_thing=False),
        "show_run": Asked("get", f"/api/playbooks/runs/{family.run}"),
        "stop_run": Asked("post", f"/api/playbooks/runs/{family.run}/stop"),
        "daily_metrics": Asked("get", "/api/telemetry/metrics", names_a_thing=False),
        "list_telemetry_events": Asked("get", "/api/telemetry/events", names_a_thing=False),
        "list_engagement_events": Asked("get", "/api/telemetry/engagement", names_a_thing=False),
        "student_timeline": Asked("get", f"/api/timelines/students/{family.student}"),
        "guardian_timeline": Asked("get", f"/api/timelines/guardians/{family.guardian}"),
        "why_nothing_was_sent": Asked("get", f"/api/why?student={family.student}"),
        "message_balance": Asked(
            "get",
            "/api/telemetry/balance/messages?from=2025-10-13&to=2025-10-13",
            names_a_thing=False,
        ),
        "balance_sheet": Asked("get", "/api/telemetry/balance", names_a_thing=False),
        "list_meetings": Asked("get", "/api/meetings", names_a_thing=False),
        "schedule_meeting": Asked("post", "/api/meetings", agreed),
        "change_meeting": Asked("put", f"/api/meetings/{meeting}", {"action": "MISS"}),
        "show_letter": Asked("get", f"/api/letters/artifacts/{letter}"),
        "list_inbox": Asked("get", "/api/inbox", names_a_thing=False),
        "mark_read": Asked("post", f"/api/inbox/{uuid4()}/read"),
        "confirm_posted": Asked("post", f"/api/letters/{letter}/posted"),
        "grant_exemption": Asked("post", "/api/exemptions", exempt),
        "close_case": Asked("post", f"/api/cases/{family.case}/close", {"reason": "RESOLVED"}),
        "show_register": Asked("get", f"/api/attendance/students/{family.student}/register"),
        "show_record": Asked("get", f"/api/attendance/students/{family.student}/record"),
        "list_unexplained": Asked("get", f"/api/attendance/unexplained?school={family.school}"),
        "correct_mark": Asked(
            "post",
            "/api/attendance/corrections",
            {
                "student_id": str(family.student),
                "date": "2025-10-13",
                "session": "DAY",
                "code": "P",
                "reason": "private",
            },
        ),
        "list_summaries": Asked("get", f"/api/attendance/summaries?student={family.student}"),
        "change_day": Asked(
            "put",
            f"/api/calendars/{family.school}/days/2025-10-13",
            {"kind": "EMERGENCY_CLOSURE", "reason": "private"},
        ),
        "change_term": Asked(
            "put",
            f"/api/calendars/{family.school}/terms/Autumn",
            {"begins_on": "2025-09-01", "ends_on": "2025-12-19", "reason": "private"},
        ),
        "show_calendar": Asked("get", f"/api/calendars/{family.school}"),
        "list_codes": Asked("get", "/api/codes?jurisdiction=IE", names_a_thing=False),
        "list_imports": Asked("get", "/api/imports", names_a_thing=False),
        "show_import": Asked("get", f"/api/imports/{uuid4()}"),
        "import_csv": Asked("post", f"/api/imports/csv?school={family.school}&what=marks"),
        "list_syncs": Asked("get", "/api/imports/syncs", names_a_thing=False),
        "change_sync": Asked(
            "put", f"/api/imports/syncs/{family.school}", {"paused": True, "reason": "a move"}
        ),
        **profiles(family),
        **rule_sets(f"/api/interventions/rules/{rules}", family),
        **playbooks(family),
        **run_desk(family),
        **templates(family),
        **of_messages(front.text(family)),
        "list_reads": Asked(
            "get", f"/api/audit/reads?student={family.student}", names_a_thing=False
        ),
    }


def plan_sync(front: Front, family: Family) -> None:
    with front.house.database.tenant(family.tenant) as conn:
        set_plan(conn, replace(PLAN, tenant=TenantId(family.tenant), school=family.school))


def profiles(family: Family) -> dict[str, Asked]:
    every, profile = "/api/imports/profiles", {"profile": {"delimiter": ";"}}
    one = f"{every}/{family.school}/office"
    new = {"school_id": str(family.school), "name": "office", **profile}
    return {
        "list_profiles": Asked("get", f"{every}?school={family.school}"),
        "create_profile": Asked("post", every, new),
        "show_profile": Asked("get", one),
        "update_profile": Asked("put", one, profile),
        "delete_profile": Asked("delete", one),
    }


def rule_sets(one: str, family: Family) -> dict[str, Asked]:
    definition = {"definition": LADDER}
    every = "/api/interventions/rules"
    return {
        "list_rule_sets": Asked("get", every, names_a_thing=False),
        "show_rule_set": Asked("get", one),
        "list_rule_set_versions": Asked("get", f"{one}/versions"),
        "show_rule_set_version": Asked("get", f"{one}/versions/1"),
        "validate_rule_set": Asked("post", f"{every}/validate", definition, names_a_thing=False),
        "create_rule_set": Asked("post", every, {**definition, "school_id": str(family.school)}),
        "update_rule_set": Asked("put", one, definition),
        "activate_rule_set": Asked("post", f"{one}/activate"),
        "retire_rule_set": Asked("post", f"{one}/retire"),
        "rules_catalogue": Asked("get", "/api/rules/catalogue", names_a_thing=False),
        "rule_set_schema": Asked("get", "/api/rules/schema", names_a_thing=False),
    }


def playbooks(family: Family) -> dict[str, Asked]:
    every = "/api/playbooks"
    one = f"{every}/{PLAYBOOK}"
    text = {"kind": "MESSAGE", "step_id": "sms-1", "order": 1, "offset": 1}
    step = {**text, "channel": "SMS", "template_key": "ATTENDANCE_SMS"}
    body = {"name": "X", "trigger": {"on": "MANUAL"}, "purpose": "NUDGE", "steps": [step]}
    return {
        "list_playbooks": Asked("get", every, names_a_thing=False),
        "list_shipped_playbooks": Asked("get", f"{every}/shipped", names_a_thing=False),
        "show_playbook": Asked("get", one),
        "list_playbook_versions": Asked("get", f"{one}/versions"),
        "show_playbook_version": Asked("get", f"{one}/versions/1"),
        "preview_playbook": Asked("get", f"{one}/preview?school={family.school}"),
        "validate_playbook": Asked("post", f"{every}/validate", body, names_a_thing=False),
        "create_playbook": Asked("post", every, {**body, "school_id": str(family.school)}),
        "update_playbook": Asked("put", one, body),
        "add_step": Asked("post", f"{one}/steps", {**step, "step_id": "sms-9", "order": 9}),
        "change_step": Asked("put", f"{one}/steps/sms-1", step),
        "remove_step": Asked("delete", f"{one}/steps/sms-1"),
        "activate_playbook": Asked("post", f"{one}/activate"),
        "deactivate_playbook": Asked("delete", one),
        "retire_playbook": Asked("post", f"{one}/retire"),
    }


def of_messages(message: MessageId) -> dict[str, Asked]:
    one = f"/api/messages/{message}"
    return {
        "list_messages": Asked("get", "/api/messages", names_a_thing=False),
        "list_unknown_messages": Asked("get", "/api/messages/unknown", names_a_thing=False),
        "list_dead_messages": Asked("get", "/api/messages/dead", names_a_thing=False),
        "list_stuck_messages": Asked("get", "/api/messages/stuck", names_a_thing=False),
        "show_message": Asked("get", one),
        "settle_message": Asked(
            "post", f"{one}/settle", {"finding": "SENT", "reason": "GUARDIAN_SAYS"}
        ),
        "resend_message": Asked("post", f"{one}/resend", {"reason": "WAS_NOT_SENT"}),
        "abandon_message": Asked("post", f"{one}/abandon", {"reason": "TOO_LATE"}),
    }


def run_desk(family: Family) -> dict[str, Asked]:
    every = "/api/playbooks/runs"
    which = {"playbook": str(PLAYBOOK), "version": 1, "token": "x"}
    start = {"playbook_id": str(PLAYBOOK), "intervention_id": str(family.intervention)}
    seen = f"school={family.school}"
    return {
        "start_run": Asked("post", every, start),
        "pause_run": Asked("post", f"{every}/{family.run}/pause"),
        "resume_run": Asked("post", f"{every}/{family.run}/resume"),
        "estimate_stop": Asked("get", f"{every}/stop-estimate?{seen}"),
        "stop_runs": Asked("post", f"{every}/stop", {"school": str(family.school), "token": "x"}),
        "preview_move": Asked("get", f"{every}/move-preview?playbook={PLAYBOOK}&version=1"),
        "move_runs": Asked("post", f"{every}/move", which),
    }


def templates(family: Family) -> dict[str, Asked]:
    every = "/api/templates"
    one = f"{every}/{TEMPLATE}"
    body = json.loads(msgspec.json.encode(WORDING))
    return {
        "list_templates": Asked("get", every, names_a_thing=False),
        "list_letter_templates": Asked("get", "/api/letters/templates", names_a_thing=False),
        "template_catalogue": Asked("get", f"{every}/catalogue", names_a_thing=False),
        "show_template": Asked("get", one),
        "list_template_versions": Asked("get", f"{one}/versions"),
        "show_template_version": Asked("get", f"{one}/versions/1"),
        "preview_template": Asked("get", f"{one}/preview"),
        "validate_template": Asked("post", f"{every}/validate", body, names_a_thing=False),
        "create_template": Asked("post", every, {**body, "school_id": str(family.school)}),
        "translate_template": Asked("post", f"{one}/translate", {"language": "pl"}),
        "review_template": Asked("post", f"{one}/review"),
        "approve_template": Asked("post", f"{one}/approve"),
        "update_template": Asked("put", one, body),
        "retire_template": Asked("post", f"{one}/retire"),
    }


def ask(front: Front, asked: Asked, who: dict[str, str]) -> int:
    headers = {**who, "Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
    body = {} if asked.body is None else {"json": asked.body}
    answer = front.client.request(asked.method, asked.path, headers=headers, **body)
    return int(answer.status_code)


def guarded(front: Front) -> set[str]:
    document = create_app(front.house).openapi()
    return {
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "security" in operation
    }


def test_every_role_may_do_what_the_file_says_and_nothing_else(
    front: Front, family: Family
) -> None:
    """001-258."""
    requests = story(front, family)
    assert set(requests) == guarded(front)
    wrong = []
    for operation, asked in requests.items():
        for role in EVERY_ROLE:
            status = ask(front, asked, front.token(role))
            denied = status == 403
            may = role in rights().operations[operation]
            if denied == may or status in {401, 500, 503}:
                wrong.append((operation, role, status))
    assert wrong == []


def test_without_a_token_nothing_opens(front: Front, family: Family) -> None:
    for operation, asked in story(front, family).items():
        assert ask(front, asked, {}) == 401, operation
        assert ask(front, asked, {"Authorization": "Basic cHc6cHc="}) == 401, operation


def test_what_belongs_to_another_tenant_is_not_there(front: Front, family: Family) -> None:
    """A token of another tenant with every role finds none of our things, and is not told why."""
    who = front.token(*EVERY_ROLE, tenant=STRANGERS)
    for operation, asked in story(front, family).items():
        expected = 404 if asked.names_a_thing else 200
        assert ask(front, asked, who) == expected, operation


def test_what_belongs_to_another_school_is_not_there(front: Front, family: Family) -> None:
    who = front.token(*EVERY_ROLE, schools=[OTHER_SCHOOL])
    for operation, asked in story(front, family).items():
        named = asked.names_a_thing or operation == "list_reads"
        assert ask(front, asked, who) == (404 if named else 200), operation


def test_nothing_was_changed_by_those_who_may_not(front: Front, family: Family) -> None:
    requests = story(front, family)
    before = front.count("ledger")
    strangers = front.token(*EVERY_ROLE, tenant=STRANGERS)
    for asked in requests.values():
        for who in ({}, strangers, front.token("teacher"), front.token("read-only")):
            ask(front, asked, who)
    assert front.count("ledger") == before


def test_a_role_nobody_has_heard_of_may_do_nothing(front: Front, family: Family) -> None:
    for operation, asked in story(front, family).items():
        assert ask(front, asked, front.token("superuser")) == 403, operation


@pytest.mark.parametrize(("word", "body"), [("approve", None), ("decline", {"reason": "KNOWN"})])
def test_what_the_head_must_approve_is_not_for_the_office(
    front: Front, family: Family, word: str, body: dict[str, str] | None
) -> None:
    """Nor may the office say no to it: that would end a duty of the law for the year."""
    front.propose(family, HEAD_STAGE)
    path = f"/api/interventions/{family.intervention}/stages/{LETTER_1.type}/{word}"
    denied = front.post(path, body, who=front.token("officer"))
    assert denied.status_code == 403
    assert denied.json()["code"] == "operation-denied"
    assert front.post(path, body, who=front.token("principal")).status_code == 200


def test_a_door_with_an_undecided_operation_does_not_open() -> None:
    known = rights()
    names = {name.partition(":")[0] for name in known.operations} | set(known.open)
    known.check(names)
    with pytest.raises(RightsIncomplete, match="new_operation"):
        known.check([*names, "new_operation"])
    with pytest.raises(RightsIncomplete, match="list_queue"):
        known.check(names - {"list_queue"})
    with pytest.raises(RightsIncomplete, match="ghost"):
        Rights({}, {}, {"list_queue": frozenset({"ghost"})}).check(["list_queue"])


def test_a_token_is_asked_for_before_the_body_is_read(front: Front) -> None:
    answer = front.client.post("/api/exemptions", content=b"{broken")
    assert answer.status_code == 401
