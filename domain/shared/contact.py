"""How and for what purpose a family may be reached."""

from enum import StrEnum


class Channel(StrEnum):
    """A way to reach a guardian."""

    SMS = "SMS"
    EMAIL = "EMAIL"
    WHATSAPP = "WHATSAPP"
    IN_APP = "IN_APP"
    POST = "POST"


class Purpose(StrEnum):
    """Why a message is sent; it decides consent, caps, quiet hours and opt-out."""

    STATUTORY_NOTICE = "STATUTORY_NOTICE"
    SAFETY = "SAFETY"
    NUDGE = "NUDGE"
