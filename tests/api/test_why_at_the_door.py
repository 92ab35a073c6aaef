"""Why was nothing sent, asked at the door: rights checked, the look recorded."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.bodies.why import WhyAnswer
from domain.playbook.commands import ActivatePlaybook
from domain.playbook_run.commands import PauseRun
from domain.playbook_run.events import PauseReason
from domain.shared.ids import StudentId, TenantId
from infrastructure.register import reads
from projections.why_words import Level, Why
from tests.support.csv_school import SCHOOL, CsvSchool, school_with
from tests.support.examples import PLAYBOOK_1
from tests.support.front import NOON, OTHER_SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
WHY = "/api/why"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, "student,date,code\n") as school:
        yield school


@pytest.fixture
def family(school: CsvSchool) -> Family:
    return Family(student=StudentId(school.roll().pupils["001"].student), school=SCHOOL)


def ask(front: Front, **asked: Any) -> WhyAnswer:
    return WhyAnswer.model_validate_json(front.get(WHY, **asked).content)


def test_a_pupil_is_followed_from_the_register_to_the_step(front: Front, family: Family) -> None:
    front.start_run(family)
    front.tell(PauseRun(run_id=family.run, school_id=SCHOOL, reason=PauseReason.MANUAL))
    front.settle()
    (one,) = ask(front, student=family.student).answers
    assert (one.sent, one.answer.code) == (False, Why.STEP_SCHEDULED)
    assert [(f.level, f.code, f.reason) for f in one.findings] == [
        (Level.STAGE, Why.NO_STAGE, None),
        (Level.RUN, Why.RUN_PAUSED, "MANUAL"),
        (Level.STEP, Why.STEP_SCHEDULED, None),
    ]
    looks = front.get("/api/audit/reads", front.token("auditor"), student=family.student).json()
    assert [look["what"] for look in looks["items"]] == ["why"]


def test_a_day_is_asked_about_the_register_too(front: Front, family: Family) -> None:
    (one,) = ask(front, student=family.student, on="2025-10-12").answers
    assert one.findings[0].code is Why.NOT_A_SCHOOL_DAY  # a Sunday
    (one,) = ask(front, student=family.student, on="2025-10-14", stage="LETTER_1").answers
    assert [f.code for f in one.findings] == [Why.NOT_LOOKED_AT, Why.NO_STAGE]


def test_nobody_asks_about_a_pupil_of_another_school(front: Front, family: Family) -> None:
    for who in (front.token(schools=[OTHER_SCHOOL]), front.token(tenant=STRANGERS)):
        assert front.get(WHY, who, student=family.student).json()["code"] == "student-unknown"
    assert front.get(WHY).json()["code"] == "why-unclear"
    assert front.get(WHY, guardian=family.guardian).json()["code"] == "student-unknown"


WHO = "student,guardian,given,family,relation,priority,may_receive_info,no_contact\n"


def test_who_was_told_is_as_the_school_had_said_it_when_the_stage_was_entered(
    front: Front, school: CsvSchool, family: Family
) -> None:
    """What is said of a guardian since is no reason why nothing was sent then."""
    front.tell(ActivatePlaybook(PLAYBOOK_1))
    school.guardians(WHO + "001,G1,Máire,Uí Néill,MOTHER,1,yes,yes\n")
    front.propose(family)
    front.post(f"/api/interventions/{family.intervention}/stages/LETTER_1/approve")
    front.settle()
    mother = next(iter(reads_of(front, family)))
    front.clock(NOON + timedelta(days=1))
    school.guardians(WHO + "001,G1,Máire,Uí Néill,MOTHER,1,yes,\n")
    (one,) = ask(front, student=family.student, guardian=mother).answers
    assert (one.answer.code, one.answer.reason) == (Why.GUARDIAN_LEFT_OUT, "NO_CONTACT")
    assert one.answer.at == NOON
    (one,) = ask(front, student=family.student).answers
    assert (one.answer.code, one.answer.at) == (Why.NO_GUARDIAN, NOON)


def reads_of(front: Front, family: Family) -> list[UUID]:
    with front.house.database.worker() as conn:
        found = reads.guardians_of(conn, TenantId(family.tenant), [family.student])
    return [link.guardian for link in found[family.student]]
