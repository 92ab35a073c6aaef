"""One canonical instance of every fact and every command: golden payloads are made of these."""

from datetime import UTC, date, datetime, time
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from domain.case import commands as case_c
from domain.case import events as case_e
from domain.contact_choice import commands as choice_c
from domain.contact_choice import events as choice_e
from domain.contact_day import commands as day_c
from domain.contact_day import events as day_e
from domain.evaluation import commands as evaluation_c
from domain.evaluation import events as evaluation_e
from domain.exemption import commands as exemption_c
from domain.exemption import events as exemption_e
from domain.intervention import commands as intervention_c
from domain.intervention import events as intervention_e
from domain.intervention.reasons import (
    AttemptOutcome,
    AttemptWay,
    ResumeReason,
    ReviewOutcome,
)
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.letter import commands as letter_c
from domain.letter import events as letter_e
from domain.meeting import commands as meeting_c
from domain.meeting import events as meeting_e
from domain.message import commands as message_c
from domain.message import events as message_e
from domain.message.reasons import (
    AbandonReason,
    Finding,
    MessageSkip,
    Remedy,
    ResendReason,
    SettleReason,
)
from domain.message.statuses import DeliveryStatus
from domain.owed_return import commands as return_c
from domain.owed_return import events as return_e
from domain.playbook import commands as playbook_c
from domain.playbook import events as playbook_e
from domain.playbook_run import commands as run_c
from domain.playbook_run import events as run_e
from domain.register_batch import commands as batch_c
from domain.register_batch import events as batch_e
from domain.rule_set import commands as rule_set_c
from domain.rule_set import events as rule_set_e
from domain.shared import ids
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import (
    MessageStep,
    OffsetUnit,
    OnReply,
    OnStage,
    Playbook,
    StopCondition,
)
from domain.shared.recipients import Against
from domain.shared.stages import Approval, Stage
from domain.shared.texts import TextKind, Wording
from domain.template import commands as template_c
from domain.template import events as template_e
from domain.work_task import commands as work_task_c
from domain.work_task import events as work_task_e

S = TypeVar("S", bound=msgspec.Struct)

TENANT: Final = ids.TenantId(UUID("10000000-0000-4000-8000-000000000001"))
SCHOOL: Final = ids.SchoolId(UUID("20000000-0000-4000-8000-000000000001"))
STUDENT: Final = ids.StudentId(UUID("30000000-0000-4000-8000-000000000001"))
GUARDIAN: Final = ids.GuardianId(UUID("40000000-0000-4000-8000-000000000001"))
INTERVENTION: Final = ids.InterventionId(UUID("50000000-0000-4000-8000-000000000001"))
CASE: Final = ids.CaseId(UUID("60000000-0000-4000-8000-000000000001"))
RULE_SET: Final = ids.RuleSetId(UUID("70000000-0000-4000-8000-000000000001"))
TEMPLATE: Final = ids.TemplateId(UUID("71000000-0000-4000-8000-000000000001"))
OTHER_TEMPLATE: Final = ids.TemplateId(UUID("71000000-0000-4000-8000-000000000002"))
OTHER_RULE_SET: Final = ids.RuleSetId(UUID("70000000-0000-4000-8000-000000000002"))
PLAYBOOK: Final = ids.PlaybookId(UUID("80000000-0000-4000-8000-000000000001"))
RUN: Final = ids.RunId(UUID("90000000-0000-4000-8000-000000000001"))
SIBLINGS_RUN: Final = ids.RunId(UUID("90000000-0000-4000-8000-000000000002"))
SIBLING: Final = ids.StudentId(UUID("30000000-0000-4000-8000-000000000002"))
HIS_STEP: Final = RunStep(RUN, "sms")
HER_STEP: Final = RunStep(SIBLINGS_RUN, "sms")
A_DAY: Final = date(2025, 9, 24)
LETTER: Final = ids.LetterId(UUID("a0000000-0000-4000-8000-000000000001"))
MEETING: Final = ids.MeetingId(UUID("b0000000-0000-4000-8000-000000000001"))
BATCH: Final = ids.BatchId(UUID("c0000000-0000-4000-8000-000000000001"))
EVALUATION: Final = ids.EvaluationId(UUID("d0000000-0000-4000-8000-000000000001"))
EXEMPTION: Final = UUID("e0000000-0000-4000-8000-000000000001")
REASON_REF: Final = UUID("e0000000-0000-4000-8000-000000000002")
RETURN: Final = return_c.return_id(TENANT, SCHOOL, "SAR-1", date(2025, 9, 1))
ATTEMPT: Final = UUID("e0000000-0000-4000-8000-000000000003")
REPLY_REF: Final = UUID("f0000000-0000-4000-8000-000000000001")
NOTES_REF: Final = UUID("f0000000-0000-4000-8000-000000000002")
TASK: Final = work_task_c.task_id(INTERVENTION, "LETTER_1")
KEY: Final = (
    "playbook:90000000-0000-4000-8000-000000000001:sms:40000000-0000-4000-8000-000000000001"
)
MESSAGE: Final = ids.MessageId(ids.derived_id("message", KEY))
TODAY: Final = date(2025, 9, 23)
YEAR_FROM: Final = date(2025, 9, 1)
HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OTHER_HASH: Final = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
TRIGGERED_AT: Final = datetime(2025, 9, 23, 10, 0, tzinfo=UTC)

NUMBERS: Final = DecidingNumbers(
    metric="ABSENT_DAYS",
    absent_sessions=10,
    possible_sessions=40,
    sessions_per_day=2,
    threshold="5",
    window_from=date(2025, 8, 25),
    window_to=TODAY,
    denominator="MARKS",
)
TRAILING: Final = DecidingNumbers(
    metric="ABSENT_DAYS",
    absent_sessions=2,
    possible_sessions=40,
    sessions_per_day=2,
    threshold="5",
    window_from=date(2025, 10, 1),
    window_to=date(2025, 11, 4),
    denominator="MARKS",
)
WORDING: Final = Wording(
    key="ATTENDANCE_SMS",
    kind=TextKind.SMS,
    language="en",
    body="{{ school_name }}: {{ student_first_name }} was missed. Ring us: {{ school_phone }}",
    merge_fields={"school_name": "text", "student_first_name": "text", "school_phone": "text"},
)
LETTER_1: Final = Stage(type="LETTER_1", order=1, track="SUPPORT", approval=Approval.STAFF)
BY_HAND: Final = Stage(
    type="REFERRAL", order=9, track="REFERRAL", approval=Approval.HEAD, by_hand=True
)
STEPS: Final = tuple(
    MessageStep(
        step_id=step_id,
        order=order,
        offset=offset,
        unit=OffsetUnit.SCHOOL_DAYS,
        channel=channel,
        template_key=template,
    )
    for step_id, order, offset, channel, template in (
        ("sms", 1, 1, Channel.SMS, "NUDGE_SMS"),
        ("email", 2, 3, Channel.EMAIL, "NUDGE_EMAIL"),
        ("last", 3, 7, Channel.SMS, "NUDGE_SMS_LAST"),
    )
)
PLAYBOOK_1: Final = Playbook(
    playbook_id=PLAYBOOK,
    version=1,
    name="After the first letter",
    trigger=OnStage(stage="LETTER_1"),
    purpose=Purpose.STATUTORY_NOTICE,
    steps=STEPS,
    stop_conditions=tuple(StopCondition),
)

_EVENTS: Final = (
    case_e.CaseOpened(student_id=STUDENT, school_id=SCHOOL),
    case_e.CaseTierRaised(tier=2),
    case_e.CaseClosed(student_id=STUDENT, reason="RESOLVED"),
    choice_e.ConsentRecorded(
        channel=Channel.SMS,
        given=True,
        source="GUARDIAN",
        purpose=Purpose.NUDGE,
        basis=choice_e.LegalBasis.CONSENT,
    ),
    choice_e.NoticeEmailAnswered(given=True, source="GUARDIAN"),
    choice_e.PreferencesSet(
        language="ga",
        channels=(Channel.WHATSAPP, Channel.SMS),
        quiet_from=time(20, 0),
        quiet_until=time(10, 30),
        off=(Purpose.NUDGE,),
    ),
    choice_e.ChannelSuppressed(channel=Channel.SMS, cause=choice_e.SuppressionCause.STOP),
    choice_e.StopConfirmed(channel=Channel.SMS, by=choice_e.ConfirmedBy.US),
    choice_e.SuppressionLifted(
        channel=Channel.SMS,
        reason=choice_e.LiftReason.GUARDIAN_ASKED,
        cause=choice_e.SuppressionCause.STOP,
    ),
    choice_e.GuardianOmitted(
        reason=Against.NO_CONTACT,
        student_id=STUDENT,
        school_id=SCHOOL,
        intervention_id=INTERVENTION,
        stage="LETTER_1",
        firing=1,
        playbook_id=PLAYBOOK,
        on=TODAY,
        until=date(2025, 12, 31),
    ),
    day_e.ContactReserved(
        step=HIS_STEP,
        student_id=STUDENT,
        school_id=SCHOOL,
        on=A_DAY,
        channel=Channel.SMS,
        purpose=Purpose.NUDGE,
        priority=0,
        playbook_id=PLAYBOOK,
        template_key="NUDGE_SMS",
        due_at=datetime(2025, 9, 24, 8, 0, tzinfo=UTC),
    ),
    day_e.ContactJoined(step=HER_STEP, student_id=SIBLING, leader=HIS_STEP),
    day_e.ContactDeclined(
        step=HER_STEP, school_id=SCHOOL, on=A_DAY, reason=day_e.Declined.DAY_FULL
    ),
    day_e.ContactReleased(step=HIS_STEP),
    day_e.ContactLed(step=HER_STEP, instead_of=HIS_STEP, school_id=SCHOOL, on=A_DAY),
    day_e.ContactUsed(
        step=HIS_STEP,
        school_id=SCHOOL,
        channel=Channel.SMS,
        message_id=MESSAGE,
        also=(HER_STEP,),
    ),
    evaluation_e.EvaluationCompleted(
        school_id=SCHOOL,
        on=TODAY,
        rule_set_id=RULE_SET,
        rule_set_hash=HASH,
        known_at=41,
        pupils=412,
        qualifying=(evaluation_e.StageCount("LETTER_1", 9), evaluation_e.StageCount("LETTER_2", 2)),
    ),
    exemption_e.ExemptionGranted(
        student_id=STUDENT,
        exemption=EXEMPTION,
        starts_on=TODAY,
        until=date(2025, 10, 3),
        reason_ref=REASON_REF,
    ),
    exemption_e.ExemptionEnded(exemption=EXEMPTION),
    intervention_e.InterventionOpened(
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        rule_set_id=RULE_SET,
        school_year_from=YEAR_FROM,
    ),
    intervention_e.StageProposed(
        stage=LETTER_1, numbers=(NUMBERS,), evaluated_on=TODAY, known_at=41
    ),
    intervention_e.StageEntered(
        stage="LETTER_1",
        track="SUPPORT",
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        entered_on=TODAY,
        numbers=(NUMBERS,),
    ),
    intervention_e.StageDeclined(stage="LETTER_1", reason="KNOWN_ILLNESS"),
    intervention_e.StageWithheld(
        stage="LETTER_1", reason=intervention_e.WithholdReason.EXEMPTION_FLAG, evaluated_on=TODAY
    ),
    intervention_e.StageWithdrawn(
        stage="LETTER_1", numbers=(TRAILING,), evaluated_on=TODAY, known_at=57
    ),
    intervention_e.AbsenceExplained(stage="SAME_DAY_TEXT", evaluated_on=TODAY, known_at=57),
    intervention_e.StageUnsupported(
        stage="LETTER_1", numbers=(TRAILING,), evaluated_on=TODAY, known_at=57
    ),
    intervention_e.StageReinstated(
        stage="LETTER_1",
        numbers=(NUMBERS,),
        evaluated_on=TODAY,
        known_at=63,
        entered_on=TODAY,
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        firing=1,
        again=1,
    ),
    intervention_e.CorrectionReviewed(stage="LETTER_1", outcome=ReviewOutcome.FAMILY_TOLD),
    intervention_e.StageFulfilled(stage="LETTER_1", fulfilled_on=TODAY),
    intervention_e.DueMoved(stage="LETTER_1", due_on=date(2025, 10, 6), firing=1),
    intervention_e.DuePassed(stage="LETTER_1", due_on=date(2025, 10, 6), firing=1, owner="staff:7"),
    intervention_e.LetterSent(stage="LETTER_1", letter_id=LETTER),
    intervention_e.MeetingArranged(meeting_id=MEETING, stage="MEETING"),
    intervention_e.AttemptLogged(
        attempt_id=ATTEMPT,
        stage="CONFERENCE",
        way=AttemptWay.PHONE,
        outcome=AttemptOutcome.NO_ANSWER,
        made_on=TODAY,
        invited=("PARENT", "PUPIL"),
        everybody=True,
        after=("TRUANCY_NOTICE_1", "CONFERENCE"),
        notes_ref=NOTES_REF,
    ),
    intervention_e.AttemptFailed(attempt_id=ATTEMPT, stage="CONFERENCE"),
    intervention_e.ImprovementChecked(
        stage="LETTER_1",
        checkpoint=20,
        baseline=NUMBERS,
        trailing=TRAILING,
        unexplained=0,
        checked_on=date(2025, 11, 4),
        improved=True,
    ),
    intervention_e.AttendanceImproved(
        baseline=NUMBERS, trailing=TRAILING, checked_on=date(2025, 11, 4)
    ),
    intervention_e.InterventionEscalated(stage="ESCALATION"),
    intervention_e.InterventionStopped(reason=intervention_e.StopReason.CASE_CLOSED),
    intervention_e.InterventionResumed(reason=ResumeReason.ABSENT_AGAIN),
    intervention_e.InterventionCompleted(),
    letter_e.LetterRequested(
        intervention_id=INTERVENTION,
        case_id=CASE,
        stage="LETTER_1",
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        school_id=SCHOOL,
        template_key="LETTER_1_ATTENDANCE",
        requested_on=TODAY,
        numbers=(NUMBERS,),
    ),
    letter_e.LetterRendered(
        content_hash=HASH,
        size_bytes=20480,
        template_key="LETTER_1_ATTENDANCE",
        template_version=1,
        template_hash=OTHER_HASH,
        language="en",
    ),
    letter_e.LetterRenderingFailed(cause="TEMPLATE_MISSING"),
    letter_e.LetterWithdrawn(reason=letter_e.WithdrawReason.NOT_SUPPORTED_BY_REGISTER),
    letter_e.LetterPosted(intervention_id=INTERVENTION, stage="LETTER_1", posted_on=TODAY),
    return_e.ReturnOpened(
        school_id=SCHOOL,
        rule_set_id=RULE_SET,
        name="SAR-1",
        covers="first day of year to 31 December",
        role="HEAD",
        cumulative=True,
        school_year_from=date(2025, 9, 1),
        opens_on=date(2026, 1, 1),
        due_on=date(2026, 1, 31),
    ),
    return_e.ReturnDueMoved(due_on=date(2026, 2, 2)),
    return_e.ReturnDuePassed(due_on=date(2026, 1, 31)),
    return_e.ReturnSubmitted(
        submitted_on=date(2026, 1, 20), submitted_by="staff:principal", reference="SAR-2026-0113"
    ),
    meeting_e.MeetingScheduled(
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        stage="MEETING",
        scheduled_at=datetime(2025, 9, 30, 13, 30, tzinfo=UTC),
        duration_minutes=45,
    ),
    meeting_e.MeetingMoved(scheduled_at=datetime(2025, 10, 1, 13, 30, tzinfo=UTC)),
    meeting_e.MeetingHeld(held_at=datetime(2025, 9, 30, 13, 35, tzinfo=UTC), attendees=(GUARDIAN,)),
    meeting_e.MeetingMissed(),
    meeting_e.MeetingCancelled(reason="FAMILY_ASKED"),
    meeting_e.MeetingOutcomeRecorded(
        outcome=meeting_e.Outcome.SUPPORT_PLAN,
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        notes_ref=NOTES_REF,
    ),
    message_e.MessageRequested(
        key=KEY,
        channel=Channel.SMS,
        purpose=Purpose.STATUTORY_NOTICE,
        template_key="NUDGE_SMS",
        school_id=SCHOOL,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        run_id=RUN,
        step_id="sms",
        intervention_id=INTERVENTION,
        case_id=CASE,
    ),
    message_e.MessageParted(steps=(HER_STEP,)),
    message_e.MessageAttempted(
        attempt=1,
        provider="sandbox",
        provider_key=f"{KEY}:SMS:0",
        retry_rule="LOOK_UP",
        template_version=1,
        template_hash=OTHER_HASH,
        language="en",
    ),
    message_e.MessageFallbackNamed(channel=Channel.EMAIL),
    message_e.MessageAccepted(attempt=1, provider_ref="SM0001", channel=Channel.SMS),
    message_e.MessageDeferred(
        attempt=1, cause="HTTP_503", next_attempt_at=datetime(2025, 9, 24, 8, 0, 5, tzinfo=UTC)
    ),
    message_e.MessageRerouted(attempt=1, cause="HTTP_503", provider="second"),
    message_e.MessageRedirected(
        generation=1,
        channel=Channel.EMAIL,
        cause="INVALID_NUMBER",
        remedy=Remedy.FIX_CONTACT,
    ),
    message_e.MessageFailed(
        attempt=1,
        cause="INVALID_NUMBER",
        fix_contact=True,
        remedy=Remedy.FIX_CONTACT,
    ),
    message_e.MessageOutcomeUnknown(attempt=1, cause="TIME_OUT"),
    message_e.MessageSkipped(reason=MessageSkip.CONSENT_MISSING),
    message_e.MessageDelivered(provider_status="delivered"),
    message_e.MessageUndelivered(provider_status="undelivered", code="30003", remedy=Remedy.RETRY),
    message_e.MessageStatusReported(
        generation=0,
        provider_ref="SM0001",
        status=DeliveryStatus.SENT,
        code="",
        standing=DeliveryStatus.SENT,
    ),
    message_e.MessageSettled(
        generation=0,
        attempt=1,
        channel=Channel.SMS,
        finding=Finding.NOT_SENT,
        reason=SettleReason.PROVIDER_SAYS,
        note_ref=NOTES_REF,
    ),
    message_e.MessageResendOrdered(
        generation=1, channel=Channel.SMS, reason=ResendReason.WAS_NOT_SENT
    ),
    message_e.MessageAbandoned(reason=AbandonReason.TOLD_OTHERWISE),
    message_e.MessageReplied(channel=Channel.SMS, reply_ref=REPLY_REF),
    message_e.MessageOpened(how=message_e.Opening.OPENED),
    message_e.MessageMisaddressed(
        channel=Channel.SMS,
        cause=message_e.WrongContact.WRONG_NUMBER,
        school_id=SCHOOL,
        student_id=STUDENT,
        reply_ref=REPLY_REF,
    ),
    playbook_e.PlaybookDrafted(playbook=PLAYBOOK_1, school_id=SCHOOL),
    playbook_e.PlaybookActivated(playbook=PLAYBOOK_1, school_id=SCHOOL),
    playbook_e.PlaybookRetired(),
    run_e.RunStarted(
        playbook=PLAYBOOK_1,
        intervention_id=INTERVENTION,
        case_id=CASE,
        school_id=SCHOOL,
        student_id=STUDENT,
        stage="LETTER_1",
        triggered_at=TRIGGERED_AT,
        started_on=TODAY,
        baseline=(NUMBERS,),
        guardian_id=GUARDIAN,
    ),
    run_e.StepScheduled(
        step_id="sms",
        order=1,
        channel=Channel.SMS,
        due_at=datetime(2025, 9, 24, 8, 0, tzinfo=UTC),
        school_id=SCHOOL,
        scheduled_on=TODAY,
        contact_on=date(2025, 9, 24),
    ),
    run_e.StepJoined(
        step_id="sms", order=1, channel=Channel.SMS, message_id=MESSAGE, leader=SIBLINGS_RUN
    ),
    run_e.StepRequested(
        step_id="sms",
        order=1,
        channel=Channel.SMS,
        message_id=MESSAGE,
        key=KEY,
        template_key="NUDGE_SMS",
        purpose=Purpose.STATUTORY_NOTICE,
    ),
    run_e.StepSent(
        step_id="sms",
        order=1,
        channel=Channel.SMS,
        message_id=MESSAGE,
        school_id=SCHOOL,
        student_id=STUDENT,
        sent_on=date(2025, 9, 24),
    ),
    run_e.StepSkipped(step_id="sms", order=1, reason=run_e.SkipReason.CONSENT_MISSING),
    run_e.StepFailed(
        step_id="sms", order=1, cause="INVALID_NUMBER", owner="school:attendance-office"
    ),
    run_e.StepOutcomeUnknown(
        step_id="sms", order=1, message_id=MESSAGE, owner="school:attendance-office"
    ),
    run_e.StepDelivered(step_id="sms", order=1),
    run_e.StepUndelivered(step_id="sms", order=1),
    run_e.ActionScheduled(
        step_id="wait",
        order=2,
        action=run_e.Action.WAIT_FOR_REPLY,
        due_at=datetime(2025, 9, 26, 8, 0, tzinfo=UTC),
        school_id=SCHOOL,
        scheduled_on=TODAY,
    ),
    run_e.Waited(step_id="wait", order=2, replied=False),
    run_e.Branched(step_id="branch", order=3, holds=True),
    run_e.TaskAsked(
        step_id="task",
        order=4,
        task="CALL_HOME",
        due_on=date(2025, 9, 30),
        school_id=SCHOOL,
        student_id=STUDENT,
        asked_on=TODAY,
    ),
    run_e.MeetingAsked(
        step_id="meeting",
        order=5,
        due_on=date(2025, 10, 7),
        school_id=SCHOOL,
        student_id=STUDENT,
        asked_on=TODAY,
    ),
    run_e.LetterAsked(
        step_id="letter",
        order=6,
        template_key="LETTER_1_ATTENDANCE",
        school_id=SCHOOL,
        student_id=STUDENT,
        asked_on=TODAY,
    ),
    run_e.EscalationScheduled(due_at=datetime(2025, 10, 7, 8, 0, tzinfo=UTC), school_id=SCHOOL),
    run_e.EscalationDismissed(),
    run_e.RunEscalated(
        school_id=SCHOOL,
        student_id=STUDENT,
        stage="LETTER_1",
        escalated_on=date(2025, 10, 7),
        due_on=date(2025, 10, 14),
        dropped_step="email",
    ),
    run_e.RunPaused(
        reason=run_e.PauseReason.MANUAL, school_id=SCHOOL, paused_on=TODAY, held_step="sms"
    ),
    run_e.RunResumed(school_id=SCHOOL, resumed_on=TODAY),
    run_e.RunMoved(
        playbook=PLAYBOOK_1,
        school_id=SCHOOL,
        student_id=STUDENT,
        moved_on=TODAY,
        guardian_id=GUARDIAN,
        dropped_step="last",
    ),
    run_e.GuardianReplied(
        message_id=MESSAGE,
        channel=Channel.SMS,
        others=OnReply.PAUSE_OTHERS,
        replied_on=TODAY,
        decide_by=date(2025, 9, 25),
    ),
    run_e.RunStopped(
        reason=run_e.RunStop.GUARDIAN_REPLIED,
        school_id=SCHOOL,
        stopped_on=date(2025, 9, 24),
        dropped_step="email",
    ),
    run_e.RunCompleted(school_id=SCHOOL, completed_on=date(2025, 10, 2)),
    batch_e.BatchRecorded(
        content="marks",
        source="CSV",
        content_hash=HASH,
        rows=8240,
        quarantined=3,
        students=412,
        school_id=SCHOOL,
    ),
    template_e.TemplateDrafted(
        version=1,
        wording=WORDING,
        content_hash=WORDING.sha256,
        author="staff:7",
        school_id=SCHOOL,
    ),
    template_e.TranslationReviewed(version=1, content_hash=HASH, reviewer="staff:1"),
    template_e.TemplateApproved(version=1, content_hash=WORDING.sha256, approver="staff:1"),
    template_e.TemplateRetired(version=1),
    rule_set_e.RuleSetDrafted(
        version=1,
        definition={"id": "ie-ladder-1", "stages": [{"type": "LETTER_1", "order": 1}]},
        content_hash=HASH,
        school_id=SCHOOL,
    ),
    rule_set_e.RuleSetRetired(version=1, replaced_by=OTHER_RULE_SET),
    work_task_e.TaskAssigned(
        subject=INTERVENTION,
        stage="LETTER_1",
        school_id=SCHOOL,
        student_id=STUDENT,
        owner="staff:7",
    ),
    work_task_e.TaskReleased(),
    work_task_e.TaskRaised(
        kind=work_task_e.TaskKind.CONTESTED_MARK,
        school_id=SCHOOL,
        student_id=STUDENT,
        on=date(2025, 10, 7),
    ),
    work_task_e.TaskFinished(),
    rule_set_e.RuleSetActivated(
        version=1,
        definition={"id": "ie-ladder-1", "stages": [{"type": "LETTER_1", "order": 1}]},
        content_hash=HASH,
        school_id=SCHOOL,
    ),
)
# The stream in which each kind of fact lies, by the first word of its stored name.
STREAMS: Final[dict[str, UUID]] = {
    "case": CASE,
    "contact_choice": choice_c.contact_choice_id(GUARDIAN),
    "contact_day": ids.contact_day_id(GUARDIAN, A_DAY),
    "evaluation": EVALUATION,
    "exemption": ids.derived_id("exemption", STUDENT),
    "intervention": INTERVENTION,
    "letter": LETTER,
    "owed_return": RETURN,
    "meeting": MEETING,
    "message": MESSAGE,
    "playbook": PLAYBOOK,
    "playbook_run": RUN,
    "register": BATCH,
    "rule_set": RULE_SET,
    "template": TEMPLATE,
    "work_task": TASK,
}
EVENTS: Final[dict[type[Event], Event]] = {type(event): event for event in _EVENTS}

_COMMANDS: Final = (
    case_c.OpenCase(case_id=CASE, student_id=STUDENT, school_id=SCHOOL),
    case_c.RaiseTier(case_id=CASE, tier=2),
    case_c.CloseCase(case_id=CASE, reason="RESOLVED"),
    choice_c.RecordConsent(
        guardian_id=GUARDIAN, channel=Channel.SMS, given=True, source="GUARDIAN"
    ),
    choice_c.SuppressChannel(
        guardian_id=GUARDIAN, channel=Channel.SMS, cause=choice_e.SuppressionCause.STOP
    ),
    choice_c.RecordNoticeEmail(guardian_id=GUARDIAN, given=True, source="GUARDIAN"),
    choice_c.SetPreferences(
        guardian_id=GUARDIAN,
        language="ga",
        channels=(Channel.WHATSAPP, Channel.SMS),
        quiet_from=time(20, 0),
        quiet_until=time(10, 30),
        off=(Purpose.NUDGE,),
    ),
    choice_c.LiftSuppression(
        guardian_id=GUARDIAN,
        channel=Channel.SMS,
        reason=choice_e.LiftReason.GUARDIAN_ASKED,
        cause=choice_e.SuppressionCause.STOP,
    ),
    choice_c.OmitGuardian(
        guardian_id=GUARDIAN,
        reason=Against.NO_CONTACT,
        student_id=STUDENT,
        school_id=SCHOOL,
        intervention_id=INTERVENTION,
        stage="LETTER_1",
        firing=1,
        playbook_id=PLAYBOOK,
        on=TODAY,
        until=date(2025, 12, 31),
    ),
    day_c.ReserveContact(
        whose=GUARDIAN,
        on=A_DAY,
        step=HIS_STEP,
        student_id=STUDENT,
        school_id=SCHOOL,
        channel=Channel.SMS,
        purpose=Purpose.NUDGE,
        priority=0,
        playbook_id=PLAYBOOK,
        template_key="NUDGE_SMS",
        due_at=datetime(2025, 9, 24, 8, 0, tzinfo=UTC),
    ),
    day_c.ReleaseContact(whose=GUARDIAN, on=A_DAY, step=HIS_STEP),
    day_c.UseContact(
        whose=GUARDIAN,
        on=A_DAY,
        step=HIS_STEP,
        school_id=SCHOOL,
        channel=Channel.SMS,
        message_id=MESSAGE,
        also=(HER_STEP,),
    ),
    evaluation_c.CompleteEvaluation(
        evaluation_id=EVALUATION,
        school_id=SCHOOL,
        on=TODAY,
        rule_set_id=RULE_SET,
        rule_set_hash=HASH,
        known_at=41,
        pupils=412,
        qualifying=(evaluation_e.StageCount("LETTER_1", 9), evaluation_e.StageCount("LETTER_2", 2)),
    ),
    exemption_c.GrantExemption(
        student_id=STUDENT,
        exemption=EXEMPTION,
        starts_on=TODAY,
        until=date(2025, 10, 3),
        reason_ref=REASON_REF,
    ),
    exemption_c.EndExemption(student_id=STUDENT, exemption=EXEMPTION),
    intervention_c.ProposeStage(
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        rule_set_id=RULE_SET,
        school_year_from=YEAR_FROM,
        stage=LETTER_1,
        numbers=(NUMBERS,),
        evaluated_on=TODAY,
        known_at=41,
    ),
    intervention_c.ProposeByHand(
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        rule_set_id=RULE_SET,
        school_year_from=YEAR_FROM,
        stage=BY_HAND,
        numbers=(NUMBERS,),
        evaluated_on=TODAY,
        known_at=41,
        reason_ref=REASON_REF,
    ),
    intervention_c.ApproveStage(
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        stage="LETTER_1",
    ),
    intervention_c.DeclineStage(
        intervention_id=INTERVENTION, stage="LETTER_1", reason="KNOWN_ILLNESS"
    ),
    intervention_c.ExplainAbsence(
        intervention_id=INTERVENTION,
        stage="SAME_DAY_TEXT",
        evaluated_on=TODAY,
        known_at=57,
        firing=1,
    ),
    intervention_c.WithdrawStage(
        intervention_id=INTERVENTION,
        stage="LETTER_1",
        numbers=(TRAILING,),
        evaluated_on=TODAY,
        known_at=57,
        firing=1,
    ),
    intervention_c.ReinstateStage(
        intervention_id=INTERVENTION,
        stage="LETTER_1",
        numbers=(NUMBERS,),
        evaluated_on=TODAY,
        known_at=63,
        firing=1,
    ),
    intervention_c.ReviewCorrection(
        intervention_id=INTERVENTION, stage="LETTER_1", outcome=ReviewOutcome.FAMILY_TOLD
    ),
    intervention_c.FulfilStage(intervention_id=INTERVENTION, stage="LETTER_1", school_id=SCHOOL),
    intervention_c.WatchClock(
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        case_id=CASE,
        stage="LETTER_1",
        firing=1,
        due_on=date(2025, 10, 6),
    ),
    intervention_c.HoldStages(
        intervention_id=INTERVENTION, student_id=STUDENT, school_id=SCHOOL, case_id=CASE
    ),
    intervention_c.CheckImprovement(
        intervention_id=INTERVENTION,
        baseline=NUMBERS,
        trailing=TRAILING,
        checked_on=date(2025, 11, 4),
    ),
    intervention_c.RecordLetterSent(
        intervention_id=INTERVENTION, stage="LETTER_1", letter_id=LETTER, posted_on=TODAY
    ),
    intervention_c.RecordMeetingArranged(
        intervention_id=INTERVENTION, stage="MEETING", meeting_id=MEETING
    ),
    return_c.WatchReturn(
        return_id=RETURN,
        school_id=SCHOOL,
        rule_set_id=RULE_SET,
        name="SAR-1",
        covers="first day of year to 31 December",
        role="HEAD",
        cumulative=True,
        school_year_from=date(2025, 9, 1),
        opens_on=date(2026, 1, 1),
        due_on=date(2026, 1, 31),
    ),
    return_c.SubmitReturn(
        return_id=RETURN,
        school_id=SCHOOL,
        submitted_on=date(2026, 1, 20),
        reference="SAR-2026-0113",
    ),
    intervention_c.LogMessage(
        intervention_id=INTERVENTION,
        stage="CONFERENCE",
        school_id=SCHOOL,
        attempt_id=ids.derived_id("attempt", MESSAGE),
        way=AttemptWay.TEXT,
        made_at=datetime(2025, 9, 23, 10, tzinfo=UTC),
        message_id=MESSAGE,
    ),
    intervention_c.FailAttempt(
        intervention_id=INTERVENTION, attempt_id=ids.derived_id("attempt", MESSAGE)
    ),
    intervention_c.LogAttempt(
        intervention_id=INTERVENTION,
        stage="CONFERENCE",
        school_id=SCHOOL,
        attempt_id=ATTEMPT,
        way=AttemptWay.PHONE,
        outcome=AttemptOutcome.NO_ANSWER,
        made_on=TODAY,
    ),
    intervention_c.StopIntervention(
        intervention_id=INTERVENTION, reason=intervention_e.StopReason.CASE_CLOSED
    ),
    intervention_c.CompleteIntervention(intervention_id=INTERVENTION),
    letter_c.RequestLetter(
        letter_id=LETTER,
        intervention_id=INTERVENTION,
        case_id=CASE,
        stage="LETTER_1",
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        school_id=SCHOOL,
        template_key="LETTER_1_ATTENDANCE",
        requested_on=TODAY,
        numbers=(NUMBERS,),
    ),
    letter_c.RecordRendered(
        letter_id=LETTER,
        content_hash=HASH,
        size_bytes=20480,
        template_key="LETTER_1_ATTENDANCE",
        template_version=1,
        template_hash=OTHER_HASH,
        language="en",
    ),
    letter_c.RecordRenderingFailed(letter_id=LETTER, cause="TEMPLATE_MISSING"),
    letter_c.WithdrawLetter(
        letter_id=LETTER, reason=letter_e.WithdrawReason.NOT_SUPPORTED_BY_REGISTER
    ),
    letter_c.ConfirmPosted(
        letter_id=LETTER,
        case_id=CASE,
        student_id=STUDENT,
        school_id=SCHOOL,
        intervention_id=INTERVENTION,
    ),
    meeting_c.ScheduleMeeting(
        meeting_id=MEETING,
        intervention_id=INTERVENTION,
        student_id=STUDENT,
        school_id=SCHOOL,
        stage="MEETING",
        scheduled_at=datetime(2025, 9, 30, 13, 30, tzinfo=UTC),
        duration_minutes=45,
    ),
    meeting_c.MoveMeeting(
        meeting_id=MEETING, scheduled_at=datetime(2025, 10, 1, 13, 30, tzinfo=UTC)
    ),
    meeting_c.HoldMeeting(
        meeting_id=MEETING,
        held_at=datetime(2025, 9, 30, 13, 35, tzinfo=UTC),
        attendees=(GUARDIAN,),
    ),
    meeting_c.MissMeeting(meeting_id=MEETING),
    meeting_c.CancelMeeting(meeting_id=MEETING, reason="FAMILY_ASKED"),
    meeting_c.RecordOutcome(
        meeting_id=MEETING, outcome=meeting_e.Outcome.SUPPORT_PLAN, notes_ref=NOTES_REF
    ),
    message_c.RequestMessage(
        message_id=MESSAGE,
        key=KEY,
        channel=Channel.SMS,
        purpose=Purpose.STATUTORY_NOTICE,
        template_key="NUDGE_SMS",
        school_id=SCHOOL,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        run_id=RUN,
        step_id="sms",
        intervention_id=INTERVENTION,
        case_id=CASE,
    ),
    message_c.AttemptMessage(
        message_id=MESSAGE,
        school_id=SCHOOL,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        run_id=RUN,
        case_id=CASE,
        intervention_id=INTERVENTION,
        provider="sandbox",
        retry_rule="LOOK_UP",
        template_version=1,
        template_hash=OTHER_HASH,
        language="en",
        has_address=True,
    ),
    message_c.RecordUnsayable(message_id=MESSAGE, cause="TEXT_NOT_FOUND"),
    message_c.RecordAccepted(message_id=MESSAGE, provider_ref="SM0001"),
    message_c.RecordRejected(
        message_id=MESSAGE,
        cause="HTTP_503",
        next_attempt_at=datetime(2025, 9, 24, 8, 0, 5, tzinfo=UTC),
    ),
    message_c.RecordUnknown(message_id=MESSAGE, cause="TIME_OUT"),
    message_c.RecordStatus(message_id=MESSAGE, provider_ref="SM0001", status="delivered"),
    message_c.RecordMessageReply(message_id=MESSAGE, channel=Channel.SMS, reply_ref=REPLY_REF),
    message_c.RecordOpened(message_id=MESSAGE, how=message_e.Opening.OPENED),
    message_c.RecordMisaddressed(
        message_id=MESSAGE,
        channel=Channel.SMS,
        cause=message_e.WrongContact.WRONG_NUMBER,
        reply_ref=REPLY_REF,
    ),
    message_c.SettleUnknown(
        message_id=MESSAGE,
        finding=Finding.NOT_SENT,
        reason=SettleReason.PROVIDER_SAYS,
        note_ref=NOTES_REF,
    ),
    message_c.ResendMessage(message_id=MESSAGE, reason=ResendReason.WAS_NOT_SENT),
    message_c.AbandonMessage(message_id=MESSAGE, reason=AbandonReason.TOLD_OTHERWISE),
    playbook_c.DraftPlaybook(playbook=PLAYBOOK_1, school_id=SCHOOL),
    playbook_c.RevisePlaybook(playbook=PLAYBOOK_1),
    playbook_c.ActivateDraft(playbook_id=PLAYBOOK),
    playbook_c.ActivatePlaybook(playbook=PLAYBOOK_1, school_id=SCHOOL),
    playbook_c.RetirePlaybook(playbook_id=PLAYBOOK),
    run_c.StartRun(
        run_id=RUN,
        school_id=SCHOOL,
        playbook=PLAYBOOK_1,
        intervention_id=INTERVENTION,
        case_id=CASE,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
        stage="LETTER_1",
        triggered_at=TRIGGERED_AT,
        baseline=(NUMBERS,),
    ),
    run_c.TakeStep(
        run_id=RUN,
        school_id=SCHOOL,
        step_id="sms",
        case_id=CASE,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
    ),
    run_c.DelayStep(
        run_id=RUN,
        school_id=SCHOOL,
        step_id="sms",
        contact_on=date(2025, 9, 24),
        why=run_e.Again.DAY_FULL,
    ),
    run_c.JoinStep(
        run_id=RUN,
        school_id=SCHOOL,
        step_id="sms",
        channel=Channel.SMS,
        message_id=MESSAGE,
        leader=SIBLINGS_RUN,
    ),
    run_c.PartStep(run_id=RUN, school_id=SCHOOL, step_id="sms", message_id=MESSAGE),
    run_c.SettleStep(
        run_id=RUN,
        school_id=SCHOOL,
        step_id="sms",
        message_id=MESSAGE,
        outcome=run_c.StepOutcome.SENT,
    ),
    run_c.RecordDelivery(run_id=RUN, school_id=SCHOOL, step_id="sms", delivered=True),
    run_c.EscalateRun(
        run_id=RUN, school_id=SCHOOL, case_id=CASE, student_id=STUDENT, guardian_id=GUARDIAN
    ),
    run_c.PauseRun(run_id=RUN, school_id=SCHOOL, reason=run_e.PauseReason.MANUAL),
    run_c.ResumeRun(run_id=RUN, school_id=SCHOOL),
    run_c.MoveRun(run_id=RUN, school_id=SCHOOL, playbook=PLAYBOOK_1),
    run_c.RecordReply(run_id=RUN, school_id=SCHOOL, message_id=MESSAGE, channel=Channel.SMS),
    run_c.StopRun(run_id=RUN, school_id=SCHOOL, reason=run_e.RunStop.MANUAL),
    batch_c.RecordBatch(
        batch_id=BATCH,
        content="marks",
        source="CSV",
        content_hash=HASH,
        rows=8240,
        quarantined=3,
        students=412,
        school_id=SCHOOL,
    ),
    template_c.DraftTemplate(
        template_id=TEMPLATE, below=(OTHER_TEMPLATE,), wording=WORDING, school_id=SCHOOL
    ),
    template_c.ReviseTemplate(template_id=TEMPLATE, below=(OTHER_TEMPLATE,), wording=WORDING),
    template_c.ReviewTranslation(template_id=TEMPLATE),
    template_c.ApproveTemplate(template_id=TEMPLATE, below=(OTHER_TEMPLATE,)),
    template_c.RetireTemplate(template_id=TEMPLATE),
    rule_set_c.DraftRuleSet(
        rule_set_id=RULE_SET,
        definition={"id": "ie-ladder-1", "stages": [{"type": "LETTER_1", "order": 1}]},
        content_hash=HASH,
        school_id=SCHOOL,
    ),
    rule_set_c.ReviseRuleSet(
        rule_set_id=RULE_SET,
        definition={"id": "ie-ladder-1", "stages": [{"type": "LETTER_1", "order": 1}]},
        content_hash=HASH,
    ),
    rule_set_c.ActivateDraft(rule_set_id=RULE_SET),
    rule_set_c.RetireRuleSet(rule_set_id=RULE_SET, replaced_by=OTHER_RULE_SET),
    work_task_c.AssignTask(
        task=TASK,
        subject=INTERVENTION,
        stage="LETTER_1",
        school_id=SCHOOL,
        student_id=STUDENT,
        owner="staff:7",
    ),
    work_task_c.ReleaseTask(task=TASK),
    work_task_c.RaiseTask(
        task=TASK,
        kind_of_task=work_task_e.TaskKind.CONTESTED_MARK,
        school_id=SCHOOL,
        student_id=STUDENT,
        on=date(2025, 10, 7),
    ),
    work_task_c.FinishTask(task=TASK),
    rule_set_c.ActivateRuleSet(
        rule_set_id=RULE_SET,
        definition={"id": "ie-ladder-1", "stages": [{"type": "LETTER_1", "order": 1}]},
        content_hash=HASH,
        school_id=SCHOOL,
    ),
)
COMMANDS: Final[dict[type[Command], Command]] = {type(cmd): cmd for cmd in _COMMANDS}

_ALL: Final[dict[type, msgspec.Struct]] = {**EVENTS, **COMMANDS}


def example(cls: type[S]) -> S:
    """Return the canonical instance of a fact or command."""
    found = _ALL.get(cls)
    assert isinstance(found, cls), f"tests/support/examples.py has no {cls.__name__}"
    return found


def but(cls: type[S], **changes: object) -> S:
    """Return the canonical instance with some fields changed."""
    return msgspec.structs.replace(example(cls), **changes)
