"""What the report says of words of persons that stand against a source (D41)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem


def tell_what_stands(prepared: Prepared, kept: int, contested: Sequence[dict[str, Any]]) -> None:
    """Tell how many old words of the source were passed over, and each new one by itself."""
    if kept:
        note = Problem(prepared.file, None, "corrected-by-hand", f"{kept} of them.")
        prepared.problems.append(note)
    for row in contested:
        student = UUID(row["student"]) if row.get("student") else None
        on = date.fromisoformat(row["on_date"]) if row.get("on_date") else None
        problem = Problem(
            prepared.file,
            row.get("row_no") or None,
            "correction-stands",
            "" if on is None else f"It is {on.isoformat()}.",
            student,
            on,
        )
        prepared.problems.append(problem)
