"""A case is opened once, rises, and closes once."""

import pytest

from domain.case.aggregate import Case
from domain.case.commands import CloseCase, OpenCase, RaiseTier
from domain.case.events import CaseClosed, CaseOpened, CaseTierRaised
from domain.case.refusals import CaseUnknown
from tests.support.examples import CASE, but, example
from tests.support.scenario import given

OPENED = example(CaseOpened)
CLOSED = example(CaseClosed)


def test_a_case_is_opened_with_its_student() -> None:
    given(Case).when(example(OpenCase)).then(OPENED)


def test_opening_a_case_again_is_ignored_even_when_it_is_closed() -> None:
    given(Case, OPENED).when(example(OpenCase)).ignored()
    given(Case, OPENED, CLOSED).when(example(OpenCase)).ignored()


def test_a_case_rises_in_tiers_and_never_falls() -> None:
    raised = given(Case, OPENED).when(RaiseTier(CASE, 3)).then(CaseTierRaised(3))
    raised.when(RaiseTier(CASE, 2)).ignored()
    raised.when(RaiseTier(CASE, 3)).ignored()


def test_a_new_case_is_in_its_first_tier() -> None:
    given(Case, OPENED).when(RaiseTier(CASE, 1)).ignored()


def test_a_closed_case_does_not_rise() -> None:
    given(Case, OPENED, CLOSED).when(example(RaiseTier)).ignored()


def test_a_case_closes_once_and_says_whose_it_was() -> None:
    closed = given(Case, OPENED).when(example(CloseCase)).then(CLOSED)
    closed.when(but(CloseCase, reason="MOVED_AWAY")).ignored()


@pytest.mark.parametrize("command", [example(RaiseTier), example(CloseCase)])
def test_a_case_that_was_never_opened_is_unknown(command: RaiseTier | CloseCase) -> None:
    given(Case).when(command).refused(CaseUnknown)
