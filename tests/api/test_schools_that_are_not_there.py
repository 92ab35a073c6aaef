"""A wrong id of a school is an error on every route that filters by one, no empty list."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import STRANGERS, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
FILTERED = (
    "/api/interventions/queue",
    "/api/interventions/evaluations",
    "/api/interventions/rules",
    "/api/playbooks/runs",
    "/api/meetings",
    "/api/telemetry/metrics",
    "/api/telemetry/events",
    "/api/telemetry/engagement",
    "/api/telemetry/balance",
    "/api/imports",
    "/api/imports/profiles",
    "/api/attendance/unexplained",
    "/api/returns",
)


def test_a_school_that_is_not_there_is_told_everywhere_alike(front: Front, tmp_path: Path) -> None:
    with recording(front.house.database) as commit:
        CsvSchool(front.house.database, tmp_path, commit).set_up()
    here = {path: front.get(path, school=str(SCHOOL)).status_code for path in FILTERED}
    assert here == dict.fromkeys(FILTERED, 200)
    whole = ("principal", "admin")
    for who, school in (
        (front.token(*whole), uuid4()),
        (front.token(*whole, tenant=STRANGERS), SCHOOL),
        (front.token(*whole, schools=[uuid4()]), SCHOOL),
    ):
        answers = {path: front.get(path, who, school=str(school)) for path in FILTERED}
        told = {path: (one.status_code, one.json().get("code")) for path, one in answers.items()}
        assert told == dict.fromkeys(FILTERED, (404, "school-unknown"))
