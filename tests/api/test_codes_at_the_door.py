"""What codes mean, over HTTP, for everybody who works at a school."""

import pytest

from domain.attendance.jurisdictions import jurisdiction
from tests.support.front import ALL_ROLES, NOON, Front

pytestmark = pytest.mark.postgres


def test_every_role_may_look_up_what_codes_mean(front: Front) -> None:
    for role in ALL_ROLES:
        asked = {"jurisdiction": "GB-ENG", "date": "2024-08-19"}
        answer = front.get("/api/codes", front.token(role), **asked)
        assert answer.status_code == 200
        said = answer.json()
        assert said["version"] == "gb-eng-2024-08-19"
        assert {one["code"]: one["status"] for one in said["items"]}["J1"] == "ABSENT_AUTHORISED"


def test_the_day_is_the_schools_today_where_none_is_named(front: Front) -> None:
    front.clock(NOON)
    said = front.get("/api/codes", jurisdiction="ie").json()
    assert (said["jurisdiction"], said["date"]) == ("IE", NOON.date().isoformat())
    assert (said["authorised"], said["unauthorised"]) == ("explained", "unexplained")
    table = jurisdiction("IE").table
    assert said["items"] == [row.as_dict() for row in table.in_force(NOON.date())]


def test_a_partial_table_says_so(front: Front) -> None:
    said = front.get("/api/codes", jurisdiction="GB-NIR", date="2025-09-01").json()
    assert said["completeness"] == "partial"
    assert "set aside at import" in said["note"]


def test_a_place_that_is_not_known_is_told_with_a_code(front: Front) -> None:
    answer = front.get("/api/codes", jurisdiction="UK", date="2025-09-01")
    assert (answer.status_code, answer.json()["code"]) == (422, "jurisdiction-unknown")
    assert front.get("/api/codes").json()["code"] == "request-invalid"
    bad = front.get("/api/codes", jurisdiction="IE", date="2025-02-30")
    assert bad.json()["code"] == "request-invalid"
