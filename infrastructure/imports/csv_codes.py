"""A school's own codes out of CSV: what each stands for, and from which day on."""

from datetime import date
from typing import Final

from domain.attendance.codes import normalised
from domain.attendance.school_codes import can_stand_for
from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_text import ColumnProfile, CsvFile, CsvRow, Readable, Unusable
from infrastructure.imports.prepared import Prepared, SchoolCode
from infrastructure.imports.report import Problem

COLUMNS: Final = ("code", "stands_for", "from")
_LONGEST_CODE: Final = 20
_LONGEST_MEANING: Final = 120


def read_codes(
    tenant: TenantId, path: Readable, roll: SchoolRoll, profile: ColumnProfile
) -> Prepared:
    """Read and check a file of codes; a row that stands for nothing takes the code back."""
    prepared = Prepared(
        tenant,
        "codes",
        f"csv:{roll.source_id}",
        path.name,
        sha256="",
        reading=f"{roll.codes.table.version} {profile.words}",
        code_table=roll.codes.table.version,
        school=roll.school,
    )
    file = CsvFile(path, profile, COLUMNS, prepared)
    known: dict[tuple[str, date], SchoolCode] = {}
    for row in file.rows() if not prepared.stops else ():
        try:
            _take(known, _code(row, roll))
        except Unusable as no:
            file.refuse(row, no)
    for code in known.values():
        prepared.add("school_code", code)
    if known:
        prepared.problems.append(Problem(prepared.file, None, "marks-keep-their-meaning"))
    return prepared


def _take(known: dict[tuple[str, date], SchoolCode], code: SchoolCode) -> None:
    if known.setdefault((code.code, code.effective_from), code) != code:
        raise Unusable("two-versions")


def _code(row: CsvRow, roll: SchoolRoll) -> SchoolCode:
    code, stands_for = normalised(row.need("code")), row.text("stands_for") or ""
    begins, ends, meaning = row.need_day("from"), row.day("until"), row.text("meaning")
    if len(code) > _LONGEST_CODE or len(meaning or "") > _LONGEST_MEANING:
        raise Unusable("bad-value", "code or meaning is too long for one.")
    if stands_for and not can_stand_for(roll.codes.table, stands_for):
        place = roll.codes.table.jurisdiction
        raise Unusable(
            "bad-value", f"stands_for is a code of {place}, or a status such as ABSENT_AUTHORISED."
        )
    if ends is not None and ends < begins:
        raise Unusable("bad-value", "until is before from.")
    return SchoolCode(roll.school, code, begins, stands_for, meaning, ends, not stands_for)
