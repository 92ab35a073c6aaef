"""What the people, processes and providers of a made-up school may ask for next."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.case import commands as case
from domain.contact_choice import commands as choice
from domain.contact_choice.events import ConfirmedBy, LiftReason, SuppressionCause
from domain.evaluation import commands as evaluation
from domain.exemption import commands as exemption
from domain.intervention import commands as iv
from domain.intervention.events import StopReason
from domain.intervention.improvement import CHECKPOINTS
from domain.intervention.reasons import ReviewOutcome
from domain.kernel.commands import Command
from domain.letter import commands as letter
from domain.letter.events import WithdrawReason
from domain.meeting import commands as meeting
from domain.meeting.events import Outcome
from domain.message import commands as message
from domain.message.reasons import AbandonReason, Finding, ResendReason, SettleReason
from domain.owed_return import commands as owed_return
from domain.playbook import commands as playbook
from domain.playbook_run import commands as run
from domain.playbook_run.events import RunStop, SkipReason, StepRequested
from domain.register_batch import commands as batch
from domain.rule_set import commands as rule_set
from domain.shared import ids
from domain.shared.contact import Along, Channel, Purpose, RunStep
from domain.shared.ids import derived_id
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import OffsetUnit, Playbook, StopCondition
from domain.shared.stages import Approval, Stage
from domain.shared.texts import TranslationOf
from domain.template import commands as template
from domain.work_task import commands as work_task
from domain.work_task.events import TaskKind
from tests.properties import run_wishes
from tests.properties.town import CALENDAR, Draw, Town
from tests.support.examples import (
    HASH,
    NUMBERS,
    OTHER_HASH,
    PLAYBOOK_1,
    RULE_SET,
    SCHOOL,
    STEPS,
    TEMPLATE,
    TENANT,
    WORDING,
    YEAR_FROM,
    but,
)

STUDENTS: Final = tuple(ids.StudentId(derived_id("student", n)) for n in range(1))
GUARDIANS: Final = tuple(ids.GuardianId(derived_id("guardian", n)) for n in range(2))
TRANSLATED: Final = msgspec.structs.replace(
    WORDING, translation_of=TranslationOf(language="ga", source_hash=HASH)
)
EXEMPTIONS: Final = tuple(derived_id("exemption no", n) for n in range(3))
STAGES: Final = (
    Stage(type="NOTICE_20", order=9, track="DUTY", approval=Approval.AUTO),
    Stage(
        type="LETTER_1",
        order=1,
        track="SUPPORT",
        approval=Approval.STAFF,
        due_school_days=1,
        log_attempts=True,
    ),
    Stage(
        type="LETTER_2",
        order=2,
        track="SUPPORT",
        approval=Approval.STAFF,
        prerequisites=("LETTER_1",),
        min_gap_days=2,
    ),
    Stage(
        type="ESCALATION",
        order=4,
        track="SUPPORT",
        approval=Approval.HEAD,
        prerequisites=("LETTER_2",),
        min_gap_days=2,
    ),
)
NAMES: Final = tuple(stage.type for stage in STAGES)
SMALL_CHANCE: Final = 0.15


def playbooks() -> tuple[Playbook, ...]:
    """Return playbooks of different purposes, units, lengths and stop conditions."""
    by_day = tuple(msgspec.structs.replace(s, unit=OffsetUnit.CALENDAR_DAYS) for s in STEPS)
    made = []
    for n, (purpose, steps, stops) in enumerate(
        (
            (Purpose.STATUTORY_NOTICE, STEPS, tuple(StopCondition)),
            (Purpose.NUDGE, by_day, (StopCondition.GUARDIAN_REPLIED,)),
            (Purpose.SAFETY, STEPS[:1], ()),
        )
    ):
        made.append(
            msgspec.structs.replace(
                PLAYBOOK_1,
                playbook_id=ids.PlaybookId(derived_id("playbook", n)),
                purpose=purpose,
                steps=steps,
                stop_conditions=stops,
            )
        )
    return (*made, run_wishes.EVERY_KIND)


PLAYBOOKS: Final = playbooks()


def numbers(town: Town) -> tuple[DecidingNumbers, ...]:
    possible = town.random.randint(10, 80)
    absent = town.random.randint(0, possible)
    changed = {"absent_sessions": absent, "possible_sessions": possible}
    return (msgspec.structs.replace(NUMBERS, **changed),)


def case_of(student: ids.StudentId) -> ids.CaseId:
    return case.case_id(TENANT, student, YEAR_FROM)


def intervention_of(student: ids.StudentId) -> ids.InterventionId:
    return iv.intervention_id(TENANT, student, RULE_SET, YEAR_FROM)


def about(student: ids.StudentId) -> dict[str, Any]:
    return {"student_id": student, "school_id": SCHOOL, "case_id": case_of(student)}


def rules(town: Town) -> Command | None:
    """The evening's evaluation proposes or withdraws."""
    student = town.random.choice(STUDENTS)
    intervention = intervention_of(student)
    state: Any = town.stream("intervention", intervention).state
    seen: dict[str, Any] = {
        "evaluated_on": town.now.date(),
        "known_at": town.random.randint(1, 99),
    }
    if town.random.random() < SMALL_CHANCE:
        stage = town.random.choice(NAMES)
        if town.random.random() < SMALL_CHANCE:
            return iv.ExplainAbsence(intervention, stage, firing=firing(state, stage), **seen)
        seen["firing"] = firing(state, stage)
        if town.random.choice((True, False)):
            return iv.WithdrawStage(intervention, stage, numbers=numbers(town), **seen)
        return iv.ReinstateStage(intervention, stage, numbers=numbers(town), **seen)
    return but(
        iv.ProposeStage,
        intervention_id=intervention,
        stage=next((s for s in STAGES if s.type not in state.entered), town.random.choice(STAGES)),
        numbers=numbers(town),
        anchor=town.random.choice((None, town.now.date())),
        **about(student),
        **seen,
    )


def firing(state: Any, stage: str) -> int:
    """Return which firing of a stage stands last, as whoever corrects it has read."""
    last = state.proposed.get(stage) or state.entered.get(stage)
    return 1 if last is None else last.firing


def approvals(town: Town) -> Command | None:
    """A person decides about a stage."""
    student = town.random.choice(STUDENTS)
    intervention = intervention_of(student)
    state: Any = town.stream("intervention", intervention).state
    stage = town.random.choice(sorted(state.proposed) or NAMES)
    if town.random.random() < SMALL_CHANCE / 3:
        return by_hand(town, student)
    if town.random.random() < SMALL_CHANCE:
        return iv.DeclineStage(intervention, stage, town.random.choice(("", "KNOWN_ILLNESS")))
    return iv.ApproveStage(intervention, stage=stage, **about(student))


def by_hand(town: Town, student: ids.StudentId) -> Command:
    """A person proposes a stage of a person's own, or tells of an attempt at a meeting."""
    intervention = intervention_of(student)
    state: Any = town.stream("intervention", intervention).state
    if not state.entered or town.random.choice((True, False)):
        changed = {"intervention_id": intervention, "numbers": numbers(town), **about(student)}
        return but(iv.ProposeByHand, evaluated_on=town.now.date(), **changed)
    tried = {
        "intervention_id": intervention,
        "attempt_id": derived_id("attempt", str(town.random.randint(1, 5))),
    }
    stage = town.random.choice(sorted(state.entered))
    logged = [one.attempt_id for one in state.attempts]
    return town.random.choice(
        (
            but(iv.LogAttempt, **tried, stage=stage, made_on=town.now.date()),
            but(iv.LogMessage, **tried, stage=stage, made_at=town.now),
            iv.FailAttempt(intervention, town.random.choice(logged or [tried["attempt_id"]])),
        )
    )


def ladder(town: Town) -> Command | None:
    """News that an intervention hears of, and its end."""
    student = town.random.choice(STUDENTS)
    intervention, stage = intervention_of(student), town.random.choice(NAMES)
    state: Any = town.stream("intervention", intervention).state
    doubted = town.random.choice(sorted({name for name, _ in state.firings.lost}) or [stage])
    wishes: tuple[Command, ...] = (
        iv.CheckImprovement(
            intervention, numbers(town)[0], numbers(town)[0], checked_on=town.now.date()
        ),
        iv.RecordLetterSent(intervention, stage, ids.LetterId(derived_id("letter", stage))),
        iv.RecordMeetingArranged(intervention, stage, ids.MeetingId(derived_id("meeting", stage))),
        iv.CheckImprovement(
            intervention,
            numbers(town)[0],
            numbers(town)[0],
            checked_on=town.now.date(),
            checkpoint=town.random.choice(CHECKPOINTS),
        ),
        iv.FulfilStage(intervention, stage, SCHOOL),
        watched(town, student, stage),
        iv.ExplainAbsence(intervention, stage, town.now.date(), 7, firing(state, stage)),
        iv.ReviewCorrection(intervention, doubted, town.random.choice(list(ReviewOutcome))),
        iv.HoldStages(intervention, **about(student)),
        iv.StopIntervention(intervention, town.random.choice(list(StopReason))),
        iv.CompleteIntervention(intervention),
    )
    last = len(wishes) if town.random.random() < SMALL_CHANCE else 9
    return town.random.choice(wishes[:last])


def watched(town: Town, student: ids.StudentId, stage: str) -> Command:
    """The clock of a stage is looked at, by a calendar that may have changed."""
    intervention = intervention_of(student)
    state: Any = town.stream("intervention", intervention).state
    due = town.now.date() + timedelta(days=town.random.randint(-2, 2))
    looked = {"stage": stage, "firing": firing(state, stage), "due_on": due, **about(student)}
    return iv.WatchClock(intervention_id=intervention, **looked)


def files(town: Town) -> Command | None:
    """A case opens, rises, seldom closes; an exemption comes and goes."""
    student = town.random.choice(STUDENTS)
    number = town.random.choice(EXEMPTIONS)
    if town.random.random() < SMALL_CHANCE:
        starts = town.now.date() + timedelta(days=town.random.randint(-3, 3))
        until = town.random.choice((None, starts, starts + timedelta(days=9)))
        return town.random.choice(
            (
                exemption.GrantExemption(student, number, starts, until, None),
                case.CloseCase(case_of(student), "RESOLVED"),
            )
        )
    return town.random.choice(
        (
            case.OpenCase(case_of(student), student, SCHOOL),
            case.RaiseTier(case_of(student), town.random.randint(1, 3)),
            exemption.EndExemption(student, number),
        )
    )


def tasks(town: Town) -> Command | None:
    """A person takes a line of the queue, or puts it back."""
    subject, stage = intervention_of(town.random.choice(STUDENTS)), town.random.choice(NAMES)
    task = work_task.task_id(subject, stage)
    if town.random.choice((True, False)):
        return town.random.choice((contested, returns))(town)
    if town.random.random() < SMALL_CHANCE:
        return work_task.ReleaseTask(task)
    owner = town.random.choice(("staff:7", "staff:8", "process:evaluate"))
    about = (subject, stage, SCHOOL, STUDENTS[0], owner)
    return work_task.AssignTask(task, *about, take_over=town.random.random() < SMALL_CHANCE)


def contested(town: Town) -> Command:
    """A source contests a correction of a day, and a person sees to it."""
    student, on = STUDENTS[0], date(2025, 9, 1)
    task = work_task.raised_id(TaskKind.CONTESTED_MARK, student, on)
    if town.random.choice((True, False)):
        return work_task.FinishTask(task)
    return work_task.RaiseTask(task, TaskKind.CONTESTED_MARK, SCHOOL, student, on)


def returns(town: Town) -> Command:
    """A return is looked at by a calendar that changes, and a person says that it was made."""
    today = town.now.date()
    if town.random.random() < SMALL_CHANCE:
        return but(owed_return.SubmitReturn, submitted_on=today)
    due = today + timedelta(days=town.random.randint(-2, 2))
    return but(owed_return.WatchReturn, opens_on=today, due_on=due)


def choices(town: Town) -> Command | None:
    """A guardian agrees, refuses, stops a channel or opens it again."""
    guardian = town.random.choice(GUARDIANS)
    channel = town.random.choice((Channel.SMS, Channel.EMAIL))
    yes = town.random.random() < 0.7
    return town.random.choice(
        (
            choice.RecordConsent(guardian, channel, yes, "GUARDIAN"),
            choice.RecordConsent(guardian, channel, yes, "STAFF"),
            choice.SuppressChannel(
                guardian,
                channel,
                town.random.choice(list(SuppressionCause)),
                town.random.choice((None, ConfirmedBy.US)),
            ),
            choice.RecordNoticeEmail(guardian, yes, "STAFF"),
            choice.LiftSuppression(guardian, channel, town.random.choice(list(LiftReason))),
            but(choice.SetPreferences, guardian_id=guardian, channels=(channel,)),
            but(choice.OmitGuardian, guardian_id=guardian, student_id=STUDENTS[0]),
        )
    )


def starts(town: Town) -> Command | None:
    """A stage entered starts a run for each guardian and playbook."""
    entered = [
        (stream, stage)
        for stream, state in town.all_of("intervention")
        for stage in state.entered.values()
    ]
    if not entered:
        return None
    stream, stage = town.random.choice(entered)
    book = town.random.choice(PLAYBOOKS)
    guardian = town.random.choice((*GUARDIANS, None))
    parts = (stage.stage, stage.entered_on, book.playbook_id)
    return run.StartRun(
        run_id=ids.run_id(TENANT, stream, *parts, guardian or stage.student_id),
        school_id=SCHOOL,
        playbook=book,
        intervention_id=ids.InterventionId(stream),
        case_id=stage.case_id,
        student_id=stage.student_id,
        guardian_id=guardian,
        stage=stage.stage,
        triggered_at=town.now,
        baseline=stage.numbers,
    )


def steps(town: Town) -> Command | None:
    """A tick, a settled message, a reply or a stop reaches a run."""
    runs = town.all_of("playbook_run")
    live = [pair for pair in runs if not pair[1].past.over] if town.random.random() < 0.9 else runs
    if not live:
        return None
    stream, state = town.random.choice(live)
    run_id, started = ids.RunId(stream), state.past.started
    step = town.random.choice(started.playbook.steps).step_id
    if state.past.waiting is not None and town.random.random() < 0.8:
        step = state.past.waiting.step_id
    said = ids.MessageId(derived_id("message", ids.message_key(run_id, step, started.guardian_id)))
    if town.random.random() < 0.6:
        return run.TakeStep(
            run_id,
            SCHOOL,
            started.case_id,
            started.student_id,
            started.guardian_id,
            step_id=step,
            contact_on=town.random.choice((None, getattr(state.past.waiting, "contact_on", None))),
        )
    if town.random.random() < SMALL_CHANCE:
        return town.random.choice(
            (
                run.StopRun(run_id, SCHOOL, town.random.choice(list(RunStop))),
                run.RecordReply(run_id, SCHOOL, said, Channel.SMS),
            )
        )
    outcome = town.random.choice(list(run.StepOutcome))
    reason = town.random.choice((None, *SkipReason))
    flying = sorted(state.past.flying) or [step]
    return run.SettleStep(run_id, SCHOOL, town.random.choice(flying), said, outcome, reason)


def requests(town: Town) -> Command | None:
    """A step in the air asks for its message."""
    flying = [
        (stream, state.past.started, step)
        for stream, state in town.all_of("playbook_run")
        for step in state.past.flying.values()
        if state.past.started.guardian_id is not None and isinstance(step, StepRequested)
    ]
    if not flying:
        return None
    stream, started, step = town.random.choice(flying)
    return message.RequestMessage(
        message_id=step.message_id,
        key=step.key,
        channel=step.channel,
        purpose=started.playbook.purpose,
        template_key=step.template_key or "",
        school_id=SCHOOL,
        student_id=started.student_id,
        guardian_id=started.guardian_id,
        run_id=ids.RunId(stream),
        step_id=step.step_id,
        intervention_id=started.intervention_id,
        case_id=started.case_id,
        fallback=town.random.choice((None, Channel.EMAIL)),
        also=_beside(town, stream),
    )


def _beside(town: Town, leader: UUID) -> tuple[Along, ...]:
    """Now and then a message speaks of a sibling, too, whose run knows nothing of it."""
    others = [
        (stream, state.past.started)
        for stream, state in town.all_of("playbook_run")
        if stream != leader
    ]
    if not others or town.random.random() < 0.7:
        return ()
    stream, began = town.random.choice(others)
    step = RunStep(ids.RunId(stream), began.playbook.steps[0].step_id)
    return (Along(step, began.student_id, began.case_id, began.intervention_id),)


def sending(town: Town) -> Command | None:
    """A sender attempts and settles, a provider calls back, a guardian answers."""
    messages = town.all_of("message")
    if not messages:
        return None
    stream, state = town.random.choice(messages)
    this, asked = ids.MessageId(stream), state.past.requested
    attempt = but(
        message.AttemptMessage,
        message_id=this,
        student_id=asked.student_id,
        guardian_id=asked.guardian_id,
        run_id=asked.run_id,
        case_id=asked.case_id,
        has_address=town.random.random() < 0.9,
        also=state.past.also,
        patient=town.random.random() < 0.5,
        recovery=town.random.choice(("", "", "", "IDEMPOTENCY_KEY", "NOT_FOUND")),
    )
    again = town.random.choice((None, town.now + timedelta(seconds=5)))
    word = town.random.choice(("queued", "sent", "delivered", "read", "undelivered", "failed"))
    reply = derived_id("reply", town.random.randint(1, 3))
    return town.random.choice(
        (
            attempt,
            attempt,
            attempt,
            message.RecordAccepted(this, f"SM{town.random.randint(1, 9)}"),
            message.RecordRejected(this, "HTTP_503", again, again is None),
            message.RecordRejected(this, "HTTP_503", again, other_provider="second"),
            message.RecordUnknown(this, "TIME_OUT"),
            message.RecordStatus(this, "SM1", word, ""),
            message.RecordMessageReply(this, asked.channel, reply),
            but(message.RecordOpened, message_id=this),
            but(message.RecordMisaddressed, message_id=this),
            but(message.RecordUnsayable, message_id=this),
            decided(town, this),
        )
    )


def decided(town: Town, this: ids.MessageId) -> Command:
    """A person settles a message, sends it once more, or gives it up."""
    pick = town.random.choice
    return pick(
        (
            message.SettleUnknown(this, pick(list(Finding)), pick(list(SettleReason))),
            message.ResendMessage(this, pick(list(ResendReason)), pick((None, *Channel))),
            message.AbandonMessage(this, pick(list(AbandonReason))),
        )
    )


def letters(town: Town) -> Command | None:
    """A letter is asked for, made, withdrawn or posted."""
    student, guardian = town.random.choice(STUDENTS), town.random.choice(GUARDIANS)
    intervention, stage = intervention_of(student), town.random.choice(NAMES[1:3])
    this = letter.letter_id(intervention, stage, guardian)
    request = but(
        letter.RequestLetter,
        letter_id=this,
        intervention_id=intervention,
        stage=stage,
        guardian_id=guardian,
        numbers=numbers(town),
        **about(student),
    )
    post = letter.ConfirmPosted(this, case_of(student), student, SCHOOL, intervention)
    if this not in dict(town.all_of("letter")):
        return request
    return town.random.choice(
        (
            request,
            but(letter.RecordRendered, letter_id=this),
            but(letter.RecordRendered, letter_id=this),
            letter.RecordRenderingFailed(this, town.random.choice(("FONT", "TEMPLATE"))),
            letter.WithdrawLetter(this, town.random.choice(list(WithdrawReason))),
            post,
            post,
        )
    )


def meetings(town: Town) -> Command | None:
    """A meeting is agreed, moved, held, missed or cancelled, and leads to something."""
    number = town.random.randint(1, 2)
    this = ids.MeetingId(derived_id("meeting no", number))
    known = dict(town.all_of("meeting")).get(this)
    student = town.random.choice(STUDENTS)
    when = town.now + timedelta(days=town.random.randint(-1, 8), minutes=number)
    plan = but(
        meeting.ScheduleMeeting,
        meeting_id=this,
        intervention_id=intervention_of(student),
        student_id=student,
        scheduled_at=when,
        duration_minutes=town.random.choice((1, 30, 45)),
    )
    if known is None:
        return plan
    return town.random.choice(
        (
            plan,
            meeting.MoveMeeting(this, when),
            meeting.HoldMeeting(
                this, town.random.choice((known.at, when)), (town.random.choice(GUARDIANS),)
            ),
            meeting.MissMeeting(this),
            meeting.CancelMeeting(this, "FAMILY_ASKED"),
            meeting.RecordOutcome(this, town.random.choice(list(Outcome)), None),
        )
    )


def definitions(town: Town) -> Command | None:
    """Playbooks, rule sets, templates, imports and evaluations."""
    book = town.random.choice(PLAYBOOKS)
    name = town.random.choice(("Soft", "Firm"))
    named = msgspec.structs.replace(book, name=name)
    faulty = msgspec.structs.replace(book, steps=())
    school = town.random.choice((None, SCHOOL))
    content = town.random.choice((HASH, OTHER_HASH))
    day = town.random.choice(CALENDAR.open_days[:4])
    return town.random.choice(
        (
            playbook.ActivatePlaybook(town.random.choice((named, named, faulty)), school),
            playbook.RetirePlaybook(book.playbook_id),
            town.random.choice(
                (
                    but(rule_set.ActivateRuleSet, content_hash=content, school_id=school),
                    but(rule_set.DraftRuleSet, content_hash=content, school_id=school),
                    but(rule_set.ReviseRuleSet, content_hash=content),
                    rule_set.ActivateDraft(RULE_SET),
                    rule_set.RetireRuleSet(RULE_SET),
                )
            ),
            town.random.choice(
                (
                    but(template.DraftTemplate, below=(), wording=TRANSLATED),
                    but(
                        template.ReviseTemplate,
                        below=(),
                        wording=msgspec.structs.replace(TRANSLATED, body=f"{name}. Ring us."),
                    ),
                    *(template.ReviewTranslation(TEMPLATE),) * 3,
                    *(but(template.ApproveTemplate, below=()),) * 4,
                    template.RetireTemplate(TEMPLATE),
                )
            ),
            but(batch.RecordBatch, batch_id=ids.BatchId(UUID(int=town.random.randint(1, 4)))),
            but(
                evaluation.CompleteEvaluation,
                evaluation_id=evaluation.evaluation_id(TENANT, SCHOOL, day),
                on=day,
                known_at=town.random.randint(1, 3),
                rule_set_hash=content,
            ),
        )
    )


WISHES: Final[tuple[tuple[Draw, int], ...]] = (
    (rules, 6),
    (approvals, 6),
    (ladder, 3),
    (files, 1),
    (tasks, 1),
    (choices, 4),
    (starts, 4),
    (steps, 10),
    (requests, 5),
    (run_wishes.holding, 3),
    (run_wishes.company, 6),
    (run_wishes.drafts, 1),
    (sending, 14),
    (letters, 3),
    (meetings, 4),
    (definitions, 4),
)
