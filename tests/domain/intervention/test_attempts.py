"""Attempts at a meeting are facts: dated, in a person's name or by a message that went."""

from datetime import date
from typing import Final
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.intervention import refusals as r
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import FulfilStage, LogAttempt
from domain.intervention.events import (
    AttemptLogged,
    InterventionOpened,
    StageEntered,
    StageFulfilled,
    StageProposed,
)
from domain.kernel.facts import Event
from domain.kernel.refusals import Refusal
from domain.shared.stages import Approval, Stage
from tests.support.examples import TODAY, but, example
from tests.support.scenario import STAFF, given, world

CONFERENCE: Final = Stage(
    type="CONFERENCE",
    order=3,
    track="CONFERENCE",
    approval=Approval.STAFF,
    log_attempts=True,
    attendees=("PARENT", "PUPIL"),
)
OPENED = example(InterventionOpened)
ASKED = but(StageProposed, stage=CONFERENCE)
ENTERED = but(StageEntered, stage="CONFERENCE", track="CONFERENCE")
HISTORY = (OPENED, ASKED, ENTERED)
BY_STAFF = world(actor=STAFF)
TRY = example(LogAttempt)
TRIED = but(AttemptLogged, after=("CONFERENCE",), notes_ref=None)
DONE = but(FulfilStage, stage="CONFERENCE")


def test_an_attempt_is_on_record_with_whom_it_asked_and_after_what() -> None:
    """48262: a conference with parent and pupil; who is not named was asked, too."""
    given(InterventionInstance, *HISTORY, world=BY_STAFF).when(TRY).then(TRIED)
    alone = replace(TRY, invited=("PARENT",))
    given(InterventionInstance, *HISTORY, world=BY_STAFF).when(alone).then(
        replace(TRIED, invited=("PARENT",), everybody=False)
    )


def test_what_was_entered_after_the_day_of_the_attempt_does_not_stand_before_it() -> None:
    before = replace(TRY, made_on=date(2025, 9, 22))
    given(InterventionInstance, *HISTORY, world=BY_STAFF).when(before).then(
        replace(TRIED, made_on=date(2025, 9, 22), after=())
    )


def test_a_stage_that_names_nobody_asks_everybody_it_needs() -> None:
    plain = (OPENED, example(StageEntered))
    given(InterventionInstance, *plain, world=BY_STAFF).when(replace(TRY, stage="LETTER_1")).then(
        replace(TRIED, stage="LETTER_1", invited=(), after=("LETTER_1",))
    )


def test_the_same_attempt_is_one() -> None:
    given(InterventionInstance, *HISTORY, TRIED, world=BY_STAFF).when(TRY).ignored()


def test_only_a_person_or_a_message_that_went_says_so() -> None:
    machine = world(actor="process:attempt_logger")
    given(InterventionInstance, *HISTORY, world=machine).when(TRY).refused(r.ApprovalByPersonOnly)
    message = UUID("e0000000-0000-4000-8000-000000000009")
    by_message = replace(TRY, message_id=message)
    given(InterventionInstance, *HISTORY, world=machine).when(by_message).then(
        replace(TRIED, message_id=message)
    )


@pytest.mark.parametrize(
    ("wish", "history", "refusal"),
    [
        (TRY, (), r.InterventionUnknown),
        (TRY, (OPENED,), r.StageNotEntered),
        (replace(TRY, made_on=date(2025, 9, 24)), HISTORY, r.AttemptInFuture),
        (replace(TRY, invited=("UNCLE",)), HISTORY, r.AttendeeUnknown),
    ],
    ids=["no intervention", "not entered", "tomorrow", "not asked for"],
)
def test_what_cannot_be_is_refused(
    wish: LogAttempt, history: tuple[Event, ...], refusal: type[Refusal]
) -> None:
    given(InterventionInstance, *history, world=BY_STAFF).when(wish).refused(refusal)


def test_a_stage_that_asks_for_attempts_is_not_done_without_one() -> None:
    given(InterventionInstance, *HISTORY, world=BY_STAFF).when(DONE).refused(r.AttemptMissing)
    fulfilled = StageFulfilled(stage="CONFERENCE", fulfilled_on=TODAY)
    given(InterventionInstance, *HISTORY, TRIED, world=BY_STAFF).when(DONE).then(fulfilled)


def test_entered_anew_it_asks_for_an_attempt_anew() -> None:
    again = (*HISTORY, TRIED, replace(ASKED, firing=2), replace(ENTERED, firing=2))
    given(InterventionInstance, *again, world=BY_STAFF).when(DONE).refused(r.AttemptMissing)
