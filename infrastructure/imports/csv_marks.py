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
from infrastructure.imports.mark_taker import MarkTaker, Settled
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
    """Take each row. A day of a district has 100,000, and they share a few days and codes.

    So cells are reached by place, and what a day, a session and a code come to is settled once.
    """
    student, on, code = (file.places[name] for name in COLUMNS)
    session, late, comment = (
        file.places.get(name) for name in ("session", "minutes_late", "comment")
    )
    known: dict[tuple[str, str, str], Settled | None] = {}
    pupils, commented = taker.pupils, False
    for number, cells in file.cells():
        key = (cells[on], "" if session is None else cells[session], cells[code])
        try:
            who = pupils.get(cells[student]) or taker.student(cells[student].strip())
            settled = known.get(key)
            if settled is None and key not in known:
                settled = known[key] = _settled(taker, file.date_format, key)
            minutes = _minutes(cells[late]) if late is not None and cells[late] else None
            if settled is not None:
                taker.put(number, who, settled, minutes)
        except Unusable as no:
            taker.refuse(number, no)
        commented = commented or (comment is not None and bool(cells[comment].strip()))
    if commented:
        taker.note("comments-not-kept")


def _settled(taker: MarkTaker, form: DateFormat, key: tuple[str, str, str]) -> Settled | None:
    day, session, code = (cell.strip() for cell in key)
    return taker.settled(_day(day, form), taker.session(session), code)


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
