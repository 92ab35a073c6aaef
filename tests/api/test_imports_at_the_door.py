"""Imports over HTTP: a file goes up, its report is read again, and nobody else reads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.bodies.imports import ImportPage, ImportShown
from infrastructure.clock import move_school_clock
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.profiles import Wish, save
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import STRANGERS, Front
from tests.support.register import TENANT, recording
from tests.support.syncs import FRIDAY

pytestmark = pytest.mark.postgres
PATH = "/api/imports/csv"
MARKS = "student,date,code\n001,2025-09-01,P\n002,2025-09-01,A\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with front.house.database.worker() as conn:
        move_school_clock(conn, FRIDAY)
    with recording(front.house.database) as commit:
        yield CsvSchool(front.house.database, tmp_path, commit).set_up()


def upload(front: Front, text: str, who: Any = None, key: str | None = None, **asked: Any) -> Any:
    headers = {**(who or front.token("officer")), "Idempotency-Key": key or str(uuid4())}
    params = {"school": str(SCHOOL), **asked}
    return front.client.post(PATH, params=params, headers=headers, content=text.encode())


def test_a_file_comes_in_and_its_report_is_read_again(front: Front, school: CsvSchool) -> None:
    answer = upload(front, MARKS + "009,2025-09-01,P\n", keep_good_rows=True)
    assert answer.status_code == 200
    told = ImportShown.model_validate_json(answer.content)
    assert (told.report.outcome, told.report.rows_bad) == ("IMPORTED", 1)
    assert told.report.problem_counts == {"unknown-student": 1}
    assert told.report.changes["mark"].added == 2
    page = ImportPage.model_validate_json(front.get("/api/imports", front.token("officer")).content)
    assert [(one.import_, one.actor) for one in page.items] == [(told.import_, told.actor)]
    again = front.get(f"/api/imports/{told.import_}", front.token("auditor"))
    assert again.json() == answer.json()


def test_the_same_key_gives_the_same_answer_and_the_same_file_nothing_new(
    front: Front, school: CsvSchool
) -> None:
    first, again = (upload(front, MARKS, key="one").json() for _ in "12")
    assert first == again
    other = upload(front, MARKS, key="two").json()
    assert other["report"]["outcome"] == "ALREADY_IMPORTED"
    reused = upload(front, MARKS + "001,2025-09-02,P\n", key="one")
    assert (reused.status_code, reused.json()["code"]) == (422, "command-reused")
    assert len(front.get("/api/imports", front.token("officer")).json()["items"]) == 2


def test_a_calendar_comes_as_icalendar_too(front: Front, school: CsvSchool) -> None:
    """The file says itself what it is: a request has no name that ends in .ics."""
    event = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20251208\r\nCATEGORIES:TRAINING_DAY\r\nEND:VEVENT"
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}\r\nEND:VCALENDAR\r\n"
    for body in (text, "\ufeff" + text):
        report = upload(front, body, what="calendar").json()["report"]
        assert report["outcome"] in {"IMPORTED", "ALREADY_IMPORTED", "UNCHANGED"}, report
    asked = {"from": "2025-12-08", "to": "2025-12-08"}
    (day,) = front.get(f"/api/calendars/{SCHOOL}", **asked).json()["days"]
    assert day["open"] is False


def test_a_half_good_file_imports_nothing_unless_that_is_asked(
    front: Front, school: CsvSchool
) -> None:
    answer = upload(front, MARKS + "009,2025-09-01,P\n").json()
    assert answer["report"]["outcome"] == "REFUSED"
    listed = front.get("/api/imports", front.token("officer"), outcome="REFUSED").json()["items"]
    assert [one["import"] for one in listed] == [answer["import"]]
    assert upload(front, "no csv\0").json()["report"]["outcome"] == "REFUSED"


def test_a_saved_profile_and_a_shape_are_obeyed(front: Front, school: CsvSchool) -> None:
    with front.house.database.tenant(TENANT) as conn:
        profile = ColumnProfile(columns={"student": "Pupil"}, date_format="DMY")
        save(conn, TENANT, Wish(SCHOOL, "office", profile, "staff:7"))
    text = "Pupil,01/09/2025\n001,P\n"
    answer = upload(front, text, profile="office", shape="wide")
    assert answer.json()["report"]["changes"]["mark"]["added"] == 1
    unknown = upload(front, text, profile="nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "profile-unknown")


def test_pages_lead_to_an_end(front: Front, school: CsvSchool) -> None:
    for day in (1, 2, 3):
        upload(front, MARKS.replace("-09-01", f"-09-0{day}"))
    officer = front.token("officer")
    first = front.get("/api/imports", officer, limit=2).json()
    second = front.get("/api/imports", officer, limit=2, cursor=first["next"]).json()
    seen = [one["import"] for one in first["items"] + second["items"]]
    assert len(set(seen)) == 3
    assert second["next"] is None


def test_imports_of_other_schools_and_tenants_are_not_there(
    front: Front, school: CsvSchool
) -> None:
    """Trap 60: neither the report nor the school is there for somebody else."""
    done = upload(front, MARKS).json()["import"]
    for who in (
        front.token("principal", schools=[uuid4()]),
        front.token("principal", tenant=STRANGERS),
    ):
        assert front.get(f"/api/imports/{done}", who).json()["code"] == "import-unknown"
        assert front.get("/api/imports", who).json()["items"] == []
        assert upload(front, MARKS, who).json()["code"] == "school-unknown"
    assert upload(front, MARKS, front.token("teacher")).status_code == 403


def test_a_file_may_be_larger_than_other_bodies_but_not_without_end(
    front: Front, school: CsvSchool
) -> None:
    rows = "".join(f"001,2025-09-01,P{' ' * 60}\n" for _ in range(2_000))
    assert upload(front, "student,date,code\n" + rows).status_code == 200
    huge = upload(front, "x" * (16 * 1024 * 1024 + 1))
    assert (huge.status_code, huge.json()["code"]) == (413, "body-too-large")
