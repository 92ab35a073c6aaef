"""Schools, and the terms and closed days of one school, out of CSV."""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.attendance.day_words import DayPart, days_of
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.attendance.metrics import Denominator
from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import SchoolId, TenantId, derived_id
from infrastructure.imports.csv_text import ColumnProfile, CsvFile, CsvRow, Readable, Unusable
from infrastructure.imports.hours import read_hours
from infrastructure.imports.prepared import (
    CalendarDay,
    Prepared,
    RegisterTimes,
    School,
    SchoolTerm,
)
from infrastructure.imports.report import Problem

SCHOOL_COLUMNS: Final = ("school", "name", "jurisdiction", "zone")
CALENDAR_COLUMNS: Final = ("date", "kind")
TERM: Final = "TERM"
HOURS: Final = "HOURS"
OPEN: Final = frozenset({"TEACHING", "MAKE_UP", "PARTIAL", "EXAM_ONLY"})
CLOSED: Final = frozenset(
    {"HOLIDAY", "PUBLIC_HOLIDAY", "TRAINING_DAY", "PLANNED_CLOSURE", "EMERGENCY_CLOSURE"}
)
_PARTIAL: Final = "PARTIAL"
_OTHER_HALF: Final = {"AM": "PM", "PM": "AM"}
Days = dict[tuple[date, str, str], CalendarDay]
LONGEST: Final = 400  # days from the first to the last of one row
_MOST_DAYS: Final = 366


def read_schools(tenant: TenantId, path: Readable, profile: ColumnProfile) -> Prepared:
    """Read and check a file of schools."""
    prepared = Prepared(tenant, "schools", "csv", path.name, sha256="", reading=profile.words)
    file = CsvFile(path, profile, SCHOOL_COLUMNS, prepared)
    known: dict[str, School] = {}
    for row in file.rows() if not prepared.stops else ():
        try:
            _take(known, _school(tenant, row))
        except Unusable as no:
            file.refuse(row, no)
    for school in known.values():
        prepared.add("school", school)
    return prepared


def _school(tenant: TenantId, row: CsvRow) -> School:
    source_id = row.need("school")
    try:
        place = jurisdiction(row.need("jurisdiction"))
    except JurisdictionUnknown:
        raise Unusable("bad-value", "jurisdiction is IE, GB-ENG, US-CA or the like.") from None
    denominator = (row.text("denominator") or Denominator.MARKS.value).upper()
    if denominator not in Denominator.__members__:
        raise Unusable("bad-value", "denominator is MARKS or DECLARED_DAYS.")
    return School(
        school=derived_id(tenant, "school", "csv", source_id),
        source="csv",
        source_id=source_id,
        name=row.need("name"),
        jurisdiction=place.code,
        zone=_zone(row.need("zone")),
        code_table=place.code_table,
        denominator=denominator,
    )


def _take(known: dict[str, School], school: School) -> None:
    if known.setdefault(school.source_id, school) != school:
        raise Unusable("two-versions")


def _zone(written: str) -> str:
    try:
        return ZoneInfo(written).key
    except (LookupError, ValueError, OSError):
        raise Unusable("bad-value", "zone is a name such as Europe/Dublin.") from None


def read_calendar(
    tenant: TenantId, path: Readable, roll: SchoolRoll, profile: ColumnProfile
) -> Prepared:
    """Read and check a calendar: a row for a term (`TERM` with `until`), a day, or several days.

    `HOURS` says when registers open and close from a day on, or until another.

    `session` (AM or PM) says which half is closed; of a PARTIAL day, which half is open.
    `year_groups` says for whom, with `;` between several. Days that open from one to another are
    weekdays, those that close are all of them.
    """
    prepared = Prepared(
        tenant,
        "calendar",
        f"csv:{roll.source_id}",
        path.name,
        sha256="",
        reading=profile.words,
        school=roll.school,
    )
    file = CsvFile(path, profile, CALENDAR_COLUMNS, prepared)
    terms: list[SchoolTerm] = []
    hours: list[RegisterTimes] = []
    days: Days = {}
    for row in file.rows() if not prepared.stops else ():
        try:
            if row.need("kind").upper() == HOURS:
                read_hours(row, roll.school, hours)
            else:
                _read(prepared, row, roll.school, terms, days)
        except Unusable as no:
            file.refuse(row, no)
    for term in terms:
        prepared.add("school_term", term)
    for times in hours:
        prepared.add("register_hours", times)
    for day in days.values():
        prepared.add("calendar_day", day)
    return prepared


def _read(
    prepared: Prepared,
    row: CsvRow,
    school: SchoolId,
    terms: list[SchoolTerm],
    days: Days,
) -> None:
    kind, first = row.need("kind").upper().replace(" ", "_"), row.need_day("date")
    last = row.day("until")
    if last is not None and not first <= last <= first + timedelta(days=LONGEST):
        raise Unusable("bad-value", "until is before the date, or over a year later.")
    if kind == TERM:
        terms.append(_term(row, school, first, last, terms))
        return
    part, is_open = _part(row, kind)
    groups = [one.strip() for one in (row.text("year_groups") or "").split(";")]
    span = days_of(first, last or first, is_open=is_open)
    new = {
        (on, part, group): CalendarDay(school, on, kind, is_open, part, group)
        for on in span
        for group in dict.fromkeys(groups)
    }
    if put_days(days, new):
        problem = Problem(prepared.file, row.number, "repeated-row", row_hash=row.fingerprint())
        prepared.problems.append(problem)


def put_days(days: Days, new: Days) -> bool:
    """Take what a row says of days, and say whether another row has said it all before."""
    if any(days.get(key, day) != day for key, day in new.items()):
        raise Unusable("two-marks-one-day")
    repeated = new.keys() <= days.keys()
    days.update(new)
    return repeated


def _part(row: CsvRow, kind: str) -> tuple[str, bool]:
    """Return the part of the day that a row is about, and whether it is open."""
    if kind not in OPEN | CLOSED:
        raise Unusable("bad-value", "kind is TERM, HOURS or a kind of day.")
    part = (row.text("session") or DayPart.DAY.value).upper()
    if part not in DayPart.__members__:
        raise Unusable("bad-value", "session is AM, PM or DAY.")
    if kind == _PARTIAL and part != DayPart.DAY:
        return _OTHER_HALF[part], False
    return part, kind in OPEN


def _term(
    row: CsvRow, school: SchoolId, first: date, last: date | None, terms: list[SchoolTerm]
) -> SchoolTerm:
    if last is None:
        raise Unusable("missing-field", "It is until, the last day of the term.")
    if any(first <= other.ends_on and other.begins_on <= last for other in terms):
        raise Unusable("bad-value", "The term overlaps another.")
    declared = row.number_of("declared_days", _MOST_DAYS) or None
    name = row.text("name") or f"term {first.isoformat()}"
    if any(other.term == name for other in terms):
        raise Unusable("two-versions")
    return SchoolTerm(school, name, first, last, declared)
