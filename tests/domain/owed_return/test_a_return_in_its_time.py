"""A return opens, is past due once, moves with the calendar, and is made by a person's word."""

from datetime import date
from typing import Final

from msgspec.structs import replace

from domain.owed_return import refusals as r
from domain.owed_return.aggregate import OwedReturn
from domain.owed_return.commands import SubmitReturn, WatchReturn
from domain.owed_return.events import (
    ReturnDueMoved,
    ReturnDuePassed,
    ReturnOpened,
    ReturnSubmitted,
)
from tests.support.examples import example
from tests.support.scenario import given, world

WATCH, OPENED = example(WatchReturn), example(ReturnOpened)
PASSED = example(ReturnDuePassed)
MADE, SAYS = example(ReturnSubmitted), example(SubmitReturn)
HEAD: Final = "staff:principal"


def test_a_return_opens_with_its_first_day_at_the_school_and_once() -> None:
    """DOMAIN 1.2: the first covers September to December and is returned in January."""
    given(OwedReturn, world=world("2025-12-31 23:59")).when(WATCH).ignored()
    opened = given(OwedReturn, world=world("2026-01-01 00:00")).when(WATCH).then(OPENED)
    opened.when(WATCH, world("2026-01-31 23:00")).ignored()
    opened.when(WATCH, world("2026-02-01 00:00")).then(PASSED)
    opened.when(WATCH, world("2026-03-01 00:00")).ignored()


def test_what_is_found_after_its_last_day_is_open_and_past_due() -> None:
    given(OwedReturn, world=world("2026-02-03 08:00")).when(WATCH).then(OPENED, PASSED)


def test_the_last_day_moves_with_the_calendar() -> None:
    """Trap 21. What was told is taken back, and told anew by the new day."""
    later = replace(WATCH, due_on=date(2026, 2, 2))
    moved = ReturnDueMoved(due_on=date(2026, 2, 2))
    given(OwedReturn, OPENED, world=world("2026-01-09 08:00")).when(later).then(moved)
    told = given(OwedReturn, OPENED, PASSED, world=world("2026-02-01 08:00")).when(later)
    told.then(replace(moved, runs_again=True))
    told.when(later, world("2026-02-03 08:00")).then(ReturnDuePassed(due_on=date(2026, 2, 2)))
    both = given(OwedReturn, OPENED, PASSED, world=world("2026-02-05 08:00")).when(later)
    both.then(moved)


def test_a_named_person_says_once_that_it_was_made() -> None:
    by_head = world("2026-01-21 10:00", actor=HEAD)
    made = given(OwedReturn, OPENED, world=by_head).when(SAYS).then(MADE)
    made.when(replace(SAYS, reference="OTHER")).ignored()
    made.when(WATCH, world("2026-03-01 08:00")).ignored()


def test_made_after_its_last_day_says_so_and_today_is_the_schools() -> None:
    late = given(OwedReturn, OPENED, PASSED, world=world("2026-02-02 00:10", actor=HEAD))
    late.when(replace(SAYS, submitted_on=None, reference="")).then(
        ReturnSubmitted(submitted_on=date(2026, 2, 2), submitted_by=HEAD, late=True)
    )


def test_what_cannot_be_is_refused() -> None:
    by_head = world("2026-01-19 10:00", actor=HEAD)
    given(OwedReturn, world=by_head).when(SAYS).refused(r.ReturnUnknown)
    given(OwedReturn, OPENED, world=by_head).when(SAYS).refused(r.ReturnInFuture)
    given(OwedReturn, OPENED).when(SAYS).refused(r.ReturnByPersonOnly)
