"""Questions over HTTP that change nothing: one pupil, and a school under other rules or days."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bodies.what_if import OtherDay, Simulation, WhatIfAnswer
from api.routers.what_if import words_of
from infrastructure.register import reads
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import NOON, STRANGERS, Front
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
SIMULATE, WHAT_IF = "/api/interventions/simulate", "/api/interventions/what-if"
RULES = {
    "id": "strict",
    "jurisdiction": "IE",
    "stages": [
        {"order": 1, "type": "LETTER_1", "trigger": {"metric": "ABSENT_DAYS", "value": 3}},
        {
            "order": 2,
            "type": "MEETING",
            "trigger": {"metric": "ABSENT_DAYS", "value": 4},
            "prerequisites": ["LETTER_1"],
        },
    ],
}
PERIOD = {"from": "2025-09-01", "to": "2025-12-19"}
DAYS = [day for n in range(5) if (day := date(2025, 9, 1) + timedelta(days=n)).weekday() < 5]


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(front.house.database) as commit:
        school = CsvSchool(front.house.database, tmp_path, commit).set_up()
        rows = "".join(f"001,{day},F\n002,{day},P\n" for day in DAYS)
        assert school.marks("student,date,code\n" + rows).imported
        front.clock(NOON)
        yield school


def pupil(school: CsvSchool, source_id: str) -> UUID:
    with school.database.auditor(TENANT) as conn:
        return next(r.student for r in reads.students(conn, TENANT) if r.source_id == source_id)


def ask(front: Front, path: str, body: dict[str, Any], who: dict[str, str] | None = None) -> Any:
    return front.post(path, body, who or front.token("officer"))


def test_a_simulation_says_what_fires_and_stores_nothing_but_the_look(
    front: Front, school: CsvSchool
) -> None:
    """001-096 001-224"""
    facts = front.count("ledger")
    student = pupil(school, "001")
    body = {"student_id": str(student), "on": "2025-09-05", "rules": RULES}
    answer = ask(front, SIMULATE, body)
    assert answer.status_code == 200, answer.text
    told = Simulation.model_validate_json(answer.content)
    assert told.fires == ["LETTER_1"]
    letter, meeting = told.stages
    assert letter.conditions[0]["counted"] == 5
    assert meeting.held_back_by[0] == "LETTER_1 was not entered yet"
    assert front.count("ledger") == facts
    looks = front.get(f"/api/audit/reads?student={student}", front.token("auditor")).json()
    assert [look["what"] for look in looks["items"]] == ["simulation"]


def test_a_rule_set_has_a_name_or_is_written_out(front: Front, school: CsvSchool) -> None:
    body = {"student_id": str(pupil(school, "002")), "on": "2025-09-05"}
    named = ask(front, SIMULATE, body | {"rule_set": "ie-default-1"})
    assert Simulation.model_validate_json(named.content).rule_set == "ie-default-1"
    for wrong, code in (
        ({}, "request-invalid"),
        ({"rule_set": "ie-default-1", "rules": RULES}, "request-invalid"),
        ({"rule_set": "none-such"}, "rule-set-not-known"),
        ({"rules": {"id": "x", "stages": []}}, "rule-set-not-usable"),
    ):
        assert ask(front, SIMULATE, body | wrong).json()["code"] == code


def test_a_pupil_or_a_school_of_somebody_else_is_not_there(front: Front, school: CsvSchool) -> None:
    one = {"student_id": str(pupil(school, "001")), "on": "2025-09-05", "rules": RULES}
    elsewhere = front.token("officer", schools=[uuid4()])
    for who in (elsewhere, front.token("officer", tenant=STRANGERS)):
        assert ask(front, SIMULATE, one, who).json()["code"] == "student-unknown"
    named = {"rules": RULES, **PERIOD, "schools": [str(SCHOOL)]}
    assert ask(front, WHAT_IF, named, elsewhere).json()["code"] == "school-unknown"
    unknown = named | {"schools": [str(uuid4())]}
    assert ask(front, WHAT_IF, unknown).json()["code"] == "school-unknown"
    assert ask(front, WHAT_IF, {"rules": RULES, **PERIOD}, elsewhere).json()["pupils"] == 0


def test_other_rules_over_a_term_say_who_would_have_heard_when(
    front: Front, school: CsvSchool
) -> None:
    answer = ask(front, WHAT_IF, {"rules": RULES, **PERIOD})
    assert answer.status_code == 200, answer.text
    told = WhatIfAnswer.model_validate_json(answer.content)
    assert (told.schools, told.pupils) == (1, 3)
    letter, meeting = told.stages
    assert (letter["entered"], letter["new"], letter["really_entered"]) == (1, 1, 0)
    assert meeting["entered"] == 1
    steps = {change["stage"]: change["would_be"] for change in told.changes}
    assert steps["LETTER_1"] == {"proposed_on": "2025-09-03", "entered_on": "2025-09-04"}
    assert steps["MEETING"] == {"proposed_on": "2025-09-04", "entered_on": "2025-09-05"}
    assert [week["would_be"]["letters"] for week in told.weeks] == [1]
    student = pupil(school, "001")
    looks = front.get(f"/api/audit/reads?student={student}", front.token("auditor")).json()
    assert [look["what"] for look in looks["items"]] == ["what-if"]


def test_a_closure_that_was_not_puts_off_what_it_would_have_caused(
    front: Front, school: CsvSchool
) -> None:
    """As if the school had been closed on the 2nd: the third day of absence is the 4th."""
    closed = {"school": str(SCHOOL), "date": "2025-09-02", "open": False}
    body = {"rules": RULES, **PERIOD, "other_days": [closed]}
    told = ask(front, WHAT_IF, body).json()
    (letter,) = [one for one in told["changes"] if one["stage"] == "LETTER_1"]
    assert letter["would_be"]["proposed_on"] == "2025-09-04"
    assert told["other_days"] == 1
    foreign = body | {"other_days": [closed | {"school": str(uuid4())}]}
    assert ask(front, WHAT_IF, foreign).json()["code"] == "school-unknown"
    backwards = body | {"other_days": [closed | {"until": "2025-09-01"}]}
    assert ask(front, WHAT_IF, backwards).json()["code"] == "request-invalid"


def test_without_approvals_proposals_wait(front: Front, school: CsvSchool) -> None:
    told = ask(front, WHAT_IF, {"rules": RULES, **PERIOD, "approve_after": None}).json()
    assert [stage["entered"] for stage in told["stages"]] == [0, 0]
    assert told["stages"][0]["proposed"] == 1
    assert "nobody approves" in told["assumed"]


def test_a_what_if_can_be_asked_of_the_register_as_it_was_known_then(
    front: Front, school: CsvSchool
) -> None:
    """Row 001-222: corrected since, the pupil would not have been written to."""
    asked = {"rules": RULES, **PERIOD}
    before = WhatIfAnswer.model_validate(ask(front, WHAT_IF, asked).json())
    front.clock(NOON + timedelta(days=1))
    later = "".join(f"001,{day},P\n" for day in DAYS)
    assert school.marks("student,date,code\n" + later).imported
    now = WhatIfAnswer.model_validate(ask(front, WHAT_IF, asked).json())
    assert [one["entered"] for one in now.stages] == [0, 0]
    for then in ({"known_at": before.known_at}, {"known_on": NOON.date().isoformat()}):
        told = WhatIfAnswer.model_validate(ask(front, WHAT_IF, asked | then).json())
        assert told.stages == before.stages
        assert told.stages[0]["entered"] == 1
        assert told.register_of.startswith("as known at")


def test_other_days_that_open_a_range_open_no_weekend(front: Front, school: CsvSchool) -> None:
    """Trap 19: as calendars read it."""
    opened = {"school": str(SCHOOL), "date": "2025-12-22", "until": "2025-12-28", "open": True}
    days = words_of(OtherDay.model_validate(opened))
    assert [word.on.day for word in days] == [22, 23, 24, 25, 26]
