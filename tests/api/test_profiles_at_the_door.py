"""How a school's export is written is said over HTTP, once, and imports read by it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from api.bodies.profiles import ProfileItem, ProfileList, ProfileReceipt
from infrastructure.clock import move_school_clock
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import STRANGERS, Front
from tests.support.register import recording
from tests.support.syncs import FRIDAY

pytestmark = pytest.mark.postgres
PATH = "/api/imports/profiles"
OFFICE = f"{PATH}/{SCHOOL}/office"
GERMAN = {"columns": {"student": "Schüler", "date": "Tag", "code": "Kürzel"}, "delimiter": ";"}
PROFILE: dict[str, Any] = {**GERMAN, "date_format": "DMY"}
NEW = {"school_id": str(SCHOOL), "name": "office", "profile": PROFILE}
FILE = "Schüler;Tag;Kürzel\n001;01.09.2025;P\n".encode("cp1252")


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with front.house.database.worker() as conn:
        move_school_clock(conn, FRIDAY)
    with recording(front.house.database) as commit:
        yield CsvSchool(front.house.database, tmp_path, commit).set_up()


def delete(front: Front, version: int, who: Any = None) -> Response:
    headers = {**(who or front.token()), "If-Match": f'"{version}"'}
    return front.client.delete(OFFICE, headers=headers)


def imported(front: Front) -> Response:
    headers = {**front.token("officer"), "Idempotency-Key": str(uuid4())}
    asked = {"school": str(SCHOOL), "profile": "office"}
    return front.client.post("/api/imports/csv", params=asked, headers=headers, content=FILE)


def test_a_saved_profile_is_listed_shown_and_reads_a_file(front: Front, school: CsvSchool) -> None:
    """Row 001-009: semicolons, Windows-1252 and German dates, said once."""
    made = front.post(PATH, NEW, front.token("officer"))
    assert (made.status_code, made.headers["Location"], made.headers["ETag"]) == (
        201,
        OFFICE,
        '"1"',
    )
    assert ProfileReceipt.model_validate_json(made.content).version == 1
    shown = front.get(OFFICE, front.token("auditor"))
    told = ProfileItem.model_validate_json(shown.content)
    assert (told.profile.delimiter, told.saved_by, shown.headers["ETag"]) == (";", "staff:7", '"1"')
    listed = ProfileList.model_validate_json(front.get(PATH, school=str(SCHOOL)).content)
    assert [one.name for one in listed.items] == ["office"]
    assert imported(front).json()["report"]["changes"]["mark"]["added"] == 1


def test_a_change_needs_the_version_that_was_seen(front: Front, school: CsvSchool) -> None:
    front.post(PATH, NEW)
    other = {"profile": {**PROFILE, "date_format": "AUTO"}}
    changed = front.put(OFFICE, other, 1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert front.put(OFFICE, other, 1).json() == changed.json()  # the same wish again
    for version in (0, 1, 3):
        late = front.put(OFFICE, {"profile": PROFILE}, version)
        assert (late.status_code, late.json()["code"]) == (412, "conflict")
    bare = front.client.put(OFFICE, headers=front.token(), json=other)
    assert bare.status_code == 428


def test_a_deleted_profile_is_found_by_no_import_and_can_begin_again(
    front: Front, school: CsvSchool
) -> None:
    front.post(PATH, NEW)
    assert delete(front, 2).status_code == 412
    gone = delete(front, 1)
    assert (gone.status_code, gone.json()["deleted"]) == (200, True)
    assert delete(front, 1).json() == gone.json()
    assert front.get(PATH, school=str(SCHOOL)).json()["items"] == []
    for answer in (front.get(OFFICE), imported(front), front.put(OFFICE, {"profile": PROFILE}, 2)):
        assert (answer.status_code, answer.json()["code"]) == (404, "profile-unknown")
    assert front.post(PATH, NEW).json()["version"] == 3


def test_the_same_key_gives_the_same_answer_and_another_wish_none(
    front: Front, school: CsvSchool
) -> None:
    first = front.post(PATH, NEW, key="one")
    assert front.post(PATH, NEW, key="one").json() == first.json()
    reused = front.post(PATH, {**NEW, "name": "other"}, key="one")
    assert (reused.status_code, reused.json()["code"]) == (422, "command-reused")
    twice = front.post(PATH, NEW, key="two")
    assert (twice.status_code, twice.json()["code"]) == (409, "profile-exists")


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"studnt": "Pupil"}, "studnt"), ({"student": "No", "code": " no "}, "two of ours")],
)
def test_a_profile_that_no_import_could_use_is_told_so(
    front: Front, school: CsvSchool, columns: dict[str, str], said: str
) -> None:
    answer = front.post(PATH, {**NEW, "profile": {"columns": columns}})
    assert (answer.status_code, answer.json()["code"]) == (422, "profile-faulty")
    assert said in answer.json()["detail"]
    odd = front.post(PATH, {**NEW, "profile": {"date_format": "JAPANESE"}})
    assert odd.json()["errors"][0]["pointer"] == "/profile/date_format"


def test_profiles_of_other_schools_are_not_there(front: Front, school: CsvSchool) -> None:
    """Trap 60."""
    front.post(PATH, NEW)
    for who in (
        front.token("principal", schools=[uuid4()]),
        front.token("principal", tenant=STRANGERS),
    ):
        for answer in (
            front.get(PATH, who, school=str(SCHOOL)),
            front.get(OFFICE, who),
            front.post(PATH, NEW, who),
            front.put(OFFICE, {"profile": PROFILE}, 1, who),
            delete(front, 1, who),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "school-unknown")
    assert front.get(OFFICE, front.token("teacher")).status_code == 403
