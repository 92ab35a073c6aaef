"""What goes over the wire. Made by `python -m api.client.generate`; never edited."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field

AbandonReason = Literal['TOLD_OTHERWISE', 'TOO_LATE', 'NO_WAY_TO_REACH']

Action = Literal['APPROVE_STAGE', 'ARRANGE_MEETING', 'REVIEW_CORRECTION', 'ESCALATE', 'FULFIL_DUTY', 'TELL_WORKER', 'POST_LETTER', 'MEND_LETTER', 'HOLD_MEETING', 'RECORD_OUTCOME', 'SETTLE_MESSAGE', 'FIX_CONTACT', 'SEE_TO_MESSAGE', 'SETTLE_MARK', 'ASK_WHO_MAY_KNOW', 'FIND_GUARDIAN', 'SEE_TO_PAST_DUE', 'DO_TASK', 'DECIDE_RUNS', 'NONE']

AnswerSource = Literal['GUARDIAN', 'STAFF', 'FORM']

Asks = Literal['REPLIED', 'NOT_REPLIED', 'STEP_SENT', 'STEP_NOT_SENT', 'STEP_DELIVERED', 'STEP_NOT_DELIVERED']

AttemptOutcome = Literal['AGREED', 'DECLINED', 'REACHED', 'LEFT_MESSAGE', 'NO_ANSWER', 'SENT']

AttemptWay = Literal['EMAIL', 'PHONE', 'TEXT', 'LETTER', 'IN_PERSON']

Channel = Literal['SMS', 'EMAIL', 'WHATSAPP', 'IN_APP', 'POST']

DayKind = Literal['HOLIDAY', 'PUBLIC_HOLIDAY', 'TRAINING_DAY', 'PLANNED_CLOSURE', 'EMERGENCY_CLOSURE', 'TEACHING', 'MAKE_UP', 'EXAM_ONLY', 'WITHDRAWN']

DayPart = Literal['DAY', 'AM', 'PM']

EngagementType = Literal['SENT', 'DELIVERED', 'BOUNCED', 'FAILED', 'OUTCOME_UNKNOWN', 'OPENED', 'CLICKED', 'REPLIED', 'WRONG_CONTACT', 'OPTED_OUT', 'OPTED_IN', 'COMPLAINED']

EscalateWhen = Literal['NO_REPLY', 'NOTHING_DELIVERED']

ExemptionEffect = Literal['LEAVE_ALONE', 'TO_WORKER']

ExemptionKind = Literal['BEREAVEMENT', 'LONG_TERM_ILLNESS', 'SAFEGUARDING', 'CHILD_IN_NEED', 'LOOKED_AFTER', 'PART_TIME_TIMETABLE', 'EXAM_LEAVE', 'COURT_ORDER', 'OTHER']

Finding = Literal['SENT', 'NOT_SENT']

GuardBy = Literal['REGISTER', 'FACTS', 'PERSON']

HalfDay = Literal['PRESENT', 'ABSENT', 'LATE', 'AUTHORISED_ABSENT', 'UNAUTHORISED_ABSENT', 'OFFSITE', 'NOT_COUNTED', 'NOT_OPEN', 'MISSING', 'UNKNOWN_CODE']

Household = Literal['PER_GUARDIAN', 'HOUSEHOLD']

LegalBasis = Literal['CONSENT', 'CONTRACT', 'LEGAL_OBLIGATION', 'VITAL_INTERESTS', 'PUBLIC_TASK', 'LEGITIMATE_INTERESTS', 'UNKNOWN']

Level = Literal['REGISTER', 'STAGE', 'PLAYBOOK', 'RUN', 'STEP', 'MESSAGE', 'PROVIDER']

LiftingReason = Literal['GUARDIAN_ASKED', 'ADDRESS_CORRECTED', 'ADDRESS_VERIFIED', 'RECORDED_BY_MISTAKE']

LockScope = Literal['DISTRICT_ONLY', 'SCHOOL_OVERRIDE_ALLOWED']

LogStatus = Literal['PLANNED', 'SCHEDULED', 'SENT', 'SKIPPED', 'FAILED', 'DONE']

LookKind = Literal['NIGHTLY', 'IMPORT', 'DEMAND', 'SAME_DAY']

Loose = Literal['ASKED_WITHOUT_MESSAGE', 'MESSAGE_WITHOUT_ASK']

MeetingStatus = Literal['SCHEDULED', 'HELD', 'CANCELLED', 'NO_SHOW']

MessageStatus = Literal['REQUESTED', 'ATTEMPTED', 'DEFERRED', 'ACCEPTED', 'DELIVERED', 'READ', 'UNDELIVERED', 'FAILED', 'SKIPPED', 'OUTCOME_UNKNOWN', 'NOT_SENT', 'ABANDONED']

OffsetUnit = Literal['SCHOOL_DAYS', 'CALENDAR_DAYS']

OnReply = Literal['PAUSE_OTHERS', 'STOP_OTHERS', 'LEAVE_OTHERS']

Outcome = Literal['RESOLVED', 'MEDICAL_PLAN', 'SUPPORT_PLAN', 'ESCALATE', 'RESCHEDULE', 'NO_ACTION']

Purpose = Literal['STATUTORY_NOTICE', 'SAFETY', 'NUDGE']

Remedy = Literal['RETRY', 'FIX_CONTACT', 'STOP']

ResendReason = Literal['WAS_NOT_SENT', 'CONTACT_MENDED', 'PROVIDER_MENDED', 'NOT_DELIVERED']

ReviewOutcome = Literal['FAMILY_TOLD', 'STANDS', 'NOTHING_TO_DO']

RunFilter = Literal['ACTIVE', 'PAUSED', 'STOPPED', 'COMPLETED', 'ESCALATED', 'ANY']

RunStatus = Literal['ACTIVE', 'PAUSED', 'STOPPED', 'COMPLETED', 'ESCALATED']

Session = Literal['AM', 'PM', 'DAY']

SettleReason = Literal['PROVIDER_SAYS', 'GUARDIAN_SAYS', 'NOT_KNOWABLE']

StopCondition = Literal['CASE_CLOSED', 'EXEMPTION_FLAG', 'GUARDIAN_REPLIED', 'ATTENDANCE_IMPROVED']

StuckAs = Literal['WAITING', 'SILENT']

SuppressionCause = Literal['STOP', 'HARD_BOUNCE', 'COMPLAINT', 'UNSUBSCRIBE', 'WRONG_NUMBER']

TelemetryType = Literal['PLAYBOOK_STARTED', 'STEP_SCHEDULED', 'STEP_REQUESTED', 'STEP_JOINED', 'STEP_SENT', 'STEP_SKIPPED', 'STEP_FAILED', 'STEP_OUTCOME_UNKNOWN', 'STEP_DELIVERED', 'STEP_UNDELIVERED', 'WAIT_ENDED', 'BRANCH_TAKEN', 'TASK_ASKED', 'MEETING_ASKED', 'LETTER_ASKED', 'GUARDIAN_REPLIED', 'ESCALATION_SCHEDULED', 'ESCALATION_DISMISSED', 'PLAYBOOK_ESCALATED', 'PLAYBOOK_PAUSED', 'PLAYBOOK_RESUMED', 'PLAYBOOK_MOVED', 'PLAYBOOK_STOPPED', 'PLAYBOOK_COMPLETED', 'ATTENDANCE_IMPROVED']

TextKind = Literal['LETTER', 'SMS', 'EMAIL', 'WHATSAPP', 'IN_APP']

Weekday = Literal[1, 2, 3, 4, 5, 6, 7]

domain__playbook_run__previewing__Why = Literal['SCHOOL_CLOSED', 'NOT_A_DAY_OF_THE_WINDOW', 'HOURS_OVER', 'STEP_BEFORE', 'CALENDAR_ENDS']

projections__why_words__Why = Literal['NOT_ON_ROLL', 'NOT_A_SCHOOL_DAY', 'NOT_LOOKED_AT', 'LOOKED_AT', 'NO_STAGE', 'STAGE_PROPOSED', 'STAGE_ENTERED', 'STAGE_DECLINED', 'STAGE_WITHHELD', 'STAGE_WITHDRAWN', 'STAGE_EXPLAINED', 'STAGE_DROPPED', 'NO_PLAYBOOK', 'PLAYBOOK_IN_USE', 'NO_GUARDIAN', 'GUARDIAN_LEFT_OUT', 'NO_RUN', 'RUN_ACTIVE', 'RUN_PAUSED', 'RUN_STOPPED', 'RUN_COMPLETED', 'RUN_ESCALATED', 'NO_STEP_DUE', 'STEP_SCHEDULED', 'STEP_SENT', 'STEP_SKIPPED', 'STEP_FAILED', 'STEP_DONE', 'MESSAGE_MISSING', 'MESSAGE_WAITS', 'MESSAGE_SKIPPED', 'PROVIDER_REFUSED', 'PROVIDER_SILENT', 'GIVEN_UP', 'TAKEN', 'NOT_DELIVERED', 'DELIVERED']


class AbandonBody(Struct, frozen=True, kw_only=True):
    """Why nobody tries any more."""

    reason: AbandonReason
    note: str | None | UnsetType = UNSET


class Alive(Struct, frozen=True, kw_only=True):
    """The process lives."""

    status: Literal['alive']


class AmendmentBody(Struct, frozen=True, kw_only=True):
    """A change of a mark: what it was, what it became, since when that is known, by whom and why."""

    date_: date = field(name='date')
    session: Session
    was: MarkBody | None
    became: MarkBody | None
    known_from: int
    known_at: datetime
    recorded_at: datetime
    by: str
    source: str
    reason: str | None


class ApproveBody(Struct, frozen=True, kw_only=True):
    """Your answers to what only a person can know, by guard: true means that it holds."""

    answers: dict[str, Any] | UnsetType = UNSET


class AssignBody(Struct, frozen=True, kw_only=True):
    """Who is to have it. Absent `owner`: you."""

    owner: str | None | UnsetType = UNSET
    take_over: bool | UnsetType = UNSET


class AttemptBody(Struct, frozen=True, kw_only=True):
    """How and when you tried to hold a meeting; without `invited`, with all who are to be asked."""

    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: list[str] | UnsetType = UNSET
    notes: str | None | UnsetType = UNSET


class AttemptItem(Struct, frozen=True, kw_only=True):
    """An attempt at a meeting; `after` are the stages that had been entered by then."""

    attempt_id: UUID
    stage: str
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: list[str]
    everybody: bool
    after: list[str]
    message_id: UUID | None
    failed: bool


class AttendanceDailySummary(Struct, frozen=True, kw_only=True):
    """One student's school day, as known at a position. A null percentage: nothing was possible."""

    summary_id: UUID
    student_id: UUID
    school_id: UUID
    date_: date = field(name='date')
    am_status: HalfDay
    pm_status: HalfDay
    am_reason_code: str | None
    pm_reason_code: str | None
    unexplained: bool
    attendance_percent: float | None
    attendance_window: AttendanceWindow
    consecutive_absence_days: int
    total_absence_days_ytd: float
    computed_at_utc: datetime
    known_at: int


class AttendanceWindow(Struct, frozen=True, kw_only=True):
    """What the rolling percentage was worked out from: the last so many school days."""

    school_days: int
    absent_sessions: int
    possible_sessions: int
    estimated: bool


class Balance(Struct, frozen=True, kw_only=True):
    """Of the steps whose time had come at `at`: due = sent + done + skipped + failed + pending."""

    at: datetime
    due: int
    sent: int
    skipped: int
    failed: int
    pending: int
    done: int


class BranchStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='BRANCH'):
    """Ask: success is that the condition holds, failure that it does not."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET


class ByHandBody(Struct, frozen=True, kw_only=True, tag_field='on', tag='MANUAL'):
    """A person starts it for a pupil."""



class Calendar(Struct, frozen=True, kw_only=True):
    """A school's days, as known at its `version`; the versions, newest first."""

    school: UUID
    from_: date = field(name='from')
    to: date
    year_group: str | None
    version: int | None
    terms: list[CalendarTerm]
    hours: list[CalendarHours]
    days: list[CalendarDay]
    versions: list[CalendarVersion]


class CalendarDay(Struct, frozen=True, kw_only=True):
    """One day; a closed one has no numbers."""

    date_: date = field(name='date')
    open: bool
    morning: bool
    afternoon: bool
    school_day: int | None
    school_week: int | None
    said: list[CalendarWord]


class CalendarHours(Struct, frozen=True, kw_only=True):
    """When registers open and close, on the school's clock, from a day on or until another."""

    from_: date = field(name='from')
    to: date | None
    am_start: str | None
    am_close: str | None
    pm_start: str | None
    pm_close: str | None
    day_end: str | None


class CalendarTerm(Struct, frozen=True, kw_only=True):
    """A stretch of teaching, under the name by which it can be changed."""

    name: str
    begins_on: date
    ends_on: date
    declared_days: int | None


class CalendarVersion(Struct, frozen=True, kw_only=True):
    """A change of the calendar, and since when it is known."""

    position: int
    known_at: datetime
    source: str
    by: str
    batch: UUID
    reason: str | None | UnsetType = UNSET


class CalendarWord(Struct, frozen=True, kw_only=True):
    """What the school said of a day, or a part of it, or some year groups on it."""

    kind: str
    session: str
    year_group: str | None


class CancelBody(Struct, frozen=True, kw_only=True, tag_field='action', tag='CANCEL'):
    """It will not take place."""

    reason: str


class ChoiceChange(Struct, frozen=True, kw_only=True):
    """One change of a guardian's choices: what, when, by whom."""

    position: int
    version: int
    at: datetime
    recorded_at: datetime
    by: str
    what: str
    said: dict[str, Any]


class ChoiceHistory(Struct, frozen=True, kw_only=True):
    """Every change, the latest first."""

    guardian_id: UUID
    items: list[ChoiceChange]


class CloseCaseBody(Struct, frozen=True, kw_only=True):
    """Why the matter is settled."""

    reason: str


class Code(Struct, frozen=True, kw_only=True):
    """One code, and how it is counted: possible = attending + authorised + unauthorised."""

    code: str
    meaning: str
    status: str
    possible: bool
    attending: bool
    authorised: bool
    unauthorised: bool
    late: bool


class CodeList(Struct, frozen=True, kw_only=True):
    """The codes in force on a day. A partial table does not know every code of its place."""

    jurisdiction: str
    date_: date = field(name='date')
    version: str
    completeness: Literal['complete', 'partial']
    note: str
    authorised: str
    unauthorised: str
    items: list[Code]


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """How one school's export is written. The form of dates is said, never guessed."""

    columns: dict[str, str] | UnsetType = UNSET
    date_format: Literal['ISO', 'DMY', 'MDY', 'AUTO'] | UnsetType = UNSET
    shape: Literal['long', 'wide', 'totals'] | UnsetType = UNSET
    delimiter: str | UnsetType = UNSET


class ConditionBody(Struct, frozen=True, kw_only=True):
    """A question that the run answers from its own history; some name the step they ask about."""

    asks: Asks
    step_id: str | None | UnsetType = UNSET


class ConsentBody(Struct, frozen=True, kw_only=True):
    """An answer about one channel and one purpose, and on which basis in law it may be used."""

    channel: Channel
    purpose: Purpose
    given: bool
    basis: LegalBasis
    source: AnswerSource


class ConsentItem(Struct, frozen=True, kw_only=True):
    """The answer that stands for a channel and a purpose."""

    channel: Channel
    purpose: Purpose
    given: bool
    basis: LegalBasis
    source: str


class CorrectionBody(Struct, frozen=True, kw_only=True):
    """One mark as it should have been, or taken back (DELETE, without a code)."""

    student_id: UUID
    date_: date = field(name='date')
    session: Session
    action: Literal['CORRECT', 'DELETE'] | UnsetType = UNSET
    code: str | None | UnsetType = UNSET
    minutes_late: int | None | UnsetType = UNSET
    reason: str


class CorrectionReceipt(Struct, frozen=True, kw_only=True):
    """A receipt; the correction is seen in the register from its position on."""

    stream: UUID
    version: int
    position: int
    facts: int
    batch: UUID


class DayBody(Struct, frozen=True, kw_only=True):
    """One word about a day, or half of it, for everybody or for one year group."""

    kind: DayKind
    until: date | None | UnsetType = UNSET
    session: DayPart | UnsetType = UNSET
    year_group: str | None | UnsetType = UNSET
    reason: str


class DayReceipt(Struct, frozen=True, kw_only=True):
    """A receipt; its ETag, and `version`, is the calendar's new version."""

    stream: UUID
    version: int
    position: int
    facts: int
    batch: UUID


class DeclineBody(Struct, frozen=True, kw_only=True):
    """Why a proposed stage is not wanted."""

    reason: str


class DefinitionBody(Struct, frozen=True, kw_only=True):
    """A rule set as `GET /api/rules/schema` describes it."""

    definition: dict[str, Any]


class DraftBody(Struct, frozen=True, kw_only=True):
    """A rule set as `GET /api/rules/schema` describes it, or the name of one that is shipped."""

    definition: dict[str, Any] | None | UnsetType = UNSET
    shipped: str | None | UnsetType = UNSET
    school_id: UUID | None | UnsetType = UNSET


class DraftTemplateBody(Struct, frozen=True, kw_only=True):
    """A first draft. No school: for the whole tenant."""

    key: str
    kind: TextKind
    language: str
    subject: str | UnsetType = UNSET
    body: str
    merge_fields: dict[str, str] | UnsetType = UNSET
    lock: LockScope | UnsetType = UNSET
    content_sid: str | None | UnsetType = UNSET
    legal_effect: bool | UnsetType = UNSET
    jurisdiction: str | None | UnsetType = UNSET
    valid_until: date | None | UnsetType = UNSET
    translation_of: TranslationBody | None | UnsetType = UNSET
    school_id: UUID | None | UnsetType = UNSET


class EngagementItem(Struct, frozen=True, kw_only=True):
    """What came of a message; no message: what a guardian chose, for all messages of a channel."""

    engagement_event_id: UUID
    event_type: EngagementType
    message_id: UUID | None
    run_id: UUID | None
    step_id: str | None
    channel: Channel | None
    school_id: UUID | None
    student_id: UUID | None
    guardian_id: UUID | None
    details: dict[str, str | int | bool]
    occurred_at: datetime


class EngagementPage(Struct, frozen=True, kw_only=True):
    """A page of engagement events, oldest first."""

    items: list[EngagementItem]
    people: dict[str, Person]
    next: str | None


class EnrolmentBody(Struct, frozen=True, kw_only=True):
    """Where a student is enrolled, from when until when. Null: nobody has told us."""

    school_id: UUID | None
    year_group: str | None
    enrolled_on: date | None
    left_on: date | None
    household: UUID | None


class EscalationBody(Struct, frozen=True, kw_only=True):
    """After so many days without an end a person arranges a meeting within so many school days."""

    after: int
    unit: OffsetUnit | UnsetType = UNSET
    when: list[EscalateWhen] | UnsetType = UNSET
    within: int | UnsetType = UNSET


class EvaluateBody(Struct, frozen=True, kw_only=True):
    """Which school, and which day."""

    school_id: UUID
    on: date


class EvaluationAnswer(Struct, frozen=True, kw_only=True):
    """What one look came to."""

    school_id: UUID
    on: date
    kind: LookKind
    known_at: int
    pupils: int
    qualifying: list[StageCountItem]
    done: list[ReasonCountItem]
    left: list[ReasonCountItem]


class EvaluationItem(Struct, frozen=True, kw_only=True):
    """One school on one day, with its latest looks."""

    evaluation_id: UUID
    school_id: UUID
    on: date
    ladder: bool
    known_at: int
    same_day_known_at: int
    looked: int
    last_at: datetime
    looks: list[LookItem]


class EvaluationPage(Struct, frozen=True, kw_only=True):
    """A page of evaluations, the latest look first."""

    items: list[EvaluationItem]
    next: str | None


class EventItem(Struct, frozen=True, kw_only=True):
    """One thing that happened in an intervention, as the school's file has it."""

    event_id: UUID
    instance_id: UUID
    stage_id: UUID | None
    stage: str
    event_type: str
    artifact_id: UUID | None
    occurred_at: datetime
    school_id: UUID
    numbers: list[Numbers]


class ExemptionBody(Struct, frozen=True, kw_only=True):
    """Days on which rules leave a student alone. Absent `until`: until it is ended."""

    student_id: UUID
    starts_on: date
    until: date | None | UnsetType = UNSET
    kind: ExemptionKind | UnsetType = UNSET
    reason: str


class ExemptionItem(Struct, frozen=True, kw_only=True):
    """One exemption. `holds` says that it covers today; kind and reason come from the vault."""

    exemption: UUID
    starts_on: date
    until: date | None
    effect: ExemptionEffect
    granted_at: datetime
    ended_at: datetime | None
    holds: bool
    kind: str | None
    reason: str | None


class ExemptionList(Struct, frozen=True, kw_only=True):
    """All exemptions of one student, the oldest first."""

    student_id: UUID
    exemptions: list[ExemptionItem]
    people: dict[str, Person]


class ExemptionReceipt(Struct, frozen=True, kw_only=True):
    """A receipt with the id by which the exemption can be ended."""

    stream: UUID
    version: int
    position: int
    facts: int
    exemption: UUID


class Explanation(Struct, frozen=True, kw_only=True):
    """What a code means."""

    code: str
    title: str
    meaning: str


class FactItem(Struct, frozen=True, kw_only=True):
    """One fact as it is stored, in its envelope."""

    position: int
    stream: UUID
    version: int
    name: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    command_id: UUID
    cause: UUID | None
    correlation: UUID
    fact: dict[str, Any]


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong with a rule set: where, a code that stays, what, and what would be right."""

    pointer: str
    path: str
    code: str
    message: str
    right: str


class FindingItem(Struct, frozen=True, kw_only=True):
    """What was found at one level; `reason` is a code of the run, the message or the provider."""

    level: Level
    code: projections__why_words__Why
    words: str
    reason: str | None
    at: datetime | None
    stage: str | None
    guardian_id: UUID | None
    run_id: UUID | None
    step_id: str | None
    message_id: UUID | None


class FiringItem(Struct, frozen=True, kw_only=True):
    """One firing of a stage that was decided about: entered on a day, or declined (no day)."""

    firing: int
    evaluated_on: date | None
    known_at: int
    entered_on: date | None
    unsupported: bool
    reviewed: str
    explained: bool


class GuardFound(Struct, frozen=True, kw_only=True):
    """What software found about a guard when the stage was proposed."""

    guard: str
    met: bool
    counted: int
    window_from: str | None
    window_to: str | None


class GuardItem(Struct, frozen=True, kw_only=True):
    """A guard of a proposed stage, or of one that was entered."""

    guard: str
    by: GuardBy
    asks: str
    special: bool
    met: bool | None
    counted: int | None
    window_from: date | None
    window_to: date | None
    who: str | None
    at: datetime | None


class GuardSaid(Struct, frozen=True, kw_only=True):
    """A guard of a stage; a PERSON is asked in words, and a special answer goes to the vault."""

    name: str
    by: GuardBy
    asks: str
    special: bool


class GuardianBody(Struct, frozen=True, kw_only=True):
    """What one guardian is to the student. Null is neither yes nor no: ask."""

    guardian_id: UUID
    relation: str | None
    priority: int | None
    may_receive_info: bool | None
    has_parental_responsibility: bool | None
    lives_with: bool | None
    no_contact: bool
    no_contact_until: date | None
    household: UUID | None


class GuardianChoices(Struct, frozen=True, kw_only=True):
    """All that a guardian chose. Its ETag is for If-Match."""

    guardian_id: UUID
    version: int
    preferences: PreferencesBody
    consents: list[ConsentItem]
    legal_notice_email_consent: bool | None
    suppressions: list[SuppressionItem]
    omitted: list[OmittedItem]


class GuardsOfStage(Struct, frozen=True, kw_only=True):
    """What has to hold before a stage is entered, and how it stands now."""

    stage: str
    status: str
    student_id: UUID
    waits_for: list[str]
    guards: list[GuardItem]


class History(Struct, frozen=True, kw_only=True):
    """What the school did about one student, and every fact that says so, in order."""

    student_id: UUID
    interventions: list[InterventionItem]
    events: list[EventItem]
    facts: list[FactItem]
    totals_of_other_systems: list[OtherTotal]
    people: dict[str, Person]


class HoldBody(Struct, frozen=True, kw_only=True, tag_field='action', tag='HOLD'):
    """It took place; `attendees` are ids of guardians and staff."""

    held_at: datetime
    attendees: list[UUID] | UnsetType = UNSET


class ImportChanges(Struct, frozen=True, kw_only=True):
    """What an import did to one table of the register."""

    added: int
    changed: int
    taken_back: int
    unchanged: int


class ImportItem(Struct, frozen=True, kw_only=True):
    """One import, without its rows."""

    import_: UUID = field(name='import')
    at: datetime
    actor: str
    school: UUID | None
    batch: UUID
    outcome: Literal['IMPORTED', 'UNCHANGED', 'ALREADY_IMPORTED', 'REFUSED']
    content: str
    source: str
    file: str
    position: int | None
    rows_read: int
    rows_good: int
    rows_bad: int
    changes: dict[str, ImportChanges]
    problem_counts: dict[str, int]
    advice: str


class ImportPage(Struct, frozen=True, kw_only=True):
    """A page of imports, the newest first."""

    items: list[ImportItem]
    next: str | None


class ImportProblem(Struct, frozen=True, kw_only=True):
    """One thing wrong, and where: a row number, never what stood in the row."""

    file: str
    row: int | None
    code: str
    severity: Literal['stops', 'set-aside', 'note']
    reason: str
    what_to_do: str


class ImportReportBody(Struct, frozen=True, kw_only=True):
    """The account of one import: what came, what was set aside and why, what changed."""

    file: str
    sha256: str
    batch: UUID
    content: str
    source: str
    school: UUID | None
    outcome: Literal['IMPORTED', 'UNCHANGED', 'ALREADY_IMPORTED', 'REFUSED']
    imported: bool
    already_imported: bool
    position: int | None
    rows_read: int
    rows_good: int
    rows_bad: int
    counts: dict[str, int]
    changes: dict[str, ImportChanges]
    problem_counts: dict[str, int]
    problems: list[ImportProblem]
    problems_left_out: int
    advice: str


class ImportShown(Struct, frozen=True, kw_only=True):
    """One import with its report."""

    import_: UUID = field(name='import')
    at: datetime
    actor: str
    report: ImportReportBody


class InboxItem(Struct, frozen=True, kw_only=True):
    """One message that has arrived. Without `text` somebody whom it was about was erased."""

    message_id: UUID
    guardian_id: UUID
    student_id: UUID
    school_id: UUID
    arrived_at: datetime
    read_at: datetime | None
    subject: str | None
    text: str | None


class InboxPage(Struct, frozen=True, kw_only=True):
    """A page of the inbox, newest first."""

    items: list[InboxItem]
    next: str | None


class InterventionItem(Struct, frozen=True, kw_only=True):
    """One student's intervention in one school year."""

    intervention_id: UUID
    student_id: UUID
    school_id: UUID
    case_id: UUID
    rule_set_id: UUID
    school_year_from: date
    status: str
    started_at: datetime
    current_stage: str
    last_stage_at: datetime | None
    improved: bool
    same_day: bool
    stop_reason: str
    stopped_at: datetime | None
    escalated: bool
    checked: list[int]
    meetings: int
    clock: bool
    due_on: date | None
    attempts: list[AttemptItem]
    stages: list[StageItem]


class LetterStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='GENERATE_LETTER'):
    """Print a letter for a named person to approve and post."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    template_key: str


class LogItem(Struct, frozen=True, kw_only=True):
    """One line of the execution log: one step, under the key by which it happens once."""

    log_id: UUID
    run_id: UUID
    step_id: str
    order: int
    school_id: UUID
    student_id: UUID
    guardian_id: UUID | None
    playbook_id: UUID
    kind: str
    channel: Channel | None
    idempotency_key: str
    status: LogStatus
    scheduled_for: datetime | None
    requested_at: datetime | None
    message_id: UUID | None
    skip_reason: str | None
    failure: str | None
    owner: str | None
    executed_at: datetime | None
    dropped_at: datetime | None


class LookItem(Struct, frozen=True, kw_only=True):
    """One look of a day."""

    kind: LookKind
    at: datetime
    known_at: int
    pupils: int
    rule_set_id: UUID
    rule_set_hash: str
    qualifying: list[StageCountItem]
    done: list[ReasonCountItem]
    left: list[ReasonCountItem]


class LooseMessage(Struct, frozen=True, kw_only=True):
    """A message that is on no side of the sheet, and why."""

    message_id: UUID
    code: Loose


class ManyRuns(Struct, frozen=True, kw_only=True):
    """How many runs were changed."""

    runs: int


class MarkBody(Struct, frozen=True, kw_only=True):
    """A mark as it stands in the register; the status is the same in every country."""

    code: str
    status: str


class MeetingItem(Struct, frozen=True, kw_only=True):
    """One meeting. `version` is what If-Match asks for; the notes stay in the vault."""

    meeting_id: UUID
    intervention_id: UUID
    student_id: UUID
    school_id: UUID
    stage: str
    scheduled_at: datetime
    duration_minutes: int
    status: MeetingStatus
    version: int
    held_at: datetime | None
    outcome_code: Outcome | None


class MeetingPage(Struct, frozen=True, kw_only=True):
    """A page of the diary, earliest first."""

    items: list[MeetingItem]
    people: dict[str, Person]
    next: str | None


class MeetingStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='SCHEDULE_MEETING'):
    """Ask the school's staff to arrange a meeting within so many school days."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    within: int


class MessageBalance(Struct, frozen=True, kw_only=True):
    """asked = sent + skipped + failed + unknown + waiting, to the message, where `agrees`."""

    from_: date = field(name='from')
    to: date
    asked: int
    sent: int
    skipped: int
    failed: int
    unknown: int
    waiting: int
    skipped_by_reason: dict[str, int]
    loose: int
    loose_messages: list[LooseMessage]
    agrees: bool


class MessageDetails(Struct, frozen=True, kw_only=True):
    """One message and its whole story."""

    message: MessageItem
    facts: list[MessageFact]
    people: dict[str, Person]


class MessageFact(Struct, frozen=True, kw_only=True):
    """One thing that happened to a message: what, when, by whom, and all that was written down."""

    name: str
    at: datetime
    actor: str
    fact: dict[str, Any]


class MessageItem(Struct, frozen=True, kw_only=True):
    """One message, without its words."""

    message_id: UUID
    key: str
    channel: Channel
    school_id: UUID
    student_id: UUID
    guardian_id: UUID
    run_id: UUID
    step_id: str
    status: MessageStatus
    requested_at: datetime
    moved_at: datetime
    purpose: Purpose
    template_key: str
    attempts: int
    generation: int
    fallback: Channel | None
    provider: str | None
    provider_ref: str | None
    earlier_ref: str | None
    delivery: str | None
    reason: str | None
    remedy: Remedy | None
    owner: str | None
    dead: bool
    not_before: datetime | None
    accepted_at: datetime | None
    delivered_at: datetime | None
    replied_at: datetime | None


class MessagePage(Struct, frozen=True, kw_only=True):
    """A page of messages."""

    items: list[MessageItem]
    people: dict[str, Person]
    next: str | None


class MessageStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='MESSAGE'):
    """Say something. `fallback` is tried where the first channel cannot be."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    channel: Channel
    template_key: str
    fallback: Channel | None | UnsetType = UNSET
    skip_if_replied: bool | UnsetType = UNSET
    expires_after: int | None | UnsetType = UNSET


class MetricsDay(Struct, frozen=True, kw_only=True):
    """Counters of one school on one school day."""

    school_id: UUID
    date_: date = field(name='date')
    playbooks_started: int
    steps_scheduled: int
    steps_sent: int
    playbooks_stopped_by_reply: int
    playbooks_stopped_by_improvement: int
    escalations: int
    estimated_minutes_saved: int


class MetricsList(Struct, frozen=True, kw_only=True):
    """Days in order. `complete` is false when there are more than one answer holds."""

    items: list[MetricsDay]
    complete: bool


class MissBody(Struct, frozen=True, kw_only=True, tag_field='action', tag='MISS'):
    """Nobody of the family came."""



class MomentItem(Struct, frozen=True, kw_only=True):
    """When a step falls, as if all before it went at once and nothing stood against it."""

    step_id: str
    order: int
    kind: str
    channel: Channel | None
    offset: int
    unit: OffsetUnit
    plain_on: date
    due_at: datetime
    local_at: datetime
    moved: list[MovedItem]


class MoveBody(Struct, frozen=True, kw_only=True, tag_field='action', tag='MOVE'):
    """Another time was agreed."""

    scheduled_at: datetime


class MovePreview(Struct, frozen=True, kw_only=True):
    """What a move would do at this moment, run by run. Its token says so to the move itself."""

    playbook_id: UUID
    version: int
    runs: int
    refused: int
    dropping: int
    completing: int
    token: str
    items: list[MovedRun]


class MoveRunsBody(Struct, frozen=True, kw_only=True):
    """The playbook, the version to go to, the filters of the preview, and its token."""

    playbook: UUID
    version: int
    from_version: int | None | UnsetType = UNSET
    school: UUID | None | UnsetType = UNSET
    student: UUID | None | UnsetType = UNSET
    stage: str | None | UnsetType = UNSET
    token: str


class MovedItem(Struct, frozen=True, kw_only=True):
    """Why a step does not fall on the day that plain counting gives, and the days taken out."""

    why: domain__playbook_run__previewing__Why
    days: list[date]


class MovedRun(Struct, frozen=True, kw_only=True):
    """What a move does to one run: what it drops, and what comes next and when."""

    run_id: UUID
    from_version: int
    refused: str | None
    dropped_step: str | None
    next_step: str | None
    next_at: datetime | None
    completes: bool


class NewPlaybookBody(Struct, frozen=True, kw_only=True):
    """A playbook for one school, or without one for all of the tenant."""

    name: str
    trigger: OnStageBody | ByHandBody
    purpose: Purpose
    steps: list[MessageStepBody | WaitStepBody | BranchStepBody | TaskStepBody | MeetingStepBody | LetterStepBody]
    stop_conditions: list[StopCondition] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    window: WindowBody | UnsetType = UNSET
    escalation: EscalationBody | None | UnsetType = UNSET
    household: Household | UnsetType = UNSET
    on_reply: OnReply | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    school_id: UUID | None | UnsetType = UNSET


class NewProfileBody(Struct, frozen=True, kw_only=True):
    """How a school's own export is written, under a name by which imports find it."""

    school_id: UUID
    name: str
    profile: ColumnProfile


class NoticeEmailBody(Struct, frozen=True, kw_only=True):
    """Whether legal notices may come by e-mail; no other answer says so."""

    given: bool
    source: AnswerSource


class Numbers(Struct, frozen=True, kw_only=True):
    """What one condition of a stage saw, in whole sessions."""

    metric: str
    absent_sessions: int
    possible_sessions: int
    sessions_per_day: int
    threshold: str
    window_from: str
    window_to: str
    denominator: str
    undecided_days: int | UnsetType = UNSET
    not_known: list[str] | UnsetType = UNSET


class OmittedItem(Struct, frozen=True, kw_only=True):
    """A playbook that began without this guardian, and why."""

    reason: str
    student_id: UUID
    school_id: UUID
    intervention_id: UUID
    stage: str
    firing: int
    playbook_id: UUID
    on: date
    until: date | None


class OnStageBody(Struct, frozen=True, kw_only=True, tag_field='on', tag='STAGE_ENTERED'):
    """A pupil enters a stage of the ladder."""

    stage: str


class OtherDay(Struct, frozen=True, kw_only=True):
    """A day, or several, as if something else had been said of them."""

    school: UUID
    date_: date = field(name='date')
    until: date | None | UnsetType = UNSET
    open: bool
    session: DayPart | UnsetType = UNSET
    year_group: str | None | UnsetType = UNSET


class OtherTotal(Struct, frozen=True, kw_only=True):
    """Sums of sessions between two days, as another system gave them."""

    school_id: UUID
    from_: date = field(name='from')
    to: date
    possible: int
    attended: int
    authorised: int
    unauthorised: int
    source: str
    known_from: int
    known_at: datetime
    decides: Literal[False]


class OutcomeBody(Struct, frozen=True, kw_only=True, tag_field='action', tag='RECORD_OUTCOME'):
    """What was agreed; the notes go to the vault."""

    outcome: Outcome
    notes: str | None | UnsetType = UNSET


class Person(Struct, frozen=True, kw_only=True):
    """A name, from the person vault."""

    given: str
    family: str


class PlaybookBody(Struct, frozen=True, kw_only=True):
    """A graph of steps for one trigger. D+n counts school days unless a step says otherwise."""

    name: str
    trigger: OnStageBody | ByHandBody
    purpose: Purpose
    steps: list[MessageStepBody | WaitStepBody | BranchStepBody | TaskStepBody | MeetingStepBody | LetterStepBody]
    stop_conditions: list[StopCondition] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    window: WindowBody | UnsetType = UNSET
    escalation: EscalationBody | None | UnsetType = UNSET
    household: Household | UnsetType = UNSET
    on_reply: OnReply | UnsetType = UNSET
    priority: int | UnsetType = UNSET


class PlaybookFault(Struct, frozen=True, kw_only=True):
    """One thing wrong: where, a code that stays, and what would be right."""

    path: str
    code: str
    message: str


class PlaybookItem(Struct, frozen=True, kw_only=True):
    """A playbook in the list. `revision` is what If-Match asks for; no school: the whole tenant."""

    playbook_id: UUID
    school_id: UUID | None
    name: str
    trigger_stage: str | None
    is_active: bool
    status: str
    version: int
    draft_version: int | None
    revision: int
    steps: int
    created_at: datetime
    updated_at: datetime


class PlaybookPage(Struct, frozen=True, kw_only=True):
    """A page of playbooks, the one that was changed last first."""

    items: list[PlaybookItem]
    next: str | None


class PlaybookPreview(Struct, frozen=True, kw_only=True):
    """A run through a playbook that begins at a moment, with real dates of a school's calendar."""

    playbook_id: UUID
    version: int
    school_id: UUID
    zone: str
    triggered_at: datetime
    steps: list[MomentItem]
    escalates_on: date | None


class PlaybookValidation(Struct, frozen=True, kw_only=True):
    """Everything that is wrong with a playbook; nothing was stored."""

    valid: bool
    errors: list[PlaybookFault]
    warnings: list[PlaybookFault]


class PlaybookVersion(Struct, frozen=True, kw_only=True):
    """One version: DRAFT, ACTIVE, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    version: int
    status: str
    drafted_at: datetime | None
    drafted_by: str | None
    activated_at: datetime | None
    activated_by: str | None
    ended_at: datetime | None
    ended_by: str | None


class PlaybookVersions(Struct, frozen=True, kw_only=True):
    """Every version there ever was, newest first."""

    playbook_id: UUID
    revision: int
    items: list[PlaybookVersion]


class PlaybookWhole(Struct, frozen=True, kw_only=True):
    """One playbook: a version with its steps, and the draft of the next one if there is any."""

    version: int
    status: str
    drafted_at: datetime | None
    drafted_by: str | None
    activated_at: datetime | None
    activated_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    playbook_id: UUID
    school_id: UUID | None
    is_active: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    trigger_stage: str | None
    escalation_after_days: int | None
    definition: PlaybookBody
    draft: PlaybookBody | None


class PostedReceipt(Struct, frozen=True, kw_only=True):
    """A receipt that says what the last look found: a letter that lost its cause is not posted."""

    stream: UUID
    version: int
    position: int
    facts: int
    outcome: Literal['POSTED', 'WITHDRAWN']


class PreferencesBody(Struct, frozen=True, kw_only=True):
    """How a guardian would like to be reached: all of it, not what changed. Null: as usual."""

    language: str | None | UnsetType = UNSET
    channels: list[Channel] | UnsetType = UNSET
    quiet_from: time | None | UnsetType = UNSET
    quiet_until: time | None | UnsetType = UNSET
    off: list[Purpose] | UnsetType = UNSET


class Problem(Struct, frozen=True, kw_only=True):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    correlation_id: UUID
    errors: list[dict[str, str]] | UnsetType = UNSET
    details: dict[str, Any] | UnsetType = UNSET


class ProfileBody(Struct, frozen=True, kw_only=True):
    """How the export is written from now on; what was imported before stays as it was read."""

    profile: ColumnProfile


class ProfileItem(Struct, frozen=True, kw_only=True):
    """The newest version of a profile. Its version is its ETag."""

    school_id: UUID
    name: str
    version: int
    profile: ColumnProfile
    saved_by: str
    saved_at: datetime


class ProfileList(Struct, frozen=True, kw_only=True):
    """A school's profiles by their names; a school has a handful."""

    school_id: UUID
    items: list[ProfileItem]


class ProfileReceipt(Struct, frozen=True, kw_only=True):
    """What was saved. The version of a deleted profile is that of its deletion."""

    school_id: UUID
    name: str
    version: int
    deleted: bool


class ProposalReceipt(Struct, frozen=True, kw_only=True):
    """The answer to a proposal. `stream` is the intervention."""

    stream: UUID
    version: int
    position: int
    facts: int
    stage: str


class ProposeBody(Struct, frozen=True, kw_only=True):
    """Why, where the rule set asks for it or you want to say it."""

    reason: str | None | UnsetType = UNSET


class PupilAnswer(Struct, frozen=True, kw_only=True):
    """The answer about one pupil: what decides, and all that was found on the way there."""

    student_id: UUID
    sent: bool
    answer: FindingItem
    findings: list[FindingItem]


class QueueItem(Struct, frozen=True, kw_only=True):
    """One thing that waits for a person."""

    line: str
    subject: UUID
    subject_kind: str
    school_id: UUID
    student_id: UUID
    action: Action
    stage: str
    waiting_since: datetime
    track: str
    numbers: list[Numbers]
    reasons: list[str]
    evaluated_on: date | None
    approval: str
    due_on: date | None
    qualified_on: date | None
    told_past_due_at: datetime | None
    asked: str | None
    proposed_by: str
    guards: list[GuardSaid]
    findings: list[GuardFound]
    firing: int
    owner: str | None
    past_due: bool


class QueuePage(Struct, frozen=True, kw_only=True):
    """A page of the queue, longest waiting first."""

    items: list[QueueItem]
    people: dict[str, Person]
    next: str | None


class ReadItem(Struct, frozen=True, kw_only=True):
    """Somebody looked at a child's record."""

    at: datetime
    actor: str
    what: str
    subject: UUID
    route: str


class ReadPage(Struct, frozen=True, kw_only=True):
    """A page of looks, latest first."""

    items: list[ReadItem]
    next: str | None


class Ready(Struct, frozen=True, kw_only=True):
    """How the machine stands. `late` names the followers that have been behind for too long."""

    status: Literal['ready', 'unready']
    late: list[str]
    head: int
    bound: int
    stalled_seconds: float
    hazards: list[str]
    behind_seconds: float
    parked: int
    outbox_waiting: int
    outbox_oldest_seconds: float
    outcomes_unknown: int
    steps_due: int
    syncs_failing: int
    sms_provider: Literal['configured', 'not configured']
    mail_provider: Literal['configured', 'not configured']
    broker: Literal['configured', 'not configured']
    notices: list[str]


class ReasonCountItem(Struct, frozen=True, kw_only=True):
    """What was done, or left and why, for how many pupils."""

    stage: str
    reason: str
    pupils: int


class ReceiptBody(Struct, frozen=True, kw_only=True):
    """The answer to an accepted command; `position` is 0 when nothing new had to be said."""

    stream: UUID
    version: int
    position: int
    facts: int


class RecordVersion(Struct, frozen=True, kw_only=True):
    """A change of the record, and since when it is known."""

    position: int
    known_at: datetime
    by: str
    source: str
    about: list[str]


class RegisterDay(Struct, frozen=True, kw_only=True):
    """One day of a student's line."""

    date_: date = field(name='date')
    morning: MarkBody
    afternoon: MarkBody


class RegisterView(Struct, frozen=True, kw_only=True):
    """A student's register as it was known at a position, and the changes known by then."""

    student_id: UUID
    school_id: UUID
    from_: date = field(name='from')
    to: date
    known_at: int
    line: str
    days: list[RegisterDay]
    amendments: list[AmendmentBody]
    totals_of_other_systems: list[OtherTotal]
    people: dict[str, Person]


class ResendBody(Struct, frozen=True, kw_only=True):
    """Why a message goes once more; by another channel where one is named."""

    reason: ResendReason
    channel: Channel | None | UnsetType = UNSET
    note: str | None | UnsetType = UNSET


class ReturnItem(Struct, frozen=True, kw_only=True):
    """One return of a school for a school year."""

    return_id: UUID
    school_id: UUID
    rule_set_id: UUID
    name: str
    covers: str
    role: str
    cumulative: bool
    school_year_from: date
    opens_on: date
    due_on: date
    opened_at: datetime
    status: str
    submitted_on: date | None
    submitted_by: str
    reference: str
    late: bool


class ReturnList(Struct, frozen=True, kw_only=True):
    """Returns, the latest last day first."""

    items: list[ReturnItem]


class ReviewBody(Struct, frozen=True, kw_only=True):
    """What you found in looking at a stage that the register no longer supports."""

    outcome: ReviewOutcome


class RuleSetItem(Struct, frozen=True, kw_only=True):
    """A rule set in the list. `revision` is what If-Match asks for; no school: the whole tenant."""

    rule_set_id: UUID
    school_id: UUID | None
    name: str
    jurisdiction: str | None
    is_active: bool
    status: str
    version: int
    draft_version: int | None
    revision: int
    activated_at: datetime | None
    changed_at: datetime
    not_done: list[str]


class RuleSetPage(Struct, frozen=True, kw_only=True):
    """A page of rule sets, the one that was changed last first."""

    items: list[RuleSetItem]
    next: str | None


class RuleSetSchema(Struct, frozen=True, kw_only=True):
    """A JSON Schema (2020-12)."""



class RuleSetWhole(Struct, frozen=True, kw_only=True):
    """The version in use (else the last one, else the draft), with its stages."""

    version: int
    status: str
    content_hash: str
    drafted_at: datetime | None
    drafted_by: str | None
    activated_at: datetime | None
    activated_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    rule_set_id: UUID
    school_id: UUID | None
    name: str
    jurisdiction: str | None
    is_active: bool
    revision: int
    draft_version: int | None
    rules_json: dict[str, Any]
    not_done: list[str]
    stages: list[StageView]


class RulesCatalogue(Struct, frozen=True, kw_only=True):
    """What rule sets may say: metrics, windows, conditions, guards and all other closed lists."""

    metrics: list[dict[str, Any]]
    denominators: list[dict[str, Any]] | UnsetType = UNSET
    windows: list[dict[str, Any]] | UnsetType = UNSET
    conditions: list[dict[str, Any]] | UnsetType = UNSET
    guards: list[dict[str, Any]] | UnsetType = UNSET
    stops: list[dict[str, Any]] | UnsetType = UNSET
    occasions: list[dict[str, Any]] | UnsetType = UNSET
    rearming: list[dict[str, Any]] | UnsetType = UNSET
    retraction: list[dict[str, Any]] | UnsetType = UNSET
    approvals: list[dict[str, Any]] | UnsetType = UNSET
    shipped: list[Shipped]


class RunDetails(Struct, frozen=True, kw_only=True):
    """One run with its steps, and its lines of the execution log in order."""

    run: RunItem
    logs: list[LogItem]
    people: dict[str, Person]


class RunItem(Struct, frozen=True, kw_only=True):
    """One walk of one family through one playbook version."""

    run_id: UUID
    school_id: UUID
    playbook_id: UUID
    playbook_version: int
    playbook_name: str
    instance_id: UUID
    student_id: UUID
    guardian_id: UUID | None
    stage: str
    status: RunStatus
    triggered_at: datetime
    version: int
    stopped_at: datetime | None
    stop_reason: str | None
    completed_at: datetime | None
    current_step_order: int
    current_step_id: str | None
    next_step_scheduled_at: datetime | None
    replied_at: datetime | None
    firing: int | None
    escalates_at: datetime | None
    escalated_at: datetime | None
    paused_at: datetime | None
    pause_reason: str | None
    steps: list[StepItem]


class RunPage(Struct, frozen=True, kw_only=True):
    """A page of runs, oldest first."""

    items: list[RunItem]
    people: dict[str, Person]
    next: str | None


class ScheduleBody(Struct, frozen=True, kw_only=True):
    """A time that was agreed with the family."""

    intervention_id: UUID
    stage: str
    scheduled_at: datetime
    duration_minutes: int | UnsetType = UNSET


class SettleBody(Struct, frozen=True, kw_only=True):
    """What was found out about a message whose outcome nobody knew, and how."""

    finding: Finding
    reason: SettleReason
    note: str | None | UnsetType = UNSET


class Shipped(Struct, frozen=True, kw_only=True):
    """A rule set that comes with the product."""

    id_: str = field(name='id')
    name: str
    jurisdiction: str | None
    effective_from: date | None


class ShippedPlaybook(Struct, frozen=True, kw_only=True):
    """A playbook that comes with the product, to begin one's own with."""

    set: str
    definition: PlaybookBody


class ShippedPlaybooks(Struct, frozen=True, kw_only=True):
    """All that come with the product."""

    items: list[ShippedPlaybook]


class SimulateBody(Struct, frozen=True, kw_only=True):
    """Which pupil, by which rules, on which day."""

    rule_set: str | None | UnsetType = UNSET
    rules: dict[str, Any] | None | UnsetType = UNSET
    student_id: UUID
    on: date


class SimulatedStage(Struct, frozen=True, kw_only=True):
    """What an evening would say of one stage."""

    stage: str
    order: int
    track: str
    approval: str
    settle_days: int
    condition_holds: bool | None
    fires: bool
    conditions: list[dict[str, Any]]
    held_back_by: list[str]
    taken_as_met: list[str]
    not_computed: str | None
    not_known: list[str]


class Simulation(Struct, frozen=True, kw_only=True):
    """One pupil against a rule set on a day. Nothing of it is stored but the look itself."""

    student: UUID
    source_id: str
    school: UUID
    on: date
    rule_set: str
    known_at: int
    denominator: str
    school_open: bool
    fires: list[str]
    stages: list[SimulatedStage]
    not_done: list[str]
    stored: bool
    people: dict[str, Person]


class SmsCostView(Struct, frozen=True, kw_only=True):
    """Parts times people times the price of a part; null prices where the house has set none."""

    alphabet: str
    units: int
    parts: int
    costly: list[str]
    parts_with_fada: int
    recipients: int
    currency: str
    price_of_a_part: float | str | None
    cost: float | str | None
    cost_with_fada: float | str | None


class StageAnswer(Struct, frozen=True, kw_only=True):
    """Whether the register decides a stage, and why not where it does not."""

    stage: str
    track: str
    not_computed: str | None


class StageCountItem(Struct, frozen=True, kw_only=True):
    """How many pupils met a stage's condition."""

    stage: str
    pupils: int


class StageItem(Struct, frozen=True, kw_only=True):
    """One stage of an intervention, and the numbers that decided."""

    stage: str
    status: str
    at: datetime
    entered_on: date | None
    track: str
    numbers: list[Numbers]
    evaluated_on: date | None
    known_at: int
    unsupported: bool
    reviewed: str
    firing: int
    due_on: date | None
    past_due_on: date | None
    due_school_days: int | None
    qualified_on: date | None
    fulfilled_on: date | None
    done: bool
    late: bool
    stops: list[str] | None
    log_attempts: bool
    reason: str
    letters: int
    guards: list[GuardSaid]
    findings: list[GuardFound]
    proposed_by: str
    firings: list[FiringItem]


class StageView(Struct, frozen=True, kw_only=True):
    """One stage. What leads on from it is the trigger of the next stage of its track."""

    stage_id: UUID
    rule_set_id: UUID
    key: str
    order: int
    stage_type: str
    letter_template_id: UUID | None
    days_before_next_stage: int | None
    stop_conditions_json: list[str]
    escalation_conditions_json: dict[str, Any] | None
    trigger_json: dict[str, Any]
    track: str
    prerequisites: list[str]
    approval: str
    settle_days: int
    rearm: str
    retraction: str
    guards: list[str]
    sources: list[str]
    statute: str | None
    note: str | None


class StartBody(Struct, frozen=True, kw_only=True):
    """A playbook in use, and the intervention in whose name it runs."""

    playbook_id: UUID
    intervention_id: UUID
    stage: str | None | UnsetType = UNSET


class StartedRuns(Struct, frozen=True, kw_only=True):
    """The runs that were begun, one for each guardian or home."""

    runs: list[UUID]


class StepItem(Struct, frozen=True, kw_only=True):
    """One step as it went."""

    step_id: str
    order: int
    channel: Channel | None
    kind: str
    result: str | None
    scheduled_for: datetime
    status: str
    reason: str | None
    message_id: UUID | None
    idempotency_key: str | None
    executed_at: datetime | None


class StopBody(Struct, frozen=True, kw_only=True):
    """Why support is no longer needed."""

    reason: Literal['VALID_REASON']


class StopEstimate(Struct, frozen=True, kw_only=True):
    """What a stop would do at this moment. Its token says so to the stop itself."""

    runs: int
    students: int
    guardians: int
    active: int
    paused: int
    token: str


class StopRunsBody(Struct, frozen=True, kw_only=True):
    """The filters of the estimate, and its token."""

    playbook: UUID | None | UnsetType = UNSET
    version: int | None | UnsetType = UNSET
    school: UUID | None | UnsetType = UNSET
    student: UUID | None | UnsetType = UNSET
    stage: str | None | UnsetType = UNSET
    token: str


class StuckItem(Struct, frozen=True, kw_only=True):
    """A message about which nothing was heard for too long, and who has to look why."""

    message_id: UUID
    key: str
    channel: Channel
    school_id: UUID
    student_id: UUID
    guardian_id: UUID
    run_id: UUID
    step_id: str
    status: MessageStatus
    requested_at: datetime
    moved_at: datetime
    purpose: Purpose
    template_key: str
    attempts: int
    generation: int
    fallback: Channel | None
    provider: str | None
    provider_ref: str | None
    earlier_ref: str | None
    delivery: str | None
    reason: str | None
    remedy: Remedy | None
    owner: str | None
    dead: bool
    not_before: datetime | None
    accepted_at: datetime | None
    delivered_at: datetime | None
    replied_at: datetime | None
    stuck_as: StuckAs
    age_seconds: int
    seen_to_by: str


class StuckPage(Struct, frozen=True, kw_only=True):
    """Messages that are stuck, the longest first."""

    items: list[StuckItem]
    people: dict[str, Person]
    next: str | None


class StudentRecord(Struct, frozen=True, kw_only=True):
    """Enrolment, household and guardians as known at a position, and the versions until then."""

    student_id: UUID
    known_at: int
    enrolment: EnrolmentBody | None
    guardians: list[GuardianBody]
    versions: list[RecordVersion]
    people: dict[str, Person]


class SubmitBody(Struct, frozen=True, kw_only=True):
    """When the return was made, the school's today if nothing is said, and its number."""

    submitted_on: date | None | UnsetType = UNSET
    reference: str | None | UnsetType = UNSET


class SummaryPage(Struct, frozen=True, kw_only=True):
    """School days of one student, or students of one school on one day."""

    items: list[AttendanceDailySummary]
    people: dict[str, Person]
    next: str | None


class SuppressionBody(Struct, frozen=True, kw_only=True):
    """A channel that must not be used, and why."""

    channel: Channel
    cause: SuppressionCause


class SuppressionItem(Struct, frozen=True, kw_only=True):
    """A channel that must not be used, with every cause that stands against it."""

    channel: Channel
    causes: list[SuppressionCause]


class SyncChange(Struct, frozen=True, kw_only=True):
    """Whether a school's syncs wait, and why: in words that name nobody."""

    paused: bool
    reason: str


class SyncItem(Struct, frozen=True, kw_only=True):
    """When one school is read from its own system, what came of it last, and when it is next."""

    school_id: UUID
    source: str
    version: int
    zone: str
    times: list[str]
    compare_at: str
    paused: bool
    reason: str
    set_by: str
    set_at: datetime
    outcome: Literal['RUNNING', 'WELL', 'REFUSED'] | None
    problems: list[str]
    failures: int
    tried_at: datetime | None
    ended_at: datetime | None
    read_at: datetime | None
    compared_at: datetime | None
    next_at: datetime | None
    next_reads: Literal['CHANGES', 'EVERYTHING'] | None


class SyncList(Struct, frozen=True, kw_only=True):
    """Every planned school that you may see."""

    items: list[SyncItem]


class TaskStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='CREATE_TASK'):
    """Ask the school's staff to do something within so many school days."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    task: str
    within: int


class TelemetryItem(Struct, frozen=True, kw_only=True):
    """One action of a playbook. No run: attendance got better, which may have many causes."""

    telemetry_event_id: UUID
    event_type: TelemetryType
    playbook_run_id: UUID | None
    school_id: UUID
    student_id: UUID
    metadata: dict[str, str | int | bool]
    occurred_at: datetime


class TelemetryPage(Struct, frozen=True, kw_only=True):
    """A page of telemetry events, oldest first."""

    items: list[TelemetryItem]
    people: dict[str, Person]
    next: str | None


class TemplateItem(Struct, frozen=True, kw_only=True):
    """A template in the list. `revision` is what If-Match asks for; no school: the tenant's."""

    template_id: UUID
    school_id: UUID | None
    key: str
    kind: TextKind
    language: str
    status: str
    version: int
    draft_version: int | None
    revision: int
    subject: str
    lock: LockScope
    legal_effect: bool
    valid_until: date | None
    translation_of: str | None
    approved_at: datetime | None
    changed_at: datetime


class TemplatePage(Struct, frozen=True, kw_only=True):
    """A page of templates, the one that was changed last first."""

    items: list[TemplateItem]
    next: str | None


class TemplatePreview(Struct, frozen=True, kw_only=True):
    """How a text reads. `made_up` names the fields that hold nobody's data."""

    language: str
    subject: str
    text: str | None
    html: str | None
    is_real: bool
    made_up: list[str]
    sms: SmsCostView | None


class TemplateVerdict(Struct, frozen=True, kw_only=True):
    """Whether a text could be approved as it is, what is worth a look, and what it costs."""

    valid: bool
    errors: list[TextFault]
    warnings: list[TextFault]
    sms: SmsCostView | None


class TemplateVersionItem(Struct, frozen=True, kw_only=True):
    """One version: DRAFT, APPROVED, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    version: int
    status: str
    content_hash: str
    drafted_at: datetime
    drafted_by: str
    reviewed_at: datetime | None
    reviewed_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    ended_at: datetime | None
    ended_by: str | None


class TemplateVersionList(Struct, frozen=True, kw_only=True):
    """Every version there ever was, newest first. None is ever changed or removed."""

    template_id: UUID
    revision: int
    items: list[TemplateVersionItem]


class TemplateWhole(Struct, frozen=True, kw_only=True):
    """The approved version (else the last one, else the draft), with its words."""

    version: int
    status: str
    content_hash: str
    drafted_at: datetime
    drafted_by: str
    reviewed_at: datetime | None
    reviewed_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    template_id: UUID
    school_id: UUID | None
    revision: int
    draft_version: int | None
    wording: WordingView


class TermBody(Struct, frozen=True, kw_only=True):
    """A term from its first to its last day, or WITHDRAW, without days, which takes it back."""

    action: Literal['SET', 'WITHDRAW'] | UnsetType = UNSET
    begins_on: date | None | UnsetType = UNSET
    ends_on: date | None | UnsetType = UNSET
    declared_days: int | None | UnsetType = UNSET
    reason: str


class TextCatalogue(Struct, frozen=True, kw_only=True):
    """What texts may fill in, in which languages dates are written, and what is shipped."""

    fields: list[dict[str, Any]]
    languages: list[str]
    longest: dict[str, int]
    shipped: list[dict[str, Any]]


class TextFault(Struct, frozen=True, kw_only=True):
    """One thing about a text: where, in which line (0: of no line), a code that stays, and what."""

    path: str
    code: str
    message: str
    line: int


class Timeline(Struct, frozen=True, kw_only=True):
    """A page of what was said to or about one person, oldest first."""

    entries: list[TimelineEntry]
    people: dict[str, Person]
    next: str | None


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened. `code` is the fact's name; `text` what a guardian wrote."""

    position: int
    at: datetime
    code: str
    words: str
    stream: UUID
    actor: str
    about: dict[str, str]
    text: str | None


class ToLanguageBody(Struct, frozen=True, kw_only=True):
    """The language to translate into."""

    language: str


class TranslationBody(Struct, frozen=True, kw_only=True):
    """The text that a translation says again: `content_hash` of its wording, in its language."""

    language: str
    source_hash: str


class TranslationView(Struct, frozen=True, kw_only=True):
    """The text that a translation says again, and the software that translated it, if any did."""

    language: str
    source_hash: str
    engine: str


class UnexplainedDay(Struct, frozen=True, kw_only=True):
    """A day that nobody has explained, and how many school days have come since."""

    student_id: UUID
    school_id: UUID
    date_: date = field(name='date')
    morning: bool
    afternoon: bool
    code: str
    school_days_since: int


class UnexplainedPage(Struct, frozen=True, kw_only=True):
    """Unexplained absences of one school, the oldest first."""

    items: list[UnexplainedDay]
    people: dict[str, Person]
    next: str | None


class Validation(Struct, frozen=True, kw_only=True):
    """Whether a rule set could be used as it is; what it leaves to people. Nothing is stored."""

    valid: bool
    errors: list[Fault]
    not_done: list[str]
    stages: list[StageAnswer]


class VersionItem(Struct, frozen=True, kw_only=True):
    """One version: DRAFT, ACTIVE, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    version: int
    status: str
    content_hash: str
    drafted_at: datetime | None
    drafted_by: str | None
    activated_at: datetime | None
    activated_by: str | None
    ended_at: datetime | None
    ended_by: str | None


class VersionList(Struct, frozen=True, kw_only=True):
    """Every version there ever was, newest first. None is ever changed or removed."""

    rule_set_id: UUID
    revision: int
    items: list[VersionItem]


class WaitStepBody(Struct, frozen=True, kw_only=True, tag_field='kind', tag='WAIT_FOR_REPLY'):
    """Wait so many days for a reply: success is a reply, failure that none came."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit | UnsetType = UNSET
    condition: ConditionBody | None | UnsetType = UNSET
    on_success: str | None | UnsetType = UNSET
    on_failure: str | None | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    wait: int


class WhatIfAnswer(Struct, frozen=True, kw_only=True):
    """Who would have entered which stage when, beside what really happened; bounded in size."""

    rule_set: str
    from_: date = field(name='from')
    to: date
    known_at: int
    register: str
    assumed: str
    other_days: int
    schools: int
    pupils: int
    stages: list[dict[str, Any]]
    weeks: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    changes_left_out: int
    people: dict[str, Person]


class WhatIfBody(Struct, frozen=True, kw_only=True):
    """Which rules, over which days, at which schools; absent schools: all that you may see."""

    rule_set: str | None | UnsetType = UNSET
    rules: dict[str, Any] | None | UnsetType = UNSET
    from_: date = field(name='from')
    to: date
    schools: list[UUID] | None | UnsetType = UNSET
    approve_after: int | None | UnsetType = UNSET
    other_days: list[OtherDay] | UnsetType = UNSET
    most_changes: int | UnsetType = UNSET
    known_at: int | None | UnsetType = UNSET
    known_on: date | None | UnsetType = UNSET


class WhyAnswer(Struct, frozen=True, kw_only=True):
    """One answer for each pupil that was asked about. `sent`: something did go."""

    answers: list[PupilAnswer]
    people: dict[str, Person]


class WindowBody(Struct, frozen=True, kw_only=True):
    """Days of the week (1 is Monday) and local hours, the end out; it only narrows the school's."""

    days: list[Weekday] | UnsetType = UNSET
    opens: time | UnsetType = UNSET
    closes: time | UnsetType = UNSET


class WordingBody(Struct, frozen=True, kw_only=True):
    """One text for one way of saying it in one language."""

    key: str
    kind: TextKind
    language: str
    subject: str | UnsetType = UNSET
    body: str
    merge_fields: dict[str, str] | UnsetType = UNSET
    lock: LockScope | UnsetType = UNSET
    content_sid: str | None | UnsetType = UNSET
    legal_effect: bool | UnsetType = UNSET
    jurisdiction: str | None | UnsetType = UNSET
    valid_until: date | None | UnsetType = UNSET
    translation_of: TranslationBody | None | UnsetType = UNSET


class WordingView(Struct, frozen=True, kw_only=True):
    """The words as they were written."""

    key: str
    kind: TextKind
    language: str
    subject: str
    body: str
    merge_fields: dict[str, str]
    lock: LockScope
    content_sid: str | None
    legal_effect: bool
    jurisdiction: str | None
    valid_until: date | None
    translation_of: TranslationView | None
