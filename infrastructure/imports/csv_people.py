"""Students and guardians out of CSV. Names, numbers and addresses go to the vault only."""

import re
from typing import Any, Final
from uuid import UUID

from domain.attendance.school_roll import SchoolRoll
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, HouseholdId, SchoolId, StudentId, TenantId, derived_id
from infrastructure.imports.csv_text import ColumnProfile, CsvFile, CsvRow, Readable, Unusable
from infrastructure.imports.phones import read_phone
from infrastructure.imports.prepared import Choice, Guardian, GuardianLink, Prepared, Student
from infrastructure.imports.report import Problem

STUDENT_COLUMNS: Final = ("student", "given", "family")
GUARDIAN_COLUMNS: Final = ("student", "guardian", "given", "family", "priority")
_MOST_PRIORITY: Final = 99
_CONSENTS: Final = (("consent_sms", Channel.SMS), ("consent_email", Channel.EMAIL))

Person = dict[str, Any]


def csv_source(school_source_id: str) -> str:
    """Return the written source of a school's CSV files: its local ids mean nothing elsewhere."""
    return f"csv:{school_source_id}"


def read_students(
    tenant: TenantId, path: Readable, roll: SchoolRoll, profile: ColumnProfile
) -> Prepared:
    """Read and check a file of students."""
    prepared = _prepared(tenant, path, "students", roll, profile)
    file = CsvFile(path, profile, STUDENT_COLUMNS, prepared)
    known: dict[str, tuple[Student, Person]] = {}
    for row in file.rows() if not prepared.stops else ():
        try:
            student, person = _student(prepared, row, roll.school)
            if _said_before(prepared, row, known.get(student.source_id), (student, person)):
                continue
        except Unusable as no:
            file.refuse(row, no)
            continue
        known[student.source_id] = student, person
        prepared.add("student", student)
        prepared.people.setdefault("student", {})[student.student] = person
    return prepared


def _student(prepared: Prepared, row: CsvRow, school: SchoolId) -> tuple[Student, Person]:
    source_id = row.need("student")
    born = row.day("birth_on")
    person = {
        "given": row.need("given"),
        "family": row.need("family"),
        "birth_on": born.isoformat() if born else None,
    }
    enrolled, left = row.day("enrolled_on"), row.day("left_on")
    if enrolled and left and left < enrolled:
        raise Unusable("bad-value", "left_on is before enrolled_on.")
    home = row.text("household")
    household = _household(prepared, home) if home else None
    student = StudentId(derived_id(prepared.tenant, "student", prepared.source, source_id))
    year = row.text("year_group")
    return (
        Student(student, prepared.source, source_id, school, household, year, enrolled, left),
        person,
    )


def read_guardians(
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    profile: ColumnProfile,
    region: str,
) -> Prepared:
    """Read and check a file of guardians: a row for each guardian of each student."""
    prepared = _prepared(tenant, path, "guardians", roll, profile)
    prepared.reading += f" {region}"
    file = CsvFile(path, profile, GUARDIAN_COLUMNS, prepared)
    if not prepared.stops:
        _Guardians(prepared, file, roll, region).read()
    return prepared


class _Guardians:
    """A guardian of three children stands in three rows and is one person."""

    def __init__(
        self,
        prepared: Prepared,
        file: CsvFile,
        roll: SchoolRoll,
        region: str,
    ) -> None:
        self._prepared = prepared
        self._file = file
        self._roll = roll
        self._region = region
        self._people: dict[str, tuple[Person, list[Choice]]] = {}
        self._homes: dict[str, HouseholdId | None] = {}
        self._links: dict[tuple[UUID, UUID], GuardianLink] = {}

    def read(self) -> None:
        for row in self._file.rows():
            try:
                self._row(row)
            except Unusable as no:
                self._file.refuse(row, no)
        for source_id, (person, choices) in self._people.items():
            guardian, home = self._id(source_id), self._homes.get(source_id)
            self._prepared.add(
                "guardian", Guardian(guardian, self._prepared.source, source_id, home)
            )
            self._prepared.people.setdefault("guardian", {})[guardian] = person
            self._prepared.choices.extend(choices)
        for link in self._links.values():
            self._prepared.add("guardian_link", link)

    def _row(self, row: CsvRow) -> None:
        source_id, pupil = row.need("guardian"), row.need("student")
        if pupil not in self._roll.pupils:
            raise Unusable("unknown-student")
        student, home = self._roll.pupils[pupil]
        guardian = self._id(source_id)
        link = _link(row, student, guardian)
        said = self._person(row), _choices(row, guardian)
        if said != self._people.get(source_id, said):
            raise Unusable("two-versions")
        if _said_before(self._prepared, row, self._links.get((student, guardian)), link):
            return
        if source_id not in self._people:
            self._notes(row)
        self._people[source_id] = said
        self._links[student, guardian] = link
        if link.lives_with and home is not None:
            self._homes.setdefault(source_id, home)

    def _person(self, row: CsvRow) -> Person:
        email = row.text("email")
        return {
            "given": row.need("given"),
            "family": row.need("family"),
            "phone": read_phone(row.cells.get("phone", ""), self._region).number,
            "email": email if email and _is_address(email) else None,
            "language": row.text("language"),
            "address": _lines(row.text("address") or ""),
        }

    def _notes(self, row: CsvRow) -> None:
        """Say once for each guardian what about the ways to reach them cannot be used."""
        codes = []
        if row.text("phone"):
            codes.append(read_phone(row.cells["phone"], self._region).problem)
        email = row.text("email")
        if email and not _is_address(email):
            codes.append("email-unusable")
        for code in filter(None, codes):
            problem = Problem(self._prepared.file, row.number, code)
            self._prepared.problems.append(problem)

    def _id(self, source_id: str) -> GuardianId:
        tenant, source = self._prepared.tenant, self._prepared.source
        return GuardianId(derived_id(tenant, "guardian", source, source_id))


def _link(row: CsvRow, student: StudentId, guardian: GuardianId) -> GuardianLink:
    return GuardianLink(
        student=student,
        guardian=guardian,
        relation=row.text("relation"),
        priority=row.number_of("priority", _MOST_PRIORITY),
        may_receive_info=row.flag("may_receive_info"),
        has_parental_responsibility=row.flag("has_parental_responsibility"),
        lives_with=row.flag("lives_with"),
        no_contact_reason="STATED_IN_FILE" if row.flag("no_contact") else None,
    )


def _choices(row: CsvRow, guardian: GuardianId) -> list[Choice]:
    """Return the answers that were given; an empty cell is no answer."""
    said = [(channel, row.flag(column)) for column, channel in _CONSENTS]
    return [Choice(guardian, channel, given) for channel, given in said if given is not None]


def _lines(written: str) -> list[str]:
    """Return an address written in one cell as the lines of a letter."""
    return [line.strip() for line in re.split(r"[\n;|]", written) if line.strip()]


def _is_address(written: str) -> bool:
    name, at, host = written.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and not any(map(str.isspace, written))


def _said_before(prepared: Prepared, row: CsvRow, known: object, new: object) -> bool:
    """Say whether a row repeats another; one that contradicts it cannot be used."""
    if known is None:
        return False
    if known != new:
        raise Unusable("two-versions")
    problem = Problem(prepared.file, row.number, "repeated-row", row_hash=row.fingerprint())
    prepared.problems.append(problem)
    return True


def _household(prepared: Prepared, written: str) -> HouseholdId:
    return HouseholdId(derived_id(prepared.tenant, "household", prepared.source, written))


def _prepared(
    tenant: TenantId, path: Readable, content: str, roll: SchoolRoll, profile: ColumnProfile
) -> Prepared:
    return Prepared(
        tenant=tenant,
        content=content,
        source=csv_source(roll.source_id),
        file=path.name,
        sha256="",
        reading=profile.words,
        school=roll.school,
    )
