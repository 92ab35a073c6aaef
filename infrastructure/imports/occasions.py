"""What marks leave open where a place counts occasions of truancy: how long, what excuse."""

from domain.attendance.codes import CodeRow
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem


class OpenQuestions:
    """Counts the marks that may be occasions, and tells them to the report."""

    def __init__(self) -> None:
        self._minutes = 0
        self._excuse = 0

    def look(self, row: CodeRow, minutes: int | None) -> None:
        """Take one mark into account."""
        occasion = row.is_occasion(minutes)
        self._minutes += occasion is None
        self._excuse += occasion is True and not row.says_excuse

    def tell(self, prepared: Prepared) -> None:
        """Add a note for each question that is open."""
        for code, count in (("minutes-unknown", self._minutes), ("excuse-unknown", self._excuse)):
            if count:
                problem = Problem(prepared.file, None, code, f"{count} of them.")
                prepared.problems.append(problem)
