"""A run walks the graph of its playbook: conditions, branches, waits, and steps for staff."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.contact_choice.events import ChannelSuppressed, NoticeEmailAnswered
from domain.kernel.facts import Event
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import (
    RecordDelivery,
    RecordReply,
    SettleStep,
    StepOutcome,
    TakeStep,
)
from domain.playbook_run.events import (
    Action,
    ActionScheduled,
    Again,
    Branched,
    GuardianReplied,
    LetterAsked,
    MeetingAsked,
    RunCompleted,
    RunStarted,
    SkipReason,
    StepDelivered,
    StepFailed,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
    StepUndelivered,
    TaskAsked,
    Waited,
)
from domain.shared.contact import Channel, Purpose
from domain.shared.playbooks import (
    END,
    Asks,
    BranchStep,
    Condition,
    LetterStep,
    MeetingStep,
    OffsetUnit,
    Step,
    TaskStep,
    WaitStep,
)
from tests.support.examples import PLAYBOOK_1, SCHOOL, STEPS, STUDENT, but, example
from tests.support.scenario import at, given, world

FIRST, SECOND, THIRD = STEPS
DAYS = OffsetUnit.SCHOOL_DAYS
SENT, REPLY = example(StepSent), example(GuardianReplied)
LATER_REPLY = but(GuardianReplied, replied_on=date(2025, 9, 24), decide_by=date(2025, 9, 26))
FAILED = example(StepFailed)
DAY_2, DAY_4, DAY_8 = "2025-09-24 09:00", "2025-09-26 09:00", "2025-10-02 09:00"
END_OF_RUN = RunCompleted(school_id=SCHOOL, completed_on=date(2025, 9, 24))


def begun(*steps: Step, **fields: Any) -> RunStarted:
    fields = {"stop_conditions": ()} | fields
    return but(RunStarted, playbook=msgspec.structs.replace(PLAYBOOK_1, steps=steps, **fields))


def message(
    step: Any, due: str, on: str = "2025-09-24", again: Again | None = None
) -> StepScheduled:
    return StepScheduled(
        step_id=step.step_id,
        order=step.order,
        channel=step.channel,
        due_at=at(due),
        school_id=SCHOOL,
        scheduled_on=date.fromisoformat(on),
        contact_on=date.fromisoformat(due[:10]),
        again=again,
    )


def action(step: Step, kind: Action, due: str, on: str = "2025-09-24") -> ActionScheduled:
    return ActionScheduled(
        step_id=step.step_id,
        order=step.order,
        action=kind,
        due_at=at(due),
        school_id=SCHOOL,
        scheduled_on=date.fromisoformat(on),
    )


def take(step: Step) -> TakeStep:
    return but(TakeStep, step_id=step.step_id)


def asks(step: Any, asked: Asks, about: str | None = None, **fields: Any) -> Any:
    return msgspec.structs.replace(step, condition=Condition(asks=asked, step_id=about), **fields)


BRANCH = BranchStep(step_id="branch-2", order=2, offset=1, unit=DAYS, on_failure="last")
TASK = TaskStep(step_id="task-1", order=1, offset=1, unit=DAYS, task="CALL_HOME", within=2)
MEETING = MeetingStep(step_id="meeting-1", order=1, offset=1, unit=DAYS, within=5)
LETTER = LetterStep(step_id="letter-1", order=1, offset=1, unit=DAYS, template_key="LETTER_1")
WAIT = WaitStep(step_id="wait-2", order=2, offset=1, unit=DAYS, wait=2, on_success=END)


@pytest.mark.parametrize(
    ("history", "asked", "about", "holds"),
    [
        ((SENT, REPLY), Asks.REPLIED, None, True),
        ((SENT,), Asks.REPLIED, None, False),
        ((SENT,), Asks.NOT_REPLIED, None, True),
        ((SENT, REPLY), Asks.NOT_REPLIED, None, False),
        ((SENT,), Asks.STEP_SENT, "sms", True),
        ((FAILED,), Asks.STEP_SENT, "sms", False),
        ((FAILED,), Asks.STEP_NOT_SENT, "sms", True),
        ((SENT,), Asks.STEP_NOT_SENT, "sms", False),
        ((SENT, example(StepDelivered)), Asks.STEP_DELIVERED, "sms", True),
        ((SENT, example(StepUndelivered)), Asks.STEP_DELIVERED, "sms", False),
        ((SENT,), Asks.STEP_DELIVERED, "sms", False),
        ((SENT,), Asks.STEP_NOT_DELIVERED, "sms", True),
        ((SENT, example(StepDelivered)), Asks.STEP_NOT_DELIVERED, "sms", False),
    ],
)
def test_a_branch_asks_the_run_so_far(
    history: tuple[Event, ...], asked: Asks, about: str | None, holds: bool
) -> None:
    branch = asks(BRANCH, asked, about)
    second = msgspec.structs.replace(SECOND, order=3)
    last = msgspec.structs.replace(THIRD, order=4)
    entered = action(branch, Action.BRANCH, DAY_2)
    followed = message(second, DAY_4) if holds else message(last, DAY_8)
    given(
        PlaybookRun, begun(FIRST, branch, second, last), *history, entered, world=world(DAY_2)
    ).when(take(branch)).then(Branched(step_id="branch-2", order=2, holds=holds), followed)


def test_a_step_whose_condition_does_not_hold_is_passed_over() -> None:
    asking = asks(SECOND, Asks.REPLIED)
    skipped = StepSkipped(step_id="email", order=2, reason=SkipReason.CONDITION_NOT_MET)
    given(
        PlaybookRun, begun(FIRST, asking, THIRD), SENT, message(asking, DAY_4), world=world(DAY_4)
    ).when(take(asking)).then(skipped, message(THIRD, DAY_8, "2025-09-26"))


def test_a_step_whose_condition_holds_is_taken() -> None:
    asking = asks(SECOND, Asks.NOT_REPLIED)
    agreed = world(DAY_4, contact_choice=[example(NoticeEmailAnswered)])
    told = given(
        PlaybookRun, begun(FIRST, asking), SENT, message(asking, DAY_4), world=agreed
    ).when(take(asking))
    assert isinstance(told.facts[0], StepRequested)


@pytest.mark.parametrize(
    ("step", "kind", "told"),
    [
        (
            TASK,
            Action.CREATE_TASK,
            TaskAsked(
                "task-1", 1, "CALL_HOME", date(2025, 9, 26), SCHOOL, STUDENT, date(2025, 9, 24)
            ),
        ),
        (
            MEETING,
            Action.SCHEDULE_MEETING,
            MeetingAsked("meeting-1", 1, date(2025, 10, 1), SCHOOL, STUDENT, date(2025, 9, 24)),
        ),
        (
            LETTER,
            Action.GENERATE_LETTER,
            LetterAsked("letter-1", 1, "LETTER_1", SCHOOL, STUDENT, date(2025, 9, 24)),
        ),
    ],
)
def test_what_staff_are_asked_for_is_asked_once_and_the_run_goes_on(
    step: Step, kind: Action, told: Event
) -> None:
    started = begun(step)
    run = given(PlaybookRun, started, action(step, kind, DAY_2), world=world(DAY_2))
    run.when(take(step)).then(told, END_OF_RUN).when(take(step)).ignored()


def test_a_wait_that_nobody_answers_is_over_after_its_days() -> None:
    last = msgspec.structs.replace(SECOND, order=3, offset=3)
    entered = action(WAIT, Action.WAIT_FOR_REPLY, DAY_4)
    run = given(PlaybookRun, begun(FIRST, WAIT, last), SENT, entered, world=world(DAY_4))
    run.when(take(WAIT)).then(
        Waited(step_id="wait-2", order=2, replied=False), message(last, DAY_4, "2025-09-26")
    )


def test_a_wait_begins_behind_a_message_and_is_due_when_its_days_are_over() -> None:
    requested = example(StepRequested)
    given(PlaybookRun, begun(FIRST, WAIT), requested, world=world(DAY_2)).when(
        example(SettleStep)
    ).then(SENT, action(WAIT, Action.WAIT_FOR_REPLY, DAY_4))


def test_a_reply_ends_the_wait_for_it() -> None:
    entered = action(WAIT, Action.WAIT_FOR_REPLY, DAY_4)
    over = Waited(step_id="wait-2", order=2, replied=True)
    given(PlaybookRun, begun(FIRST, WAIT), SENT, entered, world=world(DAY_2)).when(
        example(RecordReply)
    ).then(LATER_REPLY, over, END_OF_RUN)


def test_a_reply_that_came_before_the_wait_needs_no_waiting() -> None:
    over = Waited(step_id="wait-2", order=2, replied=True)
    given(PlaybookRun, begun(FIRST, WAIT), example(StepRequested), REPLY, world=world(DAY_2)).when(
        example(SettleStep)
    ).then(SENT, over, END_OF_RUN)


def test_a_reply_to_a_run_that_waits_for_something_else_is_kept() -> None:
    started = begun(FIRST, TASK)
    entered = action(TASK, Action.CREATE_TASK, DAY_4)
    given(PlaybookRun, started, SENT, entered, world=world(DAY_2)).when(example(RecordReply)).then(
        LATER_REPLY
    )


def test_a_step_that_failed_goes_the_way_of_failure() -> None:
    first = msgspec.structs.replace(FIRST, on_success="email", on_failure="last")
    failed = but(SettleStep, outcome=StepOutcome.FAILED, cause="INVALID_NUMBER")
    given(
        PlaybookRun, begun(first, SECOND, THIRD), example(StepRequested), world=world(DAY_2)
    ).when(failed).then(FAILED, message(THIRD, DAY_8))


def test_a_message_is_not_said_again_to_who_has_replied_where_the_step_says_so() -> None:
    """000-052 SkipIfPreviousReplied."""
    quiet = msgspec.structs.replace(SECOND, skip_if_replied=True)
    skipped = StepSkipped(step_id="email", order=2, reason=SkipReason.PREVIOUS_REPLIED)
    given(
        PlaybookRun, begun(FIRST, quiet), SENT, REPLY, message(quiet, DAY_4), world=world(DAY_4)
    ).when(take(quiet)).then(
        skipped, RunCompleted(school_id=SCHOOL, completed_on=date(2025, 9, 26))
    )


def test_words_that_are_too_late_are_not_said_any_more() -> None:
    brief = msgspec.structs.replace(FIRST, expires_after=2)
    skipped = StepSkipped(step_id="sms", order=1, reason=SkipReason.EXPIRED)
    scheduled = message(brief, DAY_2)
    in_time = given(PlaybookRun, begun(brief), scheduled, world=world("2025-09-26 17:00"))
    assert not isinstance(in_time.when(take(brief)).facts[0], StepSkipped)
    given(PlaybookRun, begun(brief), scheduled, world=world("2025-09-29 09:00")).when(
        take(brief)
    ).then(skipped, RunCompleted(school_id=SCHOOL, completed_on=date(2025, 9, 29)))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-09-24 18:00", "2025-09-25 09:00"),
        ("2025-09-25 03:00", "2025-09-25 09:00"),
        ("2025-09-27 12:00", "2025-09-29 09:00"),
    ],
)
def test_a_late_tick_wakes_nobody_up(now: str, due: str) -> None:
    """An outage of hours ends at night: what was due waits for the morning."""
    on = now[:10]
    given(PlaybookRun, begun(FIRST), message(FIRST, DAY_2), world=world(now)).when(
        take(FIRST)
    ).then(message(FIRST, due, on, Again.OUTSIDE_HOURS))


def test_the_second_channel_is_used_where_the_first_is_closed() -> None:
    """000-051 FallbackChannel."""
    first = msgspec.structs.replace(FIRST, fallback=Channel.EMAIL)
    silent = world(DAY_2, contact_choice=[example(ChannelSuppressed), example(NoticeEmailAnswered)])
    given(PlaybookRun, begun(first), message(first, DAY_2), world=silent).when(take(first)).then(
        but(StepRequested, channel=Channel.EMAIL)
    )


def test_a_second_channel_that_is_closed_too_changes_nothing() -> None:
    first = msgspec.structs.replace(FIRST, fallback=Channel.EMAIL)
    closed = [example(ChannelSuppressed), but(ChannelSuppressed, channel=Channel.EMAIL)]
    skipped = StepSkipped(step_id="sms", order=1, reason=SkipReason.CHANNEL_SUPPRESSED)
    given(
        PlaybookRun,
        begun(first, purpose=Purpose.NUDGE),
        message(first, DAY_2),
        world=world(DAY_2, contact_choice=closed),
    ).when(take(first)).then(skipped, END_OF_RUN)


def test_what_the_network_says_is_kept_where_the_playbook_asks() -> None:
    asking = asks(SECOND, Asks.STEP_NOT_DELIVERED, "sms")
    heard, lost = example(StepDelivered), example(StepUndelivered)
    run = given(PlaybookRun, begun(FIRST, asking), SENT)
    run.when(but(RecordDelivery, delivered=False)).then(lost).when(
        but(RecordDelivery, delivered=False)
    ).ignored().when(example(RecordDelivery)).then(heard).when(
        but(RecordDelivery, delivered=False)
    ).ignored()
    given(PlaybookRun, begun(FIRST, SECOND), SENT).when(example(RecordDelivery)).ignored()
    run.when(but(RecordDelivery, step_id="post-9")).ignored()
