"""An English school before the door: ten sessions in ten school weeks, and what people say then."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from httpx2 import Response

from domain.attendance.rules import shipped_text
from domain.shared.ids import StudentId, TenantId
from infrastructure.wiring.rule_sets import put_into_use
from tests.support.csv_school import SCHOOL, STUDENTS, CsvSchool
from tests.support.front import TENANT, Front
from tests.support.register import recording

SCHOOLS: Final = "school,name,jurisdiction,zone\n19876A,St Example,GB-ENG,Europe/London\n"
CALENDAR: Final = "date,kind,until\n2025-09-01,TERM,2025-12-19\n2025-10-27,HOLIDAY,2025-10-31\n"
TEN: Final = "".join(f"001,2025-09-{day},DAY,U\n" for day in (22, 23, 24, 25)) + (
    "001,2025-09-26,AM,U\n001,2025-09-26,PM,N\n"
)
HEADER: Final = "student,date,session,code\n"
CONSIDER: Final = "CONSIDER_PENALTY_NOTICE"
PACK: Final = "PENALTY_NOTICE_PACK"
TWICE: Final = "MAX_2_PER_PARENT_CHILD_IN_3_YEARS"


class EnglishSchool:
    """A school, its pupil 001, and the people who work there."""

    def __init__(self, front: Front, school: CsvSchool) -> None:
        self.front, self.school = front, school
        self.head = front.token("principal", subject="head")
        self.officer = front.token("officer", subject="officer")

    @property
    def student(self) -> StudentId:
        """The pupil."""
        return StudentId(UUID(str(self.school.roll().pupils["001"].student)))

    def look(self, on: str = "2025-10-10") -> None:
        """Let the rules look at a day."""
        body = {"school_id": str(SCHOOL), "on": on}
        answer = self.front.post("/api/interventions/evaluations", body)
        assert answer.status_code == 200, answer.text
        self.front.settle()

    def propose(
        self, stage: str = PACK, body: Any = None, who: Any = None, key: str | None = None
    ) -> Response:
        """Propose a stage."""
        path = f"/api/interventions/students/{self.student}/stages/{stage}/propose"
        answer = self.front.post(path, body, who or self.officer, key)
        self.front.settle()
        return answer

    def history(self) -> dict[str, Any]:
        """What the school's file says of the pupil."""
        answer = self.front.get(f"/api/interventions/students/{self.student}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @property
    def intervention(self) -> str:
        """The pupil's intervention."""
        return str(self.history()["interventions"][0]["intervention_id"])

    def stage(self, name: str = PACK) -> dict[str, Any]:
        """Where one stage stands."""
        (row,) = self.history()["interventions"]
        found: dict[str, Any] = next(one for one in row["stages"] if one["stage"] == name)
        return found

    def say(
        self,
        what: str,
        body: Any = None,
        who: Any = None,
        stage: str = PACK,
        key: str | None = None,
    ) -> Response:
        """Approve or decline a stage, or log an attempt for it."""
        path = f"/api/interventions/{self.intervention}/stages/{stage}/{what}"
        answer = self.front.post(path, body, who or self.head, key)
        self.front.settle()
        return answer

    def guards(self, stage: str = PACK, who: Any = None) -> Response:
        """Ask what has to hold."""
        path = f"/api/interventions/{self.intervention}/stages/{stage}/guards"
        return self.front.get(path, who or self.officer)

    def queue(self) -> list[dict[str, Any]]:
        """What waits."""
        answer = self.front.get("/api/interventions/queue")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def correct(self, on: str, session: str, code: str) -> None:
        """Put a mark right."""
        body = {
            "student_id": str(self.student),
            "date": on,
            "session": session,
            "code": code,
            "reason": "The office rang home.",
        }
        answer = self.front.post("/api/attendance/corrections", body, self.officer)
        assert answer.status_code == 201, answer.text
        self.front.settle()

    def to_the_threshold(self) -> None:
        """Let the rules find the tenth session, and the head consider it; no N is left."""
        self.correct("2025-09-26", "PM", "U")
        self.look()
        assert self.say("approve", stage=CONSIDER).status_code == 200


@contextmanager
def english_school(
    front: Front, folder: Path, rules: bytes = b"", marks: str = TEN
) -> Iterator[EnglishSchool]:
    """Open the school on Monday 13 October 2025, with a rule set in use."""
    with recording(front.house.database) as commit:
        school = CsvSchool(front.house.database, folder, commit)
        for report in (school.schools(SCHOOLS), school.calendar(CALENDAR)):
            assert report.imported, report
        assert school.students(STUDENTS).imported
        assert school.marks(HEADER + marks).imported
        text = rules or shipped_text("gb-eng-default-1")
        put_into_use(front.house, TenantId(TENANT), text, "staff:head")
        front.settle()
        yield EnglishSchool(front, school)
