"""A named person posts a letter, and the last look may find it void."""

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionGranted
from domain.intervention.events import InterventionOpened, StageEntered, StageUnsupported
from domain.letter.aggregate import Letter
from domain.letter.commands import ConfirmPosted
from domain.letter.events import (
    LetterPosted,
    LetterRendered,
    LetterRequested,
    LetterWithdrawn,
    WithdrawReason,
)
from domain.letter.refusals import LetterGone, LetterNotRendered, PostedByPersonOnly
from tests.support.examples import but, example
from tests.support.scenario import STAFF, Setting, given, world

REQUESTED = example(LetterRequested)
RENDERED = example(LetterRendered)
READY = (REQUESTED, RENDERED)
POST = example(ConfirmPosted)
BY_STAFF = world(actor=STAFF)
ENTERED = (example(InterventionOpened), example(StageEntered))
CORRECTED = [*ENTERED, example(StageUnsupported)]
CLOSED = [example(CaseOpened), example(CaseClosed)]
EXEMPT = [example(ExemptionGranted)]


def test_a_person_posts_a_letter_once() -> None:
    given(Letter, *READY, world=BY_STAFF).when(POST).then(example(LetterPosted)).when(
        POST
    ).ignored()


@pytest.mark.parametrize("actor", ["system", "integration:post"])
def test_software_posts_nothing(actor: str) -> None:
    given(Letter, *READY, world=world(actor=actor)).when(POST).refused(PostedByPersonOnly)


def test_a_letter_without_a_pdf_is_not_posted() -> None:
    given(Letter, REQUESTED, world=BY_STAFF).when(POST).refused(LetterNotRendered)


def test_a_withdrawn_letter_is_not_posted() -> None:
    given(Letter, *READY, example(LetterWithdrawn), world=BY_STAFF).when(POST).refused(LetterGone)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (world(actor=STAFF, case=CLOSED), WithdrawReason.CASE_CLOSED),
        (world(actor=STAFF, exemption=EXEMPT), WithdrawReason.EXEMPTION_FLAG),
        (
            world(actor=STAFF, intervention=CORRECTED),
            WithdrawReason.NOT_SUPPORTED_BY_REGISTER,
        ),
        (world(actor=STAFF, case=CLOSED, exemption=EXEMPT), WithdrawReason.CASE_CLOSED),
    ],
    ids=["case closed", "exempt", "corrected register", "closed and exempt"],
)
def test_a_letter_that_lost_its_cause_is_withdrawn_instead_of_posted(
    setting: Setting, reason: WithdrawReason
) -> None:
    given(Letter, *READY, world=setting).when(POST).then(LetterWithdrawn(reason))


def test_a_correction_of_another_stage_does_not_hold_a_letter_back() -> None:
    other = [*ENTERED, but(StageUnsupported, stage="LETTER_2")]
    given(Letter, *READY, world=world(actor=STAFF, intervention=other)).when(POST).then(
        example(LetterPosted)
    )
