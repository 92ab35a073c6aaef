"""To whom a step's message goes, by which channel, and what becomes of a notice without one."""

from datetime import time
from typing import Final

import msgspec
import pytest

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.events import (
    ChannelSuppressed,
    ConsentRecorded,
    ContactChoiceEvent,
    NoticeEmailAnswered,
    PreferencesSet,
)
from domain.kernel.world import World
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import Member, SettleStep, StepOutcome, TakeStep, choice_of
from domain.playbook_run.events import (
    Again,
    LetterAsked,
    RunPaused,
    RunStarted,
    RunStopped,
    SkipReason,
    StepJoined,
    StepRequested,
    StepScheduled,
    StepSkipped,
    TaskAsked,
)
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId, derived_id
from tests.support.examples import (
    GUARDIAN,
    NOTES_REF,
    PLAYBOOK_1,
    RUN,
    SCHOOL,
    STEPS,
    STUDENT,
    but,
    example,
)
from tests.support.scenario import at, calendar, given, world

DUE: Final = "2025-09-24 09:00"
FATHER: Final = GuardianId(NOTES_REF)
FIRST: Final = msgspec.structs.replace(STEPS[0], fallback=Channel.EMAIL)
SCHEDULED: Final = example(StepScheduled)
KEY: Final = f"playbook:{RUN}:sms:none"
YES: Final = example(ConsentRecorded)
BY_MAIL: Final = but(ConsentRecorded, channel=Channel.EMAIL)
STOPPED: Final = example(ChannelSuppressed)
POSTED: Final = (
    LetterAsked(
        step_id="sms",
        order=1,
        template_key="NUDGE_SMS",
        school_id=SCHOOL,
        student_id=STUDENT,
        asked_on=at(DUE).date(),
    ),
    TaskAsked(
        step_id="sms",
        order=1,
        task="POST_NOTICE",
        due_on=at("2025-09-25 09:00").date(),
        school_id=SCHOOL,
        student_id=STUDENT,
        asked_on=at(DUE).date(),
    ),
)


def run(purpose: Purpose, *, home: bool = False) -> RunStarted:
    playbook = msgspec.structs.replace(
        PLAYBOOK_1, steps=(FIRST,), purpose=purpose, stop_conditions=()
    )
    if not home:
        return but(RunStarted, playbook=playbook)
    return but(RunStarted, playbook=playbook, guardian_id=None, members=(GUARDIAN, FATHER))


def take(
    mother: tuple[ContactChoiceEvent, ...],
    father: tuple[ContactChoiceEvent, ...] = (),
    out_of_reach: tuple[Channel, ...] = (),
) -> StepRequested | StepSkipped:
    """Let a home's step fall due, with what its two members chose."""
    state = PlaybookRun.replay([run(Purpose.NUDGE, home=True), SCHEDULED])
    members = (
        Member(guardian_id=GUARDIAN, out_of_reach=out_of_reach),
        Member(guardian_id=FATHER),
    )
    command = but(TakeStep, guardian_id=None, members=members)
    setting = world(DUE).around(command)
    seen = {
        **setting.consulted,
        choice_of(GUARDIAN): ContactChoice.replay(mother),
        choice_of(FATHER): ContactChoice.replay(father),
    }
    looks = World(now=at(DUE), calendars={SCHOOL: calendar()}, consulted=seen)
    fact = state.decide(command, looks)[0]
    assert isinstance(fact, StepRequested | StepSkipped)
    return fact


def test_a_message_for_a_home_goes_to_the_one_who_is_asked_first() -> None:
    told = take((YES,), (YES,))
    assert isinstance(told, StepRequested)
    assert (told.guardian_id, told.key) == (GUARDIAN, KEY)
    assert told.message_id == derived_id("message", KEY)


@pytest.mark.parametrize("mother", [(), (YES, STOPPED)], ids=["no consent", "stopped"])
def test_each_members_own_choice_is_respected(mother: tuple[ContactChoiceEvent, ...]) -> None:
    """A home is no way round a STOP: the next of it is asked, and what they chose counts too."""
    told = take(mother, (YES,))
    assert isinstance(told, StepRequested)
    assert (told.guardian_id, told.channel) == (FATHER, Channel.SMS)
    silent = take(mother, (STOPPED,))
    assert isinstance(silent, StepSkipped)


def test_who_has_no_usable_number_is_passed_over_for_the_next() -> None:
    told = take((YES,), (YES,), out_of_reach=(Channel.SMS,))
    assert isinstance(told, StepRequested)
    assert told.guardian_id == FATHER


def test_the_other_channel_is_tried_before_the_other_person() -> None:
    told = take((YES, STOPPED, BY_MAIL), (YES,))
    assert isinstance(told, StepRequested)
    assert (told.guardian_id, told.channel, told.fallback) == (GUARDIAN, Channel.EMAIL, None)


def test_a_home_nobody_of_which_can_be_reached_is_skipped_with_the_first_reason() -> None:
    told = take((YES,), out_of_reach=(Channel.SMS, Channel.EMAIL))
    assert isinstance(told, StepSkipped)
    assert told.reason is SkipReason.NO_ADDRESS
    nobody = but(TakeStep, guardian_id=None)
    asked = given(PlaybookRun, run(Purpose.NUDGE, home=True), SCHEDULED, world=world(DUE))
    assert asked.when(nobody).facts[0] == but(StepSkipped, reason=SkipReason.NO_ADDRESS)


def test_a_guardians_order_of_channels_decides_which_is_tried_first() -> None:
    hours = {"quiet_from": None, "quiet_until": None}
    mail_first = but(PreferencesSet, channels=(Channel.EMAIL,), off=(), **hours)
    willing = world(DUE, contact_choice=[YES, BY_MAIL, mail_first])
    asked = given(PlaybookRun, run(Purpose.NUDGE), SCHEDULED, world=willing).when(example(TakeStep))
    first = asked.facts[0]
    assert isinstance(first, StepRequested)
    assert (first.channel, first.fallback) == (Channel.EMAIL, Channel.SMS)


def test_a_notice_whose_channels_are_switched_off_goes_by_post_and_staff_are_told() -> None:
    """Trap 47: no stopped channel is used because it is statutory, and nothing is lost."""
    silent = world(DUE, contact_choice=[STOPPED])
    asked = given(PlaybookRun, run(Purpose.STATUTORY_NOTICE), SCHEDULED, world=silent)
    asked.when(example(TakeStep))
    assert asked.facts[:3] == (
        but(StepSkipped, reason=SkipReason.CHANNEL_SUPPRESSED),
        *POSTED,
    )


def test_a_notice_goes_by_email_where_that_was_agreed_to() -> None:
    agreed = world(DUE, contact_choice=[STOPPED, example(NoticeEmailAnswered)])
    asked = given(PlaybookRun, run(Purpose.STATUTORY_NOTICE), SCHEDULED, world=agreed)
    first = asked.when(example(TakeStep)).facts[0]
    assert isinstance(first, StepRequested)
    assert first.channel is Channel.EMAIL


def test_a_nudge_that_is_stopped_is_not_posted_instead() -> None:
    silent = world(DUE, contact_choice=[STOPPED])
    asked = given(PlaybookRun, run(Purpose.NUDGE), SCHEDULED, world=silent).when(example(TakeStep))
    assert not any(isinstance(fact, LetterAsked) for fact in asked.facts)


@pytest.mark.parametrize("reason", [SkipReason.CHANNEL_SUPPRESSED, SkipReason.NOT_TEXTABLE])
def test_a_notice_that_the_last_look_holds_back_goes_by_post(reason: SkipReason) -> None:
    """Trap 47: the STOP may come between the step and the call."""
    flying = (run(Purpose.STATUTORY_NOTICE), SCHEDULED, example(StepRequested))
    held = but(SettleStep, outcome=StepOutcome.SKIPPED, skip_reason=reason)
    settled = given(PlaybookRun, *flying, world=world(DUE)).when(held)
    assert settled.facts[:3] == (but(StepSkipped, reason=reason), *POSTED)
    paused = given(PlaybookRun, *flying, example(RunPaused), world=world(DUE)).when(held)
    paused.then(but(StepSkipped, reason=reason), *POSTED)
    over = given(PlaybookRun, *flying, example(RunStopped), world=world(DUE)).when(held)
    over.then(but(StepSkipped, reason=reason))


def test_a_notice_whose_step_the_playbook_has_no_more_is_for_staff_to_post() -> None:
    gone = but(StepJoined, step_id="gone")
    held = but(
        SettleStep,
        step_id="gone",
        outcome=StepOutcome.SKIPPED,
        skip_reason=SkipReason.CHANNEL_SUPPRESSED,
    )
    told = given(PlaybookRun, run(Purpose.STATUTORY_NOTICE), gone, world=world(DUE)).when(held)
    assert [type(fact) for fact in told.facts[:2]] == [StepSkipped, TaskAsked]


def quiet(begins: time, ends: time) -> PreferencesSet:
    return but(PreferencesSet, off=(), quiet_from=begins, quiet_until=ends)


@pytest.mark.parametrize(
    ("begins", "ends", "due"),
    [
        (time(20), time(10, 30), "2025-09-24 10:30"),
        (time(8), time(9, 30), "2025-09-24 09:30"),
        (time(9), time(17, 59), "2025-09-24 17:59"),
    ],
    ids=["over night", "in the morning", "nearly all day"],
)
def test_a_step_waits_for_the_end_of_a_guardians_quiet_hours(
    begins: time, ends: time, due: str
) -> None:
    """On the clock where they live; nothing is lost by it."""
    asleep = world(DUE, contact_choice=[YES, quiet(begins, ends)])
    taken = given(PlaybookRun, run(Purpose.NUDGE), SCHEDULED, world=asleep)
    taken.when(example(TakeStep)).then(
        but(
            StepScheduled,
            due_at=at(due),
            scheduled_on=at(DUE).date(),
            again=Again.OUTSIDE_HOURS,
        )
    )
    awake = world(due, contact_choice=[YES, quiet(begins, ends)])
    assert isinstance(taken.when(example(TakeStep), awake).facts[0], StepRequested)


@pytest.mark.parametrize(
    ("begins", "ends"), [(time(8), time(19)), (time(13), time(14))], ids=["all day", "later"]
)
def test_quiet_hours_that_leave_nothing_or_lie_elsewhere_hold_nothing_up(
    begins: time, ends: time
) -> None:
    willing = world(DUE, contact_choice=[YES, quiet(begins, ends)])
    taken = given(PlaybookRun, run(Purpose.NUDGE), SCHEDULED, world=willing)
    assert isinstance(taken.when(example(TakeStep)).facts[0], StepRequested)


def test_safety_waits_for_nobodys_quiet_hours() -> None:
    asleep = world(DUE, contact_choice=[quiet(time(20), time(10, 30))])
    taken = given(PlaybookRun, run(Purpose.SAFETY), SCHEDULED, world=asleep)
    assert isinstance(taken.when(example(TakeStep)).facts[0], StepRequested)


def test_a_tick_said_again_is_the_same_tick_whoever_is_reached_where_by_now() -> None:
    one = but(TakeStep, guardian_id=None, members=(Member(guardian_id=GUARDIAN),))
    moved = Member(guardian_id=GUARDIAN, out_of_reach=(Channel.SMS,))
    assert one.wish == but(TakeStep, guardian_id=None, members=(moved,)).wish
