"""Who is told about a child, and who is not, and why."""

from datetime import date
from uuid import UUID

import pytest

from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId, HouseholdId
from domain.shared.recipients import (
    Against,
    Contact,
    LeftOut,
    Reach,
    Recipients,
    on_one_address,
    recipients,
)

TODAY = date(2025, 9, 23)
MOTHER, FATHER, AUNT = (GuardianId(UUID(int=n)) for n in (3, 2, 1))
HOME = HouseholdId(UUID(int=9))


def may(guardian: GuardianId, priority: int | None = None, **known: object) -> Contact:
    given = {"may_receive_info": True, "has_parental_responsibility": True} | known
    return Contact(guardian, priority, **given)  # type: ignore[arg-type]  # the fields of a contact


def decided(*contacts: Contact, purpose: Purpose = Purpose.NUDGE) -> Recipients:
    return recipients(contacts, purpose, TODAY)


def test_those_with_a_right_to_know_are_told_in_the_order_of_the_school() -> None:
    """Trap 33: not the first of the list, but by priority among those who may know."""
    told = decided(may(AUNT), may(FATHER, 2), may(MOTHER, 1))
    assert told.guardians == (MOTHER, FATHER, AUNT)
    assert told.left_out == ()


def test_the_first_in_the_list_is_not_told_without_the_right_to_know() -> None:
    """Trap 33."""
    told = decided(may(AUNT, 1, may_receive_info=False), may(MOTHER, 2))
    assert told.guardians == (MOTHER,)
    assert told.left_out == (LeftOut(AUNT, Against.NO_RIGHT_TO_KNOW),)


@pytest.mark.parametrize(
    ("until", "forbidden"),
    [(None, True), (date(2025, 9, 23), True), (date(2025, 9, 22), False)],
    ids=["for good", "its last day", "over"],
)
def test_a_no_contact_flag_forbids_until_its_last_day(
    until: date | None,
    forbidden: bool,
) -> None:
    """Trap 33: a flag beats every right to know, also that of the first in the list."""
    flagged = may(FATHER, 1, no_contact=True, no_contact_until=until)
    told = decided(flagged, may(MOTHER, 2))
    assert told.guardians == ((MOTHER,) if forbidden else (FATHER, MOTHER))
    expected = (LeftOut(FATHER, Against.NO_CONTACT, until),) if forbidden else ()
    assert told.left_out == expected


def test_an_unknown_right_is_neither_yes_nor_no_but_a_question() -> None:
    """Trap 34: nobody is told by guess, and nobody is dropped in silence."""
    told = decided(may(FATHER, 1, may_receive_info=None), may(MOTHER, 2))
    assert told.guardians == (MOTHER,)
    assert told.to_ask == told.left_out == (LeftOut(FATHER, Against.RIGHT_UNKNOWN),)


def test_responsibility_that_nobody_told_us_of_is_asked_before_a_notice() -> None:
    """Trap 34: null is not false (nobody is told) and not true (the wrong person is served)."""
    unsaid = may(FATHER, 1, has_parental_responsibility=None)
    notice = decided(unsaid, purpose=Purpose.STATUTORY_NOTICE)
    assert notice.guardians == ()
    assert notice.to_ask == (LeftOut(FATHER, Against.RESPONSIBILITY_UNKNOWN),)
    assert decided(unsaid).guardians == (FATHER,), "the right to know was said, and is enough"


def test_who_has_care_of_a_child_without_responsibility_may_be_told() -> None:
    """A parent in education law is also who has care of the child (DOMAIN.md 8)."""
    carer = may(AUNT, 1, has_parental_responsibility=False)
    assert decided(carer, purpose=Purpose.STATUTORY_NOTICE).guardians == (AUNT,)


def test_a_home_is_those_who_live_there_and_who_has_no_known_home_is_alone() -> None:
    told = decided(may(MOTHER, 1, household=HOME), may(AUNT, 2), may(FATHER, 3, household=HOME))
    assert told.households() == {HOME: (MOTHER, FATHER), AUNT: (AUNT,)}


def test_people_on_one_number_hear_one_message() -> None:
    """Traps 41, 42: one message for one number; another address stays another message."""
    reached = [
        Reach(MOTHER, {Channel.SMS: "+353850000001", Channel.EMAIL: "m@example.ie"}),
        Reach(FATHER, {Channel.SMS: "+353850000001", Channel.EMAIL: "f@example.ie"}),
        Reach(AUNT),
    ]
    assert on_one_address(Channel.SMS, reached) == [(MOTHER, FATHER)]
    assert on_one_address(Channel.EMAIL, reached) == [(MOTHER,), (FATHER,)]
    assert "353" not in repr(reached)
