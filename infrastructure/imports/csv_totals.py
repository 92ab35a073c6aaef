"""Sums of sessions: a row a pupil. They can be shown, and no rule counts them."""

from typing import Final

from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_people import csv_source
from infrastructure.imports.csv_text import ColumnProfile, CsvFile, CsvRow, Readable, Unusable
from infrastructure.imports.prepared import Prepared, Total
from infrastructure.imports.report import Problem

COLUMNS: Final = (
    "student",
    "first_day",
    "last_day",
    "possible",
    "attended",
    "authorised",
    "unauthorised",
)
_MOST: Final = 2_000  # sessions between two days of one school year


def read_totals(
    tenant: TenantId, path: Readable, roll: SchoolRoll, profile: ColumnProfile
) -> Prepared:
    """Read and check a file of sums without touching the register."""
    prepared = Prepared(
        tenant=tenant,
        content="totals",
        source=csv_source(roll.source_id),
        file=path.name,
        sha256="",
        reading=profile.words,
        school=roll.school,
    )
    file = CsvFile(path, profile, COLUMNS, prepared)
    known: dict[tuple[object, ...], Total] = {}
    for row in file.rows() if not prepared.stops else ():
        try:
            _take(known, _total(row, roll))
        except Unusable as no:
            file.refuse(row, no)
    for total in known.values():
        prepared.add("attendance_total", total)
    if known:
        prepared.problems.append(Problem(prepared.file, None, "totals-count-nothing"))
    return prepared


def _take(known: dict[tuple[object, ...], Total], total: Total) -> None:
    if known.setdefault((total.student, total.first_on, total.last_on), total) != total:
        raise Unusable("two-versions")


def _total(row: CsvRow, roll: SchoolRoll) -> Total:
    pupil = roll.pupils.get(row.need("student"))
    if pupil is None:
        raise Unusable("unknown-student")
    first, last = row.need_day("first_day"), row.need_day("last_day")
    if last < first:
        raise Unusable("bad-value", "last_day is before first_day.")
    possible, attended, authorised, unauthorised = (
        _count(row, name) for name in ("possible", "attended", "authorised", "unauthorised")
    )
    if possible != attended + authorised + unauthorised:
        raise Unusable("sums-odd")
    sums = (possible, attended, authorised, unauthorised)
    return Total(roll.school, pupil.student, first, last, *sums)


def _count(row: CsvRow, name: str) -> int:
    row.need(name)
    found = row.number_of(name, _MOST)
    assert found is not None  # noqa: S101  the cell is not empty
    return found
