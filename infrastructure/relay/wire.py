"""The public schema: which facts leave the house, under which names, and in which form.

It stands apart from the facts on purpose: a fact may be renamed or moved without a consumer ever
noticing, and a fact that is not in this table does not leave. Contact choices, playbooks and rule
sets stay inside: what a guardian consented to is nobody's business downstream (a message that was
skipped says why), definitions travel frozen inside the runs that they started, and who in the
school has taken a task, what its own tasks are, and which returns it owes, is the school's own.

The form is the CloudEvents 1.0 Kafka binding in binary mode: attributes are headers, the key is the
stream, the value is plain JSON of those fields that are not above `internal`. Names that a school
gave to its stages, playbooks and texts go out as one word, see `neutral`. Consumers
de-duplicate by `ce_id` and order the facts of one stream by `ce_streamversion`.
"""

import zlib
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import msgspec

from domain.case import events as case
from domain.evaluation import events as evaluation
from domain.exemption import events as exemption
from domain.intervention import events as intervention
from domain.kernel import facts
from domain.kernel.classification import public_fields
from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.letter import events as letter
from domain.meeting import events as meeting
from domain.message import events as message
from domain.playbook_run import events as run
from domain.register_batch import events as register
from domain.shared.ids import TenantId
from infrastructure.relay.neutral import neutral

Headers = list[tuple[str, bytes]]

PUBLIC: Final[dict[type[Event], str]] = {
    case.CaseOpened: "ie.anseo.case.opened.v1",
    case.CaseTierRaised: "ie.anseo.case.tier_raised.v1",
    case.CaseClosed: "ie.anseo.case.closed.v1",
    evaluation.EvaluationCompleted: "ie.anseo.evaluation.completed.v1",
    exemption.ExemptionGranted: "ie.anseo.exemption.granted.v1",
    exemption.ExemptionEnded: "ie.anseo.exemption.ended.v1",
    intervention.InterventionOpened: "ie.anseo.intervention.opened.v1",
    intervention.StageProposed: "ie.anseo.intervention.stage_proposed.v1",
    intervention.StageEntered: "ie.anseo.intervention.stage_entered.v1",
    intervention.StageDeclined: "ie.anseo.intervention.stage_declined.v1",
    intervention.StageWithheld: "ie.anseo.intervention.stage_withheld.v1",
    intervention.StageWithdrawn: "ie.anseo.intervention.stage_withdrawn.v1",
    intervention.AbsenceExplained: "ie.anseo.intervention.absence_explained.v1",
    intervention.StageUnsupported: "ie.anseo.intervention.stage_unsupported.v1",
    intervention.StageReinstated: "ie.anseo.intervention.stage_reinstated.v1",
    intervention.CorrectionReviewed: "ie.anseo.intervention.correction_reviewed.v1",
    intervention.StageFulfilled: "ie.anseo.intervention.stage_fulfilled.v1",
    intervention.DueMoved: "ie.anseo.intervention.due_moved.v1",
    intervention.DuePassed: "ie.anseo.intervention.due_passed.v1",
    intervention.LetterSent: "ie.anseo.intervention.letter_sent.v1",
    intervention.MeetingArranged: "ie.anseo.intervention.meeting_arranged.v1",
    intervention.AttemptLogged: "ie.anseo.intervention.attempt_logged.v1",
    intervention.AttemptFailed: "ie.anseo.intervention.attempt_failed.v1",
    intervention.ImprovementChecked: "ie.anseo.intervention.improvement_checked.v1",
    intervention.AttendanceImproved: "ie.anseo.intervention.attendance_improved.v1",
    intervention.InterventionEscalated: "ie.anseo.intervention.escalated.v1",
    intervention.InterventionStopped: "ie.anseo.intervention.stopped.v1",
    intervention.InterventionResumed: "ie.anseo.intervention.resumed.v1",
    intervention.InterventionCompleted: "ie.anseo.intervention.completed.v1",
    letter.LetterRequested: "ie.anseo.letter.requested.v1",
    letter.LetterRendered: "ie.anseo.letter.rendered.v1",
    letter.LetterRenderingFailed: "ie.anseo.letter.rendering_failed.v1",
    letter.LetterWithdrawn: "ie.anseo.letter.withdrawn.v1",
    letter.LetterPosted: "ie.anseo.letter.posted.v1",
    meeting.MeetingScheduled: "ie.anseo.meeting.scheduled.v1",
    meeting.MeetingMoved: "ie.anseo.meeting.moved.v1",
    meeting.MeetingHeld: "ie.anseo.meeting.held.v1",
    meeting.MeetingMissed: "ie.anseo.meeting.missed.v1",
    meeting.MeetingCancelled: "ie.anseo.meeting.cancelled.v1",
    meeting.MeetingOutcomeRecorded: "ie.anseo.meeting.outcome_recorded.v1",
    message.MessageRequested: "ie.anseo.message.requested.v1",
    message.MessageParted: "ie.anseo.message.parted.v1",
    message.MessageAttempted: "ie.anseo.message.attempted.v1",
    message.MessageAccepted: "ie.anseo.message.accepted.v1",
    message.MessageDeferred: "ie.anseo.message.deferred.v1",
    message.MessageFailed: "ie.anseo.message.failed.v1",
    message.MessageOutcomeUnknown: "ie.anseo.message.outcome_unknown.v1",
    message.MessageSkipped: "ie.anseo.message.skipped.v1",
    message.MessageDelivered: "ie.anseo.message.delivered.v1",
    message.MessageUndelivered: "ie.anseo.message.undelivered.v1",
    message.MessageReplied: "ie.anseo.message.replied.v1",
    message.MessageOpened: "ie.anseo.message.opened.v1",
    message.MessageMisaddressed: "ie.anseo.message.misaddressed.v1",
    message.MessageFallbackNamed: "ie.anseo.message.fallback_named.v1",
    message.MessageRerouted: "ie.anseo.message.rerouted.v1",
    message.MessageRedirected: "ie.anseo.message.redirected.v1",
    message.MessageStatusReported: "ie.anseo.message.status_reported.v1",
    message.MessageSettled: "ie.anseo.message.settled.v1",
    message.MessageResendOrdered: "ie.anseo.message.resend_ordered.v1",
    message.MessageAbandoned: "ie.anseo.message.abandoned.v1",
    run.RunStarted: "ie.anseo.playbook_run.started.v2",
    run.StepScheduled: "ie.anseo.playbook_run.step_scheduled.v1",
    run.StepRequested: "ie.anseo.playbook_run.step_requested.v1",
    run.StepJoined: "ie.anseo.playbook_run.step_joined.v1",
    run.StepSent: "ie.anseo.playbook_run.step_sent.v1",
    run.StepSkipped: "ie.anseo.playbook_run.step_skipped.v1",
    run.StepFailed: "ie.anseo.playbook_run.step_failed.v1",
    run.StepOutcomeUnknown: "ie.anseo.playbook_run.step_outcome_unknown.v1",
    run.StepDelivered: "ie.anseo.playbook_run.step_delivered.v1",
    run.StepUndelivered: "ie.anseo.playbook_run.step_undelivered.v1",
    run.ActionScheduled: "ie.anseo.playbook_run.action_scheduled.v1",
    run.Waited: "ie.anseo.playbook_run.waited.v1",
    run.Branched: "ie.anseo.playbook_run.branched.v1",
    run.TaskAsked: "ie.anseo.playbook_run.task_asked.v1",
    run.MeetingAsked: "ie.anseo.playbook_run.meeting_asked.v1",
    run.LetterAsked: "ie.anseo.playbook_run.letter_asked.v1",
    run.EscalationScheduled: "ie.anseo.playbook_run.escalation_scheduled.v1",
    run.EscalationDismissed: "ie.anseo.playbook_run.escalation_dismissed.v1",
    run.RunEscalated: "ie.anseo.playbook_run.escalated.v1",
    run.RunPaused: "ie.anseo.playbook_run.paused.v1",
    run.RunResumed: "ie.anseo.playbook_run.resumed.v1",
    run.RunMoved: "ie.anseo.playbook_run.moved.v1",
    run.GuardianReplied: "ie.anseo.playbook_run.guardian_replied.v1",
    run.RunStopped: "ie.anseo.playbook_run.stopped.v1",
    run.RunCompleted: "ie.anseo.playbook_run.completed.v1",
    register.BatchRecorded: "ie.anseo.register.batch_recorded.v1",
}
_BY_TYPE: Final = {wire_type: cls for cls, wire_type in PUBLIC.items()}
_AGGREGATE: Final = {cls: wire_type.split(".")[2] for cls, wire_type in PUBLIC.items()}
AGGREGATES: Final = tuple(sorted(set(_AGGREGATE.values())))


# Said by nobody outside: that there is a reason to look up says something about the child already.
_WITHHELD: Final[dict[type[Event], frozenset[str]]] = {
    exemption.ExemptionGranted: frozenset({"reason_ref"}),
    # What was found about a guard may tell by which codes alone a child was away.
    intervention.StageProposed: frozenset({"reason_ref", "findings"}),
    intervention.StageEntered: frozenset({"answers_ref"}),
    # Whom a school asks beside the family may tell what a meeting is about: a nurse, a priest.
    intervention.AttemptLogged: frozenset({"notes_ref", "invited"}),
}
SHOWN: Final = {
    cls: frozenset(public_fields(cls)) - _WITHHELD.get(cls, frozenset()) for cls in PUBLIC
}
HIDDEN: Final = {cls: frozenset(cls.__struct_fields__) - SHOWN[cls] for cls in PUBLIC}


HEADERS: Final = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_subject",
    "ce_partitionkey",
    "ce_sequence",
    "ce_streamversion",
    "ce_recordedtime",
    "ce_correlationid",
    "ce_dataclassification",
    "content-type",
    "ce_causationid",  # the last, because not every fact has a cause
)
"""The names of a record's headers, in their order."""


class WireRecord(NamedTuple):
    """What goes to a topic. `said` are the values of `HEADERS`, as far as there are any."""

    topic: str
    key: bytes
    value: bytes
    said: tuple[bytes, ...]

    @property
    def headers(self) -> Headers:
        """The attributes, each with its name."""
        return list(zip(HEADERS, self.said, strict=False))


class Received(Protocol):
    """What comes from a topic: a `WireRecord`, or the record of any Kafka client."""

    @property
    def value(self) -> bytes:
        """The data."""
        ...

    @property
    def headers(self) -> Headers:
        """The attributes."""
        ...


class Unopened(Exception):
    """A record of a type this reader does not know, or whose public part is not the whole fact."""


def topics(prefix: str) -> list[str]:
    """Return every topic that the relay writes, one for each aggregate."""
    return [f"{prefix}.{aggregate}" for aggregate in AGGREGATES]


def partition_of(key: bytes, partitions: int) -> int:
    """Return a stream's partition, as librdkafka's `consistent` partitioner would."""
    return zlib.crc32(key) % partitions


def to_wire(fact: Recorded, prefix: str) -> WireRecord | None:
    """Return the public form of a fact, None for one that stays inside."""
    cls = type(fact.event)
    wire_type = PUBLIC.get(cls)
    if wire_type is None:
        return None
    stream = _text(fact.stream)
    said: tuple[bytes, ...] = (
        b"1.0",
        _text(fact.id),
        b"/anseo/tenants/" + _text(fact.tenant),
        wire_type.encode(),
        _written(fact.occurred_at),
        stream,
        stream,
        b"%019d" % fact.position,  # padded: the extension asks for values that sort as text
        b"%d" % fact.version,
        _written(fact.recorded_at),
        _text(fact.correlation),
        b"internal",
        b"application/json",
    )
    if fact.cause is not None:
        said += (_text(fact.cause),)
    return WireRecord(f"{prefix}.{_AGGREGATE[cls]}", stream, _data(fact.event), said)


def _data(event: Event) -> bytes:
    event = neutral(event)
    hidden = HIDDEN[type(event)]
    if not hidden:
        return facts.write(event)
    shown = SHOWN[type(event)]
    return msgspec.json.encode(
        {name: value for name, value in msgspec.structs.asdict(event).items() if name in shown}
    )


def _written(at: datetime) -> bytes:
    return _text(at.astimezone(UTC))


def _text(value: datetime | UUID) -> bytes:
    # As JSON has it, without the quotes: the same text as `str` and `isoformat`, in a fifth of
    # the time, and there are eight of these in each record.
    return msgspec.json.encode(value)[1:-1]


def id_of(record: Received) -> str:
    """Return the id under which a consumer remembers that it has seen a record."""
    return dict(record.headers)["ce_id"].decode()


def from_wire(record: Received) -> Recorded:
    """Return the fact of a record, as far as the wire tells.

    The actor and the command stay inside: the actor reads "wire", the command the correlation.

    Raises:
        Unopened: for a type that this release does not know, which a consumer passes over.
    """
    told = {name: value.decode() for name, value in record.headers}
    cls = _BY_TYPE.get(told["ce_type"])
    if cls is None:
        raise Unopened(told["ce_type"])
    try:
        event = msgspec.json.decode(record.value, type=cls)
    except msgspec.ValidationError as error:
        raise Unopened(told["ce_type"]) from error
    cause = told.get("ce_causationid")
    correlation = UUID(told["ce_correlationid"])
    return Recorded(
        tenant=TenantId(UUID(told["ce_source"].rpartition("/")[2])),
        stream=UUID(told["ce_subject"]),
        version=int(told["ce_streamversion"]),
        position=int(told["ce_sequence"]),
        event=event,
        occurred_at=datetime.fromisoformat(told["ce_time"]),
        recorded_at=datetime.fromisoformat(told["ce_recordedtime"]),
        actor="wire",
        command_id=correlation,
        cause=None if cause is None else UUID(cause),
        correlation=correlation,
    )
