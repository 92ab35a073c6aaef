"""What a person has corrected here stands against the school's own system, and the report says so.

A school's system goes on sending the mark that somebody corrected here: each night a full export
does, and each incremental sync whose times overlap. Once that undid the correction silently, and
the letter that had been held went out (trap 27 of DOMAIN.md; D41).
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.bodies.attendance import RegisterView
from domain.shared.ids import TenantId
from infrastructure.imports.report import ImportReport, Problem
from infrastructure.wiring.imports import Importer
from tests.support.csv_school import SCHOOL, TODAY, CsvSchool, school_with
from tests.support.front import Front
from tests.support.register import TENANT

pytestmark = pytest.mark.postgres
HEAD = "student,date,code\n"
MARKS = HEAD + "001,2025-10-06,P\n001,2025-10-07,F\n001,2025-10-08,F\n"
QUEUE = "/api/interventions/queue"
NEXT_DAY = "001,2025-10-09,P\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, MARKS) as school:
        yield school


def correct(front: Front, school: CsvSchool, **wish: Any) -> None:
    body = {
        "student_id": str(school.roll().pupils["001"].student),
        "date": "2025-10-07",
        "session": "DAY",
        "code": "A",
        "reason": "The mother rang.",
        **wish,
    }
    answer = front.post("/api/attendance/corrections", body, front.token("officer"))
    assert answer.status_code == 201, answer.text


def codes(front: Front, school: CsvSchool) -> list[str]:
    student = school.roll().pupils["001"].student
    path = f"/api/attendance/students/{student}/register"
    answer = front.get(path, **{"from": "2025-10-06", "to": "2025-10-10"})
    view = RegisterView.model_validate_json(answer.content)
    return [day.morning.code for day in view.days]


def about_corrections(report: ImportReport) -> list[Problem]:
    kinds = {"corrected-by-hand", "correction-stands"}
    return [one for one in report.problems if one.code in kinds]


def test_a_row_that_a_source_repeats_undoes_no_correction(front: Front, school: CsvSchool) -> None:
    correct(front, school)
    report = school.marks(MARKS + NEXT_DAY)
    assert report.changes["mark"] == {"added": 1, "changed": 0, "taken_back": 0, "unchanged": 3}
    assert codes(front, school) == ["P", "A", "F", "P"]
    (told,) = about_corrections(report)
    assert (told.code, told.detail) == ("corrected-by-hand", "1 of them.")


def test_a_new_word_of_the_source_does_not_overrule_a_person_and_is_told(
    front: Front, school: CsvSchool
) -> None:
    """N becomes O by itself after a week in a school's system: that is no answer to a mother."""
    correct(front, school)
    for text in (MARKS.replace("07,F", "07,B"), MARKS.replace("07,F", "07,B") + NEXT_DAY):
        (told,) = about_corrections(school.marks(text))
        assert (told.code, told.row, str(told.on)) == ("correction-stands", 3, "2025-10-07")
        assert told.student == school.roll().pupils["001"].student
        assert codes(front, school)[:3] == ["P", "A", "F"]


def test_a_source_that_comes_to_say_the_same_is_silent_until_it_says_another_thing(
    front: Front, school: CsvSchool
) -> None:
    correct(front, school)
    agreed = school.marks(MARKS.replace("07,F", "07,A"))
    assert about_corrections(agreed) == []
    again = school.marks(MARKS + NEXT_DAY)
    assert [one.code for one in about_corrections(again)] == ["corrected-by-hand"]
    assert codes(front, school) == ["P", "A", "F", "P"]


def test_a_mark_that_a_person_took_back_stays_away(front: Front, school: CsvSchool) -> None:
    correct(front, school, action="DELETE", code=None)
    school.marks(MARKS + NEXT_DAY)
    assert codes(front, school) == ["P", "F", "P"]


def test_what_nobody_corrected_follows_its_source_there_and_back(
    front: Front, school: CsvSchool
) -> None:
    """Without this the test above would hold for an import that changes nothing at all."""
    correct(front, school)
    report = school.marks(MARKS.replace("08,F", "08,A"))
    assert report.changes["mark"]["changed"] == 1
    assert codes(front, school) == ["P", "A", "A"]
    school.marks(MARKS + NEXT_DAY)
    assert codes(front, school) == ["P", "A", "F", "P"]


def test_a_day_that_a_person_closed_stays_closed(front: Front, school: CsvSchool) -> None:
    """Trap 21: a storm that was entered here is not undone by the calendar of the year before."""
    calendar = "date,kind\n2025-10-09,TEACHING\n"
    school.calendar(calendar)
    path = f"/api/calendars/{SCHOOL}"
    version = int(front.get(path).headers["ETag"].strip('"'))
    body = {"kind": "EMERGENCY_CLOSURE", "reason": "Storm."}
    answer = front.put(f"{path}/days/2025-10-09", body, version)
    assert answer.status_code < 300, answer.text
    report = school.calendar(calendar + "2025-10-10,TEACHING\n")
    assert [one.code for one in about_corrections(report)] == ["corrected-by-hand"]
    assert not school.roll().calendar.is_open(date(2025, 10, 9))


def test_an_officer_is_asked_once_about_each_contested_day(front: Front, school: CsvSchool) -> None:
    """Reports are read by whoever imports; the queue is read by whoever can answer."""
    correct(front, school)
    file = school.file(MARKS.replace("07,F", "07,B"))
    for text in (file, school.file(MARKS.replace("07,F", "07,H"), "later.csv")):
        importer = Importer(front.house, TenantId(TENANT), "process:import")
        told = importer.csv("marks", text, str(SCHOOL), today=TODAY)
        assert [one.code for one in about_corrections(told)] == ["correction-stands"]
    front.settle()
    asked = {"action": "SETTLE_MARK"}
    (line,) = front.get(QUEUE, **asked).json()["items"]
    assert line["student_id"] == str(school.roll().pupils["001"].student)
    assert line["evaluated_on"] == "2025-10-07"
    done = f"{QUEUE}/{line['subject']}/{line['stage']}/finish"
    assert front.post(done, {}, front.token("read-only")).status_code == 403
    assert front.post(done, {}, front.token("officer")).status_code == 200
    front.settle()
    assert front.get(QUEUE, **asked).json()["items"] == []
