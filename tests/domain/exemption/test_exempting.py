"""Days on which rules leave a student alone."""

from datetime import date
from uuid import UUID

from domain.exemption.aggregate import Exemptions
from domain.exemption.commands import EndExemption, GrantExemption
from domain.exemption.events import ExemptionEnded, ExemptionGranted
from domain.exemption.refusals import ExemptionEndsBeforeStart, ExemptionUnknown
from tests.support.examples import TODAY, but, example
from tests.support.scenario import given

GRANTED = example(ExemptionGranted)
ENDED = example(ExemptionEnded)
LAST_DAY = date(2025, 10, 3)


def test_an_exemption_is_granted_once() -> None:
    given(Exemptions).when(example(GrantExemption)).then(GRANTED).when(
        example(GrantExemption)
    ).ignored()


def test_an_exemption_may_last_one_day() -> None:
    given(Exemptions).when(but(GrantExemption, until=TODAY)).then(
        but(ExemptionGranted, until=TODAY)
    )


def test_an_exemption_that_ends_before_it_begins_is_refused() -> None:
    given(Exemptions).when(but(GrantExemption, until=date(2025, 9, 22))).refused(
        ExemptionEndsBeforeStart
    )


def test_an_exemption_covers_its_first_and_its_last_day() -> None:
    held = Exemptions.replay([GRANTED])
    covered = [held.holds_on(day) for day in (date(2025, 9, 22), TODAY, LAST_DAY)]
    assert covered == [False, True, True]
    assert not held.holds_on(date(2025, 10, 4))


def test_an_exemption_without_an_end_holds_until_it_is_ended() -> None:
    endless = but(ExemptionGranted, until=None)
    assert Exemptions.replay([endless]).holds_on(date(2026, 6, 26))
    assert not Exemptions.replay([endless, ENDED]).holds_on(TODAY)


def test_an_exemption_is_ended_once_and_not_granted_again_under_its_id() -> None:
    ended = given(Exemptions, GRANTED).when(example(EndExemption)).then(ENDED)
    ended.when(example(EndExemption)).ignored()
    ended.when(example(GrantExemption)).ignored()


def test_ending_one_exemption_leaves_the_others() -> None:
    other = but(ExemptionGranted, exemption=UUID(int=7))
    assert Exemptions.replay([GRANTED, other, ENDED]).holds_on(TODAY)


def test_an_exemption_that_was_never_granted_is_unknown() -> None:
    given(Exemptions).when(example(EndExemption)).refused(ExemptionUnknown)


def test_why_an_exemption_was_granted_is_a_reference_and_no_words() -> None:
    assert isinstance(GRANTED.reason_ref, UUID)
