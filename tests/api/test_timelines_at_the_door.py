"""All that was said to or about one person, in order, and to nobody without the right to it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bodies.timelines import Timeline
from domain.contact_choice.commands import SuppressChannel
from domain.contact_choice.events import SuppressionCause
from domain.message.commands import RecordMessageReply
from domain.shared.contact import Along, Channel, RunStep
from domain.shared.ids import GuardianId, TenantId
from infrastructure.register.rows import StudentRow
from infrastructure.runtime.explaining import why
from projections.why import answer
from projections.why_words import Why
from tests.support.front import OTHER_SCHOOL, SCHOOL, STRANGERS, TENANT, Family, Front

pytestmark = pytest.mark.postgres
WORDS = "She was at the dentist."


def told(front: Front, path: str, who: Any = None, **asked: Any) -> Timeline:
    answer = front.get(f"/api/timelines/{path}", who, **asked)
    assert answer.status_code == 200, answer.text
    return Timeline.model_validate_json(answer.content)


def story(front: Front, family: Family) -> None:
    """A run, a text that the guardian answers, and a STOP."""
    reply = uuid4()
    front.name(family)
    front.start_run(family)
    message = front.text(family)
    with front.house.database.worker() as conn:
        said: dict[UUID, dict[str, str]] = {family.guardian: {"text": WORDS}}
        front.house.vault.put(conn, family.tenant, reply, "reply", said)
    front.tell(RecordMessageReply(message_id=message, channel=Channel.SMS, reply_ref=reply))
    front.tell(
        SuppressChannel(
            guardian_id=family.guardian, channel=Channel.SMS, cause=SuppressionCause.STOP
        )
    )
    front.settle()


def test_a_guardian_s_timeline_has_every_fact_in_order_with_the_answer(
    front: Front, family: Family
) -> None:
    story(front, family)
    line = told(front, f"guardians/{family.guardian}", limit=200)
    codes = [one.code for one in line.entries]
    wanted = ["playbook_run.started", "message.accepted", "message.replied"]
    assert [code for code in codes if code in wanted] == wanted
    assert "contact_choice.channel_suppressed" in codes
    positions = [one.position for one in line.entries]
    assert positions == sorted(positions)
    assert [one.text for one in line.entries if one.text] == [WORDS]
    assert all(one.words != one.code for one in line.entries)
    assert set(line.people) == {family.student, family.guardian}
    looks = front.get("/api/audit/reads", front.token("auditor"), student=family.student).json()
    assert [look["what"] for look in looks["items"]] == ["timeline"]


def test_a_timeline_is_paged_by_position(front: Front, family: Family) -> None:
    story(front, family)
    path, seen, cursor = f"students/{family.student}", [], None
    whole = [one.position for one in told(front, path, limit=200).entries]
    while True:
        page = told(front, path, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one.position for one in page.entries]
        cursor = page.next
        if cursor is None:
            break
    assert (seen, len(seen) > 4) == (whole, True)


def test_one_guardian_s_timeline_holds_nothing_of_the_other(front: Front, family: Family) -> None:
    """Trap 41 beside it: what the other parent was told and answered is not shown here."""
    other = Family(student=family.student, guardian=GuardianId(uuid4()))
    for one in (family, other):
        front.start_run(one)
    front.settle()
    line = told(front, f"guardians/{other.guardian}")
    assert {one.stream for one in line.entries} == {UUID(str(other.run))}
    both = told(front, f"students/{family.student}")
    assert {one.stream for one in both.entries} == {family.run, other.run}


def test_a_timeline_of_another_school_is_not_there(front: Front, family: Family) -> None:
    story(front, family)
    for who in (front.token(schools=[OTHER_SCHOOL]), front.token(tenant=STRANGERS)):
        for path, code in (
            (f"guardians/{family.guardian}", "guardian-unknown"),
            (f"students/{family.student}", "student-unknown"),
        ):
            assert front.get(f"/api/timelines/{path}", who).json()["code"] == code


def test_a_message_about_siblings_stands_with_each_of_them(front: Front, family: Family) -> None:
    """One text to one mother about two children: in both timelines, lists and answers to why."""
    sister = Family(guardian=family.guardian)
    for one in (family, sister):
        front.name(one)
        front.start_run(one)
    step = RunStep(run_id=sister.run, step_id="sms")
    her = Along(step, sister.student, sister.case, sister.intervention)
    message = front.text(family, also=(her,))
    front.settle()
    for one in (family, sister):
        line = told(front, f"students/{one.student}", limit=200)
        codes = [entry.code for entry in line.entries if entry.stream == message]
        assert codes == ["message.requested", "message.attempted", "message.accepted"]
        (item,) = front.get("/api/messages", student=str(one.student)).json()["items"]
        assert item["message_id"] == str(message)
    pupil = StudentRow(sister.student, "test", "P", SCHOOL, None, None, None, None)
    with front.house.database.tenant(TENANT) as conn:
        decides = answer(why(conn, TenantId(TENANT), pupil, None))
    assert (decides.code, decides.message_id) == (Why.TAKEN, message)
    brother = Family(guardian=family.guardian)
    front.start_run(brother)
    front.settle()
    apart = told(front, f"students/{brother.student}", limit=200)
    assert message not in {entry.stream for entry in apart.entries}
