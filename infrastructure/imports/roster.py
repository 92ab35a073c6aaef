"""What the register knows of a source's people, and what follows where the source is silent."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from domain.shared.ids import SchoolId, TenantId
from infrastructure.imports.households import Households
from infrastructure.imports.prepared import GuardianLink, Prepared, Student
from infrastructure.imports.report import Problem
from infrastructure.register import reads
from infrastructure.register.rows import GuardianLinkRow, StudentRow
from infrastructure.store.database import Connection


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Pupils of some schools under their ids at the source, and their guardians."""

    students: dict[str, StudentRow]
    links: list[GuardianLinkRow]


NOBODY = KnownPeople({}, [])


def known_people(
    conn: Connection, tenant: TenantId, source: str, schools: Collection[SchoolId]
) -> KnownPeople:
    """Return whom the register knows from a source."""
    rows = reads.students(conn, tenant, schools=schools)
    ours = {row.source_id: row for row in rows if row.source == source}
    found = reads.guardians_of(conn, tenant, [row.student for row in ours.values()])
    return KnownPeople(ours, [link for links in found.values() for link in links])


def homes_of(known: KnownPeople) -> Households:
    """Return the homes that follow from known links: a sync of some pupils must not split them."""
    homes = Households()
    for link in known.links:
        if link.lives_with:
            homes.join(f"guardian {link.guardian}", f"student {link.student}")
    return homes


def take_back_links(prepared: Prepared, known: KnownPeople, told: Iterable[GuardianLink]) -> None:
    """Take back the links that pupils had and that the source, asked about them, has no more."""
    new = {(link.student, link.guardian) for link in told}
    asked = {row.student for row in prepared.rows.get("student", ()) if isinstance(row, Student)}
    for link in known.links:
        if link.student in asked and (link.student, link.guardian) not in new:
            gone = (link.student, link.guardian, None, None, None, None, None, None, None, True)
            prepared.add("guardian_link", GuardianLink(*gone))


def take_off(prepared: Prepared, known: KnownPeople, gone: Collection[str], on: date) -> None:
    """Let pupils leave whom a whole roll names no more, or whom the source has deleted.

    Nobody is deleted here: their marks are the school's register, to be kept by law. A pupil who
    left keeps the day that was known; of the others nobody said it, so it is when we noticed.
    """
    left = [
        row
        for source_id, row in sorted(known.students.items())
        if source_id in gone and (row.left_on is None or row.left_on > on)
    ]
    for row in left:
        place = (row.student, row.source, row.source_id, row.school, row.household)
        prepared.add("student", Student(*place, row.year_group, row.enrolled_on, on))
    if left:
        problem = Problem(prepared.file, None, "gone-from-source", f"{len(left)} of them.")
        prepared.problems.append(problem)
