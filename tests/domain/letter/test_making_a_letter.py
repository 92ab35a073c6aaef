"""A letter is asked for once and made once (001-250)."""

from uuid import UUID

import pytest

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.letter.aggregate import Letter
from domain.letter.commands import (
    ConfirmPosted,
    RecordRendered,
    RecordRenderingFailed,
    RequestLetter,
    WithdrawLetter,
)
from domain.letter.events import (
    LetterPosted,
    LetterRendered,
    LetterRenderingFailed,
    LetterRequested,
    LetterWithdrawn,
)
from domain.letter.refusals import LetterUnknown
from domain.shared.ids import LetterId
from tests.support.examples import but, example
from tests.support.scenario import given, world

REQUESTED = example(LetterRequested)
RENDERED = example(LetterRendered)
FAILED = example(LetterRenderingFailed)
WITHDRAWN = example(LetterWithdrawn)
POSTED = example(LetterPosted)


def test_a_letter_is_asked_for_once_with_the_numbers_behind_it() -> None:
    given(Letter).when(example(RequestLetter)).then(REQUESTED).when(
        but(RequestLetter, numbers=())
    ).ignored()


@pytest.mark.parametrize(
    ("earlier", "made"),
    [((REQUESTED,), False), ((REQUESTED, RENDERED, POSTED), False), ((REQUESTED, WITHDRAWN), True)],
    ids=["still to come", "posted", "withdrawn"],
)
def test_a_letter_comes_instead_of_a_withdrawn_one_only(
    earlier: tuple[Event, ...], *, made: bool
) -> None:
    instead = but(RequestLetter, instead_of=LetterId(UUID(int=77)))
    asked = given(Letter, world=world(letter=earlier)).when(instead)
    if made:
        asked.then(REQUESTED)
    else:
        asked.ignored()


def test_a_letter_is_made_once_and_known_by_the_hash_of_its_bytes() -> None:
    given(Letter, REQUESTED).when(example(RecordRendered)).then(RENDERED).when(
        but(RecordRendered, size_bytes=1)
    ).ignored()


def test_a_withdrawn_letter_is_not_made_any_more() -> None:
    given(Letter, REQUESTED, WITHDRAWN).when(example(RecordRendered)).ignored()


def test_a_letter_that_cannot_be_made_says_each_cause_once() -> None:
    failed = given(Letter, REQUESTED).when(example(RecordRenderingFailed)).then(FAILED)
    failed.when(example(RecordRenderingFailed)).ignored()
    failed.when(but(RecordRenderingFailed, cause="FONT_MISSING")).then(
        LetterRenderingFailed("FONT_MISSING")
    )


def test_a_letter_may_be_made_after_it_failed_and_does_not_fail_after_that() -> None:
    given(Letter, REQUESTED, FAILED).when(example(RecordRendered)).then(RENDERED).when(
        but(RecordRenderingFailed, cause="FONT_MISSING")
    ).ignored()


def test_a_letter_is_withdrawn_once_until_it_is_posted() -> None:
    given(Letter, REQUESTED, RENDERED).when(example(WithdrawLetter)).then(WITHDRAWN).when(
        example(WithdrawLetter)
    ).ignored()
    given(Letter, REQUESTED, RENDERED, POSTED).when(example(WithdrawLetter)).ignored()


@pytest.mark.parametrize(
    "command",
    [
        example(RecordRendered),
        example(RecordRenderingFailed),
        example(WithdrawLetter),
        example(ConfirmPosted),
    ],
)
def test_a_letter_that_was_never_asked_for_is_unknown(command: Command) -> None:
    given(Letter).when(command).refused(LetterUnknown)
