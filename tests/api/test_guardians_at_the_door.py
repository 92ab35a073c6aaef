"""What a guardian chose, at the door: seen, set, stopped, opened again, and how it came about."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bodies.guardians import ChoiceHistory, GuardianChoices
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import OTHER_SCHOOL, STRANGERS, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,may_receive_info\n"
    "001,G1,Máire,Uí Néill,MOTHER,1,0850001001,yes\n"
)
SMS = {
    "channel": "SMS",
    "purpose": "NUDGE",
    "given": True,
    "basis": "PUBLIC_TASK",
    "source": "GUARDIAN",
}
WISHES = {
    "language": "ga",
    "channels": ["WHATSAPP", "SMS"],
    "quiet_from": "20:00:00",
    "quiet_until": "10:30:00",
    "off": [],
}


@pytest.fixture
def guardian(front: Front, tmp_path: Path) -> str:
    with recording(front.house.database) as commit:
        school = CsvSchool(front.house.database, tmp_path, commit).set_up()
        assert school.guardians(GUARDIANS).report.imported
        student = school.roll().pupils["001"].student
    record = front.get(f"/api/attendance/students/{student}/record").json()
    return f"/api/guardians/{record['guardians'][0]['guardian_id']}"


def chosen(front: Front, guardian: str) -> GuardianChoices:
    answer = front.get(f"{guardian}/preferences")
    assert answer.status_code == 200, answer.text
    seen = GuardianChoices.model_validate_json(answer.content)
    assert answer.headers["ETag"] == f'"{seen.version}"'
    return seen


def lift(front: Front, guardian: str, version: int, **asked: str) -> Any:
    headers = {**front.token(), "If-Match": f'"{version}"'}
    return front.client.delete(f"{guardian}/suppressions/SMS", headers=headers, params=asked)


def test_nothing_is_known_until_somebody_says_it(front: Front, guardian: str) -> None:
    """Trap 34: unknown is null, and no list says yes."""
    seen = chosen(front, guardian)
    assert (seen.version, seen.consents, seen.suppressions) == (0, [], [])
    assert seen.legal_notice_email_consent is None
    assert seen.preferences.channels == []


def test_preferences_are_set_whole_at_the_version_that_was_seen(
    front: Front, guardian: str
) -> None:
    assert front.put(f"{guardian}/preferences", WISHES, 0).status_code == 200
    assert chosen(front, guardian).preferences.model_dump(mode="json") == WISHES
    stale = front.put(f"{guardian}/preferences", {**WISHES, "language": "pl"}, 0)
    assert stale.status_code == 412
    cleared = front.put(f"{guardian}/preferences", {}, 1)
    assert cleared.status_code == 200
    assert chosen(front, guardian).preferences.language is None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"off": ["SAFETY"]}, "safety-never-off"),
        ({"quiet_from": "20:00:00"}, "quiet-all-day"),
        ({"language": "Gaeilge"}, "request-invalid"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    front: Front, guardian: str, wish: dict[str, Any], code: str
) -> None:
    answer = front.put(f"{guardian}/preferences", wish, 0)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_answer_names_channel_purpose_and_basis_and_can_be_withdrawn(
    front: Front, guardian: str
) -> None:
    assert front.post(f"{guardian}/consents", SMS).status_code == 201
    (seen,) = chosen(front, guardian).consents
    assert seen.model_dump(mode="json") == SMS
    assert front.post(f"{guardian}/consents", {**SMS, "given": False}).status_code == 201
    assert [one.given for one in chosen(front, guardian).consents] == [False]


def test_notices_by_email_are_an_answer_of_their_own(front: Front, guardian: str) -> None:
    front.post(f"{guardian}/consents", {**SMS, "channel": "EMAIL"})
    assert chosen(front, guardian).legal_notice_email_consent is None
    said = {"given": True, "source": "FORM"}
    assert front.post(f"{guardian}/notice-email", said).status_code == 201
    assert chosen(front, guardian).legal_notice_email_consent is True


def test_a_channel_is_stopped_and_opened_again_for_a_reason(front: Front, guardian: str) -> None:
    stop = {"channel": "SMS", "cause": "WRONG_NUMBER"}
    assert front.post(f"{guardian}/suppressions", stop).status_code == 201
    front.post(f"{guardian}/suppressions", {**stop, "cause": "STOP"})
    (seen,) = chosen(front, guardian).suppressions
    assert [str(one) for one in seen.causes] == ["WRONG_NUMBER", "STOP"]
    mended = lift(front, guardian, 2, reason="ADDRESS_CORRECTED", cause="WRONG_NUMBER")
    assert mended.status_code == 200, mended.text
    (left,) = chosen(front, guardian).suppressions
    assert [str(one) for one in left.causes] == ["STOP"]
    assert lift(front, guardian, 3).status_code == 422, "without a reason"
    assert lift(front, guardian, 3, reason="GUARDIAN_ASKED").status_code == 200
    assert chosen(front, guardian).suppressions == []


def test_post_cannot_be_stopped(front: Front, guardian: str) -> None:
    """Trap 47."""
    answer = front.post(f"{guardian}/suppressions", {"channel": "POST", "cause": "COMPLAINT"})
    assert (answer.status_code, answer.json()["code"]) == (422, "letters-never-off")


def test_the_history_says_who_recorded_what(front: Front, guardian: str) -> None:
    front.post(f"{guardian}/consents", SMS, who=front.token("officer", subject="12"))
    front.post(f"{guardian}/suppressions", {"channel": "SMS", "cause": "STOP"})
    answer = front.get(f"{guardian}/history")
    seen = ChoiceHistory.model_validate_json(answer.content)
    assert [(one.what, one.by) for one in seen.items] == [
        ("contact_choice.channel_suppressed", "staff:7"),
        ("contact_choice.consent_recorded", "staff:12"),
    ]
    looks = front.get("/api/audit/reads", who=front.token("auditor")).json()["items"]
    assert looks[0]["what"] == "choice history"


def test_a_guardian_of_other_schools_is_not_there(front: Front, guardian: str) -> None:
    """Trap 60."""
    elsewhere = front.token("principal", schools=[OTHER_SCHOOL])
    strange = front.token("principal", tenant=STRANGERS)
    for who in (elsewhere, strange):
        for answer in (
            front.get(f"{guardian}/preferences", who),
            front.get(f"{guardian}/history", who),
            front.post(f"{guardian}/consents", SMS, who),
            front.put(f"{guardian}/preferences", WISHES, 0, who),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "guardian-unknown")
    nobody = front.get(f"/api/guardians/{uuid4()}/preferences")
    assert nobody.status_code == 404
    here = front.token("principal", schools=[UUID(str(SCHOOL))])
    assert front.get(f"{guardian}/preferences", here).status_code == 200
    assert front.get(f"{guardian}/preferences", front.token("teacher")).status_code == 403
