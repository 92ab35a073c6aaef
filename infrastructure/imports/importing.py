"""The one way from a prepared file to the register: all of it, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.shared.ids import SchoolId
from infrastructure.crash_points import crash_point
from infrastructure.imports.prepared import Choice, Mark, PersonSink, Prepared, StagedBatch
from infrastructure.imports.report import ImportReport, Problem
from infrastructure.imports.staging import known_marks, position_of, stage
from infrastructure.register.stored_lines import keep_up
from infrastructure.store.database import Database

Commit = Callable[[StagedBatch], int]
"""Records the fact of a staged batch and returns its ledger position; twice is once."""

_FEWER: Final = (4, 5)  # a full export with under four fifths of the known marks is not believed


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The report, and the guardians' choices that are still to be recorded as facts."""

    report: ImportReport
    choices: tuple[Choice, ...] = ()


def run(
    database: Database,
    prepared: Prepared,
    people: PersonSink,
    commit: Commit,
    *,
    keep_good_rows: bool = False,
    accept_fewer: bool = False,
) -> ImportResult:
    """Stage and record a prepared file, unless it is known already or has rows nobody can use.

    People go to the vault in the transaction that stages the rows. The fact comes after: a stop
    in between leaves rows that nobody sees, and the next try begins again with the same ids.
    """
    with database.tenant(prepared.tenant) as conn:
        position = position_of(conn, prepared.tenant, prepared.batch)
        if position is None and not accept_fewer and prepared.replaces is not None:
            known = known_marks(conn, prepared.tenant, prepared.source, prepared.replaces)
            new = len(prepared.rows.get("mark", ()))
            if new * _FEWER[1] < known * _FEWER[0]:
                detail = f"{new} marks against {known}."
                prepared.problems.append(Problem(prepared.file, None, "too-few-rows", detail))
    if position is not None:
        return ImportResult(_report(prepared, position, already=True), tuple(prepared.choices))
    if prepared.stops or (prepared.set_aside and not keep_good_rows):
        return ImportResult(_report(prepared, None))
    with database.tenant(prepared.tenant) as conn:
        stage(conn, prepared)
        for kind, records in sorted(prepared.people.items()):
            people.put_many(conn, prepared.tenant, kind, records)
    crash_point("import.after_stage")
    position = commit(_staged(prepared))
    _write_lines(database, prepared, position)
    return ImportResult(_report(prepared, position), tuple(prepared.choices))


def _write_lines(database: Database, prepared: Prepared, position: int) -> None:
    """Let stored lines say what has just become known.

    A stop before this loses nothing: whoever reads the lines next brings them up to date first.
    """
    marks = prepared.rows.get("mark")
    if not marks:
        return
    days = [row.on_date for row in marks if isinstance(row, Mark)]
    schools = {SchoolId(row.school) for row in marks if isinstance(row, Mark)}
    with database.tenant(prepared.tenant) as conn:
        keep_up(conn, prepared.tenant, schools, (min(days), max(days)), position)


def _staged(prepared: Prepared) -> StagedBatch:
    marks = prepared.rows.get("mark") or prepared.rows.get("student") or []
    return StagedBatch(
        batch=prepared.batch,
        content=prepared.content,
        source=prepared.source,
        content_hash=prepared.sha256,
        rows=sum(prepared.counts().values()),
        quarantined=prepared.rows_bad,
        students=len({row.student for row in marks}),  # type: ignore[union-attr]
        school=prepared.school,
    )


def _report(prepared: Prepared, position: int | None, *, already: bool = False) -> ImportReport:
    return ImportReport(
        file=prepared.file,
        sha256=prepared.sha256,
        batch=prepared.batch,
        rows_read=prepared.rows_read,
        rows_good=prepared.rows_read - prepared.rows_bad,
        rows_bad=prepared.rows_bad,
        problems=tuple(prepared.problems),
        counts=prepared.counts(),
        imported=position is not None and not already,
        already_imported=already,
        position=position,
    )
