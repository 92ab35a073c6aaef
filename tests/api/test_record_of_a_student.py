"""Enrolment, household and guardians with the register's two clocks (ARCHITECTURE 9.4)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.bodies.student_records import StudentRecord
from tests.support.csv_school import STUDENTS, CsvSchool
from tests.support.front import STRANGERS, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
HEAD = (
    "student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,"
    "has_parental_responsibility,lives_with,no_contact\n"
)
MOTHER = "001,G1,Máire,Uí Néill,MOTHER,1,0850001001,,en,yes,,yes,\n"
FATHER = "001,G2,Liam,Ó Néill,FATHER,2,0850001002,,en,yes,yes,no,{}\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(front.house.database) as commit:
        school = CsvSchool(front.house.database, tmp_path, commit).set_up()
        assert school.guardians(HEAD + MOTHER + FATHER.format("")).report.imported
        yield school


def record(front: Front, school: CsvSchool, **asked: Any) -> StudentRecord:
    answer = front.get(path(school), **asked)
    assert answer.status_code == 200, answer.text
    return StudentRecord.model_validate_json(answer.content)


def path(school: CsvSchool) -> str:
    return f"/api/attendance/students/{school.roll().pupils['001'].student}/record"


def test_what_nobody_has_told_us_is_neither_yes_nor_no(front: Front, school: CsvSchool) -> None:
    """Trap 34."""
    mother, father = record(front, school).guardians
    assert (mother.relation, mother.has_parental_responsibility) == ("MOTHER", None)
    assert (father.has_parental_responsibility, father.no_contact) == (True, False)


def test_a_no_contact_flag_is_known_from_its_position_on(front: Front, school: CsvSchool) -> None:
    before = record(front, school)
    school.guardians(HEAD + MOTHER + FATHER.format("yes"))
    now, then = record(front, school), record(front, school, known_at=before.known_at)
    assert [one.no_contact for one in now.guardians] == [False, True]
    assert [one.no_contact for one in then.guardians] == [False, False]
    assert "STATED_IN_FILE" not in front.get(path(school)).text
    assert now.versions[0].position > before.versions[0].position
    assert "guardians" in now.versions[0].about


def test_an_enrolment_that_ended_is_seen_as_it_was_known(front: Front, school: CsvSchool) -> None:
    before = record(front, school)
    school.students(STUDENTS.replace("5,H1,,", "6,H1,,2025-10-01"))
    now, then = record(front, school), record(front, school, known_at=before.known_at)
    assert now.enrolment is not None
    assert then.enrolment is not None
    assert (str(now.enrolment.left_on), now.enrolment.year_group) == ("2025-10-01", "6")
    assert (then.enrolment.left_on, then.enrolment.year_group) == (None, "5")
    assert now.versions[0].about == ["enrolment"]
    long_ago = record(front, school, known_at=0)
    assert (long_ago.enrolment, long_ago.guardians, long_ago.versions) == (None, [], [])


def test_the_look_is_recorded_and_strangers_see_nothing(front: Front, school: CsvSchool) -> None:
    record(front, school)
    student = str(school.roll().pupils["001"].student)
    reads = front.get("/api/audit/reads", front.token("auditor"), student=student).json()
    assert [one["what"] for one in reads["items"]] == ["record"]
    answer = front.get(path(school), front.token("principal", tenant=STRANGERS))
    assert (answer.status_code, answer.json()["code"]) == (404, "student-unknown")
