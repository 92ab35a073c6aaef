"""What each attendance code means, as data with dates; an unknown code is never guessed."""

from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from pydantic import BaseModel, ConfigDict


class MarkStatus(StrEnum):
    """What a mark says, the same in every country."""

    PRESENT = "PRESENT"
    PRESENT_LATE = "PRESENT_LATE"
    PRESENT_OFFSITE = "PRESENT_OFFSITE"
    ABSENT_AUTHORISED = "ABSENT_AUTHORISED"
    ABSENT_UNAUTHORISED = "ABSENT_UNAUTHORISED"
    ABSENT_UNEXPLAINED = "ABSENT_UNEXPLAINED"
    NOT_COUNTED = "NOT_COUNTED"
    NOT_OPEN = "NOT_OPEN"
    MISSING = "MISSING"
    UNKNOWN_CODE = "UNKNOWN_CODE"


class Reasons(StrEnum):
    """Which absences a metric counts. Irish schools say explained for EXCUSED."""

    ANY = "ANY"
    EXCUSED = "EXCUSED"
    UNEXCUSED = "UNEXCUSED"


class DayCounting(StrEnum):
    """How two marks of one day become an absence."""

    WHOLE_DAYS = "WHOLE_DAYS"  # the roll is called once: a day is absent or present
    HALF_DAYS = "HALF_DAYS"  # morning and afternoon count half a day each


ATTENDING: Final = frozenset(
    {MarkStatus.PRESENT, MarkStatus.PRESENT_LATE, MarkStatus.PRESENT_OFFSITE}
)
ABSENT: Final = {
    Reasons.EXCUSED: frozenset({MarkStatus.ABSENT_AUTHORISED}),
    Reasons.UNEXCUSED: frozenset({MarkStatus.ABSENT_UNAUTHORISED, MarkStatus.ABSENT_UNEXPLAINED}),
    Reasons.ANY: frozenset(
        {
            MarkStatus.ABSENT_AUTHORISED,
            MarkStatus.ABSENT_UNAUTHORISED,
            MarkStatus.ABSENT_UNEXPLAINED,
        }
    ),
}


class CodeRow(BaseModel):
    """One code, what it means, and the days between which it may be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    status: MarkStatus
    meaning: str
    category: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Say whether the code may stand in a register of that day."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)


class CodeTable(BaseModel):
    """The codes of one country or system, with the version that marks are stored beside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    jurisdiction: str
    day_counting: DayCounting
    codes: tuple[CodeRow, ...]

    def find(self, raw: str, on: date) -> CodeRow | None:
        """Return what a written code meant on a day, or None: set the row aside and ask."""
        wanted = normalised(raw)
        for row in self.codes:
            if normalised(row.code) == wanted and row.in_force(on):
                return row
        return None


def normalised(raw: str) -> str:
    """Return a code without the differences that typing makes: `c 1` and `C1` are one code."""
    return "".join(raw.split()).upper()


@cache
def code_table(name: str) -> CodeTable:
    """Return a table that ships with the product (`ie`, `edfi`)."""
    folder = resources.files("domain.attendance") / "code_tables"
    return CodeTable.model_validate_json((folder / f"{name}.json").read_bytes())
