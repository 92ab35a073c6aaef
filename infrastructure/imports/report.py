"""What an import says about itself: every row that could not be used, why, and what to do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from infrastructure.imports.problem_kinds import KINDS, Severity

_PRINTED: Final = 1_000  # problems printed one by one; all of them are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, and where. Never a name or a cell's text: ids, codes and row numbers."""

    file: str
    row: int | None
    code: str
    detail: str = ""
    student: UUID | None = None
    on: date | None = None
    row_hash: bytes = b""

    @property
    def severity(self) -> Severity:
        """What it does to the import."""
        return KINDS[self.code].severity

    def as_dict(self) -> dict[str, Any]:
        """Return the line of the report."""
        kind = KINDS[self.code]
        return {
            "file": self.file,
            "row": self.row,
            "code": self.code,
            "severity": kind.severity.value,
            "reason": f"{kind.reason} {self.detail}".rstrip(),
            "what_to_do": kind.what_to_do,
        }


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The account of one import. `imported` is false where nothing was changed."""

    file: str
    sha256: str
    batch: UUID
    rows_read: int
    rows_good: int
    rows_bad: int
    problems: tuple[Problem, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    imported: bool = False
    already_imported: bool = False
    position: int | None = None
    content: str = ""
    source: str = ""
    school: UUID | None = None
    changes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unchanged: bool = False

    @property
    def set_aside(self) -> tuple[Problem, ...]:
        """The rows that could not be used."""
        return tuple(one for one in self.problems if one.severity is Severity.SET_ASIDE)

    @property
    def outcome(self) -> str:
        """The end of it, in one word."""
        if self.unchanged:
            return "UNCHANGED"
        if self.already_imported:
            return "ALREADY_IMPORTED"
        return "IMPORTED" if self.imported else "REFUSED"

    @property
    def well(self) -> bool:
        """Whether the register now says what the source says, as far as its rows were good."""
        return self.outcome != "REFUSED"

    @property
    def advice(self) -> str:
        """What happened and what to do next, in one or two sentences."""
        if self.unchanged and any(one.code == "correction-stands" for one in self.problems):
            return "Nothing was changed: where the source says something new, a correction stands."
        if self.unchanged:
            return "The register says all of it already: nothing was changed."
        if self.already_imported:
            return "This very content is imported already: nothing was changed."
        if self.imported:
            aside = f", {_were(self.rows_bad, '')} set aside" if self.rows_bad else ""
            return f"{_were(self.rows_good, ' row')} imported{aside}."
        if any(problem.severity is Severity.STOPS for problem in self.problems):
            return "Nothing was imported: the file cannot be trusted. Correct it and import again."
        return (
            "Nothing was imported, for some rows cannot be used. Correct them and import again, or"
            " keep the good rows (--keep-good-rows, over HTTP keep_good_rows=true):"
            f" {self.rows_good} would be kept and {self.rows_bad} set aside."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as `--json` prints it."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "batch": str(self.batch),
            "content": self.content,
            "source": self.source,
            "school": None if self.school is None else str(self.school),
            "outcome": self.outcome,
            "imported": self.imported,
            "already_imported": self.already_imported,
            "position": self.position,
            "rows_read": self.rows_read,
            "rows_good": self.rows_good,
            "rows_bad": self.rows_bad,
            "counts": dict(self.counts),
            "changes": {table: dict(said) for table, said in self.changes.items()},
            "problem_counts": dict(sorted(Counter(one.code for one in self.problems).items())),
            "problems": [problem.as_dict() for problem in self.problems[:_PRINTED]],
            "problems_left_out": max(0, len(self.problems) - _PRINTED),
            "advice": self.advice,
        }


def _were(count: int, what: str) -> str:
    return f"{count}{what} was" if count == 1 else f"{count}{what and what + 's'} were"
