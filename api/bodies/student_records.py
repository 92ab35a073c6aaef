"""Shape of what is known of a student beside the marks."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, PEOPLE, People, example


class EnrolmentBody(BaseModel):
    """Where a student is enrolled, from when until when. Null: nobody has told us."""

    model_config = ConfigDict(extra="forbid")

    school_id: UUID | None
    year_group: str | None
    enrolled_on: date | None
    left_on: date | None
    household: UUID | None


class GuardianBody(BaseModel):
    """What one guardian is to the student. Null is neither yes nor no: ask."""

    model_config = ConfigDict(extra="forbid")

    guardian_id: UUID
    relation: str | None
    priority: int | None
    may_receive_info: bool | None
    has_parental_responsibility: bool | None
    lives_with: bool | None
    no_contact: bool
    no_contact_until: date | None
    household: UUID | None


class RecordVersion(BaseModel):
    """A change of the record, and since when it is known."""

    model_config = ConfigDict(extra="forbid")

    position: int
    known_at: AwareDatetime
    by: str
    source: str
    about: list[str]


class StudentRecord(BaseModel):
    """Enrolment, household and guardians as known at a position, and the versions until then."""

    model_config = example(
        {
            "student_id": ID,
            "known_at": 1042,
            "enrolment": {
                "school_id": OTHER_ID,
                "year_group": "5",
                "enrolled_on": "2025-09-01",
                "left_on": None,
                "household": None,
            },
            "guardians": [
                {
                    "guardian_id": OTHER_ID,
                    "relation": "MOTHER",
                    "priority": 1,
                    "may_receive_info": True,
                    "has_parental_responsibility": None,
                    "lives_with": True,
                    "no_contact": False,
                    "no_contact_until": None,
                    "household": None,
                }
            ],
            "versions": [
                {
                    "position": 1042,
                    "known_at": "2025-11-20T12:05:00Z",
                    "by": "staff:7",
                    "source": "csv",
                    "about": ["enrolment", "guardians"],
                }
            ],
            "people": PEOPLE,
        }
    )

    student_id: UUID
    known_at: int
    enrolment: EnrolmentBody | None
    guardians: list[GuardianBody]
    versions: list[RecordVersion]
    people: People
