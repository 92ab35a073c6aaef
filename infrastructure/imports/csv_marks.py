"""Marks in long shape: a row for each pupil, date and session."""

from datetime import date
from typing import Final

from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_people import csv_source
from infrastructure.imports.csv_text import (
    ColumnProfile,
    CsvFile,
    DateFormat,
    Readable,
    Unusable,
    read_day,
)
from infrastructure.imports.csv_wide import read_wide
from infrastructure.imports.mark_taker import MarkTaker
from infrastructure.imports.prepared import Prepared

COLUMNS: Final = ("student", "date", "code")
LONGEST: Final = 600  # minutes that somebody may be late


def read_marks(
    tenant: TenantId, path: Readable, roll: SchoolRoll, profile: ColumnProfile, today: date
) -> Prepared:
    """Read and check a file of marks, long or wide, without touching the register."""
    prepared = Prepared(
        tenant=tenant,
        content="marks",
        source=csv_source(roll.source_id),
        file=path.name,
        sha256="",
        reading=f"{roll.codes.reading} {profile.words}",
        code_table=roll.codes.table.version,
        school=roll.school,
    )
    wide = profile.shape == "wide"
    file = CsvFile(path, profile, ("student",) if wide else COLUMNS, prepared)
    if not prepared.stops:
        taker = MarkTaker(prepared, roll, today, file.fingerprint)
        if wide:
            read_wide(prepared, file, taker)
        else:
            _read_long(file, taker)
        taker.write()
    return prepared


def _read_long(file: CsvFile, taker: MarkTaker) -> None:
    """Take each row. Cells are reached by place, not by name: a day of a district has 100,000."""
    places, form = file.places, file.date_format
    student, on, code = (places[name] for name in COLUMNS)
    session, late, comment = (places.get(n) for n in ("session", "minutes_late", "comment"))
    sessions: dict[str, str] = {}
    days: dict[str, date] = {}
    commented = False
    for number, cells in file.cells():
        try:
            written = cells[on]
            day = days.get(written)
            if day is None:
                day = days[written] = _day(written.strip(), form)
            half = "" if session is None else cells[session]
            part = sessions.get(half)
            if part is None:
                part = sessions[half] = taker.session(half.strip())
            minutes = None if late is None else _minutes(cells[late])
            taker.take(number, cells[student].strip(), day, part, cells[code].strip(), minutes)
        except Unusable as no:
            taker.refuse(number, no)
        if comment is not None and cells[comment].strip():
            commented = True
    if commented:
        taker.note("comments-not-kept")


def _day(written: str, form: DateFormat) -> date:
    if not written:
        raise Unusable("missing-field", "It is date.")
    return read_day(written, form)


def _minutes(cell: str) -> int | None:
    """Return the minutes, or None where the cell is empty."""
    written = cell.strip()
    if not written:
        return None
    usable = written.isascii() and written.isdecimal() and len(written) <= len(str(LONGEST))
    if not usable or int(written) > LONGEST:
        raise Unusable("bad-number", "It is minutes_late.")
    return int(written)
