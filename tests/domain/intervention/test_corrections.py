"""A late correction to the register is honoured, before and after a stage was entered."""

from datetime import timedelta

import pytest

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import (
    ExplainAbsence,
    ProposeStage,
    ReinstateStage,
    ReviewCorrection,
    WithdrawStage,
)
from domain.intervention.events import (
    AbsenceExplained,
    CorrectionReviewed,
    InterventionOpened,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageReinstated,
    StageUnsupported,
    StageWithdrawn,
)
from domain.intervention.refusals import ApprovalByPersonOnly, NothingToReview
from domain.kernel.facts import Event
from tests.support.examples import STUDENT, but, example
from tests.support.scenario import STAFF, given, world

OPENED = example(InterventionOpened)
PROPOSED = example(StageProposed)
ENTERED = example(StageEntered)
WITHDRAWN = example(StageWithdrawn)
UNSUPPORTED = but(StageUnsupported, student_id=STUDENT)
WITHDRAW = example(WithdrawStage)


def test_before_entry_the_proposal_is_withdrawn_once() -> None:
    given(InterventionInstance, OPENED, PROPOSED).when(WITHDRAW).then(WITHDRAWN).when(
        WITHDRAW
    ).ignored()


def test_after_entry_the_stage_stays_on_record_as_unsupported_once() -> None:
    """Trap 29: a fired stage is neither deleted nor overwritten; the lost cause is added."""
    given(InterventionInstance, OPENED, PROPOSED, ENTERED).when(WITHDRAW).then(UNSUPPORTED).when(
        WITHDRAW
    ).ignored()


@pytest.mark.parametrize("history", [(), (OPENED,), (OPENED, PROPOSED, example(StageDeclined))])
def test_where_nothing_was_proposed_there_is_nothing_to_withdraw(
    history: tuple[Event, ...],
) -> None:
    given(InterventionInstance, *history).when(WITHDRAW).ignored()


def test_a_further_correction_gives_the_cause_back_each_time_it_was_lost() -> None:
    """Trap 29: retract, keep, re-arm, as often as the register changes its mind."""
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED)
    story.when(example(ReinstateStage)).ignored()
    story.when(WITHDRAW).then(UNSUPPORTED)
    assert not story.state.supports("LETTER_1", ENTERED.entered_on)
    story.when(example(ReinstateStage)).then(example(StageReinstated))
    assert story.state.supports("LETTER_1", ENTERED.entered_on)
    story.when(WITHDRAW).then(but(StageUnsupported, student_id=STUDENT, again=1))
    story.when(example(ReinstateStage)).then(but(StageReinstated, again=2))


AGAIN = but(StageProposed, firing=2)
LATER = ENTERED.entered_on + timedelta(days=40)
# What was proposed instead of the first firing has become the same thing twice.
WITHDRAWN_AGAIN = but(StageWithdrawn, numbers=example(ReinstateStage).numbers, known_at=63)


def test_a_correction_of_a_further_firing_leaves_the_entry_before_it() -> None:
    """Said twice, it takes back the proposal that it names, and not also the older entry."""
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN)
    second = but(WithdrawStage, firing=2)
    story.when(second).then(WITHDRAWN).when(second).ignored()
    assert story.state.carries("LETTER_1")
    story.when(WITHDRAW).then(UNSUPPORTED)
    assert not story.state.carries("LETTER_1")


def test_an_older_entry_loses_its_cause_beside_a_newer_one() -> None:
    """An old spell that is learned of after a newer one fired: what waits or stands is another."""
    waits = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN)
    waits.when(WITHDRAW).then(UNSUPPORTED).when(WITHDRAW).ignored()
    waits.when(example(ReinstateStage)).then(WITHDRAWN_AGAIN, example(StageReinstated))
    later = but(StageEntered, firing=2, entered_on=LATER)
    both = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN, later)
    both.when(WITHDRAW).then(UNSUPPORTED)
    assert both.state.carries("LETTER_1")
    assert not both.state.supports("LETTER_1", ENTERED.entered_on)
    assert both.state.supports("LETTER_1", LATER)
    second = but(StageUnsupported, student_id=STUDENT, firing=2)
    both.when(but(WithdrawStage, firing=2)).then(second)
    assert not both.state.carries("LETTER_1")
    both.when(but(ReinstateStage, firing=2)).then(
        but(StageReinstated, firing=2, entered_on=LATER, again=1)
    )
    assert both.state.carries("LETTER_1")


def test_what_is_armed_for_a_later_window_waits_for_a_reason_of_its_own() -> None:
    """The first firing gets its cause back; the second is about another term."""
    next_term = but(StageProposed, firing=2, anchor=LATER)
    lost = (OPENED, PROPOSED, ENTERED, UNSUPPORTED, next_term)
    given(InterventionInstance, *lost).when(example(ReinstateStage)).then(example(StageReinstated))


def test_a_firing_that_lost_its_cause_leaves_the_stage_as_the_one_before_it_did() -> None:
    """What the register took back is armed again, but not behind the firing that still counts."""
    later = but(StageEntered, firing=2, entered_on=LATER)
    lost = but(StageUnsupported, student_id=STUDENT, firing=2)
    story = (OPENED, PROPOSED, ENTERED, AGAIN, later, lost)
    given(InterventionInstance, *story).when(but(ProposeStage, anchor=None)).ignored()
    given(InterventionInstance, *story).when(but(ProposeStage, anchor=LATER)).then(
        but(StageProposed, firing=3, anchor=LATER)
    )
    both_lost = (*story, UNSUPPORTED)
    given(InterventionInstance, *both_lost).when(but(ProposeStage, anchor=None)).then(
        but(StageProposed, firing=3, anchor=None)
    )


def test_older_facts_that_do_not_know_their_firing_are_about_the_latest() -> None:
    later = but(StageEntered, firing=2, entered_on=LATER)
    nameless = but(StageUnsupported, student_id=STUDENT, firing=7)
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN, later, nameless)
    assert story.state.supports("LETTER_1", ENTERED.entered_on)
    assert not story.state.supports("LETTER_1", LATER)
    assert story.state.supports("LETTER_2", LATER)


def test_what_was_proposed_instead_is_taken_back_with_the_cause() -> None:
    both = (OPENED, PROPOSED, ENTERED, UNSUPPORTED, PROPOSED)
    given(InterventionInstance, *both).when(example(ReinstateStage)).then(
        but(StageWithdrawn, numbers=example(ReinstateStage).numbers, known_at=63),
        example(StageReinstated),
    )


def test_whoever_approved_the_stage_is_asked_to_look() -> None:
    approved = but(StageEntered, approved_by=STAFF)
    given(InterventionInstance, OPENED, PROPOSED, approved).when(WITHDRAW).then(
        but(StageUnsupported, student_id=STUDENT, owner=STAFF)
    )


def test_a_named_person_reviews_a_correction_once() -> None:
    lost = (OPENED, PROPOSED, ENTERED, UNSUPPORTED)
    review = example(ReviewCorrection)
    given(InterventionInstance, *lost).when(review).refused(ApprovalByPersonOnly)
    by_staff = world(actor=STAFF)
    given(InterventionInstance, *lost, world=by_staff).when(review).then(
        but(CorrectionReviewed, firing=1)
    ).when(review).ignored()
    later = but(StageEntered, firing=2, entered_on=LATER)
    second = but(StageUnsupported, student_id=STUDENT, firing=2)
    given(InterventionInstance, *lost, AGAIN, later, second, world=by_staff).when(review).then(
        but(CorrectionReviewed, firing=1), but(CorrectionReviewed, firing=2)
    )
    given(InterventionInstance, OPENED, PROPOSED, ENTERED, world=by_staff).when(review).refused(
        NothingToReview, stage="LETTER_1"
    )


EXPLAIN = but(ExplainAbsence, stage="LETTER_1")
EXPLAINED = but(AbsenceExplained, stage="LETTER_1")


def test_an_explained_absence_lets_its_contact_rest_once() -> None:
    """Trap 26: what was asked for is no mistake, and what nobody has decided lapses quietly."""
    given(InterventionInstance, OPENED).when(EXPLAIN).ignored()
    for history in ((OPENED, PROPOSED), (OPENED, PROPOSED, ENTERED)):
        told = given(InterventionInstance, *history).when(EXPLAIN).then(EXPLAINED)
        told.when(EXPLAIN).ignored()
    lost = (OPENED, PROPOSED, ENTERED, UNSUPPORTED)
    given(InterventionInstance, *lost).when(EXPLAIN).ignored()


def test_an_explanation_of_a_further_contact_is_none_of_the_one_before() -> None:
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN)
    second = but(ExplainAbsence, stage="LETTER_1", firing=2)
    story.when(second).then(but(AbsenceExplained, stage="LETTER_1", firing=2))
    story.when(second).ignored()
    story.when(EXPLAIN).then(EXPLAINED)


def test_an_older_contact_is_explained_beside_a_newer_one() -> None:
    """Trap 26: a note about last week answers last week's text, and today's still asks."""
    later = but(StageEntered, firing=2, entered_on=LATER)
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED, AGAIN, later)
    story.when(EXPLAIN).then(EXPLAINED).when(EXPLAIN).ignored()
    assert story.state.silences("LETTER_1", 1) == "VALID_REASON"
    assert story.state.silences("LETTER_1", 2) == ""


def test_a_contact_that_was_explained_may_still_lose_its_cause() -> None:
    story = given(InterventionInstance, OPENED, PROPOSED, ENTERED, EXPLAINED)
    story.when(WITHDRAW).then(UNSUPPORTED)


def test_a_proposal_that_was_explained_may_be_made_again() -> None:
    given(InterventionInstance, OPENED, PROPOSED, EXPLAINED).when(example(ProposeStage)).then(
        PROPOSED
    )
