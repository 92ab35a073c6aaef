"""Each step in the diary asks the family's day for a place; the day answers the runs."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.contact_day.commands import ReleaseContact, ReserveContact, UseContact
from domain.contact_day.events import ContactDeclined, ContactLed, ContactReserved, Declined
from domain.playbook_run.commands import DelayStep
from domain.playbook_run.events import (
    Again,
    RunEscalated,
    RunMoved,
    RunPaused,
    RunStarted,
    RunStopped,
    StepRequested,
    StepScheduled,
    StepSkipped,
)
from domain.shared.contact import Purpose
from processmanagers.all import PROCESS_MANAGERS, managers_of
from processmanagers.contact_planner import CONTACT_PLANNER
from tests.support.examples import (
    A_DAY,
    HER_STEP,
    HIS_STEP,
    PLAYBOOK_1,
    STUDENT,
    but,
    example,
)
from tests.support.following import LookUps, reacting, recorded

RESERVE = but(
    ReserveContact, purpose=Purpose.STATUTORY_NOTICE, template_key=PLAYBOOK_1.text_of("sms")
)
RELEASE = example(ReleaseContact)
OTHER_DAY = date(2025, 9, 23)
Places = dict[int, tuple[str, date | None]]


def scheduled(version: int = 2, **fields: Any) -> Any:
    return recorded(but(StepScheduled, **fields), version=version)


def test_a_step_in_the_diary_asks_for_a_place() -> None:
    reacting(CONTACT_PLANNER).to(scheduled()).commands(RESERVE)


def test_a_house_with_a_measure_of_its_own_says_so_to_each_day() -> None:
    """The planner of a house stands under the same name, and nothing else of it is another."""
    planner = managers_of(5)[PROCESS_MANAGERS.index(CONTACT_PLANNER)]
    assert (planner.name, planner.listens) == (CONTACT_PLANNER.name, CONTACT_PLANNER.listens)
    asked = msgspec.structs.replace(RESERVE, most_a_day=5)
    reacting(planner).to(scheduled()).commands(asked)
    others = {one.name for one in PROCESS_MANAGERS if one not in managers_of(5)}
    assert others == {CONTACT_PLANNER.name}


def test_a_households_step_asks_the_pupils_day() -> None:
    home = LookUps(started=but(RunStarted, guardian_id=None))
    reacting(CONTACT_PLANNER, home).to(scheduled()).commands(
        msgspec.structs.replace(RESERVE, whose=STUDENT)
    )


def test_a_step_that_is_in_the_diary_for_another_day_gives_its_old_place_back() -> None:
    known = LookUps(places={2: ("sms", OTHER_DAY), 5: ("sms", A_DAY)})
    back = msgspec.structs.replace(RELEASE, on=OTHER_DAY)
    reacting(CONTACT_PLANNER, known).to(scheduled(5)).commands(back, RESERVE)
    same = LookUps(places={2: ("sms", A_DAY), 5: ("sms", A_DAY)})
    reacting(CONTACT_PLANNER, same).to(scheduled(5)).commands(RESERVE)
    before = LookUps(places={2: ("sms", None), 5: ("sms", A_DAY)})
    reacting(CONTACT_PLANNER, before).to(scheduled(5)).commands(RESERVE)


def test_a_step_from_before_budgets_asks_for_nothing() -> None:
    reacting(CONTACT_PLANNER).to(scheduled(contact_on=None)).commands()


def test_a_step_that_a_newer_version_does_not_say_asks_for_nothing() -> None:
    follows = msgspec.structs.replace(PLAYBOOK_1, steps=PLAYBOOK_1.steps[1:])
    reacting(CONTACT_PLANNER, LookUps(follows=follows)).to(scheduled()).commands()


@pytest.mark.parametrize(
    "end",
    [
        but(RunStopped, dropped_step="sms"),
        but(RunEscalated, dropped_step="sms"),
        but(RunMoved, dropped_step="sms"),
        but(RunPaused, held_step="sms"),
        but(StepSkipped, step_id="sms"),
    ],
    ids=lambda end: type(end).__name__,
)
def test_a_step_that_is_not_said_gives_its_place_back(end: Any) -> None:
    known = LookUps(places={2: ("sms", A_DAY)})
    reacting(CONTACT_PLANNER, known).to(recorded(end, version=4)).commands(RELEASE)
    others: list[Places] = [{}, {2: ("email", A_DAY)}, {2: ("sms", None)}]
    for places in others:
        silent = LookUps(places=places)
        reacting(CONTACT_PLANNER, silent).to(recorded(end, version=4)).commands()


def test_a_run_that_ends_behind_its_last_message_gives_nothing_back() -> None:
    reacting(CONTACT_PLANNER).to(but(RunStopped, dropped_step=None)).commands()


def test_a_message_that_is_asked_for_uses_its_place_up() -> None:
    asked = recorded(but(StepRequested, also=(HER_STEP,)), version=3)
    known: Places = {2: ("sms", A_DAY)}
    reacting(CONTACT_PLANNER, LookUps(places=known)).to(asked).commands(example(UseContact))
    home = LookUps(started=but(RunStarted, guardian_id=None), places=known)
    reacting(CONTACT_PLANNER, home).to(asked).commands(but(UseContact, whose=STUDENT))
    others: list[Places] = [{}, {2: ("sms", None)}]
    for places in others:
        reacting(CONTACT_PLANNER, LookUps(places=places)).to(asked).commands()


@pytest.mark.parametrize("why", list(Declined))
def test_who_has_no_place_is_told_so(why: Declined) -> None:
    told = but(ContactDeclined, step=HIS_STEP, reason=why)
    reacting(CONTACT_PLANNER).to(told).commands(but(DelayStep, why=Again(str(why))))


def test_a_step_that_was_due_before_it_had_its_place_need_not_wait() -> None:
    placed = example(ContactReserved)
    told = recorded(placed, on=placed.due_at - timedelta(minutes=1))
    reacting(CONTACT_PLANNER).to(told).commands(but(DelayStep, why=Again.LEADS))
    early = recorded(placed, on=placed.due_at - timedelta(days=1))
    reacting(CONTACT_PLANNER).to(early).commands()


def test_who_leads_now_is_told_so() -> None:
    told = but(ContactLed, step=HIS_STEP, instead_of=HER_STEP)
    reacting(CONTACT_PLANNER).to(told).commands(but(DelayStep, why=Again.LEADS))
