"""Guards: what software finds, what a person answers, and what is frozen with the stage."""

from datetime import date
from typing import Final

import pytest
from msgspec.structs import replace

from domain.intervention import refusals as r
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, ProposeStage
from domain.intervention.events import (
    AttemptLogged,
    InterventionOpened,
    LetterSent,
    StageEntered,
    StageFulfilled,
    StageProposed,
    StageUnsupported,
)
from domain.intervention.reasons import AttemptWay
from domain.kernel.facts import Event
from domain.shared.guards import Answer, Finding, Guard, GuardBy, Vouched
from domain.shared.stages import Approval, Stage
from tests.support.examples import LETTER_1, REASON_REF, TODAY, but, example
from tests.support.scenario import NOW, STAFF, given, world

OPENED = example(InterventionOpened)
BY_STAFF = world(actor=STAFF)
NO_N: Final = Guard(name="NO_N_MARKS", by=GuardBy.REGISTER)
TWICE: Final = Guard(name="MAX_2", by=GuardBy.PERSON, asks="Is it at most the second?")
HOME: Final = Guard(name="NOT_HOMELESS", by=GuardBy.PERSON, asks="Not homeless?", special=True)
CLEAN: Final = Finding(guard="NO_N_MARKS", met=True, counted=0)
DIRTY: Final = Finding(guard="NO_N_MARKS", met=False, counted=3, window_from=TODAY, window_to=TODAY)
GUARDED = but(StageProposed, guards=(NO_N, TWICE, HOME), findings=(CLEAN,))
YES = (Answer(guard="MAX_2", yes=True), Answer(guard="NOT_HOMELESS", yes=True))


def approve(*answers: Answer, finding: Finding = CLEAN) -> ApproveStage:
    return but(ApproveStage, answers=answers, findings=(finding,), answers_ref=REASON_REF)


def test_what_was_found_and_answered_is_frozen_and_special_answers_are_not_in_it() -> None:
    """ARCHITECTURE 9.7: an answer about a child's home lies in the vault; the fact refers to it."""
    frozen = (
        Vouched(guard="NO_N_MARKS", by=GuardBy.REGISTER, at=NOW, counted=0),
        Vouched(guard="MAX_2", by=GuardBy.PERSON, at=NOW, who=STAFF),
    )
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(approve(*YES)).then(
        but(StageEntered, approved_by=STAFF, guards=frozen, answers_ref=REASON_REF)
    )


def test_each_unanswered_guard_is_named_with_its_question() -> None:
    missing = [{"guard": "MAX_2", "asks": "Is it at most the second?"}]
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(approve(YES[1])).refused(
        r.GuardsUnanswered, guards=missing
    )
    both = [*missing, {"guard": "NOT_HOMELESS", "asks": "Not homeless?"}]
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(approve()).refused(
        r.GuardsUnanswered, guards=both
    )


def test_a_no_lets_nobody_in() -> None:
    no = (YES[0], Answer(guard="NOT_HOMELESS", yes=False))
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(approve(*no)).refused(
        r.GuardDenied, guards=["NOT_HOMELESS"]
    )


@pytest.mark.parametrize("name", ["NO_N_MARKS", "NOBODY_ASKED"])
def test_what_is_not_asked_of_a_person_is_not_answered(name: str) -> None:
    """Nobody may say in place of the register that no N is left."""
    said = (*YES, Answer(guard=name, yes=True))
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(approve(*said)).refused(
        r.GuardUnknown, guards=[name]
    )


def test_the_register_is_asked_again_at_approval() -> None:
    counted = {"counted": 3, "window_from": "2025-09-23", "window_to": "2025-09-23"}
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(
        approve(*YES, finding=DIRTY)
    ).refused(r.GuardNotMet, guards=[{"guard": "NO_N_MARKS", **counted}])
    silent = but(ApproveStage, answers=YES)
    given(InterventionInstance, OPENED, GUARDED, world=BY_STAFF).when(silent).refused(
        r.GuardNotMet, guards=[{"guard": "NO_N_MARKS"}]
    )


def test_the_rules_propose_nothing_whose_guard_is_not_met() -> None:
    wish = but(ProposeStage, guards=(NO_N,), findings=(DIRTY,))
    given(InterventionInstance).when(wish).refused(r.GuardNotMet)


def test_a_question_to_a_person_holds_back_what_would_be_entered_by_itself() -> None:
    auto = replace(LETTER_1, approval=Approval.AUTO)
    wish = but(ProposeStage, stage=auto, guards=(TWICE,))
    proposed = but(StageProposed, stage=auto, guards=(TWICE,))
    given(InterventionInstance).when(wish).then(OPENED, proposed)
    alone = given(InterventionInstance).when(replace(wish, guards=()))
    assert type(alone.facts[-1]) is StageEntered


CONFERENCE: Final = Guard(name="CONFERENCE_ATTEMPTED", by=GuardBy.FACTS)
REPORT = but(StageEntered, stage="TRUANCY_NOTICE_1", track="TRUANCY")
TRIED = example(AttemptLogged)
NOTICE_3: Final = Stage(type="N3", order=4, track="TRUANCY", approval=Approval.HEAD)


@pytest.mark.parametrize(
    ("history", "met"),
    [
        ((REPORT, TRIED), True),
        ((REPORT, replace(TRIED, way=AttemptWay.EMAIL)), True),
        ((TRIED,), False),
        ((REPORT,), False),
        ((REPORT, replace(TRIED, way=AttemptWay.LETTER)), False),
        ((REPORT, replace(TRIED, everybody=False)), False),
        ((REPORT, replace(TRIED, after=("CONFERENCE",))), False),
        ((REPORT, replace(TRIED, made_on=date(2025, 9, 22))), False),
        ((replace(REPORT, track="OTHER"), TRIED), False),
        ((REPORT, TRIED, but(StageUnsupported, stage="TRUANCY_NOTICE_1")), False),
    ],
    ids=[
        *("by phone after the report", "by e-mail", "no report", "no attempt", "by letter"),
        *("without the pupil", "before the report", "a day before", "no report of truancy"),
        "the report lost its cause",
    ],
)
def test_a_conscientious_effort_is_an_attempt_after_a_report(
    history: tuple[Event, ...], *, met: bool
) -> None:
    """California Education Code 48262 (DOMAIN 3.3): by e-mail or phone, after a report."""
    wish = but(ProposeStage, stage=NOTICE_3, guards=(CONFERENCE,))
    story = given(InterventionInstance, OPENED, *history).when(wish)
    assert (story.refusal is None) is met
    if not met:
        story.refused(r.GuardNotMet, guards=[{"guard": "CONFERENCE_ATTEMPTED", "counted": 0}])


NOTICES = tuple(
    but(StageEntered, stage=name, track="TRUANCY")
    for name in ("TRUANCY_NOTICE_1", "TRUANCY_NOTICE_2", "HABITUAL_TRUANT_NOTICE_3")
)
SENT = tuple(but(LetterSent, stage=one.stage) for one in NOTICES[:2])
DONE = but(StageFulfilled, stage="HABITUAL_TRUANT_NOTICE_3")
DOCUMENTED: Final = Guard(name="NOTICES_1_2_3_DOCUMENTED", by=GuardBy.FACTS)
MEASURES: Final = Guard(name="PREVENTION_MEASURES_DOCUMENTED", by=GuardBy.FACTS)
APPLIED = but(StageEntered, stage="PREVENTION_MEASURES", track="PREVENTION")


@pytest.mark.parametrize(
    ("guard", "history", "met"),
    [
        (DOCUMENTED, (*NOTICES, *SENT, DONE), True),
        (DOCUMENTED, (*NOTICES, *SENT), False),
        (DOCUMENTED, (*NOTICES[:2], *SENT, DONE), False),
        (MEASURES, (APPLIED, but(StageFulfilled, stage="PREVENTION_MEASURES")), True),
        (MEASURES, (APPLIED,), False),
        (MEASURES, (but(LetterSent, stage="LETTER_1"),), False),
    ],
)
def test_what_is_on_record_meets_a_guard(
    guard: Guard, history: tuple[Event, ...], *, met: bool
) -> None:
    """48263.6 and Texas 25.0915: letters that went, and what a person says was done."""
    wish = but(ProposeStage, guards=(guard,))
    story = given(InterventionInstance, OPENED, *history).when(wish)
    assert (story.refusal is None) is met


def test_a_guard_of_facts_that_nobody_knows_is_never_met() -> None:
    strange = Guard(name="OF_A_LATER_RELEASE", by=GuardBy.FACTS)
    wish = but(ProposeStage, guards=(strange,))
    given(InterventionInstance).when(wish).refused(r.GuardNotMet)
