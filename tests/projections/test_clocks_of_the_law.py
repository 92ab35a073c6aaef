"""What runs out shows where people look: in a student's history and in the queue, with an owner."""

from datetime import date

from domain.intervention.events import (
    DueMoved,
    DuePassed,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    MeetingArranged,
    StageEntered,
    StageFulfilled,
    StageProposed,
    StageUnsupported,
    StopReason,
)
from domain.kernel.facts import Event
from domain.shared.stages import Approval, Stage
from projections.interventions import INTERVENTIONS, InterventionRow, StageLine
from projections.queue import QUEUE, Action, QueueLine
from tests.support.examples import but, example
from tests.support.following import project
from tests.support.scenario import NOW, STAFF

DUE, LATER = date(2025, 10, 6), date(2025, 10, 8)
OPENED = example(InterventionOpened)


def clock(name: str, **more: object) -> StageProposed:
    asked = {"due_school_days": 5, **more}
    stage = Stage(type=name, order=9, track="DUTY", approval=Approval.HEAD, **asked)  # type: ignore[arg-type]
    return but(StageProposed, stage=stage, due_on=DUE)


def entered(name: str) -> StageEntered:
    return but(StageEntered, stage=name, approved_by=STAFF, due_on=DUE)


def passed(name: str, owner: str = STAFF) -> DuePassed:
    return but(DuePassed, stage=name, due_on=DUE, owner=owner)


def rows(*facts: Event) -> InterventionRow:
    found = project(INTERVENTIONS, OPENED, *facts).row
    assert isinstance(found, InterventionRow)
    return found


def line(*facts: Event) -> StageLine:
    (found,) = rows(*facts).stages
    return found


def asked(*facts: Event) -> list[QueueLine]:
    return list(project(QUEUE, OPENED, *facts).row.lines)


def test_a_running_clock_shows_on_its_intervention_until_it_is_told() -> None:
    proposed = clock("NOTICE_20")
    assert (rows(proposed).clock, rows(proposed).due_on) == (True, DUE)
    told = rows(proposed, entered("NOTICE_20"), passed("NOTICE_20"))
    assert (told.clock, told.due_on, told.stages[0].past_due_on) == (True, None, DUE)
    for done in (but(StageFulfilled, stage="NOTICE_20"), but(StageUnsupported, stage="NOTICE_20")):
        after = rows(proposed, entered("NOTICE_20"), done)
        assert (after.clock, after.due_on) == (False, None)
    of_another = but(DuePassed, stage="NOTICE_20", due_on=DUE, firing=2)
    assert rows(proposed, of_another).due_on == DUE


def test_only_school_days_can_be_moved_by_a_calendar() -> None:
    assert line(clock("NOTICE_20")).due_school_days == 5
    for stage in (clock("NOTICE_20", forthwith=True), clock("NOTICE_20", due_days=7)):
        assert line(stage).due_school_days is None


def test_a_stop_ends_the_clocks_that_it_reaches() -> None:
    stopped = but(InterventionStopped, reason=StopReason.CASE_CLOSED, kept=("NOTICE_20",))
    for stops, runs in ((None, False), (("CASE_CLOSED",), False), (("LEFT_ROLL",), True)):
        proposed = clock("NOTICE_20", stops=stops)
        assert rows(proposed, entered("NOTICE_20"), stopped).clock is runs
        assert rows(proposed, stopped).clock is runs


def test_what_was_done_late_says_so() -> None:
    history = (clock("NOTICE_20"), entered("NOTICE_20"), passed("NOTICE_20"))
    for fact in (
        but(StageFulfilled, stage="NOTICE_20", late=True),
        but(LetterSent, stage="NOTICE_20", late=True),
        but(MeetingArranged, stage="NOTICE_20", late=True),
    ):
        assert (line(*history, fact).done, line(*history, fact).late) == (True, True)
    in_time = (clock("NOTICE_20"), entered("NOTICE_20"), but(StageFulfilled, stage="NOTICE_20"))
    assert (line(*in_time).done, line(*in_time).late) == (True, False)
    assert rows(but(LetterSent, stage="LETTER_9")).stages == ()


def test_a_last_day_that_moved_shows_and_what_was_told_is_taken_back() -> None:
    moved = but(DueMoved, stage="NOTICE_20", due_on=LATER)
    again = but(DueMoved, stage="NOTICE_20", due_on=LATER, runs_again=True)
    told = (clock("NOTICE_20"), passed("NOTICE_20", ""))
    assert line(clock("NOTICE_20"), moved).due_on == LATER
    assert (line(*told, moved).past_due_on, line(*told, again).past_due_on) == (DUE, None)
    (waits,) = asked(*told, again)
    assert (waits.action, waits.due_on, waits.told_past_due_at) == (
        Action.APPROVE_STAGE,
        LATER,
        None,
    )


def test_what_is_past_due_is_asked_of_its_owner() -> None:
    """001-105: a queue with an owner and a due date."""
    (proposal,) = asked(clock("NOTICE_20"), passed("NOTICE_20", ""))
    assert (proposal.action, proposal.told_past_due_at, proposal.asked) == (
        Action.APPROVE_STAGE,
        NOW,
        None,
    )
    (duty,) = asked(clock("NOTICE_20"), entered("NOTICE_20"), passed("NOTICE_20"))
    assert (duty.action, duty.due_on, duty.asked) == (Action.FULFIL_DUTY, DUE, STAFF)
    assert duty.told_past_due_at == NOW


def test_a_letter_that_is_not_posted_in_time_has_a_line_beside_the_letters_own() -> None:
    late = (clock("LETTER_1"), entered("LETTER_1"), passed("LETTER_1"))
    (task,) = asked(*late)
    assert (task.action, task.stage, task.asked) == (Action.SEE_TO_PAST_DUE, "LETTER_1", STAFF)
    assert asked(*late, but(LetterSent, stage="LETTER_1")) == []
    back = but(DueMoved, stage="LETTER_1", due_on=LATER, runs_again=True)
    assert asked(*late, back) == []
    assert asked(*late, example(InterventionStopped)) == []
    (approved_late,) = asked(clock("LETTER_1"), passed("LETTER_1", ""), entered("LETTER_1"))
    assert (approved_late.action, approved_late.asked) == (Action.SEE_TO_PAST_DUE, STAFF)


def test_a_moved_day_of_a_stage_that_asks_nothing_or_a_review_changes_no_line() -> None:
    moved = but(DueMoved, stage="LETTER_1", due_on=LATER)
    assert asked(clock("LETTER_1"), entered("LETTER_1"), moved) == []
    lost = but(StageUnsupported, stage="LETTER_1", owner=STAFF)
    (review,) = asked(clock("LETTER_1"), entered("LETTER_1"), lost, moved)
    assert (review.action, review.due_on) == (Action.REVIEW_CORRECTION, None)
