"""One school of Wonde's into the register: first who is there, then their marks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.metrics import Denominator
from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import SchoolId, TenantId, derived_id
from infrastructure.imports.prepared import Prepared, School
from infrastructure.imports.report import Problem
from infrastructure.imports.roster import known_people
from infrastructure.imports.staging import newest_of
from infrastructure.imports.sync_state import origins
from infrastructure.imports.wonde_marks import read_marks, take_back
from infrastructure.imports.wonde_records import WondeSchool
from infrastructure.imports.wonde_roster import read_roster
from infrastructure.imports.wonde_source import SourceRefused, WondeSource, read_record
from infrastructure.register import reads
from infrastructure.store.database import Database

SOURCE: Final = "wonde"
ROSTER: Final = "roster"
MARKS: Final = "marks"
_YEAR_BEGINS_IN: Final = 8  # August: no term of Ireland's or the United Kingdom's begins before


class PlaceMissing(Exception):
    """Nobody has said by whose rules a school that comes for the first time is to be read."""


def source_name(school: str) -> str:
    """Return the written source of a school: ids of one school mean nothing at another."""
    return f"{SOURCE}:{school}"


def school_id(tenant: TenantId, school: str) -> SchoolId:
    """Return our id of a school of Wonde's."""
    return SchoolId(derived_id(tenant, "school", SOURCE, school))


@dataclass(frozen=True, slots=True)
class Span:
    """What a sync reads: changes since a moment, or everything; marks from a day on."""

    today: date
    since: datetime | None = None
    first: date | None = None

    @property
    def first_day(self) -> date:
        """The day from which marks are read; the first of the school year's August."""
        begins = self.today.year - (self.today.month < _YEAR_BEGINS_IN)
        return self.first or date(begins, _YEAR_BEGINS_IN, 1)


def prepare_roster(
    database: Database,
    tenant: TenantId,
    source: WondeSource,
    place: str | None,
    span: Span,
) -> Prepared:
    """Read a school and its people.

    Raises:
        PlaceMissing: for a school that is new here, without a jurisdiction.
        domain.attendance.jurisdictions.JurisdictionUnknown: for a place nobody knows.
    """
    name, ours = source_name(source.school), school_id(tenant, source.school)
    with database.tenant(tenant) as conn:
        base = newest_of(conn, tenant, name)
        known = known_people(conn, tenant, name, [ours])
        before = next((row for row in reads.schools(conn, tenant) if row.school == ours), None)
    place = place or (before.jurisdiction if before else None)
    if place is None:
        raise PlaceMissing(source.school)
    prepared = _prepared(tenant, ROSTER, source, ours, span, base)
    try:
        record = read_record(WondeSchool, bytes(source.one("")))
        school = _school(ours, source, record, place)
    except SourceRefused as no:
        prepared.problems.append(Problem(SOURCE, None, no.code, no.detail))
        return prepared
    if before is not None and before.jurisdiction == place:
        denominator, table = before.denominator.value, before.code_table
        school = school._replace(denominator=denominator, code_table=table)
    prepared.reading = place
    read_roster(prepared, source, school, known, span.since)
    return prepared


def prepare_marks(
    database: Database, tenant: TenantId, source: WondeSource, roll: SchoolRoll, span: Span
) -> Prepared:
    """Read a school's marks."""
    name = source_name(source.school)
    with database.tenant(tenant) as conn:
        base = newest_of(conn, tenant, name)
        zone = next(row.zone for row in reads.schools(conn, tenant) if row.school == roll.school)
    prepared = _prepared(tenant, MARKS, source, roll.school, span, base)
    prepared.reading = roll.codes.reading
    prepared.code_table = roll.codes.table.version
    deleted = read_marks(prepared, source, roll, zone, span.since, span.first_day)
    if deleted:
        with database.tenant(tenant) as conn:
            take_back(prepared, deleted, origins(conn, tenant, name, deleted))
    return prepared


def _prepared(
    tenant: TenantId, content: str, source: WondeSource, school: SchoolId, span: Span, base: int
) -> Prepared:
    return Prepared(
        tenant=tenant,
        content=content,
        source=source_name(source.school),
        file=SOURCE,
        sha256="",
        school=school,
        today=span.today,
        base=base,
    )


def _school(
    ours: SchoolId, source: WondeSource, record: WondeSchool | None, written: str
) -> School:
    place = jurisdiction(written)
    if record is None or record.id != source.school:
        raise SourceRefused("page-unreadable", "It is the school itself.")
    domain = record.region.domain if record.region else None
    if domain is not None and not source.is_at(urlsplit(f"//{domain}").netloc):
        raise SourceRefused("source-moved", f"It is {domain[:80]}.")
    return School(
        school=ours,
        source=SOURCE,
        source_id=source.school,
        name=record.name or source.school,
        jurisdiction=place.code,
        zone=_zone(record.timezone, place.code),
        code_table=place.code_table,
        denominator=Denominator.MARKS.value,
    )


def _zone(written: str | None, place: str) -> str:
    usual = "Europe/Dublin" if place == "IE" else "Europe/London"
    try:
        return ZoneInfo(written or usual).key
    except (LookupError, ValueError, OSError):
        return usual
