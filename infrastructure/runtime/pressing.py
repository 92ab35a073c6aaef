"""Presses: claim a letter, write its text, print it, keep the file, commit the fact."""

from typing import Final

import msgspec
import structlog

from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.letter.commands import RecordRendered, RecordRenderingFailed
from domain.shared.ids import TenantId, derived_id
from infrastructure.artifacts.store import ArtifactStore
from infrastructure.crash_points import crash_point
from infrastructure.documents.errors import LetterFailed, RendererMissing, TextProblem
from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.documents.texts import Rendered
from infrastructure.runtime import leases
from infrastructure.runtime.composing import Composer
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from projections import letter_work
from projections.letter_work import LetterWorkRow

log = structlog.get_logger()
CLAIM: Final = 4
ACTOR: Final = "process:letters"


class Press:
    """One press. The same letter printed twice has the same bytes, so a repeat is harmless."""

    exclusive: str | None = None

    def __init__(
        self,
        number: int,
        database: Database,
        ledger: Ledger,
        composer: Composer,
        press: LetterPress,
        artifacts: ArtifactStore,
    ) -> None:
        self.name = f"letters-{number}"
        self._database = database
        self._ledger = ledger
        self._composer = composer
        self._press = press
        self._artifacts = artifacts

    def step(self) -> int:
        """Print one claim's letters."""
        seconds = self._composer.settings.lease_seconds
        with self._database.worker() as conn:
            rows = reads.fetch(conn, letter_work.CLAIM, {"limit": CLAIM})
            work = [(tenant, msgspec.json.decode(doc, type=LetterWorkRow)) for tenant, doc in rows]
            wanted = [(tenant, row.letter_id) for tenant, row in work]
            taken = set(leases.claim(conn, wanted, "letter", self.name, seconds))
        mine = [(tenant, row) for tenant, row in work if (tenant, row.letter_id) in taken]
        for tenant, row in mine:
            self._print(tenant, row)
        return len(mine)

    def _print(self, tenant: TenantId, row: LetterWorkRow) -> None:
        try:
            with self._database.worker() as conn:
                rendered = self._composer.letter(conn, tenant, row)
            title, language = rendered.subject, rendered.language
            pdf = self._press.render(rendered.html or "", title, language, row.requested_on)
        except (LookupError, TextProblem, LetterFailed) as error:
            cause = type(error).__name__
            failed = RecordRenderingFailed(letter_id=row.letter_id, cause=cause)
            self._tell(tenant, failed, cause)
            return
        except RendererMissing:
            log.warning("renderer missing", letter=str(row.letter_id))
            return  # the lease ends, and by then it may have been installed
        crash_point("letter.after_render")
        self._keep(tenant, row, rendered, pdf)

    def _keep(self, tenant: TenantId, row: LetterWorkRow, rendered: Rendered, pdf: bytes) -> None:
        with self._database.worker() as conn:
            subjects = [row.student_id, row.guardian_id]
            cipher = self._composer.vault.artifact_cipher(conn, tenant, row.letter_id, subjects)
        digest = self._artifacts.put(tenant, pdf, cipher)
        crash_point("letter.after_store")
        command = RecordRendered(
            letter_id=row.letter_id,
            content_hash=digest,
            size_bytes=len(pdf),
            template_key=rendered.template_key,
            template_version=rendered.template_version,
            template_hash=rendered.template_hash,
            language=rendered.language,
        )
        self._tell(tenant, command, digest)

    def _tell(self, tenant: TenantId, command: Command, what: str) -> None:
        key = derived_id("press", command.stream, what)
        try:
            self._ledger.execute(command, tenant=tenant, by=ACTOR, command_id=key)
        except Refusal as refusal:
            log.info("refused", command=type(command).__name__, code=refusal.code)
