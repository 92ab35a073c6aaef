"""What marks leave open where a place counts parts of days: how long, what excuse.

How many minutes make an occasion of truancy is for the rule set in use to say.
"""

from domain.attendance.codes import CodeRow
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem


class OpenQuestions:
    """Counts the marks that may be occasions or not, and tells them to the report."""

    def __init__(self) -> None:
        self._minutes = 0
        self._excuse = 0

    def look(self, row: CodeRow, minutes: int | None) -> None:
        """Take one mark into account."""
        if row.part_of_day and row.without_excuse is not False:
            self._minutes += minutes is None
            self._excuse += row.without_excuse is None

    def tell(self, prepared: Prepared) -> None:
        """Add a note for each question that is open."""
        for code, count in (("minutes-unknown", self._minutes), ("excuse-unknown", self._excuse)):
            if count:
                problem = Problem(prepared.file, None, code, f"{count} of them.")
                prepared.problems.append(problem)
