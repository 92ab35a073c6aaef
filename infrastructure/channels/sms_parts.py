"""What a text costs: one letter outside the GSM alphabet more than doubles the price.

"Éabha" and "José" fit the alphabet, "Seán" and "Áine" do not. Nothing is stripped here: a school
may choose to transliterate, but a child's name is never changed silently.
"""

from dataclasses import dataclass
from enum import StrEnum

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("^{}\\[]~|€\f")  # each costs two, and the pair is never torn apart


class Alphabet(StrEnum):
    """The encoding that a whole text is sent in."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ONE_PART = {Alphabet.GSM_7: 160, Alphabet.UCS_2: 70}
_EACH_OF_SEVERAL = {Alphabet.GSM_7: 153, Alphabet.UCS_2: 67}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """How a text will be cut and charged."""

    alphabet: Alphabet
    units: int  # septets, or 16-bit units
    parts: int
    costly: tuple[str, ...]  # the characters, in order of appearance, that forced UCS-2


def sms_size(text: str) -> SmsSize:
    """Measure a text as the networks will."""
    costly = tuple(dict.fromkeys(c for c in text if c not in _GSM and c not in _GSM_ESCAPED))
    if costly:
        alphabet, costs = Alphabet.UCS_2, [2 if ord(c) > 0xFFFF else 1 for c in text]  # noqa: PLR2004
    else:
        alphabet, costs = Alphabet.GSM_7, [2 if c in _GSM_ESCAPED else 1 for c in text]
    return SmsSize(alphabet, sum(costs), _parts(costs, alphabet), costly)


def _parts(costs: list[int], alphabet: Alphabet) -> int:
    """Fill parts one character at a time: a pair that does not fit whole opens the next part."""
    if sum(costs) <= _ONE_PART[alphabet]:
        return 1
    size = _EACH_OF_SEVERAL[alphabet]
    parts, room = 1, size
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, size
        room -= cost
    return parts
