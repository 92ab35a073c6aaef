"""A run holds still and goes on, moves to another version, or is taken over by a person."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.kernel.facts import Event
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import (
    EscalateRun,
    MoveRun,
    PauseRun,
    RecordDelivery,
    RecordReply,
    ResumeRun,
    SettleStep,
    StartRun,
    StepOutcome,
    StopRun,
    TakeStep,
)
from domain.playbook_run.events import (
    Again,
    EscalationDismissed,
    EscalationScheduled,
    GuardianReplied,
    RunCompleted,
    RunEscalated,
    RunMoved,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStop,
    RunStopped,
    StepDelivered,
    StepOutcomeUnknown,
    StepRequested,
    StepScheduled,
    StepSent,
)
from domain.playbook_run.refusals import PlaybookOther, RunHeld, RunOver
from domain.shared.ids import PlaybookId
from domain.shared.playbooks import EscalateWhen, Escalation, Playbook
from tests.support.examples import PLAYBOOK_1, RUN, SCHOOL, STEPS, but, example
from tests.support.scenario import at, given, world

FIRST, SECOND, THIRD = STEPS
STARTED, SCHEDULED = example(RunStarted), example(StepScheduled)
REQUESTED, SENT = example(StepRequested), example(StepSent)
PAUSED, RESUMED = example(RunPaused), example(RunResumed)
NEXT = StepScheduled(
    step_id="email",
    order=2,
    channel=SECOND.channel,
    due_at=at("2025-09-26 09:00"),
    school_id=SCHOOL,
    scheduled_on=date(2025, 9, 24),
    contact_on=date(2025, 9, 26),
)
DAY_2 = "2025-09-24 09:00"
LATE = "2025-10-07 09:00"
TAKE_OVER = example(EscalateRun)
ESCALATES = example(EscalationScheduled)


def version(number: int, **fields: Any) -> Playbook:
    return msgspec.structs.replace(PLAYBOOK_1, version=number, **fields)


def escalating(*when: EscalateWhen, **fields: Any) -> RunStarted:
    rule = Escalation(after=10, when=when)
    return but(RunStarted, playbook=version(1, escalation=rule, **fields))


def test_a_run_that_holds_still_takes_no_step_and_is_held_once() -> None:
    """A pause holds and never drops."""
    run = given(PlaybookRun, STARTED, SCHEDULED, world=world(DAY_2))
    held = run.when(example(PauseRun)).then(but(RunPaused, paused_on=date(2025, 9, 24)))
    held.when(example(PauseRun)).ignored().when(example(TakeStep)).ignored()


def test_what_was_held_is_in_the_diary_again_when_the_run_goes_on() -> None:
    day = date(2025, 10, 8)
    due = at("2025-10-08 11:00")
    again = but(StepScheduled, due_at=due, scheduled_on=day, contact_on=day, again=Again.HELD)
    resumed = but(RunResumed, resumed_on=date(2025, 10, 8))
    run = given(PlaybookRun, STARTED, SCHEDULED, PAUSED, world=world("2025-10-08 11:00"))
    run.when(example(ResumeRun)).then(resumed, again).when(example(ResumeRun)).ignored()


def test_a_run_that_holds_still_is_stopped_as_any_other() -> None:
    """A closed case ends what staff still think about: nothing of it goes on later."""
    run = given(PlaybookRun, STARTED, SCHEDULED, PAUSED, world=world(DAY_2))
    stop = but(StopRun, reason=RunStop.CASE_CLOSED)
    end = but(RunStopped, reason=RunStop.CASE_CLOSED, dropped_step="sms")
    run.when(stop).then(end).when(example(ResumeRun)).ignored().when(stop).ignored()


def test_a_message_that_is_in_the_air_lands_while_its_run_holds_still() -> None:
    run = given(PlaybookRun, STARTED, REQUESTED, PAUSED, world=world(DAY_2))
    landed = run.when(example(SettleStep)).then(SENT)
    landed.when(example(ResumeRun)).then(but(RunResumed, resumed_on=date(2025, 9, 24)), NEXT)


def test_nothing_is_put_beside_a_message_that_is_still_in_the_air() -> None:
    run = given(PlaybookRun, STARTED, REQUESTED, PAUSED, world=world(DAY_2))
    run.when(example(ResumeRun)).then(but(RunResumed, resumed_on=date(2025, 9, 24)))


def test_an_outcome_that_nobody_knows_does_not_hold_up_a_run_that_goes_on() -> None:
    unknown = example(StepOutcomeUnknown)
    run = given(PlaybookRun, STARTED, REQUESTED, PAUSED, world=world(DAY_2))
    told = run.when(but(SettleStep, outcome=StepOutcome.UNKNOWN)).then(unknown)
    told.when(example(ResumeRun)).then(but(RunResumed, resumed_on=date(2025, 9, 24)), NEXT)


def test_a_run_that_held_still_behind_its_last_step_is_over_when_it_goes_on() -> None:
    short = but(RunStarted, playbook=version(1, steps=(FIRST,)))
    run = given(PlaybookRun, short, REQUESTED, PAUSED, SENT, world=world(DAY_2))
    over = RunCompleted(school_id=SCHOOL, completed_on=date(2025, 9, 24))
    run.when(example(ResumeRun)).then(but(RunResumed, resumed_on=date(2025, 9, 24)), over)


@pytest.mark.parametrize("command", [PauseRun, ResumeRun])
def test_a_run_that_is_over_neither_holds_still_nor_goes_on(command: Any) -> None:
    given(PlaybookRun, STARTED, SCHEDULED, example(RunStopped)).when(example(command)).ignored()


def test_a_run_moves_to_another_version_and_its_step_with_it() -> None:
    """A definition that changes never changes a run, unless a person moves the run."""
    later = version(2, steps=(msgspec.structs.replace(FIRST, offset=2), SECOND))
    moved = but(RunMoved, playbook=later, dropped_step=None)
    due, day = at("2025-09-25 09:00"), date(2025, 9, 25)
    again = but(StepScheduled, due_at=due, contact_on=day, again=Again.MOVED)
    run = given(PlaybookRun, STARTED, SCHEDULED)
    run.when(but(MoveRun, playbook=later)).then(moved, again).when(
        but(MoveRun, playbook=later)
    ).ignored()


def test_a_step_that_the_new_version_does_not_have_is_dropped_for_the_next_one() -> None:
    later = version(2, steps=(SECOND, THIRD))
    moved = but(RunMoved, playbook=later, dropped_step="sms")
    given(PlaybookRun, STARTED, SCHEDULED).when(but(MoveRun, playbook=later)).then(
        moved, msgspec.structs.replace(NEXT, scheduled_on=date(2025, 9, 23))
    )


def test_a_run_whose_new_version_has_nothing_left_is_over() -> None:
    later = version(2, steps=(msgspec.structs.replace(FIRST, step_id="sms-9", order=1),))
    waiting = msgspec.structs.replace(NEXT, order=4, step_id="last-4")
    moved = but(RunMoved, playbook=later, dropped_step="last-4")
    over = RunCompleted(school_id=SCHOOL, completed_on=date(2025, 9, 23))
    given(PlaybookRun, STARTED, waiting).when(but(MoveRun, playbook=later)).then(moved, over)


def test_behind_a_message_in_the_air_the_new_version_goes_on() -> None:
    later = version(2, steps=(msgspec.structs.replace(SECOND, step_id="email-2"),))
    moved = but(RunMoved, playbook=later, moved_on=date(2025, 9, 24), dropped_step=None)
    run = given(PlaybookRun, STARTED, REQUESTED, world=world(DAY_2))
    run.when(but(MoveRun, playbook=later)).then(moved).when(example(SettleStep)).then(
        SENT, msgspec.structs.replace(NEXT, step_id="email-2")
    ).when(example(SettleStep)).ignored()


def test_only_a_run_that_goes_on_moves_and_only_to_its_own_playbook() -> None:
    wish = but(MoveRun, playbook=version(2))
    given(PlaybookRun, STARTED, SCHEDULED, example(RunStopped)).when(wish).refused(RunOver)
    given(PlaybookRun, STARTED, SCHEDULED, PAUSED).when(wish).refused(RunHeld)
    other = version(2, playbook_id=PlaybookId(RUN))
    given(PlaybookRun, STARTED, SCHEDULED).when(but(MoveRun, playbook=other)).refused(PlaybookOther)


def test_a_run_knows_from_its_beginning_when_a_person_takes_over() -> None:
    """000-037 EscalationAfterDays."""
    rule = Escalation(after=10)
    told = given(PlaybookRun).when(but(StartRun, playbook=version(1, escalation=rule)))
    assert told.facts[-1] == ESCALATES


NO_ANSWER = (EscalateWhen.NO_REPLY,)
NOTHING = (EscalateWhen.NOTHING_DELIVERED,)


def taken_over(dropped: str | None) -> RunEscalated:
    return but(RunEscalated, dropped_step=dropped)


@pytest.mark.parametrize(
    ("when", "history", "told"),
    [
        (NO_ANSWER, (REQUESTED, SENT, NEXT), taken_over("email")),
        (NO_ANSWER, (REQUESTED, SENT, example(RunCompleted)), taken_over(None)),
        (NO_ANSWER, (REQUESTED,), taken_over(None)),
        (NO_ANSWER, (SENT, example(GuardianReplied)), EscalationDismissed()),
        (NOTHING, (SENT, NEXT), taken_over("email")),
        (NOTHING, (SENT, example(StepDelivered), NEXT), EscalationDismissed()),
    ],
)
def test_a_person_takes_over_where_nothing_came_of_it(
    when: tuple[EscalateWhen, ...], history: tuple[Event, ...], told: Event
) -> None:
    """000-185 Escalate when EscalationAfterDays have passed; 000-007 what escalates; 000-099 run
    and definition decide; 000-095 for those without an answer.
    """
    run = given(PlaybookRun, escalating(*when), ESCALATES, *history, world=world(LATE))
    run.when(TAKE_OVER).then(told).when(TAKE_OVER).ignored()


def test_nobody_takes_over_before_a_step_was_tried() -> None:
    """000-186 At least one step has been attempted."""
    later = but(EscalationScheduled, due_at=at("2025-10-08 09:00"))
    given(PlaybookRun, escalating(*NO_ANSWER), ESCALATES, SCHEDULED, world=world(LATE)).when(
        TAKE_OVER
    ).then(later)


def test_a_run_without_the_rule_has_nobody_to_take_over() -> None:
    given(PlaybookRun, STARTED, SENT, NEXT, world=world(LATE)).when(TAKE_OVER).ignored()
    given(PlaybookRun, STARTED, ESCALATES, SENT, NEXT, world=world(LATE)).when(TAKE_OVER).then(
        EscalationDismissed()
    )


def test_nobody_takes_over_too_early_or_while_the_run_holds_still() -> None:
    started = escalating(*NO_ANSWER)
    early = world("2025-10-07 08:59")
    given(PlaybookRun, started, ESCALATES, SENT, NEXT, world=early).when(TAKE_OVER).ignored()
    held = given(PlaybookRun, started, ESCALATES, SENT, NEXT, PAUSED, world=world(LATE))
    told = held.when(TAKE_OVER).ignored().when(example(ResumeRun))
    assert told.facts[-1] == but(EscalationScheduled, due_at=at(LATE))


def test_what_stops_a_run_stops_its_taking_over_too() -> None:
    closed = world(LATE, case=[example(CaseOpened), example(CaseClosed)])
    run = (escalating(*NO_ANSWER), ESCALATES, SENT)
    stopped = but(
        RunStopped,
        reason=RunStop.CASE_CLOSED,
        stopped_on=date(2025, 10, 7),
        dropped_step="email",
    )
    given(PlaybookRun, *run, NEXT, world=closed).when(TAKE_OVER).then(stopped)
    over = given(PlaybookRun, *run, example(RunCompleted), world=closed)
    over.when(TAKE_OVER).then(EscalationDismissed()).when(TAKE_OVER).ignored()
    ended = given(PlaybookRun, *run, example(RunCompleted))
    ended.when(example(StopRun)).then(EscalationDismissed()).when(example(StopRun)).ignored()


def test_a_reply_after_the_last_step_is_kept() -> None:
    run = (escalating(*NO_ANSWER), ESCALATES, SENT, example(RunCompleted))
    given(PlaybookRun, *run).when(example(RecordReply)).then(example(GuardianReplied))


def test_delivery_is_kept_where_the_taking_over_asks_for_it() -> None:
    given(PlaybookRun, escalating(*NOTHING), SENT).when(example(RecordDelivery)).then(
        example(StepDelivered)
    )
