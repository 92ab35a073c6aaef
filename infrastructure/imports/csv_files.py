"""CSV files into the register: schools first, then each school's calendar, pupils and marks."""

from datetime import date
from typing import Final

from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_calendar import read_calendar, read_schools
from infrastructure.imports.csv_codes import read_codes
from infrastructure.imports.csv_marks import read_marks
from infrastructure.imports.csv_people import read_guardians, read_students
from infrastructure.imports.csv_text import ColumnProfile, Readable
from infrastructure.imports.csv_totals import read_totals
from infrastructure.imports.ical_calendar import read_ical
from infrastructure.imports.importing import Commit, ImportResult, run
from infrastructure.imports.prepared import PersonSink
from infrastructure.store.database import Database
from infrastructure.store.resting import collector_rests

PLAIN: Final = ColumnProfile()


def import_schools(
    database: Database,
    tenant: TenantId,
    path: Readable,
    people: PersonSink,
    commit: Commit,
    *,
    profile: ColumnProfile = PLAIN,
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import a file of schools: `school,name,jurisdiction,zone,denominator`."""
    prepared = read_schools(tenant, path, profile)
    return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)


def import_calendar(
    database: Database,
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    people: PersonSink,
    commit: Commit,
    *,
    profile: ColumnProfile = PLAIN,
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import a school's calendar: `date,kind,until,name,declared_days,session,year_groups`.

    A file that ends in `.ics` is read as iCalendar.
    """
    if path.suffix.lower() == ".ics":
        prepared = read_ical(tenant, path, roll)
    else:
        prepared = read_calendar(tenant, path, roll, profile)
    return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)


def import_codes(
    database: Database,
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    people: PersonSink,
    commit: Commit,
    *,
    profile: ColumnProfile = PLAIN,
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import a school's own codes: `code,stands_for,from,until,meaning`."""
    prepared = read_codes(tenant, path, roll, profile)
    return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)


def import_students(
    database: Database,
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    people: PersonSink,
    commit: Commit,
    *,
    profile: ColumnProfile = PLAIN,
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import students: `student,given,family,birth_on,year_group,household,enrolled_on,left_on`."""
    prepared = read_students(tenant, path, roll, profile)
    return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)


def import_guardians(
    database: Database,
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    people: PersonSink,
    commit: Commit,
    *,
    profile: ColumnProfile = PLAIN,
    region: str = "IE",
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import guardians and their answers about channels, which come back as `choices`.

    `student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,
    has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email`; a flag is yes, no
    or empty, and empty means that nobody has said. `region` is where numbers without a country
    code belong.
    """
    prepared = read_guardians(tenant, path, roll, profile, region)
    return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)


def import_marks(
    database: Database,
    tenant: TenantId,
    path: Readable,
    roll: SchoolRoll,
    people: PersonSink,
    commit: Commit,
    *,
    today: date,
    profile: ColumnProfile = PLAIN,
    keep_good_rows: bool = False,
) -> ImportResult:
    """Import marks in the shape that the profile says, or sums of them.

    Long: `student,date,session,code,minutes_late,comment`. Wide: `student` and a column for each
    session. Totals: `student,first_day,last_day,possible,attended,authorised,unauthorised`.
    """
    with collector_rests():
        if profile.shape == "totals":
            prepared = read_totals(tenant, path, roll, profile)
        else:
            prepared = read_marks(tenant, path, roll, profile, today)
        return run(database, prepared, people, commit, keep_good_rows=keep_good_rows)
