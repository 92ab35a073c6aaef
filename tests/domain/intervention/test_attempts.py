"""Attempts at a meeting are facts: dated, in a person's name or by a message that went."""

from datetime import date
from typing import Final

import pytest
from msgspec.structs import replace

from domain.intervention import refusals as r
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import FailAttempt, FulfilStage, LogAttempt, LogMessage
from domain.intervention.events import (
    AttemptFailed,
    AttemptLogged,
    InterventionOpened,
    StageEntered,
    StageFulfilled,
    StageProposed,
)
from domain.intervention.guards import found_on_record, record_of
from domain.intervention.reasons import AttemptOutcome, AttemptWay
from domain.kernel.facts import Event
from domain.kernel.refusals import Refusal
from domain.shared.guards import Guard, GuardBy
from domain.shared.stages import Approval, Stage
from tests.support.examples import TODAY, but, example
from tests.support.scenario import STAFF, at, given, world

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


def test_only_a_person_says_so() -> None:
    machine = world(actor="process:attempt_logger")
    given(InterventionInstance, *HISTORY, world=machine).when(TRY).refused(r.ApprovalByPersonOnly)


SENT = example(LogMessage)
WENT = replace(
    TRIED,
    attempt_id=SENT.attempt_id,
    way=AttemptWay.TEXT,
    outcome=AttemptOutcome.SENT,
    message_id=SENT.message_id,
)


def test_a_message_that_went_is_an_attempt_on_the_schools_day_and_reached_nobody() -> None:
    """DOMAIN 3.3, 48262; trap 24: at 00:30 of Irish summer time it is the day before in UTC."""
    given(InterventionInstance, *HISTORY).when(SENT).then(WENT).when(SENT).ignored()
    late = replace(SENT, made_at=at("2025-09-24 00:30"))
    given(InterventionInstance, *HISTORY).when(late).then(replace(WENT, made_on=date(2025, 9, 24)))


@pytest.mark.parametrize(
    ("sent", "history"),
    [
        (SENT, (OPENED,)),
        (SENT, ()),
        (replace(SENT, stage="LETTER_1"), (OPENED, example(StageProposed), example(StageEntered))),
        (replace(SENT, made_at=at("2025-09-22 10:00")), HISTORY),
    ],
    ids=["not entered", "unknown", "asks for none", "of an earlier entry"],
)
def test_other_messages_are_no_attempts(sent: LogMessage, history: tuple[Event, ...]) -> None:
    given(InterventionInstance, *history).when(sent).ignored()


def test_a_message_that_was_not_delivered_counts_no_more() -> None:
    """Undelivered is not reached: what stands on it has to be tried again."""
    failed = AttemptFailed(attempt_id=SENT.attempt_id, stage="CONFERENCE")
    back = example(FailAttempt)
    gone = given(InterventionInstance, *HISTORY, WENT).when(back).then(failed)
    gone.when(back).ignored()
    gone.when(DONE, BY_STAFF).refused(r.AttemptMissing)
    given(InterventionInstance, *HISTORY, WENT, world=BY_STAFF).when(DONE).then(
        StageFulfilled(stage="CONFERENCE", fulfilled_on=TODAY)
    )
    given(InterventionInstance, *HISTORY).when(back).ignored()


def test_a_conference_was_attempted_by_an_e_mail_until_it_comes_back() -> None:
    """48262: by e-mail or phone, after a report on the same track."""
    report = replace(ENTERED, stage="TRUANCY_NOTICE_1", track="TRUANCY")
    mail = replace(WENT, way=AttemptWay.EMAIL, after=("TRUANCY_NOTICE_1", "CONFERENCE"))
    guard = Guard(name="CONFERENCE_ATTEMPTED", by=GuardBy.FACTS)
    for facts, met in (((mail,), True), ((replace(mail, way=AttemptWay.TEXT),), False)):
        state = given(InterventionInstance, *HISTORY, report, *facts).state
        (found,) = found_on_record([guard], "TRUANCY", record_of(state))
        assert found.met is met
    failed = AttemptFailed(attempt_id=SENT.attempt_id, stage="CONFERENCE")
    state = given(InterventionInstance, *HISTORY, report, mail, failed).state
    assert not found_on_record([guard], "TRUANCY", record_of(state))[0].met


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
