"""Senders: claim a message, commit the attempt, call the provider, commit the outcome.

One call is in flight for each sender thread, and its attempt is a committed fact before the call.
So after a crash at any point the ledger says what may have happened, and the provider's class
says what to do: repeat under the same key, ask, or say honestly that nobody knows.

Leases only share the work. What keeps two senders of one message apart is the version of its
stream: each attempt follows the very facts that its sender looked at, a refusal belongs to the
attempt it answers, and a sender that slept after its attempt no longer calls. What keeps two
messages with the same words to the same number apart is in `references.py`, and which provider of
a channel is called in `providers.py`.
"""

import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from domain.contact_choice.commands import SuppressChannel
from domain.contact_choice.events import SuppressionCause
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.refusals import Refusal
from domain.message.aggregate import State
from domain.message.commands import (
    AttemptMessage,
    RecordAccepted,
    RecordRejected,
    RecordUnknown,
    RecordUnsayable,
)
from domain.message.events import MessageAttempted
from domain.message.remembering import ON_ITS_WAY
from domain.shared.ids import TenantId, derived_id
from infrastructure.channels.protocol import (
    Accepted,
    ChannelAdapter,
    NotFound,
    Outcome,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
)
from infrastructure.clock import machine_now
from infrastructure.crash_points import crash_point
from infrastructure.documents.errors import TemplateNotFound, TextProblem
from infrastructure.runtime import leases, providers
from infrastructure.runtime.claiming import Claims, Work
from infrastructure.runtime.composing import Composed, Composer
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.providers import Providers
from infrastructure.runtime.references import OwnedByOthers, give
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger, Receipt

log = structlog.get_logger()
ACTOR: Final = "process:send"
OPTED_OUT: Final = "21610"
# A table that is behind shows it a moment later; until then the message is left alone.
_A_MOMENT: Final = 0.1
_A_WHILE: Final = 5.0
# How long a message waits for the runs of siblings to hear that it speaks of them, too.
_PATIENCE: Final = timedelta(seconds=60)


class Sender:
    """One sender thread. Any number of them share the outbox by SKIP LOCKED and leases."""

    exclusive: str | None = None

    def __init__(
        self,
        number: int,
        database: Database,
        ledger: Ledger,
        composer: Composer,
        adapters: Providers,
        bell: Bell,
        claims: Claims,
    ) -> None:
        self.name = f"send-{number}"
        self._bell = bell
        self._claims = claims
        self._database = database
        self._ledger = ledger
        self._composer = composer
        self._providers = adapters
        self._settings = composer.settings

    def step(self) -> int:
        """Send some messages, one after the other."""
        work = self._claims.take(self.name, self._goes)
        for one in work:
            self._handle(one)
        return len(work)

    def _goes(self, row: Leaving) -> bool:
        """Say whether a message can leave now, so that it is worth its words."""
        due = row.not_before is None or row.not_before <= machine_now()
        way = providers.for_next_call(self._providers, row) if row.state in ON_ITS_WAY else None
        return due and way is not None

    def _handle(self, work: Work) -> None:
        tenant, row = work.tenant, work.row
        if row.state not in ON_ITS_WAY:
            self._leave(tenant, row, _A_MOMENT)  # it has come to its end; the table is behind
            return
        if row.not_before is not None and (early := row.not_before - machine_now()) > timedelta():
            self._leave(tenant, row, early.total_seconds())
            return
        adapter = providers.for_next_call(self._providers, row)
        if adapter is None:
            return  # no provider is configured: it waits, and /readyz says so
        composed = work.fresh
        if composed is None:
            try:
                with self._database.worker() as conn:
                    composed = self._composer.message(conn, tenant, row)
            except TextProblem as problem:
                self._unsayable(tenant, row, problem)
                return
        if row.state is State.ATTEMPTING and row.attempted_at is not None:
            self._recover(tenant, row, row.attempted_at, composed, adapter)
        else:
            self._attempt(tenant, row, composed, adapter, "")

    def _attempt(
        self,
        tenant: TenantId,
        row: Leaving,
        composed: Composed,
        adapter: ChannelAdapter,
        recovery: str,
    ) -> None:
        crash_point("send.before_attempt")
        began = time.monotonic()
        attempt = row.attempt + 1
        command = attempt_of(row, composed, adapter, recovery)
        # A fresh id: the answer to an attempt must never be a repeated one, or a stale claim of a
        # message whose attempt is open would be taken for leave to send it again.
        told: list[Event] = []
        done = self._execute(tenant, command, uuid4(), row.version, told)
        if done is None or composed.outgoing is None:
            return
        if not any(isinstance(fact, MessageAttempted) for fact in told):
            # The last look found something against it, or against a sibling that it speaks of too,
            # or that one's run has yet to hear of it, or it is night: a later claim asks again.
            if row.also or row.attempt or not told:
                self._leave(tenant, row, _A_MOMENT if row.also else _A_WHILE)
            return
        crash_point("send.after_attempt")
        if time.monotonic() - began > adapter.settles_after.total_seconds() / 4:
            return  # it slept, and somebody may look it up and send it any moment: theirs now
        outcome = adapter.send(composed.outgoing)
        crash_point("send.after_call")
        self._settle(tenant, row, attempt, adapter, outcome, done.version)
        crash_point("send.after_outcome")

    def _unsayable(self, tenant: TenantId, row: Leaving, problem: TextProblem) -> None:
        """No text can say it: a person sees to it, and no other message waits for that."""
        log.error("unsayable", message=str(row.message_id), problem=str(problem))
        missing = isinstance(problem, TemplateNotFound)
        cause = "TEXT_NOT_FOUND" if missing else "TEXT_UNFILLED"
        command = RecordUnsayable(message_id=row.message_id, cause=cause)
        self._tell(tenant, command, "unsayable", row.attempt, row.version)
        self._leave(tenant, row, _A_MOMENT)

    def _recover(
        self,
        tenant: TenantId,
        row: Leaving,
        attempted_at: datetime,
        composed: Composed,
        adapter: ChannelAdapter,
    ) -> None:
        """An attempt was left open: by a sender that died, or by a call that ended unclear."""
        with self._database.worker() as conn:
            now = _store_now(conn)  # the clock that wrote down when the attempt was
        if now < attempted_at + adapter.settles_after or composed.outgoing is None:
            self._wait(tenant, row, adapter)
            return
        first_at = row.first_attempted_at or attempted_at  # windows count from the first use
        match adapter.retry_rule:
            case RetryRule.IDEMPOTENCY_KEY:
                if now - first_at < adapter.keys_kept_for:
                    self._attempt(tenant, row, composed, adapter, "IDEMPOTENCY_KEY")
                else:
                    self._unknown(tenant, row, "KEY_EXPIRED", row.version)
            case RetryRule.LOOK_UP:
                others = OwnedByOthers(self._database, tenant, row.message_id, row.refs)
                crash_point("send.before_look_up")
                found = adapter.look_up(composed.outgoing, first_at, others)
                crash_point("send.after_look_up")
                if isinstance(found, NotFound):
                    self._attempt(tenant, row, composed, adapter, "NOT_FOUND")
                elif isinstance(found, Accepted):
                    self._settle(tenant, row, row.attempt, adapter, found, row.version)
                else:
                    self._wait(tenant, row, adapter)
            case RetryRule.NONE:
                self._unknown(tenant, row, "SENDER_ENDED", row.version)

    def _settle(
        self,
        tenant: TenantId,
        row: Leaving,
        attempt: int,
        adapter: ChannelAdapter,
        outcome: Outcome,
        version: int,
    ) -> None:
        match outcome:
            case Accepted(provider_ref=ref):
                # Whoever knows that it was taken may say so, whatever happened meanwhile.
                command = RecordAccepted(message_id=row.message_id, provider_ref=ref)
                if adapter.retry_rule is not RetryRule.LOOK_UP:
                    self._tell(tenant, command, "outcome", attempt)
                elif not self._own(tenant, command, attempt):
                    self._wait(tenant, row, adapter)
            case Rejected():
                self._reject(tenant, row, attempt, adapter, outcome, version)
            case Unknown(cause=cause):
                if adapter.retry_rule is RetryRule.NONE:
                    self._unknown(tenant, row, str(cause), version)
                else:
                    self._wait(tenant, row, adapter)

    def _own(self, tenant: TenantId, command: RecordAccepted, attempt: int) -> bool:
        """Give an acceptance to this message unless another one has it; say whether it has."""
        key = derived_id("send", "outcome", command.stream, attempt, command)

        def unless_owned(owner: UUID | None) -> Intent | None:
            ours = owner in {None, command.stream}
            return Intent(tenant, command, ACTOR, key) if ours else None

        outcome = give(self._ledger, tenant, command.provider_ref, unless_owned)
        self._bell.ring("project")
        if outcome is None or isinstance(outcome, Refusal):
            code = "owned-by-another" if outcome is None else outcome.code
            log.info("refused", command=type(command).__name__, code=code)
        return outcome is not None

    def _reject(
        self,
        tenant: TenantId,
        row: Leaving,
        attempt: int,
        adapter: ChannelAdapter,
        rejected: Rejected,
        version: int,
    ) -> None:
        """Write down that it certainly was not taken, and who is asked next, or when."""
        other = providers.after(self._providers, row, adapter, rejected)
        wait = providers.wait_for(self._settings, rejected, row.tries + 1)
        command = RecordRejected(
            message_id=row.message_id,
            cause=f"{rejected.cause}:{rejected.code}" if rejected.code else str(rejected.cause),
            next_attempt_at=None if wait is None else machine_now() + wait,
            fix_contact=rejected.retry is RetryCause.FIX_CONTACT,
            other_provider=other,
        )
        self._tell(tenant, command, "outcome", attempt, version)
        if rejected.code == OPTED_OUT:
            stop = SuppressChannel(
                guardian_id=row.guardian_id, channel=row.channel, cause=SuppressionCause.STOP
            )
            self._tell(tenant, stop, f"opted-out {row.message_id}", attempt)
        moment = timedelta(seconds=_A_MOMENT)
        left = moment if wait is None or other is not None else wait
        self._leave(tenant, row, left.total_seconds())

    def _unknown(self, tenant: TenantId, row: Leaving, cause: str, version: int) -> None:
        command = RecordUnknown(message_id=row.message_id, cause=cause)
        self._tell(tenant, command, "outcome", row.attempt, version)

    def _wait(self, tenant: TenantId, row: Leaving, adapter: ChannelAdapter) -> None:
        """Look again when the provider has certainly taken the message or never will."""
        self._leave(tenant, row, adapter.settles_after.total_seconds())

    def _leave(self, tenant: TenantId, row: Leaving, seconds: float) -> None:
        """Let nobody look at a message for a while."""
        with self._database.worker() as conn:
            work = [(tenant, row.message_id)]
            leases.take(conn, work, "send", self.name, max(seconds, _A_MOMENT))

    def _tell(
        self,
        tenant: TenantId,
        command: Command,
        what: str,
        attempt: int,
        version: int | None = None,
    ) -> None:
        """Execute a command under an id that a repeat of this very attempt would use again."""
        key = derived_id("send", what, command.stream, attempt, command)
        self._execute(tenant, command, key, version)

    def _execute(
        self,
        tenant: TenantId,
        command: Command,
        command_id: UUID,
        version: int | None,
        told: list[Event] | None = None,
    ) -> Receipt | None:
        """Execute a command; with a version, only where nothing has happened since."""
        try:
            return self._ledger.execute(
                command,
                tenant=tenant,
                by=ACTOR,
                command_id=command_id,
                expecting=version,
                told=told,
            )
        except Refusal as refusal:
            log.info("refused", command=type(command).__name__, code=refusal.code)
            return None


def _store_now(conn: Connection) -> datetime:
    row = conn.execute("select clock_timestamp()").fetchone()
    return machine_now() if row is None else row[0]


def attempt_of(
    row: Leaving, composed: Composed, adapter: ChannelAdapter, recovery: str
) -> AttemptMessage:
    """Return the command that asks for the last look, just before a call."""
    return AttemptMessage(
        message_id=row.message_id,
        school_id=row.school_id,
        student_id=row.student_id,
        guardian_id=row.guardian_id,
        run_id=row.run_id,
        case_id=row.case_id,
        intervention_id=row.intervention_id,
        provider=adapter.name,
        retry_rule=str(adapter.retry_rule),
        template_version=composed.template.version,
        template_hash=composed.template.sha256,
        language=composed.template.language,
        has_address=composed.outgoing is not None,
        recovery=recovery,
        free_text=composed.free_text,
        last_inbound_at=composed.last_inbound_at,
        unreachable=composed.unreachable,
        beside=composed.beside,
        also=row.also,
        patient=row.asked_at is not None and machine_now() - row.asked_at < _PATIENCE,
    )
