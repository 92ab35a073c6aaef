"""One person's day: a budget over all playbooks, and siblings in one message."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.contact_day.aggregate import MOST_A_DAY, ContactDay
from domain.contact_day.commands import ReleaseContact, ReserveContact, UseContact
from domain.contact_day.events import (
    ContactDeclined,
    ContactJoined,
    ContactLed,
    ContactReleased,
    ContactReserved,
    ContactUsed,
    Declined,
)
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import GuardianId, PlaybookId, RunId, StudentId, derived_id
from tests.support.examples import A_DAY, HER_STEP, HIS_STEP, SCHOOL, SIBLING, but, example
from tests.support.scenario import given, world

HIS = example(ContactReserved)
HERS: dict[str, Any] = {"step": HER_STEP, "student_id": SIBLING}
JOINED = example(ContactJoined)
USED = example(ContactUsed)


def step(number: int) -> RunStep:
    return RunStep(RunId(derived_id("run", number)), "sms")


def child(number: int) -> StudentId:
    return StudentId(derived_id("student", number))


def other(number: int, **fields: Any) -> dict[str, Any]:
    """A step about another matter: other words, so nobody joins it."""
    words = {"template_key": f"TEXT_{number}"}
    return {"step": step(number), "student_id": child(number), **words, **fields}


def declined(of: RunStep, why: Declined) -> ContactDeclined:
    return ContactDeclined(step=of, school_id=SCHOOL, on=A_DAY, reason=why)


def full(*priorities: int, **fields: Any) -> list[ContactReserved]:
    return [
        but(ContactReserved, **other(n, priority=priority, **fields))
        for n, priority in enumerate(priorities, 10)
    ]


def test_the_first_step_of_a_day_has_a_place_of_its_own() -> None:
    day = given(ContactDay).when(example(ReserveContact)).then(HIS)
    day.when(example(ReserveContact)).ignored()


@pytest.mark.parametrize("parent", ["mother", "father"])
def test_three_children_in_one_bad_week_are_one_text_to_each_parent(parent: str) -> None:
    """Trap 35: two parents, three children, one bad week is not six texts. Each child is named,
    and neither parent's day is used up.
    """
    whose = GuardianId(derived_id(parent))
    wishes = [but(ReserveContact, whose=whose, step=step(n), student_id=child(n)) for n in range(3)]
    day = given(ContactDay)
    for wish in wishes:
        day = day.when(wish)
        assert len(day.facts) == 1
    assert day.state.place_of(step(2)) == (step(0), (step(1), step(2)))
    assert len(day.state.leads) == 1 < MOST_A_DAY
    assert len({wish.stream for wish in wishes}) == 1


def test_a_step_about_a_sibling_is_said_in_the_same_message() -> None:
    day = given(ContactDay, HIS).when(but(ReserveContact, **HERS)).then(JOINED)
    day.when(but(ReserveContact, **HERS)).ignored()
    assert day.state.place_of(HER_STEP) == (HIS_STEP, (HER_STEP,))
    assert day.state.place_of(HIS_STEP) == (HIS_STEP, (HER_STEP,))
    assert day.state.place_of(step(9)) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": Channel.EMAIL},
        {"purpose": Purpose.SAFETY},
        {"playbook_id": PlaybookId(derived_id("playbook", "another"))},
        {"template_key": "OTHER"},
        {"student_id": HIS.student_id},
        {"due_at": HIS.due_at + timedelta(minutes=1)},
    ],
)
def test_what_is_not_the_same_is_said_apart(fields: dict[str, Any]) -> None:
    told = given(ContactDay, HIS).when(but(ReserveContact, **(HERS | fields)))
    assert [type(fact) for fact in told.facts] == [ContactReserved]


def test_a_template_with_fixed_places_has_no_room_for_a_sibling() -> None:
    first = but(ContactReserved, channel=Channel.WHATSAPP)
    asked = but(ReserveContact, channel=Channel.WHATSAPP, **HERS)
    assert isinstance(given(ContactDay, first).when(asked).facts[0], ContactReserved)


def test_a_fourth_child_is_spoken_of_in_a_second_message() -> None:
    third = but(ContactJoined, step=step(3), student_id=child(3))
    fourth = but(ReserveContact, step=step(4), student_id=child(4))
    told = given(ContactDay, HIS, JOINED, third).when(fourth)
    assert [type(fact) for fact in told.facts] == [ContactReserved]


def test_a_full_day_turns_away_what_is_not_more_urgent() -> None:
    assert MOST_A_DAY == 2
    given(ContactDay, *full(0, 0)).when(but(ReserveContact, **other(1))).then(
        declined(step(1), Declined.DAY_FULL)
    )


@pytest.mark.parametrize(("most", "there"), [(1, 0), (3, 2)])
def test_a_house_may_have_a_measure_of_its_own(most: int, there: int) -> None:
    room = but(ReserveContact, **other(1), most_a_day=most)
    told = given(ContactDay, *full(*[0] * there)).when(room)
    assert [type(fact) for fact in told.facts] == [ContactReserved]
    given(ContactDay, *full(*[0] * most)).when(room).then(declined(step(1), Declined.DAY_FULL))
    urgent = but(ReserveContact, **other(1, purpose=Purpose.SAFETY), most_a_day=most)
    assert len(given(ContactDay, *full(*[0] * most)).when(urgent).facts) == 1


def test_the_least_urgent_gives_way_and_whoever_had_joined_it_too() -> None:
    joined = but(ContactJoined, step=HER_STEP, leader=step(10))
    urgent = but(ReserveContact, **other(1, priority=7))
    told = given(ContactDay, *full(1, 5), joined).when(urgent)
    told.then(
        declined(step(10), Declined.GAVE_WAY),
        declined(HER_STEP, Declined.GAVE_WAY),
        but(ContactReserved, **other(1, priority=7)),
    )
    assert told.state.place_of(step(10)) is None


def test_what_was_asked_for_already_gives_way_to_nobody() -> None:
    used = [but(ContactUsed, step=step(n), also=()) for n in (10, 11)]
    given(ContactDay, *full(0, 0), *used).when(but(ReserveContact, **other(1, priority=9))).then(
        declined(step(1), Declined.DAY_FULL)
    )


def test_what_is_due_by_now_gives_way_to_nobody() -> None:
    """It may have been asked for a moment ago."""
    morning = world("2025-09-24 09:00")
    given(ContactDay, *full(0, 0), world=morning).when(
        but(ReserveContact, **other(1, priority=9))
    ).then(declined(step(1), Declined.DAY_FULL))


@pytest.mark.parametrize("purpose", [Purpose.STATUTORY_NOTICE, Purpose.SAFETY])
def test_a_duty_is_never_held_back_nor_does_it_give_way(purpose: Purpose) -> None:
    asked = but(ReserveContact, **other(1, purpose=purpose))
    told = given(ContactDay, *full(0, 0)).when(asked)
    assert [type(fact) for fact in told.facts] == [ContactReserved]
    given(ContactDay, *full(0, 0, purpose=purpose)).when(
        but(ReserveContact, **other(1, priority=9))
    ).then(declined(step(1), Declined.DAY_FULL))


def test_a_place_that_is_given_back_is_free_again() -> None:
    gone = but(ReleaseContact, step=step(10))
    day = given(ContactDay, *full(0, 0)).when(gone).then(ContactReleased(step(10)))
    day.when(gone).ignored()
    assert isinstance(day.when(but(ReserveContact, **other(1))).facts[0], ContactReserved)


def test_the_first_sibling_leads_when_the_leader_goes() -> None:
    third = but(ContactJoined, step=step(3), student_id=child(3))
    day = given(ContactDay, HIS, JOINED, third).when(example(ReleaseContact))
    day.then(ContactLed(step=HER_STEP, instead_of=HIS_STEP, school_id=SCHOOL, on=A_DAY))
    assert day.state.place_of(step(3)) == (HER_STEP, (step(3),))
    assert day.state.place_of(HIS_STEP) is None
    assert day.state.leads[HER_STEP].student_id == SIBLING


def test_a_sibling_leaves_a_message_that_is_not_asked_for_yet() -> None:
    leaves = but(ReleaseContact, step=HER_STEP)
    given(ContactDay, HIS, JOINED).when(leaves).then(ContactReleased(HER_STEP))
    given(ContactDay, HIS, JOINED, USED).when(leaves).ignored()


def test_a_message_says_what_its_run_saw_and_who_came_later_comes_alone() -> None:
    late = but(ContactJoined, step=step(3), student_id=child(3))
    day = given(ContactDay, HIS, JOINED, late).when(example(UseContact))
    day.then(USED, declined(step(3), Declined.TOO_LATE_TO_JOIN))
    day.when(example(UseContact)).ignored().when(example(ReleaseContact)).ignored()


def test_nobody_joins_a_message_that_is_on_its_way() -> None:
    told = given(ContactDay, HIS, but(ContactUsed, also=())).when(but(ReserveContact, **HERS))
    assert [type(fact) for fact in told.facts] == [ContactReserved]


def test_who_left_a_message_on_its_way_has_a_place_of_its_own() -> None:
    """The message's last look found something against the sibling alone."""
    day = given(ContactDay, HIS, JOINED, USED).when(but(ReserveContact, **HERS))
    assert [type(fact) for fact in day.facts] == [ContactReserved]
    assert day.state.place_of(HER_STEP) == (HER_STEP, ())


def test_the_use_of_a_place_that_nobody_has_is_no_news() -> None:
    given(ContactDay).when(example(UseContact)).ignored()


def test_each_person_has_a_day_for_each_date() -> None:
    here, there = example(ReserveContact), but(ReserveContact, on=date(2025, 9, 25))
    assert here.stream != there.stream
    assert here.stream != but(ReserveContact, whose=SIBLING).stream
