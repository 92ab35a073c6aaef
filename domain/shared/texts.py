"""The words of a letter or a message as a school writes them, with everything that rules them."""

from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from domain.shared.contact import Channel


class TextKind(StrEnum):
    """What a text becomes. Each way has its own words: a letter does not fit into a phone."""

    LETTER = "LETTER"
    SMS = "SMS"
    EMAIL = "EMAIL"
    WHATSAPP = "WHATSAPP"
    IN_APP = "IN_APP"


KIND_OF: Final = {
    Channel.SMS: TextKind.SMS,
    Channel.EMAIL: TextKind.EMAIL,
    Channel.WHATSAPP: TextKind.WHATSAPP,
    Channel.IN_APP: TextKind.IN_APP,
    Channel.POST: TextKind.LETTER,
}
"""The kind of text that a channel carries."""


class LockScope(StrEnum):
    """Whether a school may say a tenant's text in words of its own."""

    DISTRICT_ONLY = "DISTRICT_ONLY"
    SCHOOL_OVERRIDE_ALLOWED = "SCHOOL_OVERRIDE_ALLOWED"


class TranslationOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which text a translation says again: `source_hash` is SHA-256 of that wording.

    `engine` names the software that translated; empty where a person did.
    """

    language: str
    source_hash: str
    engine: str = ""


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """One text for one way of saying it in one language.

    `merge_fields` names what is filled in, each with its kind; a question mark makes one optional.
    `content_sid` is the provider's name of an approved WhatsApp template; absent where it has none.
    `legal_effect` is true where rights or duties hang on the text. Where it quotes a law or an
    amount of money, `jurisdiction` and `valid_until`, the last day, say where and how long; absent
    where it quotes none. Absent `translation_of`: the text says nothing again.
    """

    key: str
    kind: TextKind
    language: str
    body: str
    merge_fields: dict[str, str]
    subject: str = ""
    lock: LockScope = LockScope.SCHOOL_OVERRIDE_ALLOWED
    content_sid: str | None = None
    legal_effect: bool = False
    jurisdiction: str | None = None
    valid_until: date | None = None
    translation_of: TranslationOf | None = None

    @property
    def sha256(self) -> str:
        """The hash of all of it: one changed letter is another text."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()
