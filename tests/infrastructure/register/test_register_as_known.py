"""The register answers as it was known at a position, for one school or all."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from domain.attendance.rules import read_rule_set, shipped_rule_set
from domain.shared.ids import SchoolId
from infrastructure.register import reads
from infrastructure.register.evaluation import (
    SchoolUnknown,
    as_json,
    evaluate_school,
    find_school,
)
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, STUDENTS, CsvSchool
from tests.support.register import OTHER_TENANT, TENANT, recording

pytestmark = pytest.mark.postgres
HEAD = "student,date,code\n"
ABSENT = HEAD + "".join(f"001,2025-09-0{n},F\n" for n in range(1, 6))
ON = date(2025, 9, 8)
RULES = read_rule_set(
    json.dumps(
        {
            "id": "t",
            "stages": [
                {
                    "order": 1,
                    "type": "LETTER_1",
                    "trigger": {
                        "any": [
                            {"metric": "ABSENT_DAYS", "value": 5},
                            {
                                "metric": "ABSENT_DAYS",
                                "value": 50,
                                "window": {"type": "ROLLING_CALENDAR_DAYS", "n": 90},
                            },
                        ]
                    },
                },
                {"order": 2, "type": "REFERRAL", "trigger": {"manual": True}},
            ],
        }
    )
)


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        yield CsvSchool(database, tmp_path, commit).set_up()


def test_the_answer_has_the_shape_that_is_printed(school: CsvSchool) -> None:
    school.marks(ABSENT)
    with school.database.tenant(TENANT) as conn:
        answer = as_json(evaluate_school(conn, TENANT, SCHOOL, ON, RULES))
        everywhere = as_json(evaluate_school(conn, TENANT, None, ON, RULES))
        pupil = next(row for row in reads.students(conn, TENANT) if row.source_id == "001")
    assert json.loads(json.dumps(answer)) == answer == everywhere
    letter, referral = answer["stages"]
    assert (letter["stage"], letter["count"]) == ("LETTER_1", 1)
    assert letter["pupils"][0]["id"] == str(pupil.student)
    assert letter["pupils"][0]["source_id"] == "001"
    assert letter["pupils"][0]["numbers"]["absent_days"] == 5
    assert letter["pupils"][0]["numbers"]["window"] == {"from": "2025-08-01", "to": "2025-09-08"}
    assert referral["count"] is None
    assert referral["not_computed"] == "a person decides this stage"
    assert (answer["denominator"], answer["on"], answer["rule_set"]) == ("MARKS", "2025-09-08", "t")


def test_a_correction_changes_the_answer_from_its_position_on(school: CsvSchool) -> None:
    before = school.marks(ABSENT).position
    school.marks(HEAD + "001,2025-09-01,\n")
    with school.database.tenant(TENANT) as conn:
        then = evaluate_school(conn, TENANT, SCHOOL, ON, RULES, before)
        now = evaluate_school(conn, TENANT, SCHOOL, ON, RULES)
    assert (then.stages[0].count, now.stages[0].count) == (1, 0)


def test_before_anything_was_known_there_is_nothing(school: CsvSchool) -> None:
    with school.database.tenant(TENANT) as conn:
        assert reads.schools(conn, TENANT, 0) == []
        assert reads.students(conn, TENANT, 0) == []
        assert reads.school_roll(conn, TENANT, SCHOOL, 0) is None
        assert as_json(evaluate_school(conn, TENANT, None, ON, RULES, 0))["denominator"] is None


def test_a_pupil_who_has_left_is_on_the_roll_until_then(school: CsvSchool) -> None:
    school.marks(ABSENT)
    school.students(STUDENTS.replace("5,H1,,", "5,H1,,2025-09-05"))
    with school.database.tenant(TENANT) as conn:
        friday = evaluate_school(conn, TENANT, SCHOOL, date(2025, 9, 5), RULES)
        monday = evaluate_school(conn, TENANT, SCHOOL, ON, RULES)
    assert (friday.stages[0].count, monday.stages[0].count) == (1, 0)


def test_an_unknown_school_is_told(school: CsvSchool) -> None:
    with school.database.tenant(TENANT) as conn, pytest.raises(SchoolUnknown):
        evaluate_school(conn, TENANT, SchoolId(UUID(int=9)), ON, RULES)


def test_a_school_is_found_by_its_id_here_and_in_its_own_system(school: CsvSchool) -> None:
    with school.database.tenant(TENANT) as conn:
        assert find_school(conn, TENANT, "19876A") == SCHOOL
        assert find_school(conn, TENANT, str(SCHOOL)) == SCHOOL
        with pytest.raises(SchoolUnknown):
            find_school(conn, TENANT, "all of them")


def test_one_pupils_line_can_be_asked_for_alone(school: CsvSchool) -> None:
    school.marks(ABSENT + "002,2025-09-01,P\n")
    pupil = school.roll().pupils["002"].student
    with school.database.tenant(TENANT) as conn:
        schools = reads.schools(conn, TENANT)
        (line,) = reads.lines(conn, TENANT, schools, students_asked=[pupil])
    assert (line.student, line.marks) == (pupil, "//")


def test_a_worker_asks_for_one_tenant_and_gets_no_other(school: CsvSchool) -> None:
    school.marks(ABSENT)
    with school.database.worker() as conn:
        assert len(reads.students(conn, TENANT)) == 3
        assert reads.students(conn, OTHER_TENANT) == []
        assert reads.lines(conn, OTHER_TENANT, reads.schools(conn, TENANT)) == []


def test_the_shipped_ladder_runs_on_an_irish_school(school: CsvSchool) -> None:
    school.marks(ABSENT)
    with school.database.tenant(TENANT) as conn:
        answer = evaluate_school(conn, TENANT, SCHOOL, ON, shipped_rule_set("ie-ladder-1"))
    assert [stage.count for stage in answer.stages] == [1, 0, 0, 0]
