"""Students, their contacts, and what the contacts are to them. Names go to the vault only."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

from domain.shared.ids import GuardianId, HouseholdId, SchoolId, StudentId, derived_id
from infrastructure.imports.edfi_calendar import SOURCE
from infrastructure.imports.edfi_enrolment import Enrolments
from infrastructure.imports.edfi_xml import Record, records
from infrastructure.imports.households import Households
from infrastructure.imports.phones import read_phone
from infrastructure.imports.prepared import Guardian, GuardianLink, Prepared, Student
from infrastructure.imports.report import Problem

_STUDENT: Final = "StudentReference/StudentIdentity/StudentUniqueId"
_NEVER_TEXTED: Final = frozenset({"Fax", "Unlisted"})
_MAIL_ORDER: Final = {"Home/Personal": 0, "Other": 1, "Work": 2, "Organization": 3}
_LAST: Final = 99

Person = dict[str, Any]


class People:
    """The students and guardians of a district by their own ids."""

    def __init__(self, prepared: Prepared, region: str) -> None:
        self._prepared = prepared
        self._region = region
        self._students: dict[str, Person] = {}
        self._contacts: dict[str, Person] = {}
        self._references: dict[str, str] = {}
        self._links: dict[tuple[str, str], GuardianLink] = {}
        self._pending: list[tuple[Path, Record]] = []
        self._homes = Households()
        self.students: dict[str, StudentId] = {}

    def read_students(self, path: Path) -> int:
        """Read the students and return how many there are."""
        for record in records(path, "InterchangeStudent"):
            if record.kind == "Student":
                self._prepared.rows_read += 1
                self._student(path, record)
        return len(self.students)

    def read_contacts(self, path: Path) -> int:
        """Read the contacts, then their links: in the file a link may stand before its contact."""
        unusable: Counter[str] = Counter()
        for record in records(path, "InterchangeContact|InterchangeParent"):
            if record.kind in ("Contact", "Parent"):
                self._prepared.rows_read += 1
                self._contact(path, record, unusable)
            elif record.kind in ("StudentContactAssociation", "StudentParentAssociation"):
                self._prepared.rows_read += 1
                self._pending.append((path, record))
        for where, record in self._pending:
            self._link(where, record)
        for code, count in sorted(unusable.items()):
            self._prepared.problems.append(Problem(path.name, None, code, f"{count} of them."))
        return len(self._contacts)

    def write(self, schools: dict[str, SchoolId], enrolments: Enrolments) -> None:
        """Write the rows: who is at which school an enrolment says, else most of the marks."""
        for source_id, student in self.students.items():
            home = self._household("student " + source_id)
            row = Student(student, SOURCE, source_id, schools.get(source_id), home)
            stay = enrolments.of(source_id)
            if stay is not None:
                row = row._replace(
                    school=stay.school,
                    year_group=stay.grade,
                    enrolled_on=stay.entered_on,
                    left_on=stay.left_on,
                )
            self._prepared.add("student", row)
        for source_id in self._contacts:
            home = self._household("guardian " + source_id)
            guardian = Guardian(self._guardian_id(source_id), SOURCE, source_id, home)
            self._prepared.add("guardian", guardian)
        for link in self._links.values():
            self._prepared.add("guardian_link", link)

    def _student(self, path: Path, record: Record) -> None:
        source_id = record.text("StudentUniqueId")
        person = _names(record)
        if source_id is None or person is None:
            self._say(path, record, "missing-field")
            return
        born = record.day("BirthData/BirthDate")
        person["birth_on"] = born.isoformat() if born else None
        if self._said_before(path, record, self._students.get(source_id), person):
            return
        self._students[source_id] = person
        student = StudentId(derived_id(self._prepared.tenant, "student", SOURCE, source_id))
        self.students[source_id] = student
        self._prepared.people.setdefault("student", {})[student] = person

    def _contact(self, path: Path, record: Record, unusable: Counter[str]) -> None:
        source_id = record.text("ContactUniqueId") or record.text("ParentUniqueId")
        person = _names(record)
        if source_id is None or person is None:
            self._say(path, record, "missing-field")
            return
        person["phone"] = self._phone(record, unusable)
        person["email"] = _email(record)
        person["language"] = None
        person["address"] = _address(record)
        if self._said_before(path, record, self._contacts.get(source_id), person):
            return
        self._contacts[source_id] = person
        self._references[record.element.get("id") or ""] = source_id
        guardian = self._guardian_id(source_id)
        self._prepared.people.setdefault("guardian", {})[guardian] = person

    def _phone(self, record: Record, unusable: Counter[str]) -> str | None:
        """Return the first number in order that is said to take texts; other lines may not."""
        phones = [Record(record.row, "", one) for one in record.element.findall("Telephone")]
        for phone in sorted(phones, key=_order):
            kind = phone.value("TelephoneNumberType")
            texts = kind == "Mobile" or phone.flag("TextMessageCapabilityIndicator") is True
            if not texts or kind in _NEVER_TEXTED:
                continue
            answer = read_phone(phone.text("TelephoneNumber") or "", self._region)
            if answer.problem:
                unusable[answer.problem] += 1
            if answer.number:
                return answer.number
        unusable["no-mobile-number"] += 1
        return None

    def _link(self, path: Path, record: Record) -> None:
        pupil, contact = record.text(_STUDENT), self._contact_of(record)
        if pupil is None or contact is None:
            self._say(path, record, "missing-field")
        elif pupil not in self.students:
            self._say(path, record, "unknown-student")
        elif contact not in self._contacts:
            self._say(path, record, "unknown-guardian")
        else:
            link = _link(record, self.students[pupil], self._guardian_id(contact))
            if self._said_before(path, record, self._links.get((pupil, contact)), link):
                return
            self._links[pupil, contact] = link
            if link.no_contact_reason:
                self._say(path, record, "contact-restricted")
            if link.lives_with:
                self._homes.join("student " + pupil, "guardian " + contact)

    def _contact_of(self, record: Record) -> str | None:
        """Return the contact's own id, also where the link points to a place in the file."""
        for kind in ("Contact", "Parent"):
            said = record.text(f"{kind}Reference/{kind}Identity/{kind}UniqueId")
            if said:
                return said
            found = record.element.find(f"{kind}Reference")
            if found is not None and found.get("ref"):
                return self._references.get(found.get("ref") or "", "")
        return None

    def _said_before(self, path: Path, record: Record, known: object, new: object) -> bool:
        if known is not None:
            self._say(path, record, "repeated-row" if known == new else "two-versions")
        return known is not None

    def _guardian_id(self, source_id: str) -> GuardianId:
        return GuardianId(derived_id(self._prepared.tenant, "guardian", SOURCE, source_id))

    def _household(self, person: str) -> HouseholdId:
        home = self._homes.of(person)
        return HouseholdId(derived_id(self._prepared.tenant, "household", SOURCE, home))

    def _say(self, path: Path, record: Record, code: str) -> None:
        problem = Problem(path.name, record.row, code, row_hash=record.fingerprint())
        self._prepared.problems.append(problem)


def _names(record: Record) -> Person | None:
    given, family = record.text("Name/FirstName"), record.text("Name/LastSurname")
    return {"given": given, "family": family} if given and family else None


def _order(phone: Record) -> int:
    return phone.small("OrderOfPriority", _LAST) or _LAST


def _email(record: Record) -> str | None:
    found = [Record(record.row, "", one) for one in record.element.findall("ElectronicMail")]
    usable = [one for one in found if "@" in (one.text("ElectronicMailAddress") or "")]
    if not usable:
        return None
    best = min(
        usable,
        key=lambda one: (
            one.flag("PrimaryEmailAddressIndicator") is not True,
            _MAIL_ORDER.get(one.value("ElectronicMailType") or "", _LAST),
        ),
    )
    return best.text("ElectronicMailAddress")


def _address(record: Record) -> list[str]:
    found = record.element.find("Address")
    if found is None:
        return []
    place = Record(record.row, "", found)
    town = [place.text("City"), place.value("StateAbbreviation"), place.text("PostalCode")]
    lines = [
        place.text("StreetNumberName"),
        place.text("ApartmentRoomSuiteNumber"),
        " ".join(part for part in town if part),
    ]
    return [line for line in lines if line]


def _link(record: Record, student: StudentId, guardian: GuardianId) -> GuardianLink:
    primary = record.flag("PrimaryContactStatus")
    rank = None if primary is None else 1 if primary else 2
    restricted = record.text("ContactRestrictions") is not None
    return GuardianLink(
        student=student,
        guardian=guardian,
        relation=record.value("Relation"),
        priority=record.small("ContactPriority", _LAST) or rank,
        may_receive_info=None,
        has_parental_responsibility=record.flag("LegalGuardian"),
        lives_with=record.flag("LivesWith"),
        no_contact_reason="RESTRICTED_IN_SOURCE" if restricted else None,
    )
