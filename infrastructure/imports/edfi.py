"""A folder of Ed-Fi interchange files: one district, one batch, one fact."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from domain.shared.ids import TenantId
from infrastructure.imports.edfi_calendar import SOURCE, LocalCodes, Schools
from infrastructure.imports.edfi_enrolment import Enrolments
from infrastructure.imports.edfi_marks import Marks
from infrastructure.imports.edfi_people import People
from infrastructure.imports.edfi_xml import FileRefused
from infrastructure.imports.importing import Commit, ImportResult, run
from infrastructure.imports.prepared import Insistence, PersonSink, Prepared, Replaces
from infrastructure.imports.pupil_years import tell_years
from infrastructure.imports.report import Problem
from infrastructure.imports.staging import newest_of, position_of
from infrastructure.store.database import Database

_ORGANIZATIONS: Final = "EducationOrganization.xml"
_CALENDAR: Final = "EducationOrgCalendar.xml"
_STUDENTS: Final = "Student.xml"
_ENROLMENT: Final = "StudentEnrollment.xml"
_DAILY: Final = "StudentSchoolAttendance.xml"
_PERIODS: Final = "StudentSectionAttendance*.xml"
NO_LOCAL_CODES: Final[LocalCodes] = MappingProxyType({})
_CONTACTS: Final = ("Contact.xml", "Parent.xml")


def import_edfi(
    database: Database,
    tenant: TenantId,
    folder: Path,
    people: PersonSink,
    commit: Commit,
    *,
    keep_good_rows: bool = False,
    accept_fewer: Insistence | None = None,
    region: str = "US",
    zone: str = "America/Chicago",
    local_codes: LocalCodes = NO_LOCAL_CODES,
) -> ImportResult:
    """Import a folder of Ed-Fi files.

    `region` is the country of telephone numbers without a country code; `zone` the schools' time
    zone, which the files do not have; `local_codes` what the register knows of codes of their own.
    """
    prepared = read_edfi(tenant, folder, region=region, zone=zone, local_codes=local_codes)
    with database.tenant(tenant) as conn:
        tell_years(conn, prepared)
        known, newest = position_of(conn, tenant, prepared.batch), newest_of(conn, tenant, SOURCE)
    if known is not None and known < newest:
        # A folder is everything: what an older one said is news again after another in between.
        prepared.base = newest
    return run(
        database,
        prepared,
        people,
        commit,
        keep_good_rows=keep_good_rows,
        accept_fewer=accept_fewer,
    )


def read_edfi(
    tenant: TenantId,
    folder: Path,
    *,
    region: str,
    zone: str,
    local_codes: LocalCodes = NO_LOCAL_CODES,
) -> Prepared:
    """Read and check a folder without touching the register."""
    prepared = Prepared(
        tenant=tenant,
        content="district",
        source=SOURCE,
        file=folder.name,
        sha256=_content_hash(folder),
    )
    schools, people = Schools(prepared, local_codes), People(prepared, region)
    steps: list[tuple[str, Callable[[Path], int]]] = [
        (_ORGANIZATIONS, lambda path: schools.read_organizations(path, zone)),
        (_CALENDAR, schools.read_calendar),
        (_STUDENTS, people.read_students),
    ]
    sound = [_try(prepared, folder / name, read) for name, read in steps]
    enrolments = Enrolments(prepared, people.students, schools.ids, schools.calendars)
    if (folder / _ENROLMENT).exists():
        sound.append(_try(prepared, folder / _ENROLMENT, enrolments.read))
    else:
        prepared.problems.append(Problem(_ENROLMENT, None, "no-enrolment"))
    contacts = [folder / name for name in _CONTACTS if (folder / name).exists()]
    if contacts:
        sound += [_try(prepared, path, people.read_contacts) for path in contacts]
    else:
        prepared.problems.append(Problem(_CONTACTS[0], None, "contacts-missing"))
    if all(sound):
        _read_marks(prepared, folder, schools, people, enrolments)
    codes = schools.codes.values()
    prepared.code_table = " ".join(sorted({one.table.version for one in codes})) or None
    prepared.reading = " ".join([*sorted({one.reading for one in codes}), region, zone])
    prepared.problems.sort(key=lambda one: (one.severity != "stops", one.file, one.row or 0))
    return prepared


def _read_marks(
    prepared: Prepared, folder: Path, schools: Schools, people: People, enrolments: Enrolments
) -> None:
    marks = Marks(prepared, people.students, schools.ids, schools.calendars, schools.codes)
    periods = sorted(folder.glob(_PERIODS))
    # Every file is tried, also after a bad one: one report tells all.
    sound = [_try(prepared, folder / _DAILY, marks.read)]
    sound += [_try(prepared, path, marks.read, may_be_empty=True) for path in periods]
    if not all(sound):
        return
    at = marks.write()
    people.write(at, enrolments)
    without = sum(one not in at and enrolments.of(one) is None for one in people.students)
    if without:
        prepared.problems.append(Problem(_STUDENTS, None, "no-school", f"{without} of them."))
    terms = [term for calendar in schools.calendars.values() for term in calendar.terms]
    if terms:
        prepared.replaces = Replaces(
            tuple(schools.ids.values()),
            min(term.begins_on for term in terms),
            max(term.ends_on for term in terms),
        )


def _try(
    prepared: Prepared, path: Path, read: Callable[[Path], int], *, may_be_empty: bool = False
) -> bool:
    """Read one file and say whether it can be trusted."""
    try:
        if read(path) or may_be_empty:
            return True
        prepared.problems.append(Problem(path.name, None, "file-empty"))
    except FileRefused as refused:
        prepared.problems.append(Problem(path.name, None, refused.code, refused.detail))
    return False


def _content_hash(folder: Path) -> str:
    """Return one hash over the names and contents of the files that are read."""
    names = [_ORGANIZATIONS, _CALENDAR, _STUDENTS, _ENROLMENT, *_CONTACTS, _DAILY]
    paths = [folder / name for name in names] + sorted(folder.glob(_PERIODS))
    total = sha256()
    for path in paths:
        if path.is_file():
            total.update(f"{path.name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
