"""Shapes of imports and their reports."""

from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.shared import ID, OTHER_ID, Next, example

Outcome = Literal["IMPORTED", "UNCHANGED", "ALREADY_IMPORTED", "REFUSED"]
_CHANGES: Final = {"mark": {"added": 2, "changed": 1, "taken_back": 0, "unchanged": 397}}
_HEAD: Final[dict[str, Any]] = {
    "import": ID,
    "at": "2025-10-13T17:02:00Z",
    "actor": "staff:7",
    "school": OTHER_ID,
    "batch": ID,
    "outcome": "IMPORTED",
    "content": "marks",
    "source": "csv:19876A",
    "file": "october.csv",
    "position": 1042,
    "rows_read": 401,
    "rows_good": 400,
    "rows_bad": 1,
    "changes": _CHANGES,
    "problem_counts": {"unknown-code": 1},
    "advice": "400 rows were imported, 1 were set aside.",
}
_REPORT: Final[dict[str, Any]] = {
    "file": "october.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "batch": ID,
    "content": "marks",
    "source": "csv:19876A",
    "school": OTHER_ID,
    "outcome": "IMPORTED",
    "imported": True,
    "already_imported": False,
    "position": 1042,
    "rows_read": 401,
    "rows_good": 400,
    "rows_bad": 1,
    "counts": {"mark": 400},
    "changes": _CHANGES,
    "problem_counts": {"unknown-code": 1},
    "problems": [
        {
            "file": "october.csv",
            "row": 17,
            "code": "unknown-code",
            "severity": "set-aside",
            "reason": "The code table of the school's place does not have it. It says 'Q7'.",
            "what_to_do": "Correct it, or say what it stands for.",
        }
    ],
    "problems_left_out": 0,
    "advice": "400 rows were imported, 1 were set aside.",
}


class ImportChanges(BaseModel):
    """What an import did to one table of the register."""

    model_config = ConfigDict(extra="forbid")

    added: int
    changed: int
    taken_back: int
    unchanged: int


class ImportItem(BaseModel):
    """One import, without its rows."""

    model_config = example(_HEAD)

    import_: UUID = Field(alias="import")
    at: AwareDatetime
    actor: str
    school: UUID | None
    batch: UUID
    outcome: Outcome
    content: str
    source: str
    file: str
    position: int | None
    rows_read: int
    rows_good: int
    rows_bad: int
    changes: dict[str, ImportChanges]
    problem_counts: dict[str, int]
    advice: str


class ImportPage(BaseModel):
    """A page of imports, the newest first."""

    model_config = example({"items": [_HEAD], "next": None})

    items: list[ImportItem]
    next: Next


class ImportProblem(BaseModel):
    """One thing wrong, and where: a row number, never what stood in the row."""

    model_config = ConfigDict(extra="forbid")

    file: str
    row: int | None
    code: str
    severity: Literal["stops", "set-aside", "note"]
    reason: str
    what_to_do: str


class ImportReportBody(BaseModel):
    """The account of one import: what came, what was set aside and why, what changed."""

    model_config = example(_REPORT)

    file: str
    sha256: str
    batch: UUID
    content: str
    source: str
    school: UUID | None
    outcome: Outcome
    imported: bool
    already_imported: bool
    position: int | None
    rows_read: int
    rows_good: int
    rows_bad: int
    counts: dict[str, int]
    changes: dict[str, ImportChanges]
    problem_counts: dict[str, int]
    problems: list[ImportProblem]
    problems_left_out: int
    advice: str


class ImportShown(BaseModel):
    """One import with its report."""

    model_config = example(
        {"import": ID, "at": "2025-10-13T17:02:00Z", "actor": "staff:7", "report": _REPORT}
    )

    import_: UUID = Field(alias="import")
    at: AwareDatetime
    actor: str
    report: ImportReportBody
