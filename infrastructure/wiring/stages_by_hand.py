"""A person's word about stages, with everything it needs: the register, the vault, the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, LogAttempt
from domain.intervention.events import InterventionOpened, StageProposed
from domain.intervention.reasons import AttemptOutcome, AttemptWay
from domain.kernel.commands import Command
from domain.kernel.refusals import NotFound, Refusal
from domain.shared.guards import Answer, Finding, GuardBy
from domain.shared.ids import InterventionId, StudentId, TenantId, derived_id
from infrastructure.register import reads
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime import guarding
from infrastructure.runtime.proposing_by_hand import NotAtSchool, moment, proposal, spans
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent, Receipt
from infrastructure.vault.entry import Entry
from infrastructure.wiring.house import House

REASON: Final = "proposal_reason"
ANSWERS: Final = "guard_answers"
NOTES: Final = "attempt_notes"
_ANSWERED: Final = "select 1 from command_answer where tenant = %s and command_id = %s"


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt at a meeting, as a person tells it. Nobody in `invited`: everybody it asks for."""

    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: Sequence[str] = ()
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One person's wish about a stage, with the id under which it may be sent again."""

    house: House
    tenant: TenantId
    actor: str
    command_id: UUID
    correlation: UUID | None = None

    def propose(
        self, school: SchoolRow, student: StudentId, stage: str, reason: str | None
    ) -> Receipt:
        """Propose a stage, with the register's numbers of this moment.

        Raises:
            Refusal: what stands against it; nothing was stored.
            infrastructure.vault.errors.SubjectErased: the student was erased.
        """
        with self.house.database.worker() as conn:
            text = None if reason is None else self._entry(conn, REASON, student, reason=reason)
            at = moment(conn, self.house.ledger, self.tenant, school, student, stage)
            receipt = self._say(conn, proposal(at, _ref(text)), text)
        self.house.bell.ring("project")
        return receipt

    def approve(
        self,
        intervention: InterventionId,
        opened: InterventionOpened,
        stage: str,
        answers: Mapping[str, bool],
    ) -> Receipt:
        """Enter a stage in the person's name; answers about a child's health or home are sealed.

        Raises:
            Refusal: what stands against it; nothing was stored.
        """
        with self.house.database.worker() as conn:
            state = self.house.ledger.load(conn, InterventionInstance, intervention)
            proposed = state.proposed.get(stage) or state.fired.get(stage)
            sealed = {g.name for g in proposed.guards if g.special} if proposed else set()
            secret = {k: "yes" if yes else "no" for k, yes in answers.items() if k in sealed}
            text = self._entry(conn, ANSWERS, opened.student_id, **secret) if secret else None
            wish = ApproveStage(
                intervention_id=intervention,
                student_id=opened.student_id,
                school_id=opened.school_id,
                case_id=opened.case_id,
                stage=stage,
                answers=tuple(Answer(guard=k, yes=yes) for k, yes in sorted(answers.items())),
                findings=self.findings(conn, opened, proposed),
                answers_ref=_ref(text),
            )
            receipt = self._say(conn, wish, text)
        self.house.bell.ring("project")
        return receipt

    def findings(
        self, conn: Connection, opened: InterventionOpened, proposed: StageProposed | None
    ) -> tuple[Finding, ...]:
        """Return what the register says now of a proposed stage's guards."""
        if proposed is None or all(one.by is not GuardBy.REGISTER for one in proposed.guards):
            return ()
        school = _school(conn, self.tenant, opened.school_id)
        name = proposed.stage.type
        try:
            at = moment(conn, self.house.ledger, self.tenant, school, opened.student_id, name)
        except (NotFound, NotAtSchool):
            return ()  # nobody can say: the guard is not met
        return guarding.in_register(at.known, at.rule, at.student, spans(proposed.numbers))

    def log_attempt(
        self, intervention: InterventionId, opened: InterventionOpened, stage: str, tried: Tried
    ) -> Receipt:
        """Put an attempt at a meeting on record; what was said goes to the vault.

        Raises:
            Refusal: what stands against it; nothing was stored.
            infrastructure.vault.errors.SubjectErased: the student was erased.
        """
        with self.house.database.worker() as conn:
            student, notes = opened.student_id, tried.notes
            text = None if notes is None else self._entry(conn, NOTES, student, notes=notes)
            wish = LogAttempt(
                intervention_id=intervention,
                stage=stage,
                school_id=opened.school_id,
                attempt_id=derived_id("attempt", self.command_id),
                way=tried.way,
                outcome=tried.outcome,
                made_on=tried.made_on,
                invited=tuple(sorted(set(tried.invited))),
                notes_ref=_ref(text),
            )
            receipt = self._say(conn, wish, text)
        self.house.bell.ring("project")
        return receipt

    def _entry(self, conn: Connection, what: str, student: StudentId, **said: str) -> Entry:
        """Return a text for the vault. The same text of the same wish has the same id."""
        written = " ".join(f"{name} {value}" for name, value in sorted(said.items()))
        digest = self.house.vault.blind_index(conn, self.tenant, f"{what} {written}")
        return Entry(derived_id(what, self.command_id, digest.hex()), what, {student: said})

    def _say(self, conn: Connection, command: Command, text: Entry | None) -> Receipt:
        """Decide and keep the text: both commit, or nothing."""
        answered = conn.execute(_ANSWERED, (self.tenant, self.command_id)).fetchone() is not None
        intent = Intent(
            self.tenant, command, self.actor, self.command_id, correlation=self.correlation
        )
        outcome = self.house.ledger.within(conn, [intent])[0]
        if isinstance(outcome, Refusal):
            raise outcome
        if text is not None and outcome.facts and not answered:
            self.house.vault.put_many(conn, self.tenant, [text])
        return outcome


def _ref(text: Entry | None) -> UUID | None:
    return None if text is None else text.record


def _school(conn: Connection, tenant: TenantId, school: UUID) -> SchoolRow:
    return next(row for row in reads.schools(conn, tenant) if row.school == school)
