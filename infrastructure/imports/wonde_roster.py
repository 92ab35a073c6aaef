"""A school's pupils and their contacts out of Wonde. Names go to the vault only."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.shared.ids import GuardianId, HouseholdId, StudentId, derived_id
from infrastructure.imports.phones import read_phone
from infrastructure.imports.prepared import Guardian, GuardianLink, Prepared, School, Student
from infrastructure.imports.report import Problem
from infrastructure.imports.roster import (
    KnownPeople,
    homes_of,
    take_back_links,
    take_off,
)
from infrastructure.imports.wonde_records import (
    Contact,
    Counts,
    Deletion,
    HasId,
    WondeStudent,
)
from infrastructure.imports.wonde_source import SourceRefused, WondeSource, read_record

OVERLAP: Final = timedelta(minutes=15)  # their clock against ours: what comes twice does no harm
_INCLUDE: Final = "education_details,year,contacts,contacts.contact_details,contacts.relationship"
_LEAVERS: Final = "students-leaver"
_TO_COME: Final = "students-pre-admission"
_PEOPLE: Final = ("students", _LEAVERS, _TO_COME)

Person = dict[str, Any]


class Digest:
    """One hash over records, in whichever order they came."""

    def __init__(self) -> None:
        self._found: set[bytes] = set()

    def add(self, raw: bytes) -> None:
        """Take one record."""
        self._found.add(sha256(raw).digest())

    def hexdigest(self) -> str:
        """Return the hash."""
        return sha256(b"".join(sorted(self._found))).hexdigest()


def updated_after(since: datetime | None) -> dict[str, str]:
    """Return the filter for what changed since a moment; everything where there is none."""
    if since is None:
        return {}
    return {"updated_after": f"{since - OVERLAP:%Y-%m-%d %H:%M:%S}"}


def read_roster(
    prepared: Prepared,
    source: WondeSource,
    school: School,
    known: KnownPeople,
    since: datetime | None,
) -> None:
    """Read pupils, leavers, those to come and deletions: all of them, or what changed."""
    prepared.add("school", school)
    roster = _Roster(prepared, known, school)
    try:
        for resource in _PEOPLE:
            asked = {"include": _INCLUDE, **updated_after(since)}
            roster.read(resource, source.records(resource, asked))
        if since is None:
            _check_counts(source, roster)
        else:
            roster.read_deletions(source.records("deletions", updated_after(since)))
    except SourceRefused as no:
        prepared.problems.append(Problem("wonde", None, no.code, no.detail))
        return
    roster.write(whole=since is None)


class _Roster:
    """Collects records, the newest of each, and then writes them."""

    def __init__(self, prepared: Prepared, known: KnownPeople, school: School) -> None:
        self._prepared = prepared
        self._known = known
        self._school = school
        self._region = "IE" if school.jurisdiction == "IE" else "GB"
        self._digest = Digest()
        self._found: dict[str, tuple[int, str, WondeStudent]] = {}
        self._deleted: set[str] = set()
        self._links: dict[tuple[StudentId, GuardianId], GuardianLink] = {}
        self._contacts: dict[GuardianId, tuple[str, Person]] = {}
        self._unsaid: Counter[str] = Counter()
        self.ids_of: dict[str, set[str]] = defaultdict(set)

    def read(self, resource: str, records: Iterator[bytes]) -> None:
        for raw in records:
            self._prepared.rows_read += 1
            self._digest.add(raw)
            number = self._prepared.rows_read
            student = read_record(WondeStudent, raw)
            said = read_record(HasId, raw)
            self.ids_of[resource].add(str(number) if said is None else said.id)
            if student is None or not _named(student):
                code = "bad-record" if student is None else "missing-field"
                self._say(resource, number, code, raw)
                continue
            before = self._found.get(student.id)
            if before is not None and before[2] != student:
                self._say(resource, number, "changed-meanwhile", raw)
                if _changed_at(before[2]) > _changed_at(student):
                    continue
            # Who is here already is not still to come.
            listed = before[1] if before and resource == _TO_COME else resource
            self._found[student.id] = number, listed, student

    def read_deletions(self, records: Iterator[bytes]) -> None:
        for raw in records:
            self._digest.add(raw)
            gone = read_record(Deletion, raw)
            if gone is not None and (gone.type or "").lower().startswith("student"):
                self._deleted.add(gone.id)

    def write(self, *, whole: bool) -> None:
        prepared = self._prepared
        for _, resource, student in self._found.values():
            self._student(resource, student)
        self._link_homes()
        for link in self._links.values():
            prepared.add("guardian_link", link)
        told = {self._id(one.id) for _, _, one in self._found.values() if one.contacts is not None}
        links = [link for link in self._known.links if link.student in told]
        take_back_links(prepared, KnownPeople({}, links), self._links.values())
        gone = set(self._known.students) if whole else self._deleted
        take_off(prepared, self._known, gone - set(self._found), prepared.today)
        if whole:
            prepared.whole_roll_of = (prepared.school,) if prepared.school else ()
            prepared.pupils_listed = len(self.ids_of["students"])
        unknown = sum(link.has_parental_responsibility is None for link in self._links.values())
        self._unsaid["rights-unknown"] = unknown
        for code, count in sorted((+self._unsaid).items()):
            prepared.problems.append(Problem("wonde", None, code, f"{count} of them."))
        prepared.sha256 = self._digest.hexdigest()

    def _student(self, resource: str, student: WondeStudent) -> None:
        prepared, ours = self._prepared, self._id(student.id)
        given, family = _named(student) or ("", "")
        born = student.date_of_birth.written_day() if student.date_of_birth else None
        person = {
            "given": given,
            "family": family,
            "birth_on": born.isoformat() if born else None,
        }
        prepared.people.setdefault("student", {})[ours] = person
        for contact in (student.contacts.data if student.contacts else None) or ():
            self._contact(ours, contact)
        details, zone = student.schooling, ZoneInfo(self._school.zone)
        enrolled = details.admission_date.day(zone) if details.admission_date else None
        left = details.leaving_date.day(zone) if details.leaving_date else None
        if resource == _LEAVERS and left is None:
            left = self._noticed(student.id)
        here = self._school.school if resource != _TO_COME or enrolled else None
        self._unsaid["not-admitted"] += here is None
        row = (ours, prepared.source, student.id, here, None, student.year_group)
        prepared.add("student", Student(*row, enrolled, left))

    def _noticed(self, source_id: str) -> date:
        """Return the leaving day of a leaver of whom nobody says it: since when we know of it."""
        self._unsaid["left-without-date"] += 1
        known = self._known.students.get(source_id)
        before = known.left_on if known else None
        return min(before or self._prepared.today, self._prepared.today)

    def _contact(self, student: StudentId, contact: Contact) -> None:
        tenant, source = self._prepared.tenant, self._prepared.source
        guardian = GuardianId(derived_id(tenant, "guardian", source, contact.id))
        said = contact.link
        self._links[student, guardian] = GuardianLink(
            student=student,
            guardian=guardian,
            relation=said.relationship,
            priority=said.priority,
            may_receive_info=_may_know(said.parental_responsibility, court=said.court_order),
            has_parental_responsibility=said.parental_responsibility,
            lives_with=said.lives_with_pupil,
            no_contact_reason="COURT_ORDER_IN_SOURCE" if said.court_order else None,
        )
        self._contacts[guardian] = contact.id, self._person(contact)

    def _person(self, contact: Contact) -> Person:
        phones, emails = contact.details.phones, contact.details.emails
        written = (phones.mobile or phones.primary or phones.phone) if phones else None
        email = (emails.primary or emails.email or emails.home) if emails else None
        return {
            "given": contact.forename or "",
            "family": contact.surname or "",
            "phone": read_phone(written, self._region).number if written else None,
            "email": email if email and "@" in email else None,
            "language": None,
            "address": [],
        }

    def _link_homes(self) -> None:
        """Say who lives where, from what was known and what came now."""
        prepared, homes = self._prepared, homes_of(self._known)
        for link in self._links.values():
            if link.lives_with:
                homes.join(f"guardian {link.guardian}", f"student {link.student}")

        def household(person: str) -> HouseholdId:
            home = homes.of(person)
            return HouseholdId(derived_id(prepared.tenant, "household", prepared.source, home))

        rows = [row for row in prepared.rows.get("student", ()) if isinstance(row, Student)]
        prepared.rows["student"] = [
            row._replace(household=household(f"student {row.student}")) for row in rows
        ]
        for guardian, (source_id, person) in self._contacts.items():
            home = household(f"guardian {guardian}")
            prepared.add("guardian", Guardian(guardian, prepared.source, source_id, home))
            prepared.people.setdefault("guardian", {})[guardian] = person

    def _id(self, source_id: str) -> StudentId:
        tenant, source = self._prepared.tenant, self._prepared.source
        return StudentId(derived_id(tenant, "student", source, source_id))

    def _say(self, resource: str, number: int, code: str, raw: bytes) -> None:
        problem = Problem(resource, number, code, row_hash=sha256(raw).digest())
        self._prepared.problems.append(problem)


def _named(student: WondeStudent) -> tuple[str, str] | None:
    given = student.forename or student.legal_forename
    family = student.surname or student.legal_surname
    return (given, family) if given and family else None


def _may_know(responsible: bool | None, *, court: bool | None) -> bool | None:
    """Say whether a contact may be told: parental responsibility gives the right to know.

    Nobody said, or a court did: then neither yes nor no follows, and a person has to look.
    """
    return True if responsible and not court else None


def _changed_at(student: WondeStudent) -> datetime:
    moment = student.updated_at.moment() if student.updated_at else None
    return moment or datetime.min.replace(tzinfo=UTC)


def _check_counts(source: WondeSource, roster: _Roster) -> None:
    """Compare with the source's own count: a list that was cut off looks whole from inside."""
    said = read_record(Counts, bytes(source.one("counts", {"include": "students"})))
    count = said.students.data if said and said.students else None
    given = len(roster.ids_of["students"])
    if count is not None and count.count > given:
        detail = f"It says {count.count} pupils and gave {given}."
        raise SourceRefused("counts-disagree", detail)
