"""OneRoster 1.1 and 1.2 rosters: a zip or a folder of CSV files, whole (bulk) or changes (delta).

A roster has schools, people, terms and who goes where. It has no attendance, no order of contacts
and no legal rights: those stay unknown, and nobody is told anything because of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.metrics import Denominator
from domain.shared.ids import SchoolId, TenantId, derived_id
from infrastructure.imports.csv_text import Unusable
from infrastructure.imports.oneroster_files import Bundle, Mode
from infrastructure.imports.oneroster_people import People
from infrastructure.imports.prepared import Prepared, School, SchoolTerm
from infrastructure.imports.report import Problem
from infrastructure.imports.roster import known_people
from infrastructure.imports.staging import newest_of
from infrastructure.register import reads
from infrastructure.store.database import Database

SOURCE: Final = "oneroster"
_TERMS: Final = frozenset({"term", "semester"})
_NEEDED: Final = ("orgs", "users", "enrollments")


@dataclass(frozen=True, slots=True)
class Place:
    """What a roster does not say of its schools: by whose rules, and in which zone."""

    jurisdiction: str
    zone: str
    region: str  # of telephone numbers without a country code


def read_oneroster(
    database: Database, tenant: TenantId, path: Path, place: Place, today: date
) -> Prepared:
    """Read and check a roster without touching the register.

    Raises:
        domain.attendance.jurisdictions.JurisdictionUnknown: for a place nobody knows.
    """
    with database.tenant(tenant) as conn:
        base = newest_of(conn, tenant, SOURCE)
        rows = reads.schools(conn, tenant)
        known = {row.source_id: row.school for row in rows if row.source == SOURCE}
        people = known_people(conn, tenant, SOURCE, list(known.values()))
    prepared = Prepared(tenant, "roster", SOURCE, path.name, "", today=today, base=base)
    prepared.reading = f"{place.jurisdiction} {place.zone} {place.region}"
    bundle = Bundle(path, prepared)
    if not prepared.stops:
        bundle.need(_NEEDED)
    if prepared.stops:
        return prepared
    schools = _schools(prepared, bundle, place, known)
    _terms(prepared, bundle, schools)
    People(prepared, bundle, schools, people, place.region).write()
    return prepared


def _schools(
    prepared: Prepared, bundle: Bundle, place: Place, known: Mapping[str, SchoolId]
) -> dict[str, SchoolId]:
    """Return the schools by their ids in the roster; a delta names those that changed only."""
    where = jurisdiction(place.jurisdiction)
    found = dict(known) if bundle.mode("orgs") is not Mode.BULK else {}
    for record in bundle.records("orgs"):
        if record.text("type") != "school" or record.deleted:
            continue
        try:
            source_id, name = record.need("sourcedId"), record.need("name")
        except Unusable as no:
            bundle.refuse(record, no)
            continue
        ours = SchoolId(derived_id(prepared.tenant, "school", SOURCE, source_id))
        found[source_id] = ours
        prepared.add(
            "school",
            School(
                school=ours,
                source=SOURCE,
                source_id=source_id,
                name=name,
                jurisdiction=where.code,
                zone=place.zone,
                code_table=where.code_table,
                denominator=Denominator.MARKS.value,
            ),
        )
    return found


def _terms(prepared: Prepared, bundle: Bundle, schools: Mapping[str, SchoolId]) -> None:
    """Take terms as those of every school: a roster does not say whose they are.

    A session that holds others (a semester of two terms) is none itself.
    """
    sessions = [one for one in bundle.records("academicSessions") if not one.deleted]
    above = {one.text("parentSourcedId") for one in sessions if one.text("type") in _TERMS}
    taken: list[tuple[date, date]] = []
    for record in sessions:
        if record.text("type") not in _TERMS or record.text("sourcedId") in above:
            continue
        try:
            first, last = record.need_day("startDate"), record.need_day("endDate")
            name = record.text("title") or record.need("sourcedId")
        except Unusable as no:
            bundle.refuse(record, no)
            continue
        if last < first or any(first <= ends and begins <= last for begins, ends in taken):
            bundle.refuse(record, Unusable("bad-value", "The term ends early or overlaps another."))
            continue
        taken.append((first, last))
        for school in schools.values():
            prepared.add("school_term", SchoolTerm(school, name, first, last, None))
    if taken and len(schools) > 1:
        prepared.problems.append(Problem("academicSessions.csv", None, "terms-of-all"))
