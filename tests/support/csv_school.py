"""One Irish school out of CSV files, for tests of imports and of the register."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import SchoolId, derived_id
from infrastructure.imports.csv_files import (
    import_calendar,
    import_guardians,
    import_marks,
    import_schools,
    import_students,
)
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.importing import Commit, ImportResult
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.register import TENANT, People, recording

SCHOOL = SchoolId(derived_id(TENANT, "school", "csv", "19876A"))
TODAY = date(2025, 12, 19)
SCHOOLS = "school,name,jurisdiction,zone\n19876A,Scoil Bhríde,IE,Europe/Dublin\n"
CALENDAR = (
    "date,kind,until\n"
    "2025-08-28,TERM,2025-12-19\n"
    "2025-10-27,HOLIDAY,2025-10-31\n"
    "2025-09-15,TRAINING_DAY,\n"
)
STUDENTS = (
    "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n"
    "001,Seán,Ó Néill,2013-05-01,5,H1,,\n"
    "002,Áine,Ní Néill,2015-02-11,3,H1,,\n"
    "003,Órla,Byrne,2014-07-30,4,H2,2025-09-22,\n"
)


class CsvSchool:
    """Writes files and imports them; `people` keeps what the vault would."""

    def __init__(self, database: Database, folder: Path, commit: Commit) -> None:
        self.database = database
        self.folder = folder
        self.commit = commit
        self.people = People()

    def set_up(self) -> "CsvSchool":
        """Import the school, its calendar and its pupils."""
        assert self.schools(SCHOOLS).imported
        assert self.calendar(CALENDAR).imported
        assert self.students(STUDENTS).imported
        return self

    def roll(self) -> SchoolRoll:
        with self.database.auditor(TENANT) as conn:
            found = reads.school_roll(conn, TENANT, SCHOOL)
        assert found is not None
        return found

    def file(self, text: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def schools(self, text: str, *, keep: bool = False) -> ImportReport:
        return import_schools(
            self.database,
            TENANT,
            self.file(text),
            self.people,
            self.commit,
            keep_good_rows=keep,
        ).report

    def calendar(self, text: str, *, keep: bool = False) -> ImportReport:
        return import_calendar(
            self.database,
            TENANT,
            self.file(text),
            self.roll(),
            self.people,
            self.commit,
            keep_good_rows=keep,
        ).report

    def students(self, text: str | bytes, *, keep: bool = False) -> ImportReport:
        return import_students(
            self.database,
            TENANT,
            self.file(text),
            self.roll(),
            self.people,
            self.commit,
            keep_good_rows=keep,
        ).report

    def guardians(self, text: str, *, keep: bool = False) -> ImportResult:
        return import_guardians(
            self.database,
            TENANT,
            self.file(text),
            self.roll(),
            self.people,
            self.commit,
            keep_good_rows=keep,
        )

    def marks(
        self,
        text: str | bytes,
        *,
        keep: bool = False,
        profile: ColumnProfile | None = None,
        today: date = TODAY,
    ) -> ImportReport:
        return import_marks(
            self.database,
            TENANT,
            self.file(text),
            self.roll(),
            self.people,
            self.commit,
            today=today,
            profile=profile or ColumnProfile(),
            keep_good_rows=keep,
        ).report


@contextmanager
def school_with(database: Database, folder: Path, marks: str) -> Iterator[CsvSchool]:
    """The school with its pupils and some marks."""
    with recording(database) as commit:
        school = CsvSchool(database, folder, commit).set_up()
        school.marks(marks)
        yield school
