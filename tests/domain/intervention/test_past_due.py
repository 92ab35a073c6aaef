"""The clock of an open stage runs out once, when its last day is over and nobody did what it asks.

DOMAIN 3.3: "within 7 days of the qualifying date, and overdue ones are flagged".
"""

from datetime import date

import pytest

from domain.case.events import CaseClosed
from domain.exemption.events import ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import (
    ApproveStage,
    FulfilStage,
    RecordLetterSent,
    RecordMeetingArranged,
    WatchClock,
)
from domain.intervention.events import (
    AbsenceExplained,
    CorrectionReviewed,
    DueMoved,
    DuePassed,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageDeclined,
    StageEntered,
    StageFulfilled,
    StageProposed,
    StageUnsupported,
    StageWithdrawn,
    StopReason,
)
from domain.intervention.reasons import ReviewOutcome
from domain.kernel.facts import Event
from domain.shared.stages import Approval, Stage
from tests.support.examples import LETTER, MEETING, but, example
from tests.support.scenario import STAFF, Given, given, world

OPENED = example(InterventionOpened)
DUE = date(2025, 10, 6)
NOTICE = Stage(
    type="NOTICE_20", order=9, track="DUTY", approval=Approval.HEAD, due_school_days=5, stops=()
)
PROPOSED = but(StageProposed, stage=NOTICE, due_on=DUE)
ENTERED = but(StageEntered, stage="NOTICE_20", approved_by=STAFF, due_on=DUE)
WATCH = but(WatchClock, stage="NOTICE_20", due_on=DUE)
PASSED = but(DuePassed, stage="NOTICE_20", due_on=DUE, owner="")
ASKED = but(DuePassed, stage="NOTICE_20", due_on=DUE, owner=STAFF)
LAST, NEXT = world("2025-10-06 23:59"), world("2025-10-07 00:00")


def history(*facts: Event) -> Given:
    return given(InterventionInstance, OPENED, PROPOSED, *facts)


def test_a_clock_runs_out_with_its_last_day_and_is_told_once() -> None:
    """Trap 24: the day ends at the school, not in Greenwich."""
    told = history().when(WATCH, LAST)
    told.ignored()
    told.when(WATCH, NEXT).then(PASSED)
    told.when(WATCH, world("2025-10-09 17:30")).ignored()


def test_who_approved_a_stage_is_asked_first_else_who_proposed_it() -> None:
    history(ENTERED).when(WATCH, NEXT).then(ASKED)
    by_hand = but(StageProposed, stage=NOTICE, due_on=DUE, proposed_by="staff:8")
    asked = given(InterventionInstance, OPENED, by_hand).when(WATCH, NEXT)
    asked.then(but(DuePassed, stage="NOTICE_20", due_on=DUE, owner="staff:8"))


@pytest.mark.parametrize(
    "done",
    [
        but(StageFulfilled, stage="NOTICE_20"),
        but(LetterSent, stage="NOTICE_20"),
        but(MeetingArranged, stage="NOTICE_20"),
        but(AbsenceExplained, stage="NOTICE_20"),
        but(StageUnsupported, stage="NOTICE_20"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_is_done_or_lost_its_cause_in_time_is_never_past_due(done: Event) -> None:
    history(ENTERED, done).when(WATCH, NEXT).ignored()


@pytest.mark.parametrize(
    "gone", [but(StageWithdrawn, stage="NOTICE_20"), but(StageDeclined, stage="NOTICE_20")]
)
def test_a_proposal_that_is_gone_has_no_clock(gone: Event) -> None:
    history(gone).when(WATCH, NEXT).ignored()


def test_what_stands_by_a_persons_word_has_its_clock() -> None:
    stands = but(CorrectionReviewed, stage="NOTICE_20", outcome=ReviewOutcome.STANDS)
    lost = but(StageUnsupported, stage="NOTICE_20")
    history(ENTERED, lost, stands).when(WATCH, NEXT).then(ASKED)


def test_a_stage_without_a_clock_and_an_unknown_one_say_nothing() -> None:
    history().when(but(WatchClock, stage="LETTER_9", due_on=DUE), NEXT).ignored()
    none = but(StageProposed, stage=NOTICE)
    given(InterventionInstance, OPENED, none).when(WATCH, NEXT).ignored()
    history().when(but(WatchClock, stage="NOTICE_20", firing=2, due_on=DUE), NEXT).ignored()


def test_what_software_enters_by_itself_asks_nobody() -> None:
    alone = but(StageEntered, stage="NOTICE_20", due_on=DUE)
    history(alone).when(WATCH, NEXT).ignored()


def test_an_exemption_lets_a_clock_rest_unless_the_duty_knows_none() -> None:
    """Control: the same exemption does not reach a stage that nothing stops."""
    exempt = world("2025-10-07 08:00", exemption=[but(ExemptionGranted, until=None)])
    closed = world("2025-10-07 08:00", case=[example(CaseClosed)])
    support = Stage(**{**{n: getattr(NOTICE, n) for n in NOTICE.__struct_fields__}, "stops": None})
    for away in (exempt, closed):
        history().when(WATCH, away).then(PASSED)
        left = given(InterventionInstance, OPENED, but(StageProposed, stage=support, due_on=DUE))
        left.when(WATCH, away).ignored()
    stopped = but(InterventionStopped, reason=StopReason.LEFT_ROLL, kept=("NOTICE_20",))
    history(ENTERED, stopped).when(WATCH, NEXT).then(ASKED)
    began = but(StageProposed, stage=support, due_on=DUE)
    left = given(InterventionInstance, OPENED, began, ENTERED, stopped).when(WATCH, NEXT)
    left.ignored()


def test_a_last_day_that_moves_is_told_and_nothing_is_told_early() -> None:
    """Trap 21: a closure entered afterwards. DOMAIN 5.1: school days are counted by the calendar"""
    later = but(WatchClock, stage="NOTICE_20", due_on=date(2025, 10, 8))
    moved = but(DueMoved, stage="NOTICE_20", due_on=date(2025, 10, 8))
    told = history().when(later, NEXT).then(moved)
    told.when(later, world("2025-10-09 08:00")).then(
        but(DuePassed, stage="NOTICE_20", due_on=date(2025, 10, 8), owner="")
    )


def test_what_was_told_past_due_is_not_once_its_day_has_moved_away() -> None:
    later = but(WatchClock, stage="NOTICE_20", due_on=date(2025, 10, 8))
    again = but(DueMoved, stage="NOTICE_20", due_on=date(2025, 10, 8), runs_again=True)
    told = history(PASSED).when(later, NEXT).then(again)
    told.when(later, world("2025-10-09 08:00")).then(
        but(DuePassed, stage="NOTICE_20", due_on=date(2025, 10, 8), owner="")
    )
    # Moved, and past by the new day, too: it stays told.
    earlier = but(WatchClock, stage="NOTICE_20", due_on=date(2025, 10, 3))
    history(PASSED).when(earlier, NEXT).then(
        but(DueMoved, stage="NOTICE_20", due_on=date(2025, 10, 3))
    )


def test_a_stage_enters_with_its_last_day_as_it_stands() -> None:
    day = date(2025, 10, 8)
    asked = history(but(DueMoved, stage="NOTICE_20", due_on=day))
    asked.when(but(ApproveStage, stage="NOTICE_20"), world(actor=STAFF))
    assert [one.due_on for one in asked.facts if isinstance(one, StageEntered)] == [day]


def test_what_is_proposed_anew_has_a_clock_of_its_own() -> None:
    withdrawn = but(StageWithdrawn, stage="NOTICE_20")
    history(PASSED, withdrawn, PROPOSED).when(WATCH, NEXT).then(PASSED)


def test_what_is_done_after_its_clock_says_so() -> None:
    late = history(ENTERED)
    late.when(but(FulfilStage, stage="NOTICE_20"), world("2025-10-08 10:00", actor=STAFF)).then(
        but(StageFulfilled, stage="NOTICE_20", fulfilled_on=date(2025, 10, 8), late=True)
    )
    sent = but(RecordLetterSent, stage="NOTICE_20", posted_on=date(2025, 10, 7))
    in_time = but(RecordLetterSent, stage="NOTICE_20", posted_on=DUE)
    history(ENTERED).when(sent).then(LetterSent(stage="NOTICE_20", letter_id=LETTER, late=True))
    history(ENTERED).when(in_time).then(LetterSent(stage="NOTICE_20", letter_id=LETTER))
    met = but(RecordMeetingArranged, stage="NOTICE_20")
    for facts, is_late in (((ENTERED,), False), ((ENTERED, ASKED), True)):
        history(*facts).when(met).then(
            MeetingArranged(meeting_id=MEETING, stage="NOTICE_20", late=is_late)
        )
