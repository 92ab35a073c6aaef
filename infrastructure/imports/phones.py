"""Telephone numbers as schools write them, in the form that can be dialled from anywhere."""

from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult


class PhoneAnswer(NamedTuple):
    """A number in E.164 form, or the kind of problem with it; a doubtful one is both."""

    number: str | None
    problem: str | None = None


def read_phone(written: str, region: str) -> PhoneAnswer:
    """Read a number that is to take texts.

    A number must be possible; one that the numbering plan does not know is kept and reported,
    since plans grow faster than the copies that programs carry. A landline is not kept: a text to
    it is paid for and lost.
    """
    text = written.strip()
    if any(letter.isalpha() for letter in text):
        return PhoneAnswer(None, "phone-unusable")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return PhoneAnswer(None, "phone-unusable")
    # Not is_possible_number: it also takes numbers that can be dialled in their own town only.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return PhoneAnswer(None, "phone-unusable")
    if phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE:
        return PhoneAnswer(None, "phone-landline")
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    known = phonenumbers.is_valid_number(number)
    return PhoneAnswer(dialled, None if known else "phone-doubtful")
