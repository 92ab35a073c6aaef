"""Numbers as families and school offices write them."""

import pytest

from infrastructure.channels.phones import BadPhone, Phone, PhoneKind, normalise, textable


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("087 123 4567", "IE", "+353871234567"),
        ("+353 (0)87 123 4567", "IE", "+353871234567"),
        ("+353 087 123 4567", "IE", "+353871234567"),
        ("00353 87 123 4567", "GB", "+353871234567"),
        ("353871234567", "IE", "+353871234567"),
        ("871234567", "IE", "+353871234567"),  # a spreadsheet took the zero
        (" 087-123.4567 ", "IE", "+353871234567"),
        ("tel:+353871234567", "US", "+353871234567"),
        ("0044 7911 123456", "IE", "+447911123456"),
        ("0044 7911 123456", "US", "+447911123456"),
        ("+44 (0)7911 123456", "IE", "+447911123456"),
        ("07911 123456", "GB", "+447911123456"),
    ],
)
def test_a_mobile_number_has_one_form(written: str, region: str, e164: str) -> None:
    """Trap 38: `0044`, `+353 (0)87`, no country code."""
    assert normalise(written, region) == Phone(e164, PhoneKind.MOBILE)


@pytest.mark.parametrize(
    ("written", "region", "kind", "takes_texts"),
    [
        ("01 679 9000", "IE", PhoneKind.LANDLINE, False),
        ("020 7946 0018", "GB", PhoneKind.LANDLINE, False),
        ("1800 123 456", "IE", PhoneKind.OTHER, False),
        ("087 123 4567", "IE", PhoneKind.MOBILE, True),
        ("(201) 555-0123", "US", PhoneKind.EITHER, True),
    ],
)
def test_a_landline_is_told_apart_where_the_plan_can_tell(
    written: str, region: str, kind: PhoneKind, takes_texts: bool
) -> None:
    phone = normalise(written, region)
    assert isinstance(phone, Phone)
    assert (phone.kind, phone.takes_texts) == (kind, takes_texts)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", BadPhone.EMPTY),
        ("   ", BadPhone.EMPTY),
        ("none", BadPhone.NOT_A_NUMBER),
        ("8.71235E+08", BadPhone.NOT_A_NUMBER),
        ("087 1234567 mum", BadPhone.NOT_A_NUMBER),
        ("0871234567/0861234567", BadPhone.NOT_A_NUMBER),
        ("0871234567 or 0861234567", BadPhone.NOT_A_NUMBER),
        ("1" * 41, BadPhone.NOT_A_NUMBER),
        ("087 123 4567 x12", BadPhone.HAS_EXTENSION),
        ("12", BadPhone.NOT_POSSIBLE),
        ("087 123 456", BadPhone.NOT_POSSIBLE),
    ],
)
def test_what_is_not_one_whole_number_goes_back_to_the_office(written: str, why: BadPhone) -> None:
    assert normalise(written, "IE") is why


@pytest.mark.parametrize(
    ("kept", "texted"),
    [
        ("+353871234567", "+353871234567"),
        ("00353 87 123 4567", "+353871234567"),
        ("+353 (0)87 123 4567", "+353871234567"),
        ("0044 7911 123456", "+447911123456"),
        ("+353 1 679 9000", None),  # a landline, or the fax beside it
        ("087 123 4567", None),  # nobody's number without its country
        ("+353871234567 x3", None),
        ("+35387", None),
        ("", None),
        ("none", None),
    ],
)
def test_no_text_goes_to_a_landline_or_to_a_number_of_no_country(
    kept: str, texted: str | None
) -> None:
    """Trap 38."""
    assert textable(kept) == texted


def test_a_number_does_not_say_itself_in_logs() -> None:
    assert "871234567" not in repr(normalise("087 123 4567", "IE"))
