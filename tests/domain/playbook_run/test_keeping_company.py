"""A step among the others of a family's day: delayed, joined, parted."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.contact_day.events import ContactJoined, ContactReserved
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import (
    DelayStep,
    JoinStep,
    PartStep,
    ResumeRun,
    SettleStep,
    TakeStep,
)
from domain.playbook_run.events import (
    Again,
    RunPaused,
    RunStarted,
    RunStopped,
    SkipReason,
    StepJoined,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
)
from domain.shared.contact import RunStep
from domain.shared.ids import MessageId, derived_id
from tests.support.examples import A_DAY, HER_STEP, PLAYBOOK_1, RUN, STEPS, but, example
from tests.support.scenario import at, given, world

STARTED, SCHEDULED = example(RunStarted), example(StepScheduled)
JOINED, REQUESTED = example(StepJoined), example(StepRequested)
TAKE = but(TakeStep, contact_on=A_DAY)
PLACE = example(ContactReserved)
ON_TIME = "2025-09-24 09:00"
THURSDAY = date(2025, 9, 25)


def day(*facts: Any, now: str = ON_TIME) -> Any:
    return world(now, contact_day=list(facts))


def again(why: Again, due: str, on: date = A_DAY, scheduled: date = A_DAY) -> StepScheduled:
    return but(StepScheduled, due_at=at(due), contact_on=on, scheduled_on=scheduled, again=why)


def test_a_step_with_a_place_of_its_own_is_said_and_with_it_the_siblings() -> None:
    asked = but(StepRequested, also=(HER_STEP,))
    shared = day(PLACE, example(ContactJoined))
    given(PlaybookRun, STARTED, SCHEDULED, world=shared).when(TAKE).then(asked)


def test_a_step_whose_place_is_not_settled_yet_waits_a_minute() -> None:
    given(PlaybookRun, STARTED, SCHEDULED, world=day()).when(TAKE).then(
        again(Again.PLACE_NOT_SETTLED, "2025-09-24 09:01")
    )


def test_a_step_that_is_said_with_a_siblings_waits_for_that_message() -> None:
    joined = ContactJoined(RunStep(RUN, "sms"), STARTED.student_id, leader=HER_STEP)
    hers = but(ContactReserved, step=HER_STEP)
    given(PlaybookRun, STARTED, SCHEDULED, world=day(hers, joined)).when(TAKE).then(
        again(Again.SAID_WITH_A_SIBLING, "2025-09-24 09:05")
    )


def test_after_an_outage_a_step_asks_the_new_day_for_a_place() -> None:
    """What has piled up is said within the budget of each day."""
    later = day(PLACE, now="2025-09-25 10:00")
    given(PlaybookRun, STARTED, SCHEDULED, world=later).when(TAKE).then(
        again(Again.LATER_DAY, "2025-09-25 10:01", THURSDAY, THURSDAY)
    )


def test_a_step_without_a_place_waits_for_the_next_day() -> None:
    run = given(PlaybookRun, STARTED, SCHEDULED, world=world("2025-09-23 18:00"))
    told = run.when(example(DelayStep))
    on = SCHEDULED.scheduled_on
    told.then(again(Again.DAY_FULL, "2025-09-25 09:00", THURSDAY, scheduled=on))
    told.when(example(DelayStep)).ignored()


def test_a_step_that_may_lead_looks_at_its_own_day_again() -> None:
    leads = but(DelayStep, why=Again.LEADS)
    waits = again(Again.SAID_WITH_A_SIBLING, "2025-09-24 09:05")
    told = given(PlaybookRun, STARTED, waits, world=world(ON_TIME)).when(leads)
    told.then(again(Again.LEADS, ON_TIME)).when(leads).ignored()
    given(PlaybookRun, STARTED, SCHEDULED, world=world(ON_TIME)).when(leads).ignored()


def test_words_that_no_day_has_room_for_in_time_are_not_said() -> None:
    first = msgspec.structs.replace(STEPS[0], expires_after=0)
    playbook = msgspec.structs.replace(PLAYBOOK_1, steps=(first, *STEPS[1:]))
    run = given(PlaybookRun, but(RunStarted, playbook=playbook), SCHEDULED, world=world(ON_TIME))
    told = run.when(example(DelayStep))
    assert told.facts[0] == but(StepSkipped, reason=SkipReason.CONTACT_BUDGET)
    assert isinstance(told.facts[1], StepScheduled)


@pytest.mark.parametrize(
    "history",
    [
        (SCHEDULED, example(RunStopped)),
        (SCHEDULED, example(RunPaused)),
        (SCHEDULED, REQUESTED),
        (but(StepScheduled, step_id="email", contact_on=A_DAY),),
    ],
)
def test_the_day_speaks_to_a_run_that_has_gone_on(history: tuple[Any, ...]) -> None:
    run = given(PlaybookRun, STARTED, *history)
    run.when(example(DelayStep)).ignored().when(example(JoinStep)).ignored()


def test_words_that_will_be_too_late_ask_for_no_place() -> None:
    first = msgspec.structs.replace(STEPS[0], expires_after=0)
    playbook = msgspec.structs.replace(PLAYBOOK_1, steps=(first,))
    begun = (but(RunStarted, playbook=playbook), SCHEDULED, example(RunPaused))
    run = given(PlaybookRun, *begun, world=world("2025-09-26 10:00"))
    told = run.when(example(ResumeRun)).facts[1]
    assert isinstance(told, StepScheduled)
    assert told.contact_on is None


def test_words_that_seemed_too_late_ask_for_a_place_when_they_are_not() -> None:
    first = msgspec.structs.replace(STEPS[0], expires_after=3)
    begun = but(RunStarted, playbook=msgspec.structs.replace(PLAYBOOK_1, steps=(first,)))
    run = given(PlaybookRun, begun, but(StepScheduled, contact_on=None), world=world(ON_TIME))
    run.when(example(TakeStep)).then(again(Again.LATER_DAY, "2025-09-24 09:01"))


def test_an_answer_of_another_day_is_no_news() -> None:
    other = but(DelayStep, contact_on=date(2025, 9, 26))
    given(PlaybookRun, STARTED, SCHEDULED).when(other).ignored()


def test_a_step_is_said_in_a_siblings_message_and_settled_by_it() -> None:
    run = given(PlaybookRun, STARTED, SCHEDULED, world=world(ON_TIME))
    joined = run.when(example(JoinStep)).then(JOINED)
    sent = joined.when(example(SettleStep))
    assert sent.facts[0] == but(StepSent, sent_on=A_DAY)


def test_a_message_that_a_step_is_not_in_settles_nothing_of_it() -> None:
    other = but(SettleStep, message_id=MessageId(derived_id("message", "other")))
    given(PlaybookRun, STARTED, SCHEDULED, JOINED).when(other).ignored()


def test_a_step_that_has_left_a_siblings_message_comes_on_its_own() -> None:
    run = given(PlaybookRun, STARTED, SCHEDULED, JOINED, world=world(ON_TIME))
    told = run.when(example(PartStep)).then(again(Again.PARTED, "2025-09-24 09:01"))
    told.when(example(PartStep)).ignored()
    assert not told.state.past.flying


def test_a_step_left_alone_that_its_playbook_has_no_more_is_over() -> None:
    playbook = msgspec.structs.replace(PLAYBOOK_1, steps=STEPS[1:])
    gone = but(StepJoined, step_id="gone")
    run = given(PlaybookRun, but(RunStarted, playbook=playbook), gone, world=world(ON_TIME))
    told = run.when(but(PartStep, step_id="gone"))
    over = but(StepSkipped, step_id="gone", reason=SkipReason.STOP_CONDITION_MET)
    assert told.facts[0] == over
    assert isinstance(told.facts[1], StepScheduled)


def test_a_run_that_is_over_parts_from_nobody() -> None:
    over = given(PlaybookRun, STARTED, SCHEDULED, JOINED, example(RunStopped))
    over.when(example(PartStep)).ignored()
