"""Imports with everything they need: vault, ledger, the register as it stands."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from domain.contact_choice.commands import RecordConsent
from domain.kernel.refusals import CommandReused
from domain.register_batch.commands import RecordBatch
from domain.shared.ids import BatchId, StudentId, TenantId, derived_id
from domain.work_task.commands import RaiseTask, raised_id
from domain.work_task.events import TaskKind
from infrastructure.clock import machine_now
from infrastructure.imports import csv_files
from infrastructure.imports.csv_text import ColumnProfile, Readable
from infrastructure.imports.edfi import import_edfi
from infrastructure.imports.importing import ImportResult, run
from infrastructure.imports.kept_reports import keep_report
from infrastructure.imports.oneroster import Place, read_oneroster
from infrastructure.imports.prepared import Insistence, Prepared, StagedBatch
from infrastructure.imports.report import ImportReport
from infrastructure.imports.sync_state import forget_origins
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.register.reads import local_codes, school_roll, students
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent, Receipt
from infrastructure.vault import raw_payloads
from infrastructure.vault.entry import Entry
from infrastructure.vault.raw_payloads import RawPage
from infrastructure.vault.vault import Vault
from infrastructure.wiring.house import House

_CHOICES: Final = 200


class VaultSink:
    """People of an import go to the vault; whoever was erased is left out."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def put_many(
        self,
        conn: Connection,
        tenant: TenantId,
        kind: str,
        records: Mapping[UUID, Mapping[str, Any]],
    ) -> None:
        """Keep many people of one kind."""
        erased = self._vault.erased(conn, tenant, records)
        entries = [
            Entry(person, kind, {person: fields})
            for person, fields in records.items()
            if person not in erased
        ]
        self._vault.put_many(conn, tenant, entries)

    def keep_raw(
        self,
        conn: Connection,
        tenant: TenantId,
        batch: BatchId,
        source: str,
        pages: Sequence[tuple[Collection[UUID], bytes]],
    ) -> None:
        """Keep a source's own words, sealed and for some weeks."""
        numbered = [
            RawPage(number, sorted(named), payload) for number, (named, payload) in enumerate(pages)
        ]
        self._vault.keep_raw(conn, tenant, batch, source, numbered)


def _every(_: ImportReport) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports for one tenant, in the name of one person."""

    house: House
    tenant: TenantId
    actor: str
    import_id: UUID | None = None  # under which its report is kept; none: a new one
    worth_keeping: Callable[[ImportReport], bool] = _every

    def edfi(
        self,
        folder: Path,
        *,
        keep_good_rows: bool = False,
        accept_fewer: Insistence | None = None,
        region: str = "US",
        zone: str = "America/Chicago",
    ) -> ImportReport:
        """Import a folder of Ed-Fi files: `region` of telephone numbers, `zone` of the schools."""
        database, sink = self.house.database, VaultSink(self.house.vault)
        with database.tenant(self.tenant) as conn:
            known = local_codes(conn, self.tenant)
        return self._finish(
            import_edfi(
                database,
                self.tenant,
                folder,
                sink,
                self._commit,
                keep_good_rows=keep_good_rows,
                accept_fewer=accept_fewer,
                region=region,
                zone=zone,
                local_codes=known,
            )
        )

    def oneroster(
        self,
        path: Path,
        place: Place,
        *,
        today: date,
        keep_good_rows: bool = False,
        accept_fewer: Insistence | None = None,
    ) -> ImportReport:
        """Import a OneRoster bundle, a zip or a folder: schools, terms, pupils, guardians."""
        read = read_oneroster(self.house.database, self.tenant, path, place, today)
        return self.prepared(read, keep_good_rows=keep_good_rows, accept_fewer=accept_fewer)

    def schools(self, path: Path, *, keep_good_rows: bool = False) -> ImportReport:
        """Import a file of schools."""
        database, sink = self.house.database, VaultSink(self.house.vault)
        return self._finish(
            csv_files.import_schools(
                database, self.tenant, path, sink, self._commit, keep_good_rows=keep_good_rows
            )
        )

    def csv(
        self,
        what: str,
        path: Readable,
        school: str,
        *,
        today: date,
        profile: ColumnProfile | None = None,
        keep_good_rows: bool = False,
    ) -> ImportReport:
        """Import a school's calendar, codes, students, guardians or marks; `what` names which.

        Raises:
            infrastructure.register.evaluation.SchoolUnknown: for a school nobody has imported.
        """
        database, sink = self.house.database, VaultSink(self.house.vault)
        with database.tenant(self.tenant) as conn:
            found = find_school(conn, self.tenant, school)
            roll = school_roll(conn, self.tenant, found)
        if roll is None:
            raise SchoolUnknown(school)
        common = {"profile": profile or csv_files.PLAIN, "keep_good_rows": keep_good_rows}
        place = (database, self.tenant, path, roll, sink, self._commit)
        match what:
            case "calendar":
                result = csv_files.import_calendar(*place, **common)  # type: ignore[arg-type]  # two options of known types
            case "codes":
                result = csv_files.import_codes(*place, **common)  # type: ignore[arg-type]  # two options of known types
            case "students":
                result = csv_files.import_students(*place, **common)  # type: ignore[arg-type]  # two options of known types
            case "guardians":
                result = csv_files.import_guardians(*place, **common)  # type: ignore[arg-type]  # two options of known types
            case "marks":
                result = csv_files.import_marks(*place, today=today, **common)  # type: ignore[arg-type]  # two options of known types
            case _:
                raise ValueError(what)
        return self._finish(result)

    def prepared(
        self,
        prepared: Prepared,
        *,
        keep_good_rows: bool,
        accept_fewer: Insistence | None = None,
    ) -> ImportReport:
        """Import what was read and checked already."""
        sink = VaultSink(self.house.vault)
        return self._finish(
            run(
                self.house.database,
                prepared,
                sink,
                self._commit,
                keep_good_rows=keep_good_rows,
                accept_fewer=accept_fewer,
            )
        )

    def _commit(self, staged: StagedBatch) -> int:
        command = RecordBatch(
            batch_id=staged.batch,
            content=staged.content,
            source=staged.source,
            content_hash=staged.content_hash,
            rows=staged.rows,
            quarantined=staged.quarantined,
            students=staged.students,
            school_id=staged.school,
        )
        receipt = self.house.ledger.execute(
            command,
            tenant=self.tenant,
            by=self.actor,
            command_id=derived_id(self.tenant, "batch", staged.batch),
        )
        return receipt.position

    def _finish(self, result: ImportResult) -> ImportReport:
        """Record the guardians' answers; asked again after a crash, they are recorded once."""
        wishes = [
            Intent(
                self.tenant,
                RecordConsent(guardian_id=guardian, channel=channel, given=given, source="IMPORT"),
                self.actor,
                derived_id(self.tenant, result.report.batch, guardian, channel, given),
            )
            for guardian, channel, given in result.choices
        ]
        for first in range(0, len(wishes), _CHOICES):
            outcomes = self.house.ledger.execute_many(wishes[first : first + _CHOICES])
            # Answered before, in the words of an older release: the answer stands.
            assert all(isinstance(one, Receipt | CommandReused) for one in outcomes)  # noqa: S101  consents are never refused
        self._ask_about_contested(result.report)
        with self.house.database.tenant(self.tenant) as conn:
            if self.worth_keeping(result.report):
                keep_report(conn, self.tenant, self.actor, result.report, self.import_id)
            kept_for = timedelta(days=self.house.settings.raw_payload_days)
            before = machine_now() - kept_for
            raw_payloads.purge(conn, before, self.tenant)
            forget_origins(conn, self.tenant, before)
        return result.report

    def _ask_about_contested(self, report: ImportReport) -> None:
        """Ask a person about each day on which a source contests a correction (D41), once."""
        contested = {
            (one.student, one.on)
            for one in report.problems
            if one.code == "correction-stands" and one.student is not None and one.on is not None
        }
        if not contested:
            return
        with self.house.database.tenant(self.tenant) as conn:
            asked = [StudentId(student) for student, _ in contested]
            at = {row.student: row.school for row in students(conn, self.tenant, students=asked)}
        wishes = [
            Intent(
                self.tenant,
                RaiseTask(task, TaskKind.CONTESTED_MARK, school, StudentId(student), on),
                self.actor,
                derived_id(self.tenant, "raise", task),
            )
            for student, on in sorted(contested)
            if (school := at.get(StudentId(student))) is not None
            for task in [raised_id(TaskKind.CONTESTED_MARK, StudentId(student), on)]
        ]
        self.house.ledger.execute_many(wishes)
