"""A letter's file: the very bytes of its fact, for those who may see it, while somebody lives."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from domain.case.commands import CloseCase
from domain.letter.commands import RecordRendered, RequestLetter, letter_id
from domain.shared.ids import LetterId
from tests.support.examples import HASH, NUMBERS, TODAY
from tests.support.front import OTHER_SCHOOL, TENANT, Family, Front

pytestmark = pytest.mark.postgres
PDF = b"%PDF-1.7 a letter about Siofra Canary"


def requested(front: Front, family: Family) -> LetterId:
    front.name(family)
    front.propose(family)
    front.open_case(family)
    letter = letter_id(family.intervention, "LETTER_1", family.guardian)
    front.tell(
        RequestLetter(
            letter_id=letter,
            intervention_id=family.intervention,
            case_id=family.case,
            stage="LETTER_1",
            student_id=family.student,
            guardian_id=family.guardian,
            school_id=family.school,
            template_key="LETTER_1_ATTENDANCE",
            requested_on=TODAY,
            numbers=(NUMBERS,),
        )
    )
    return letter


def printed(front: Front, family: Family) -> LetterId:
    letter = requested(front, family)
    with front.house.database.worker() as conn:
        subjects = [family.student, family.guardian]
        cipher = front.house.vault.artifact_cipher(conn, TENANT, letter, subjects)
    digest = front.house.artifacts.put(TENANT, PDF, cipher)
    front.tell(
        RecordRendered(
            letter_id=letter,
            content_hash=digest,
            size_bytes=len(PDF),
            template_key="LETTER_1_ATTENDANCE",
            template_version=1,
            template_hash=HASH,
            language="en",
        )
    )
    return letter


def file_of(letter: UUID) -> str:
    return f"/api/letters/artifacts/{letter}"


def test_the_file_is_what_its_fact_says(front: Front, family: Family) -> None:
    letter = printed(front, family)
    answer = front.get(file_of(letter))
    assert answer.status_code == 200
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'
    assert front.count("read_access where what = 'letter'") == 1


def test_its_headers_name_nobody(front: Front, family: Family) -> None:
    letter = printed(front, family)
    headers = str(front.get(file_of(letter)).headers)
    assert f"letter-{str(letter)[-12:]}.pdf" in headers
    assert "Canary" not in headers
    assert "no-store" in headers


def test_who_has_it_is_told_so(front: Front, family: Family) -> None:
    letter = printed(front, family)
    tag = front.get(file_of(letter)).headers["etag"]
    headers = {**front.token(), "If-None-Match": tag}
    again = front.client.get(file_of(letter), headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def test_there_is_no_file_before_it_is_printed(front: Front, family: Family) -> None:
    letter = requested(front, family)
    answer = front.get(file_of(letter))
    assert (answer.status_code, answer.json()["code"]) == (409, "letter-not-rendered")
    assert front.count("read_access") == 0


def test_another_schools_letter_is_not_there(front: Front, family: Family) -> None:
    letter = printed(front, family)
    who = front.token("officer", schools=[OTHER_SCHOOL])
    answer = front.get(file_of(letter), who)
    assert (answer.status_code, answer.json()["code"]) == (404, "letter-unknown")


def test_what_is_no_letter_is_no_letter(front: Front, family: Family) -> None:
    """An intervention's id in a letter's place made a fault of ours once."""
    front.propose(family)
    answer = front.get(file_of(family.intervention))
    assert (answer.status_code, answer.json()["code"]) == (404, "letter-unknown")


def test_a_letter_goes_when_all_whom_it_is_about_are_erased(front: Front, family: Family) -> None:
    letter = printed(front, family)
    for person, status in ((family.student, 200), (family.guardian, 410)):
        with front.house.database.worker() as conn:
            front.house.vault.erase(conn, TENANT, person, "request", "staff-1")
        answer = front.get(file_of(letter))
        assert answer.status_code == status
    assert answer.json()["code"] == "letter-erased"


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_damaged_file_is_never_handed_out(front: Front, family: Family, harm: str) -> None:
    letter = printed(front, family)
    (file,) = list(Path(front.house.settings.home).rglob("*.sealed"))
    if harm == "changed":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(bytes(data))
    else:
        file.unlink()
    answer = front.get(file_of(letter))
    assert (answer.status_code, answer.json()["code"]) == (500, "file-damaged")
    assert front.count("read_access") == 0


def test_a_person_says_that_it_is_in_the_post(front: Front, family: Family) -> None:
    letter = printed(front, family)
    answer = front.post(f"/api/letters/{letter}/posted", key="k")
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "POSTED"
    assert front.facts(letter)[-1] == "letter.posted"
    assert front.post(f"/api/letters/{letter}/posted", key="k").content == answer.content


def test_a_letter_that_lost_its_cause_is_withdrawn_instead(front: Front, family: Family) -> None:
    letter = printed(front, family)
    front.tell(CloseCase(case_id=family.case, reason="RESOLVED"))
    answer = front.post(f"/api/letters/{letter}/posted")
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "WITHDRAWN"
    again = front.post(f"/api/letters/{letter}/posted")
    assert (again.status_code, again.json()["code"]) == (409, "letter-withdrawn")


def test_what_is_not_printed_cannot_be_posted(front: Front, family: Family) -> None:
    letter = requested(front, family)
    answer = front.post(f"/api/letters/{letter}/posted")
    assert (answer.status_code, answer.json()["code"]) == (409, "letter-not-rendered")
