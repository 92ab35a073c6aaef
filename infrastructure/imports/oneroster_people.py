"""Pupils, guardians and who belongs to whom out of a roster. Names go to the vault only."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from domain.shared.ids import GuardianId, SchoolId, StudentId, derived_id
from infrastructure.imports.csv_text import Unusable
from infrastructure.imports.oneroster_files import Bundle, Mode, Record
from infrastructure.imports.phones import read_phone
from infrastructure.imports.prepared import Guardian, GuardianLink, Prepared, Student
from infrastructure.imports.report import Problem
from infrastructure.imports.roster import (
    KnownPeople,
    take_back_links,
    take_off,
)

_FAMILY: Final = frozenset({"parent", "guardian", "relative"})
Person = dict[str, Any]


class People:
    """Reads users, their roles and enrolments, and writes pupils, guardians and links."""

    def __init__(
        self,
        prepared: Prepared,
        bundle: Bundle,
        schools: Mapping[str, SchoolId],
        known: KnownPeople,
        region: str,
    ) -> None:
        self._prepared = prepared
        self._bundle = bundle
        self._schools = schools
        self._known = known
        self._region = region
        self._roles = self._read_roles()
        self._births = {
            one.text("sourcedId"): one.text("birthDate") for one in bundle.records("demographics")
        }
        self._enrolled: dict[str, list[Record]] = defaultdict(list)
        self._pupils: dict[str, StudentId] = {}
        self._family: dict[str, tuple[Record, str]] = {}
        self._links: dict[tuple[StudentId, GuardianId], GuardianLink] = {}
        self._agents: list[tuple[str, str]] = []

    def write(self) -> None:
        """Write everybody; whom a whole roster does not name, or a change deletes, leaves."""
        for record in self._bundle.records("enrollments"):
            if not record.deleted and (record.text("role") or "student") == "student":
                self._enrolled[record.text("userSourcedId") or ""].append(record)
        deleted = self._read_users()
        self._join()
        for link in self._links.values():
            self._prepared.add("guardian_link", link)
        whole = self._bundle.mode("users") is Mode.BULK
        gone = set(self._known.students) if whole else deleted
        take_off(self._prepared, self._known, gone - set(self._pupils), self._prepared.today)
        if whole:
            take_back_links(self._prepared, self._known, self._links.values())
            self._prepared.whole_roll_of = tuple(self._schools.values())
            self._prepared.pupils_listed = len(self._pupils)
        if self._links:
            problem = Problem("users.csv", None, "rights-unknown", f"{len(self._links)} of them.")
            self._prepared.problems.append(problem)

    def _read_roles(self) -> dict[str, set[str]]:
        """Return roles by user: 1.2 has a file for them, 1.1 a column."""
        found: dict[str, set[str]] = defaultdict(set)
        for record in self._bundle.records("roles"):
            if not record.deleted:
                user = record.text("userSourcedId") or ""
                found[user].add((record.text("role") or "").lower())
        return found

    def _read_users(self) -> set[str]:
        deleted: set[str] = set()
        for record in self._bundle.records("users"):
            source_id = record.text("sourcedId") or ""
            roles = self._roles.get(source_id) or {(record.text("role") or "").lower()}
            if record.deleted:
                deleted.add(source_id)
                continue
            try:
                if "student" in roles:
                    self._student(record)
                elif roles & _FAMILY:
                    self._guardian(record, min(roles & _FAMILY))
            except Unusable as no:
                self._bundle.refuse(record, no)
        return deleted

    def _student(self, record: Record) -> None:
        source_id, person = record.need("sourcedId"), _names(record)
        if source_id in self._pupils:
            raise Unusable("two-versions")
        before = self._known.students.get(source_id)
        school = self._school(record, source_id)
        if school is None and before is not None:
            school = before.school
        if school is None:
            raise Unusable("unknown-school")
        born = self._births.get(source_id)
        person["birth_on"] = born[:10] if born else None
        ours = StudentId(derived_id(self._prepared.tenant, "student", "oneroster", source_id))
        begins = [day for one in self._enrolled[source_id] if (day := one.day("beginDate"))]
        ends = [one.day("endDate") for one in self._enrolled[source_id]]
        left = max((day for day in ends if day), default=None) if all(ends) else None
        first = min(begins, default=before.enrolled_on if before else None)
        if not ends and before is not None:
            left = before.left_on
        grades = record.many("grades")
        row = (ours, "oneroster", source_id, school, None, grades[0] if grades else None)
        self._pupils[source_id] = ours
        self._prepared.add("student", Student(*row, first, left))
        self._prepared.people.setdefault("student", {})[ours] = person
        self._agents += [(source_id, agent) for agent in record.many("agentSourcedIds")]

    def _school(self, record: Record, source_id: str) -> SchoolId | None:
        """Return where a pupil goes: by the newest enrolment, else by the user's own orgs."""
        enrolled = sorted(
            self._enrolled[source_id],
            key=lambda one: (one.text("beginDate") or "", one.text("primary") == "true"),
        )
        named = [one.text("schoolSourcedId") or "" for one in reversed(enrolled)]
        named += [record.text("primaryOrgSourcedId") or "", *record.many("orgSourcedIds")]
        return next((self._schools[one] for one in named if one in self._schools), None)

    def _guardian(self, record: Record, role: str) -> None:
        source_id, person = record.need("sourcedId"), _names(record)
        written = record.text("sms") or record.text("phone")
        email = record.text("email")
        person |= {
            "phone": read_phone(written, self._region).number if written else None,
            "email": email if email and "@" in email else None,
            "language": None,
            "address": [],
        }
        ours = self._guardian_id(source_id)
        self._family[source_id] = record, role
        self._prepared.add("guardian", Guardian(ours, "oneroster", source_id, None))
        self._prepared.people.setdefault("guardian", {})[ours] = person
        self._agents += [(agent, source_id) for agent in record.many("agentSourcedIds")]

    def _join(self) -> None:
        """Join pupils and family: the link stands on the pupil, on the parent, or on both."""
        known = {source_id: row.student for source_id, row in self._known.students.items()}
        for pupil, agent in dict.fromkeys(self._agents):
            student = self._pupils.get(pupil) or known.get(pupil)
            if student is None or agent not in self._family:
                continue
            guardian = self._guardian_id(agent)
            relation = self._family[agent][1]
            link = GuardianLink(student, guardian, relation, None, None, None, None, None)
            self._links[student, guardian] = link

    def _guardian_id(self, source_id: str) -> GuardianId:
        return GuardianId(derived_id(self._prepared.tenant, "guardian", "oneroster", source_id))


def _names(record: Record) -> Person:
    given = record.text("preferredFirstName") or record.need("givenName")
    family = record.text("preferredLastName") or record.need("familyName")
    return {"given": given, "family": family}
