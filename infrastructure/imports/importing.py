"""The one way from a prepared file to the register: all of it, or nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from psycopg import Rollback

from domain.shared.ids import SchoolId, TenantId
from infrastructure.crash_points import crash_point
from infrastructure.imports.prepared import (
    Changes,
    Choice,
    Insistence,
    Mark,
    PersonSink,
    Prepared,
    StagedBatch,
)
from infrastructure.imports.pupil_years import forget_erased, tell_years
from infrastructure.imports.report import ImportReport, Problem
from infrastructure.imports.staging import known_marks, known_pupils, position_of, stage
from infrastructure.register.stored_lines import keep_up
from infrastructure.store.database import Connection, Database

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
    accept_fewer: Insistence | None = None,
) -> ImportResult:
    """Stage and record a prepared file, unless it is known already or has rows nobody can use.

    People go to the vault in the transaction that stages the rows. The fact comes after: a stop
    in between leaves rows that nobody sees, and the next try begins again with the same ids. One
    import of a source at a time: what is new is told by what was known when it began.
    """
    with one_at_a_time(database, prepared.tenant, prepared.source):
        with database.tenant(prepared.tenant) as conn:
            tell_years(conn, prepared)
            position = position_of(conn, prepared.tenant, prepared.batch)
            if position is None and not prepared.stops:
                _look_for_collapse(conn, prepared, accept_fewer)
        if position is not None:
            return ImportResult(_report(prepared, position, already=True), tuple(prepared.choices))
        if prepared.stops or (prepared.set_aside and not keep_good_rows):
            return ImportResult(_report(prepared, None))
        with database.tenant(prepared.tenant) as conn:
            changes, staged = _stage_what_is_new(conn, prepared)
            for kind, records in sorted(prepared.people.items()):
                people.put_many(conn, prepared.tenant, kind, records)
            forget_erased(conn, prepared)
            if staged and prepared.raw:
                batch, pages = prepared.batch, list(prepared.raw_pages())
                people.keep_raw(conn, prepared.tenant, batch, prepared.source, pages)
        if not staged:
            return ImportResult(_report(prepared, None, changes), tuple(prepared.choices))
        crash_point("import.after_stage")
        position = commit(_staged(prepared))
    if "mark" in changes and _moved(changes["mark"]):
        _write_lines(database, prepared)
    return ImportResult(_report(prepared, position, changes), tuple(prepared.choices))


@contextmanager
def one_at_a_time(database: Database, tenant: TenantId, source: str) -> Iterator[None]:
    """Hold the lock of a source, on a session of its own, until the fact is recorded."""
    with database.session("anseo_app") as conn:
        conn.execute("select pg_advisory_lock(hashtextextended(%s, 1))", (f"{tenant} {source}",))
        yield


def _stage_what_is_new(conn: Connection, prepared: Prepared) -> tuple[dict[str, Changes], bool]:
    """Stage, and say whether there is anything to record: a sync may find what is known."""
    staged = True
    with conn.transaction() as savepoint:
        changes = stage(conn, prepared)
        if prepared.base is not None and not any(map(_moved, changes.values())):
            staged = False
            raise Rollback(savepoint)
    return changes, staged


def _moved(one: Changes) -> bool:
    return bool(one.added or one.changed or one.taken_back)


def _look_for_collapse(
    conn: Connection, prepared: Prepared, accept_fewer: Insistence | None
) -> None:
    """Refuse a source that has lost much of what it had, unless a person says that it is right."""
    found: list[tuple[str, int, int]] = []
    if prepared.replaces is not None:
        known = known_marks(conn, prepared.tenant, prepared.source, prepared.replaces)
        found.append(("too-few-rows", len(prepared.rows.get("mark", ())), known))
    if prepared.whole_roll_of:
        found.append(("too-few-pupils", prepared.pupils_listed, known_pupils(conn, prepared)))
    for code, new, known in found:
        if new * _FEWER[1] >= known * _FEWER[0]:
            continue
        problem = Problem(prepared.file, None, code, f"{new} against {known}.")
        if accept_fewer is not None:
            detail = f"{problem.detail} {accept_fewer.by}: {accept_fewer.reason}."
            problem = Problem(prepared.file, None, "fewer-accepted", detail)
        prepared.problems.append(problem)


def _write_lines(database: Database, prepared: Prepared) -> None:
    """Let stored lines say what has just become known.

    A stop before this loses nothing: whoever reads the lines next brings them up to date first.
    """
    marks = prepared.rows.get("mark")
    if not marks:
        return
    days = {row.on_date for row in marks if isinstance(row, Mark)}
    # By number: an id hashes slowly, and a day of a district has 100,000 marks.
    schools = {row.school.int: SchoolId(row.school) for row in marks if isinstance(row, Mark)}
    with database.tenant(prepared.tenant) as conn:
        keep_up(conn, prepared.tenant, {*schools.values()}, (min(days), max(days)))


def _staged(prepared: Prepared) -> StagedBatch:
    marks = prepared.rows.get("mark") or prepared.rows.get("student") or []
    return StagedBatch(
        batch=prepared.batch,
        content=prepared.content,
        source=prepared.source,
        content_hash=prepared.sha256,
        rows=sum(prepared.counts().values()),
        quarantined=prepared.rows_bad,
        students=len({row.student.int for row in marks}),  # type: ignore[union-attr]
        school=prepared.school,
    )


def _report(
    prepared: Prepared,
    position: int | None,
    changes: Mapping[str, Changes] | None = None,
    *,
    already: bool = False,
) -> ImportReport:
    unchanged = position is None and changes is not None
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
        already_imported=already or unchanged,
        position=prepared.base if unchanged else position,
        content=prepared.content,
        source=prepared.source,
        school=prepared.school,
        changes={table: one._asdict() for table, one in sorted((changes or {}).items())},
        unchanged=unchanged,
    )
