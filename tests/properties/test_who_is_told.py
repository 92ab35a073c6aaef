"""Whatever the register says and leaves unsaid, nobody is told who must not be, nor forgotten."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.contact import Purpose
from domain.shared.ids import GuardianId
from domain.shared.recipients import Against, Contact, Recipients, recipients

TODAY = date(2025, 9, 23)
UNSAID = st.sampled_from([True, False, None])
CONTACTS = st.lists(
    st.builds(
        Contact,
        guardian=st.integers(1, 6).map(lambda n: GuardianId(UUID(int=n))),
        priority=st.none() | st.integers(1, 3),
        may_receive_info=UNSAID,
        has_parental_responsibility=UNSAID,
        no_contact=st.booleans(),
        no_contact_until=st.none() | st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n)),
    ),
    unique_by=lambda one: one.guardian,
    max_size=6,
)
Decide = Callable[[Iterable[Contact], Purpose, date], Recipients]


def check(decide: Decide, contacts: list[Contact], purpose: Purpose) -> None:
    """Compare a decision with what is said here in other words."""
    found = decide(contacts, purpose, TODAY)
    left = {one.guardian: one.reason for one in found.left_out}
    assert sorted([*found.guardians, *left]) == sorted(one.guardian for one in contacts)
    for one in contacts:
        flagged = one.no_contact and (one.no_contact_until or date.max) >= TODAY
        told = one.guardian in found.guardians
        assert not (told and flagged), "a flag holds"
        assert not told or one.may_receive_info is True, "unknown is not yes"
        if one.may_receive_info is None and not flagged:
            assert left[one.guardian] is Against.RIGHT_UNKNOWN, "unknown is not no"
        if purpose is Purpose.STATUTORY_NOTICE:
            assert not told or one.has_parental_responsibility is not None
    places = [one.priority or 99 for one in found.told]
    assert places == sorted(places)


@given(CONTACTS, st.sampled_from(Purpose))
def test_everybody_is_decided_about_once_and_nobody_by_guess(
    contacts: list[Contact], purpose: Purpose
) -> None:
    check(recipients, contacts, purpose)


@given(CONTACTS, st.randoms(use_true_random=False))
def test_the_order_of_the_file_decides_nothing(contacts: list[Contact], dice: object) -> None:
    mixed = list(contacts)
    dice.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    assert recipients(mixed, Purpose.NUDGE, TODAY) == recipients(contacts, Purpose.NUDGE, TODAY)


def _careless(contacts: Iterable[Contact], purpose: Purpose, today: date) -> Recipients:
    """Take null for a yes, as a naive implementation does."""
    said = (
        Contact(
            one.guardian,
            one.priority,
            may_receive_info=one.may_receive_info is not False,
            has_parental_responsibility=True,
        )
        for one in contacts
    )
    return recipients(said, purpose, today)


def test_a_decision_that_takes_null_for_a_yes_is_found_out() -> None:
    """The control."""

    @settings(derandomize=True, max_examples=200, database=None, report_multiple_bugs=False)
    @given(CONTACTS, st.sampled_from(Purpose))
    def careless(contacts: list[Contact], purpose: Purpose) -> None:
        check(_careless, contacts, purpose)

    with pytest.raises(AssertionError):
        careless()
