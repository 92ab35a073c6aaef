"""Telephone numbers as families write them, turned into the one form that networks take."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

import phonenumbers
from phonenumbers import PhoneNumberType

_LONGEST = 40


class PhoneKind(StrEnum):
    """What the numbering plan says. It cannot tell a fax from a landline."""

    MOBILE = "MOBILE"
    LANDLINE = "LANDLINE"
    EITHER = "EITHER"  # plans such as the American one do not say
    OTHER = "OTHER"  # internet telephony, freephone, premium rate, pagers


class BadPhone(StrEnum):
    """Why a written number cannot be used; a person at the school corrects it."""

    EMPTY = "EMPTY"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    HAS_EXTENSION = "HAS_EXTENSION"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be called from anywhere."""

    e164: str = field(repr=False)
    kind: PhoneKind

    @property
    def takes_texts(self) -> bool:
        """Tell whether a text may be tried: a message to a landline is charged and lost."""
        match self.kind:
            case PhoneKind.MOBILE | PhoneKind.EITHER:
                return True
            case PhoneKind.LANDLINE | PhoneKind.OTHER:
                return False
            case _:
                assert_never(self.kind)


def textable(written: str) -> str | None:
    """Return a number of the register in its one form, if a text can be tried to it.

    The register keeps numbers with their country; one without is nobody's number, and a number
    that the plan calls a landline takes no texts. What the plan does not know is left to the
    provider. Nothing is guessed: a text to a wrong number tells a stranger about a child.
    """
    text = "+" + written.strip()[2:] if written.strip().startswith("00") else written.strip()
    if not text.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    landline = phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE
    if landline or number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.EITHER,
}


def normalise(written: str, region: str) -> Phone | BadPhone:
    """Read a number written in the school's country (`region`: "IE", "GB", "US" …)."""
    text = written.strip().removeprefix("tel:")
    if not text:
        return BadPhone.EMPTY
    # The library reads letters as keypad letters, so that "8.71E+08" of a spreadsheet or
    # "0871234567 mum" would become some number; we would rather ask. Checked on what is left
    # after the marks of an extension, which has an answer of its own.
    if len(text) > _LONGEST or not any(c.isdigit() for c in text):
        return BadPhone.NOT_A_NUMBER
    # "00" starts an international number in most of the world, and a national one nowhere; the
    # library knows it only for regions that use it, and families write it everywhere.
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return BadPhone.NOT_A_NUMBER
    if number.extension:
        return BadPhone.HAS_EXTENSION
    if any(c.isalpha() for c in text):
        return BadPhone.NOT_A_NUMBER
    if not phonenumbers.is_valid_number(number):
        return BadPhone.NOT_POSSIBLE
    kind = _KINDS.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind)
