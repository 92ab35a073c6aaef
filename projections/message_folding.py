"""One message as a row, and how facts move it."""

from typing import Final, assert_never, get_args

from domain.kernel.recorded import Told
from domain.message import events as e
from domain.message.reasons import Finding, Remedy
from domain.shared.ids import MessageId
from projections.kit import expect
from projections.message_rows import MessageRow

LISTENS = get_args(e.MessageEvent)
OFFICE: Final = "school:attendance-office"
OPERATOR: Final = "operator"


def evolve(row: MessageRow | None, fact: Told, key: str) -> MessageRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its message."""
    if isinstance(fact.event, e.MessageRequested):
        return _asked(fact, fact.event)
    if row is None and not isinstance(fact.event, LISTENS):
        return None
    known = expect(row)
    match fact.event:
        case e.MessageReplied():
            return known.but(replied_at=fact.occurred_at)
        case e.MessageFallbackNamed(channel=channel):
            return known.but(fallback=channel)
        case e.MessageDelivered() | e.MessageUndelivered() | e.MessageStatusReported() as told:
            return _reported(known, fact, told)
        case e.MessageSettled() | e.MessageResendOrdered() | e.MessageAbandoned() as ordered:
            return _by_hand(known, fact, ordered)
        case (
            e.MessageAttempted()
            | e.MessageAccepted()
            | e.MessageDeferred()
            | e.MessageRerouted()
            | e.MessageRedirected()
            | e.MessageFailed()
            | e.MessageOutcomeUnknown()
            | e.MessageSkipped()
        ) as sent:
            return _sent(known, fact, sent)
        case _:
            return known  # that somebody opened it, or that it went to a stranger, moves it nowhere


def _asked(fact: Told, m: e.MessageRequested) -> MessageRow:
    return MessageRow(
        message_id=MessageId(fact.stream),
        key=m.key,
        channel=m.channel,
        school_id=m.school_id,
        student_id=m.student_id,
        guardian_id=m.guardian_id,
        run_id=m.run_id,
        step_id=m.step_id,
        status="REQUESTED",
        requested_at=fact.occurred_at,
        moved_at=fact.recorded_at,
        purpose=m.purpose,
        template_key=m.template_key,
    )


def _sent(row: MessageRow, fact: Told, sent: "_Sent") -> MessageRow:
    """Fold what a sender wrote down."""
    row = row.but(moved_at=fact.recorded_at, not_before=None)
    match sent:
        case e.MessageAttempted(attempt=attempt, provider=provider):
            return row.but(status="ATTEMPTED", attempts=attempt, provider=provider)
        case e.MessageAccepted(provider_ref=ref):
            accepted = row.but(provider_ref=ref, accepted_at=fact.occurred_at, reason=None)
            return accepted.but(status="ACCEPTED", owner=None, dead=False, remedy=None)
        case e.MessageDeferred(cause=cause, next_attempt_at=at):
            return row.but(status="DEFERRED", reason=cause, not_before=at)
        case e.MessageRerouted(cause=cause):
            return row.but(status="DEFERRED", reason=cause)
        case e.MessageRedirected(cause=cause) as over:
            return _anew(row, over).but(reason=cause)
        case e.MessageFailed(cause=cause, fix_contact=fix, remedy=remedy):
            told = remedy or (Remedy.FIX_CONTACT if fix else None)
            owner = OPERATOR if _is_ours(cause) else OFFICE
            return row.but(status="FAILED", reason=cause, remedy=told, owner=owner, dead=True)
        case e.MessageOutcomeUnknown(cause=cause):
            return row.but(status="OUTCOME_UNKNOWN", reason=cause, owner=OFFICE)
        case e.MessageSkipped(reason=reason):
            return row.but(status="SKIPPED", reason=str(reason))
        case _:
            assert_never(sent)


_Sent = (
    e.MessageAttempted
    | e.MessageAccepted
    | e.MessageDeferred
    | e.MessageRerouted
    | e.MessageRedirected
    | e.MessageFailed
    | e.MessageOutcomeUnknown
    | e.MessageSkipped
)


def _anew(row: MessageRow, event: e.MessageRedirected | e.MessageResendOrdered) -> MessageRow:
    """Let a generation begin; what the one before it was known by is kept."""
    return row.but(
        status="REQUESTED",
        generation=event.generation,
        channel=event.channel,
        earlier_ref=row.provider_ref or row.earlier_ref,
        provider_ref=None,
        provider=None,
        delivery=None,
        remedy=None,
        owner=None,
        dead=False,
    )


def _reported(
    row: MessageRow,
    fact: Told,
    told: e.MessageDelivered | e.MessageUndelivered | e.MessageStatusReported,
) -> MessageRow:
    if told.generation != row.generation:
        return row  # of an older generation: kept as a fact, and this one goes its own way
    row = row.but(moved_at=fact.recorded_at)
    match told:
        case e.MessageStatusReported(standing=standing):
            read = standing == "read" and row.status == "DELIVERED"
            return row.but(delivery=standing, status="READ" if read else row.status)
        case e.MessageDelivered(provider_status=word):
            status = "READ" if word == "read" else "DELIVERED"
            return row.but(status=status, delivery=word, delivered_at=fact.occurred_at)
        case e.MessageUndelivered(provider_status=word, code=code, remedy=remedy):
            lost = row.but(status="UNDELIVERED", delivery=word, reason=code, remedy=remedy)
            return lost.but(owner=OFFICE, dead=True)
        case _:
            assert_never(told)


def _by_hand(
    row: MessageRow,
    fact: Told,
    ordered: e.MessageSettled | e.MessageResendOrdered | e.MessageAbandoned,
) -> MessageRow:
    row = row.but(moved_at=fact.recorded_at)
    match ordered:
        case e.MessageSettled(finding=Finding.SENT):
            sent = row.but(status="ACCEPTED", accepted_at=fact.occurred_at, owner=None)
            return sent.but(reason=f"SETTLED:{ordered.reason}")
        case e.MessageSettled():
            reason = f"SETTLED:{ordered.reason}"
            return row.but(status="NOT_SENT", reason=reason, remedy=Remedy.RETRY, dead=True)
        case e.MessageResendOrdered():
            return _anew(row, ordered).but(reason=str(ordered.reason))
        case e.MessageAbandoned():
            return row.but(status="ABANDONED", reason=str(ordered.reason), owner=None, dead=False)
        case _:
            assert_never(ordered)


def _is_ours(cause: str) -> bool:
    """Say whether a refusal is about the account with the provider, which no school can mend."""
    return cause.rpartition(":")[2] in {"20003", "21408", "21603", "30002", "30034", "401", "403"}
