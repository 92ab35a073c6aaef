"""What each attendance code means, as data with dates; an unknown code is never guessed."""

import json
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from itertools import combinations
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


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


class Completeness(StrEnum):
    """How far a table goes. A code that a partial table does not know is set aside, not guessed."""

    COMPLETE = "complete"
    PARTIAL = "partial"


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
POSSIBLE: Final = ATTENDING | ABSENT[Reasons.ANY]
FOLDER: Final = "code_tables"


class CodeRow(BaseModel):
    """One code, what it means, and the days between which it may be used.

    `part_of_day` is for places that count occasions: who came late, left early or was away for a
    part of the day may have been truant. `excused` says whether there was a valid excuse, where
    the code itself does and its status does not. How many minutes make an occasion is for a rule
    set to say. `checked` is false where nobody has read the source of the row: have it read before
    it is printed in a letter. `special` codes tell of a child's health, faith or the like: what
    they decide goes out under no name of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(min_length=1)]
    status: MarkStatus
    meaning: Annotated[str, Field(min_length=1)]
    category: str | None = None
    also_written: tuple[str, ...] = ()
    late: bool = False
    part_of_day: bool = False
    excused: bool | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    checked: bool = True
    special: bool = False
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _late_says_so(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("status") == MarkStatus.PRESENT_LATE:
            return {"late": True, **data}
        return data

    def in_force(self, on: date) -> bool:
        """Say whether the code may stand in a register of that day."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)

    @property
    def writings(self) -> frozenset[str]:
        """Every way in which the code may be written, without the differences of typing."""
        return frozenset(map(normalised, (self.code, *self.also_written)))

    @property
    def without_excuse(self) -> bool | None:
        """Whether there was no valid excuse; None where the code does not say it.

        An absence that nobody has explained yet is taken as one without excuse.
        """
        if self.excused is not None:
            return not self.excused
        if self.part_of_day or self.status is MarkStatus.PRESENT_LATE:
            return None
        return self.status in ABSENT[Reasons.UNEXCUSED]

    def as_dict(self) -> dict[str, Any]:
        """Return the code as `anseo codes list --json` prints it."""
        return {
            "code": self.code,
            "meaning": self.meaning,
            "status": self.status.value,
            "possible": self.status in POSSIBLE,
            "attending": self.status in ATTENDING,
            "authorised": self.status in ABSENT[Reasons.EXCUSED],
            "unauthorised": self.status in ABSENT[Reasons.UNEXCUSED],
            "late": self.late,
        }


class Words(BaseModel):
    """What the two kinds of absence are called where people read them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authorised: str = "authorised"
    unauthorised: str = "unauthorised"


class CodeTable(BaseModel):
    """The codes of one country or system, with the version that marks are stored beside.

    A table that is `based_on` another has its rows too, except for codes that it says itself.
    `splits_absence` is false where the law knows no leave: nobody there may be shown one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    jurisdiction: str
    based_on: str | None = None
    day_counting: DayCounting
    completeness: Completeness
    note: str
    words: Words = Words()
    splits_absence: bool = True
    codes: tuple[CodeRow, ...]

    @model_validator(mode="after")
    def _one_meaning_a_day(self) -> Self:
        for one, other in combinations(self.codes, 2):
            if one.writings & other.writings and _overlap(one, other):
                raise ValueError(f"{one.code} means two things on one day")
        return self

    def find(self, raw: str, on: date) -> CodeRow | None:
        """Return what a written code meant on a day, or None: set the row aside and ask.

        An empty cell is a mark that nobody took: neither present nor absent.
        """
        wanted = normalised(raw) or NO_MARK
        return next((row for row in self.in_force(on) if wanted in row.writings), None)

    @cached_property
    def parts_of_days(self) -> dict[str, bool | None]:
        """By every way to write them, the codes for parts of days: was there no excuse?"""
        return {
            written: row.without_excuse
            for row in self.codes
            if row.part_of_day
            for written in row.writings
        }

    def in_force(self, on: date) -> Iterator[CodeRow]:
        """Yield the codes that may stand in a register of that day."""
        return (row for row in self.codes if row.in_force(on))


NO_MARK: Final = "-"


def _overlap(one: CodeRow, other: CodeRow) -> bool:
    begins = max(row.effective_from or date.min for row in (one, other))
    return begins <= min(row.effective_to or date.max for row in (one, other))


def normalised(raw: str) -> str:
    """Return a code without the differences that typing makes: `c 1` and `C1` are one code."""
    return "".join(raw.split()).upper()


@cache
def code_table(name: str) -> CodeTable:
    """Return a table that ships with the product (`ie`, `gb-eng`)."""
    data = json.loads((resources.files("domain.attendance") / FOLDER / f"{name}.json").read_bytes())
    if base := data.get("based_on"):
        own = {normalised(row["code"]) for row in data["codes"]}
        kept = [row.model_dump() for row in code_table(base).codes if not row.writings & own]
        data["codes"] = [*kept, *data["codes"]]
    return CodeTable.model_validate(data)
