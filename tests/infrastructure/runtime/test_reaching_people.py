"""By which address a guardian is reached, and why not."""

from uuid import UUID

import pytest

from domain.shared.contact import Channel
from domain.shared.ids import GuardianId
from domain.shared.recipients import Unreachable
from infrastructure.runtime.reaching import reach_of

MOTHER = GuardianId(UUID(int=1))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", Unreachable.NO_ADDRESS),
        ("085 000 0001", Unreachable.NO_COUNTRY_CODE),
        ("+353 1 234 5678", Unreachable.NOT_TEXTABLE),
        ("00353 21 234 5678", Unreachable.NOT_TEXTABLE),
        ("+999 1", Unreachable.NOT_POSSIBLE),
        ("fax", Unreachable.NO_COUNTRY_CODE),
    ],
)
def test_a_number_that_takes_no_texts_is_no_way_to_reach_anybody(
    written: str, why: Unreachable
) -> None:
    """Trap 38."""
    found = reach_of(MOTHER, {"phone": written})
    assert found.unreachable[Channel.SMS] is why
    assert Channel.SMS not in found.addresses


@pytest.mark.parametrize("written", ["+353 85 000 0001", "00353850000001", "+353 (85) 0000001"])
def test_one_number_looks_the_same_however_it_is_written(written: str) -> None:
    found = reach_of(MOTHER, {"phone": written})
    assert found.addresses[Channel.SMS] == found.addresses[Channel.WHATSAPP] == "+353850000001"


def test_an_address_for_mail_is_one_in_any_case_of_letters() -> None:
    found = reach_of(MOTHER, {"email": " Home@Example.org "})
    assert found.addresses[Channel.EMAIL] == "home@example.org"
    assert reach_of(MOTHER, {}).unreachable[Channel.EMAIL] is Unreachable.NO_ADDRESS
